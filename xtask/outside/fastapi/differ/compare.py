"""Sends a request to both servers and compares what they answer."""

import base64
import json
import re

import xxhash
from maker import items_of

HEADERS = [
    "content-type", "location", "link", "etag", "allow", "www-authenticate", "retry-after", "x-total-count", "vary",
    "cache-control", "x-content-type-options", "referrer-policy", "content-security-policy",
    "strict-transport-security", "access-control-allow-origin", "access-control-allow-methods",
    "access-control-allow-headers", "access-control-allow-credentials", "access-control-expose-headers",
    "access-control-max-age",
]  # fmt: skip
UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z"
HEX = r"[0-9a-fA-F]{%d}"
# A key however it is written in a path.
ANY_UUID = "(?:-|%2D)".join(HEX % count for count in (8, 4, 4, 4, 12))


class Pairs:
    """Which value of the native server's stands for which of the project's: one to one."""

    def __init__(self):
        self.there, self.back = {}, {}

    def pair(self, native, python, what):
        """Takes note that two values stand for each other; complains where another was known."""
        if self.there.setdefault(native, python) != python or self.back.setdefault(python, native) != native:
            return f"{what}: {native} stands for {self.there[native]}, not {python} (which is {self.back.get(python)})"
        return None

    def translated(self, text):
        """A text of the native server's, in the other's ids and times."""

        def other(match):
            written = match[0]
            plain = written if "T" in written else written.lower().replace("%2d", "-")
            known = self.there.get(plain, plain)
            if "%2D" in written:
                known = known.replace("-", "%2D")
            return known if plain == written or written != written.upper() else known.upper()

        return re.sub(f"{ANY_UUID}|{TIME}", other, text)

    def tags(self, text):
        return re.sub(r"[\w-]{22}(\.[\w-]{22})?", lambda match: self.there.get(match[0], match[0]), text)

    def is_same(self, value):
        """Whether both have it so, as far as is known."""
        return self.there.get(value, value) == value


class Judge:
    """Compares answers."""

    def __init__(self, world, maker):
        self.world, self.maker = world, maker
        self.pairs = Pairs()
        self.statuses = {}
        self.carried_out = set()
        self.continued = self.again = 0

    def both(self, wanted):
        # What is sent again is the same to the byte, whatever has been learnt since.
        self.again += wanted.theirs is not None
        wanted.theirs = wanted.theirs or self.theirs(wanted)
        native = self.world.native.send(wanted.method, wanted.target, wanted.headers, wanted.body)
        python = self.world.python.send(wanted.method, *wanted.theirs)
        return native, python

    def theirs(self, wanted):
        """A request, in the project's ids and times."""
        body = wanted.body
        if body is not None:
            try:
                body = self.pairs.translated(body.decode()).encode()
            except UnicodeDecodeError:
                pass
        headers = [(key, self.pairs.tags(value) if key.startswith("If-") else value) for key, value in wanted.headers]
        return self.pairs.translated(wanted.target), headers, body

    def compare(self, wanted):
        """What differs, and both answers."""
        native, python = self.both(wanted)
        self.count(wanted, native)
        if native.status != python.status:
            return [f"status {native.status} / {python.status}"], native, python
        found = self.bodies(wanted, native, python)
        for name in HEADERS:
            found += self.header(name, wanted, (native, python))
        for side in (native, python):
            if not side.headers.get("x-request-id"):
                found.append("no X-Request-Id")
        found += self.request_ids(wanted, (native, python))
        if wanted.method == "HEAD" and native.one("content-length") != python.one("content-length"):
            found.append(f"content-length of HEAD {native.one('content-length')} / {python.one('content-length')}")
        return found, native, python

    def count(self, wanted, native):
        self.statuses[native.status] = self.statuses.get(native.status, 0) + 1
        if native.status < 300:
            self.carried_out.add(wanted.name)
            if "cursor=" in wanted.target:
                self.continued += 1

    def header(self, name, wanted, sides):
        ours, theirs = (side.one(name) for side in sides)
        match name:
            case "etag":
                return self.etags(wanted, sides)
            case "link":
                return self.links(wanted, (ours, theirs))
            case _:
                return [] if self.pairs.translated(ours) == theirs else [f"{name}: {ours!r} / {theirs!r}"]

    @staticmethod
    def request_ids(wanted, sides):
        sent = [value for key, value in wanted.headers if key == "X-Request-Id"]
        if not sent or not re.fullmatch(r"[A-Za-z0-9\-_.:/+=@]{1,128}", sent[0]):
            return []
        ids = [side.one("x-request-id") for side in sides]
        return [f"X-Request-Id not taken over: {each}" for each in ids if each != sent[0]]

    def bodies(self, wanted, native, python):
        """Pairs what each made, by walking both bodies, then compares the bytes."""
        try:
            ours, theirs = json.loads(native.body), json.loads(python.body)
        except ValueError:
            return [] if native.body == python.body else ["bodies differ"]
        walk = Walk(self.pairs)
        walk.both(ours, theirs, "")
        text = self.pairs.translated(native.body.decode())
        for a, b in walk.opaque.items():
            text = text.replace(json.dumps(a), json.dumps(b))
        if text.encode() != python.body:
            walk.found.append("bodies differ")
        for a, b in walk.cursors.items():
            walk.found += self.cursors(wanted, (a, b), items_of(ours)[-1])
        return walk.found

    def cursors(self, wanted, pair, last):
        # A query that names a row which each made for itself is another one.
        if self.pairs.translated(wanted.target) != wanted.target:
            return []
        # Version and digest are the same for the same query, whatever the rows.
        if pair[0][:12] != pair[1][:12]:
            return [f"cursors of other queries: {pair[0]} / {pair[1]}"]
        texts = [value for value in last.values() if isinstance(value, str)]
        whole = "fields=" not in wanted.target and "created_at" in last
        if whole and all(self.pairs.is_same(text) for text in texts) and pair[0] != pair[1]:
            return [f"cursors of the same row differ: {pair[0]} / {pair[1]}"]
        return []

    def etags(self, wanted, sides):
        ours, theirs = (side.one("etag") for side in sides)
        if not ours and not theirs:
            return []
        if not all(re.fullmatch(r'"[\w.-]+"', tag) for tag in (ours, theirs)):
            return [f"etag {ours!r} / {theirs!r}"]
        self.maker.tags.append(ours)
        self.maker.tag_of[sides[0].one("location") or wanted.row] = ours
        wrong = self.pairs.pair(ours.strip('"'), theirs.strip('"'), "etag")
        found = [wrong] if wrong else []
        if wanted.is_whole_item and wanted.method != "HEAD" and sides[0].status in (200, 201):
            for side, tag in zip(sides, (ours, theirs)):
                right = base64.urlsafe_b64encode(xxhash.xxh3_128_digest(side.body)).decode().rstrip("=")
                if tag.strip('"') != right:
                    found.append(f"etag {tag} is not that of the body, {right}")
        return found

    def links(self, wanted, pair):
        ours, theirs = pair
        if not ours and not theirs:
            return []
        matches = [re.fullmatch(r'<(.*)>; rel="next"', link) for link in pair]
        if not all(matches):
            return [f"link {ours!r} / {theirs!r}"]
        urls = [match[1] for match in matches]
        plain = [re.sub(r"cursor=[\w-]+$", "", url) for url in urls]
        if self.pairs.translated(plain[0]) != plain[1]:
            return [f"link {ours} / {theirs}"]
        # Only where the rows are the same does one cursor serve both.
        if urls[0] == urls[1] and wanted.operation is not None:
            self.maker.links.append((wanted.operation, wanted.keys, urls[1], wanted.who))
        return []


class Walk:
    """Two bodies side by side."""

    def __init__(self, pairs):
        self.pairs = pairs
        self.found, self.opaque, self.cursors = [], {}, {}

    def both(self, a, b, path):
        if isinstance(a, dict) and isinstance(b, dict) and list(a) == list(b):
            for key in a:
                self.both(a[key], b[key], f"{path}/{key}")
        elif isinstance(a, list) and isinstance(b, list) and len(a) == len(b):
            for at, (x, y) in enumerate(zip(a, b)):
                self.both(x, y, f"{path}/{at}")
        elif path == "/request_id":
            self.opaque[a] = b
        elif path == "/next_cursor":
            if a is not None and b is not None:
                self.cursors[a] = self.opaque[a] = b
        elif isinstance(a, str) and isinstance(b, str):
            if all(re.fullmatch(UUID, each) for each in (a, b)) or all(re.fullmatch(TIME, each) for each in (a, b)):
                wrong = self.pairs.pair(a, b, path)
                self.found += [wrong] if wrong else []
