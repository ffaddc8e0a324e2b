"""Requests, valid and broken, by a seed."""

import json
import random
import re
from collections import defaultdict, deque
from dataclasses import dataclass, field, replace
from urllib.parse import quote

from document import ORIGIN, PARAMETER, shape, up_to_key
from elsewhere import made_key
from values import ODD_BODIES, ODD_KEYS, ODD_NAMES, ODD_QUERY_NAMES, ODD_QUERY_VALUES, Values

WEIGHTS = {"list": 22, "get": 14, "create": 16, "patch": 14, "put": 9, "delete": 4, "action": 14, "report": 3}
ROWS = {"create": 20, "patch": 3, "put": 6, "action": 5}


@dataclass
class Wanted:
    """A request, and what it is meant as."""

    method: str
    target: str
    headers: list = field(default_factory=list)
    body: bytes | None = None
    name: str = "none"
    operation: object = None
    keys: tuple = ()
    who: str | None = None
    # Target, headers and body as the project gets them, once it was sent.
    theirs: tuple | None = None

    @property
    def row(self):
        """The path of the row that it is about."""
        path = self.target.partition("?")[0]
        if self.operation is None or self.operation.path.endswith("}"):
            return path
        return path.rsplit("/", 1)[0]

    @property
    def is_whole_item(self):
        """Whether what is answered is an item with all its members."""
        return self.operation is not None and self.operation.kind != "list" and "?" not in self.target


class Maker:
    """Makes requests from the document and from what the answers have shown."""

    def __init__(self, document, world, seed):
        self.document, self.world = document, world
        self.rng = random.Random(seed)
        self.values = Values(document, self)
        # Keys of rows, by the shape of their paths; values, by the names of members.
        self.rows = defaultdict(list)
        # Who has been shown a row, and who was let do what.
        self.readers, self.doers = defaultdict(list), defaultdict(list)
        self.seen = defaultdict(lambda: deque(maxlen=60))
        self.secrets = {}
        self.tags = deque(maxlen=40)
        self.tag_of = {}
        self.links = deque(maxlen=40)
        # Requests with an `Idempotency-Key`.
        self.keyed = deque(maxlen=60)
        self.odd = False

    def chance(self, part):
        return self.rng.random() < part

    def pick(self, *choices):
        return self.rng.choice(choices)

    # What is known

    def made_up(self, number):
        return made_key("uuid", "", number)

    def meant(self, name, schema):
        """Texts that mean something for a member of that name."""
        base = name.partition("__")[0]
        if base in self.document.referred and schema.get("format") == "uuid":
            return [keys[-1] for keys in self.rows[self.document.referred[base]][-40:]]
        is_uuid = schema.get("format") == "uuid"
        if base.endswith("_id") and is_uuid == (self.document.key_of_callers == "uuid"):
            return [self.document.subject(name) for name in ("alice", "bob", "carol", "dave")]
        if base.endswith("email"):
            return [f"{name}@example.com" for name in self.world.tokens]
        return list(self.seen[base])[-30:] or self.secrets.get(base, [])[-30:]

    def learn(self, wanted, answer):
        """New rows and values, for later requests."""
        if wanted.operation is None or answer.status not in (200, 201, 204):
            return
        operation, rows = wanted.operation, shape(up_to_key(wanted.operation.path))
        if wanted.who not in (None, *self.doers[operation.name]):
            self.doers[operation.name].append(wanted.who)
        if answer.status == 204:
            if operation.kind == "delete" and self.chance(0.7):
                self.rows[rows] = [keys for keys in self.rows[rows] if keys != wanted.keys]
            return
        try:
            body = json.loads(answer.body)
        except ValueError:
            return
        if operation.kind in ("list", "create"):
            rows = shape(operation.path) + "/{}"
            for item in items_of(body) if operation.kind == "list" else [body]:
                key = self.document.key_of(rows, item)
                if key is not None:
                    self.know(rows, (*wanted.keys, str(key)), wanted.who)
                self.show(item)
        else:
            if operation.kind in ("put", "get"):
                self.know(rows, wanted.keys, wanted.who)
            self.show(body)

    def know(self, rows, keys, who):
        if keys not in self.rows[rows]:
            self.rows[rows].append(keys)
        if who not in (None, *self.readers[rows, keys]):
            self.readers[rows, keys].append(who)

    def show(self, item):
        for name, value in item.items():
            for each in value if isinstance(value, list) else [value]:
                if isinstance(each, str) and 0 < len(each) < 60:
                    self.seen[name].append(each)

    # Paths

    def path(self, operation):
        """The path of a row that is there, mostly, and its keys; the caller is not in it yet."""
        names = [name for name in PARAMETER.findall(operation.path) if name != operation.caller]
        if not names:
            return operation.path, ()
        rows = shape(up_to_key(operation.path))
        known = self.rows[rows]
        keys = self.rng.choice(known[-40:] if self.chance(0.5) else known) if known else ()
        if not keys or (operation.kind == "put" and self.chance(0.4)):
            keys = self.new_keys(operation, names)
        path = operation.path
        for name, key in zip(names, keys):
            path = path.replace(name, self.odd_key(quote(key, safe="")))
        return path, keys

    def named(self, operation, path, who):
        """The path with its caller, mostly."""
        if operation.caller is None:
            return path
        named = who or "alice" if self.chance(0.9) else self.pick("bob", "nobody", "")
        return path.replace(operation.caller, quote(self.document.subject(named), safe=""), 1)

    def new_keys(self, operation, names):
        """Keys below rows that are there."""
        above = shape(operation.path[: operation.path.rindex(names[-1])].rpartition("}")[0] + "}")
        known = self.rows[above] if len(names) > 1 else []
        before = self.rng.choice(known) if known else tuple(self.made_up(number) for number in range(len(names) - 1))
        if names[-1] != "{user_id}":
            return (*before, self.made_up(7))
        return (*before, self.document.subject(self.pick("alice", "bob", "carol", "dave", "eve", "Ωmega é")))

    def odd_key(self, key):
        if not self.odd or self.chance(0.85):
            return key
        return self.pick(
            key.upper(), key.replace("-", ""), "{" + key + "}", key.replace("-", "%2D"), "no-such", self.made_up(77), "%00", "%zz", "%ff",
            "a%2Fb", "a%20b", "0", "stats", ".", "..", key + "%20", "urn:uuid:" + key, "%C3%A9", key[:-1], "nobody", "a+b", "x" * 65,
        )  # fmt: skip

    # Queries

    def query(self, operation):
        parameters = operation.query
        if not self.odd or (parameters and self.chance(0.4)):
            some = {name for name in ("sort", "limit") if name in parameters and self.chance(0.6)}
            others = sorted(set(parameters) - {"cursor"})
            some |= set(self.rng.sample(others, min(len(others), self.pick(0, 0, 1, 1, 2))))
            pairs = [self.sound_pair(name, parameters[name]) for name in sorted(some)]
        else:
            pairs = [self.odd_pair(parameters) for _ in range(self.pick(0, 1, 1, 2, 2, 3))]
        pairs = [pair for pair in pairs if pair]
        return "?" + self.pick("&", "&", "&", "&&" if self.odd else "&").join(pairs) if pairs else ""

    def sound_pair(self, name, parameter):
        schema = self.document.resolved(parameter["schema"])
        if name == "limit":
            return f"limit={self.pick(1, 2, 3, 5, 9, 20)}"
        if schema.get("type") == "array":
            items = self.document.resolved(schema["items"])
            if not parameter.get("explode", True):
                values = {self.word(name, items).lstrip("-"): self.word(name, items) for _ in range(self.pick(1, 1, 2, 3))}
                return f"{name}={','.join(quote(each.replace(',', ''), safe=':-') for each in self.apart(values))}"
            return "&".join(f"{name}={quote(self.word(name, items), safe=':')}" for _ in range(self.pick(1, 1, 2)))
        if name == "q":
            return f"q={quote(self.pick('same', 'straße', 'σ', 'a_b', '100%', 'milk', 'SLUG', 't', 'note milk'))}"
        return f"{name}={quote(self.word(name, schema), safe=':')}"

    @staticmethod
    def apart(values):
        """No name twice, whatever stands before it."""
        found = {}
        for value in values.values():
            found.setdefault(value.lstrip("-"), value)
        return found.values()

    def word(self, name, schema):
        value = self.values.fit(name, schema | {"type": [kind for kind in kinds(schema) if kind != "null"]})
        return value if isinstance(value, str) else json.dumps(value)

    def odd_pair(self, parameters):
        name = self.rng.choice(sorted(parameters)) if parameters and self.chance(0.9) else self.pick(*ODD_QUERY_NAMES)
        if name in parameters and self.chance(0.5):
            pair = self.sound_pair(name, parameters[name])
        else:
            pair = f"{name}={self.pick(*ODD_QUERY_VALUES)}" if self.chance(0.97) else name
        if self.chance(0.08):
            pair += "&" + pair
        return pair + f"&{name}=x" * 100 if self.chance(0.01) else pair

    # Bodies

    def body(self, operation):
        schema = operation.body
        names = list(schema.get("properties", {}))
        wanted = set(schema.get("required", []))
        keep = self.pick(0.3, 0.8)
        body = {}
        for name in self.rng.sample(names, len(names)):
            if name in wanted and not (self.odd and self.chance(0.1)) or name not in wanted and self.chance(keep):
                is_odd = self.odd and self.chance(0.25)
                member = schema["properties"][name]
                body[name] = self.values.odd(name, member) if is_odd else self.values.fit(name, member)
            if self.odd and self.chance(0.04):
                body[self.pick(*ODD_NAMES, name + "s", name[:-1])] = self.pick(None, 1, "x", [], {})
        text = json.dumps(body, ensure_ascii=self.chance(0.5), indent=self.pick(None, None, 1))
        if self.odd and self.chance(0.2):
            return self.broken(text, names)
        return text.encode("utf-8", "surrogatepass")

    def broken(self, text, names):
        name = self.pick(*names, "zzz")
        if self.chance(0.7):
            return self.pick(*ODD_BODIES).replace(b"NAME", name.encode())
        return self.pick(
            text[: self.rng.randrange(len(text) + 1)].encode(), text.encode() + b"x", text.encode() + b" {}", b"\xef\xbb\xbf" + text.encode(),
            b'{"' + name.encode() + b'":"' + b"x" * self.pick(66_000, 530_000) + b'"}',
        )  # fmt: skip

    # Headers

    def headers(self, operation, who, has_body):
        headers = self.token(who)
        if has_body:
            kind = "application/json"
            if operation is not None and len(operation.media) > 1 and self.chance(0.2):
                kind = operation.media[1]
            if self.odd and self.chance(0.1):
                kind = self.pick(
                    "text/plain", "application/json; charset=utf-8", "application/json;charset=latin-1", "APPLICATION/JSON", "",
                    "application/vnd.api+json", "application/json, text/plain", "application/jsonx", ' application/json ; charset="UTF8"; x=y',
                    "application/merge-patch+json", "multipart/form-data", "application/x-www-form-urlencoded",
                )  # fmt: skip
            if not (self.odd and self.chance(0.04)):
                headers.append(("Content-Type", kind))
            if self.odd and self.chance(0.03):
                headers.append(("Content-Encoding", self.pick("gzip", "identity")))
        if self.odd:
            headers += self.odd_headers()
        return headers

    def who(self, operation, keys):
        """Somebody who knows the row, mostly."""
        readers = self.readers[shape(up_to_key(operation.path)), keys]
        if readers and self.chance(0.6):
            return self.rng.choice(readers)
        if self.doers[operation.name] and self.chance(0.3):
            return self.rng.choice(self.doers[operation.name])
        return None if self.chance(0.05) else self.pick(*self.world.tokens, "alice", "alice", "bob")

    def token(self, who):
        if who is None:
            return []
        token = self.world.tokens[who]
        if not self.odd or self.chance(0.93):
            return [("Authorization", f"Bearer {token}")]
        return self.pick(
            [("Authorization", "Bearer")], [("Authorization", f"bearer  {token}")], [("Authorization", f"Basic {token}")],
            [("Authorization", f"Bearer {token}x")], [("Authorization", f"Bearer {token}")] * 2, [("Authorization", token)],
            [("Authorization", "Bearer a.b.c")], [("Authorization", "")], [("Authorization", f"Bearer {token} ")],
            [("Authorization", f"Bearer {token[:-4]}")], [("Authorization", f"BEARER {token}")],
        )  # fmt: skip

    def odd_headers(self):
        headers = []
        if self.chance(0.14):
            accept = self.pick(
                "*/*", "application/json", "text/html", "application/*;q=0.5", "text/html, */*;q=0", "application/json;q=0, */*", "", ",",
                "application/json;q=0.0", "image/png;q=1, application/json;q=x", "application/problem+json",
            )  # fmt: skip
            headers.append(("Accept", accept))
        if self.chance(0.1):
            headers.append(("Origin", self.pick(ORIGIN, "http://evil.example", "null", f"{ORIGIN}/")))
        if self.chance(0.05):
            headers.append(("X-Forwarded-Proto", self.pick("https", "http")))
        if self.chance(0.05):
            headers.append(("X-Request-Id", self.pick("abc-123", "x" * 129, "a b", "")))
        return headers

    def condition(self, name, row):
        known = self.rng.choice(self.tags) if self.tags else '"x"'
        if self.chance(0.7):
            known = self.tag_of.get(row, known)
        if not self.odd:
            return name, self.pick("*", known, known, known)
        return name, self.pick(
            "*", known, known, f"W/{known}", f'"nope", {known}', '"nope"', "nope", "", f"{known},*", known.strip('"'), f"{known} {known}",
            known[:-1] + '.abc"', " * ",
        )  # fmt: skip

    def retry_key(self):
        if self.odd and self.chance(0.3):
            return self.pick(*ODD_KEYS)
        return self.pick("{}", '"{}"', " {} ").format(f"key-{self.rng.randrange(300)}")

    # Requests

    def make(self, sound=False):
        self.odd = not sound and self.chance(0.5)
        if self.odd and self.chance(0.1):
            wanted = self.make_odd()
        elif self.links and not sound and self.chance(0.09):
            wanted = self.make_next()
        elif self.keyed and not sound and self.chance(0.05):
            wanted = self.make_again()
        else:
            wanted = self.make_one(ROWS if sound else WEIGHTS)
        wanted.target = re.sub(r"[^!-~]+", lambda match: quote(match[0]), wanted.target)
        if self.odd and self.chance(0.04) and wanted.method == "GET":
            wanted.method = "HEAD"
        return wanted

    def make_one(self, weights):
        operations = self.document.operations
        kinds = sorted({each.kind for each in operations} & set(weights)) or sorted({each.kind for each in operations})
        kind = self.rng.choices(kinds, [weights.get(each, 1) for each in kinds])[0]
        operation = self.rng.choice([each for each in operations if each.kind == kind])
        path, keys = self.path(operation)
        has_body = operation.body is not None or (self.odd and self.chance(0.1))
        who = self.who(operation, keys)
        path = self.named(operation, path, who)
        headers = self.headers(operation, who, has_body)
        asks = operation.query or (self.odd and self.chance(0.05))
        target = path + (self.query(operation) if asks else "")
        wanted = Wanted(operation.method, target, headers, None, operation.name, operation, keys, who)
        if operation.body is not None:
            wanted.body = self.body(operation)
        elif has_body:
            wanted.body = self.pick(b"{}", b"", b"{}", b'{"a":1}', b"[]", b"null", b"{", b" ")
        for name in ("If-Match", "If-None-Match"):
            if name in operation.headers and weights is WEIGHTS and self.chance(0.2):
                headers.append(self.condition(name, wanted.row))
        if "Idempotency-Key" in operation.headers and weights is WEIGHTS and self.chance(0.4):
            headers += [("Idempotency-Key", self.retry_key()) for _ in range(2 if self.odd and self.chance(0.05) else 1)]
            self.keyed.append(wanted)
        return wanted

    def make_next(self):
        """Goes on from a page; each server is given the cursor that the other made."""
        operation, keys, target, who = self.rng.choice(self.links)
        if self.chance(0.2):
            who = self.who(operation, keys)
        if self.odd and self.chance(0.3):
            target = self.pick(target + "&limit=2", target + "&count=true", target + "x", target[:-1])
        return Wanted("GET", target, self.headers(None, who, False), None, operation.name, operation, keys, who)

    def make_again(self):
        """Sends what has a key again; now and then as another request, or as somebody else."""
        wanted = self.rng.choice(self.keyed)
        match self.pick("same", "same", "same", "body", "who"):
            case "body":
                return replace(wanted, body=self.body(wanted.operation) if wanted.operation.body else b"{}", theirs=None)
            case "who":
                kept = [header for header in wanted.headers if header[0] != "Authorization"]
                who = self.who(wanted.operation, wanted.keys)
                return replace(wanted, headers=self.token(who) + kept, who=who, theirs=None)
        return replace(wanted)

    def make_odd(self):
        """A path or a method that is none."""
        operation = self.rng.choice(self.document.operations)
        path, keys = self.path(operation)
        path = self.named(operation, path, None)
        # Within a key that each server made, it would be another's.
        escaped = f"/%{ord(path[1]):02X}{path[2:]}"
        path = self.pick(
            path, path, path, path + "/", "/" + path, path.replace("/", "//", 2), path.upper(), escaped,
            path + "d", path + "/%2e%2e", path + "/../x", path + ";x=1", path + "%3Flimit=1", path + "%", "/", "/livez", "/readyz", "/livez/",
            "/healthz", "/metrics", "/nope", "/favicon.ico", path + "?q=" + "x" * 9000,
        )  # fmt: skip
        method = self.pick("GET", "HEAD", "OPTIONS", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND", "get")
        headers = self.headers(None, self.who(operation, keys), False)
        if method == "OPTIONS" and self.chance(0.6):
            headers += [
                ("Origin", self.pick(ORIGIN, "http://evil.example")), ("Access-Control-Request-Method", "PATCH"),
                ("Access-Control-Request-Headers", "authorization"),
            ]  # fmt: skip
        if self.chance(0.03):
            headers.append(("X-Filler", "f" * self.pick(100, 33_000)))
        return Wanted(method, path, headers)


def items_of(page):
    """The items of a page, whatever they are called."""
    if isinstance(page, list):
        return page
    return next(value for value in page.values() if isinstance(value, list))


def kinds(schema):
    found = schema.get("type")
    return found if isinstance(found, list) else [found]
