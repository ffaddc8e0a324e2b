"""What no schema can say of a request that is meant to be right, and every client knows.

- A cursor comes from the page before, and cannot be made up.
- A reference in a body leads to a row that is there.
- A key in a path is mostly one of a row that is there. Every other made-up key is kept: it has to be a 404.
- A request is not one that was sent before: an `Idempotency-Key` is new each time.
- What an e-mail address is is said by its pattern; `format` is a remark of the document (JSON Schema 2020-12), for which
  Schemathesis has a stricter rule.

Requests that are meant to be wrong stay as they are. Where rows are and what one is made of is read from the document.
"""

import os
import uuid
import zlib
from urllib.parse import quote

import requests
import schemathesis

# What a row goes through before there can be rows below it.
ACTIONS = {"/api/posts": ("submit", "publish")}


@schemathesis.hook
def before_load_schema(ctx, schema):
    if isinstance(schema, list):
        for each in schema:
            before_load_schema(ctx, each)
    if isinstance(schema, dict):
        if schema.get("format") == "email" and "pattern" in schema:
            del schema["format"]
        before_load_schema(ctx, [*schema.values()])


@schemathesis.hook
def before_call(ctx, case, kwargs):
    if case.meta is None or not case.meta.generation.mode.is_positive:
        return
    rows = Rows(case.operation)
    if case.query and "cursor" in case.query:
        case.query = {name: value for name, value in case.query.items() if name != "cursor"}
    if case.headers and "Idempotency-Key" in case.headers:
        case.headers["Idempotency-Key"] = str(uuid.uuid4())
    if isinstance(case.body, dict):
        references = {name: rows.referred(name) for name, value in case.body.items() if value is not None}
        found = {name: rows.existing(place, place, case.body[name]) for name, place in references.items() if place}
        case.body = case.body | found
    # What is escaped in a path is held to the schema as it stands there once one of its keys is another: it stays whole.
    if case.path_parameters and not any("%" in str(value) for value in case.path_parameters.values()):
        case.path_parameters = case.path_parameters | keys(rows, case)


def keys(rows, case):
    """The keys of a path, each of a row below the one before."""
    template = path = ""
    found = {}
    for part in case.operation.path.strip("/").split("/"):
        name = part.strip("{}")
        if name != part:
            wanted = str(case.path_parameters[name])
            if zlib.crc32(wanted.encode()) % 2 == 0:
                wanted = rows.existing(template, path, wanted, name)
            found[name] = wanted
        template += f"/{part}"
        path += f"/{quote(found.get(name, part), safe='')}"
    return found


class Rows:
    """The rows behind an interface, as its document has them."""

    def __init__(self, operation):
        self.document = operation.schema.raw_schema
        self.paths = self.document["paths"]
        self.base = operation.base_url.rstrip("/")

    def referred(self, member):
        """The collection that a member refers to: rows of it stand in some path under that name."""
        place, found, _ = next(path for path in [*self.paths, ""] if f"{{{member}}}/" in path or not path).partition(f"/{{{member}}}/")
        return place if found and "{" not in place else None

    def existing(self, template, path, wanted, name=""):
        """The key that is meant, where there is such a row, or else the key of a new one, or of one that is there."""
        if self.ask("GET", f"{path}/{quote(wanted, safe='')}").status_code == 200:
            return wanted
        key = self.key(template)
        made = self.make(template, path)
        if made is None:
            listed = self.ask("GET", path)
            items = listed.json().get("items", []) if listed.status_code == 200 else []
            return items[0].get(key, wanted) if items else wanted
        if name != key:
            for action in ACTIONS.get(template, ()):
                self.ask("POST", f"{path}/{made[key]}/{action}")
        return made[key]

    def key(self, template):
        """By which member the rows of a collection are found."""
        ends = (path.removeprefix(f"{template}/{{") for path in self.paths if path.startswith(f"{template}/{{"))
        return next((end.strip("}") for end in ends if end.endswith("}") and "/" not in end), "id")

    def make(self, template, path):
        """A new row, where the interface makes any for this caller."""
        operation = self.paths.get(template, {}).get("post")
        if operation is None:
            return None
        schema = self.resolved(operation["requestBody"]["content"]["application/json"]["schema"])
        body = {name: self.value(name, schema["properties"][name]) for name in schema.get("required", [])}
        made = self.ask("POST", path, body)
        return made.json() if made.status_code == 201 else None

    def value(self, name, schema):
        """A value that is in no other row, and fits what texts are held to in the examples."""
        schema = self.resolved(schema)
        if "enum" in schema:
            return schema["enum"][0]
        text = f"made-{uuid.uuid4().hex}"
        return f"{text}@example.com" if schema.get("format") == "email" else text

    def resolved(self, schema):
        while "$ref" in schema:
            schema = self.document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
        return schema

    def ask(self, method, path, body=None):
        headers = {"Authorization": f"Bearer {os.environ['GROMA_TOKEN']}"}
        return requests.request(method, self.base + path, json=body, headers=headers, timeout=10)
