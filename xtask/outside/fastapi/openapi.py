"""Holds the OpenAPI document of a generated project to the one of `groma spec`.

Usage: openapi.py SPEC URL   (specs/api/openapi.json, and where the running project tells its own)

Compared are paths, operations (id, summary, description, tags, security), parameters (where, name, required, schema),
media types and schemas of bodies, statuses, media types and schemas of answers. Deliberate differences are in `LEFT_OUT`
and in the functions that take them out, each with its reason.
"""

import json
import sys
import urllib.request
from pathlib import Path

# Words of a schema that are not compared.
LEFT_OUT = {
    "title": "Pydantic makes one of each name; the specification has none",
    "description": "prose of schemas and parameters: the project has the design's, the specification also its own",
    "example": "the specification has examples, FastAPI makes its own for its page",
    "examples": "as above",
    "readOnly": "two models stand in the place of one that is read and written",
    "allOf": "that a list is sorted by a name once is a validator; patterns that stand there are compared with the others",
}
# Words that are not compared in answers: what may be written is not said again of what is read, and Pydantic leaves open
# what an answer may hold besides. The specification lists the codes of mistakes, and that each is in one place.
LEFT_OUT_OF_ANSWERS = {
    "pattern", "minLength", "maxLength", "minimum", "maximum", "minItems", "maxItems", "additionalProperties", "oneOf", "default",
}  # fmt: skip
# Of parameters: how many values a list takes is told by the answer that refuses more, as is the length of a key, whose
# form says it too; to FastAPI a list has an empty default where it is left out. A key or a cursor that cannot be one is not
# looked at before somebody asks for its row.
LEFT_OUT_OF_PARAMETERS = {"minItems", "maxItems", "minLength", "default", "pattern"}
# Formats that are checked when they are written, and are plain text to who reads them.
FORMATS_OF_TEXT = {"email", "uri"}


class Side:
    """One of the documents."""

    def __init__(self, document):
        self.document = document

    def operations(self):
        return {(method, path): operation for path, methods in self.document["paths"].items() for method, operation in methods.items()}

    def resolved(self, value):
        while "$ref" in value:
            place = self.document
            for part in value["$ref"].removeprefix("#/").split("/"):
                place = place[part]
            value = place
        return value

    def schema(self, value, left_out, above=()):
        """A schema without references and without what is left out; where it holds itself, that is said."""
        if isinstance(value, list):
            return [self.schema(each, left_out, above) for each in value]
        if not isinstance(value, dict):
            return value
        if value.get("$ref") in above:
            return {"again": len(above) - above.index(value["$ref"])}
        if "$ref" in value:
            above = (*above, value["$ref"])
        value = self.resolved(value)
        found = {}
        for name, each in value.items():
            # The codes of mistakes are an enum in the specification alone.
            if name == "enum" and "string_too_short" in each:
                continue
            if name == "properties":
                found[name] = {key: self.schema(member, left_out, above) for key, member in each.items()}
            elif name not in left_out:
                found[name] = self.schema(each, left_out, above)
        if "pattern" in found:
            # The first stands by itself, the others are in the list.
            others = [each["pattern"] for each in value.get("allOf", []) if "pattern" in each]
            found["pattern"] = sorted([found["pattern"], *others])
        return plain(found)


def plain(schema):
    """One spelling of the same."""
    if isinstance(schema.get("required"), list):
        schema["required"] = sorted(schema["required"])
    if "const" in schema:
        schema["enum"] = [schema.pop("const")]
    if "anyOf" in schema:
        ways = [each for each in schema["anyOf"] if each != {"type": "null"}]
        # `X | None` is written as two ways by Pydantic, as two types by the specification.
        if len(ways) == 1 and len(schema["anyOf"]) == 2:
            rest = {name: each for name, each in schema.items() if name != "anyOf"}
            schema = {**ways[0], **rest, "null": True}
    if isinstance(schema.get("type"), list) and "null" in schema["type"]:
        schema["type"] = next(each for each in schema["type"] if each != "null")
        schema["null"] = True
    # What takes any JSON takes `null`.
    if schema == {"null": True}:
        schema = {}
    if schema.get("type") == "string" and schema.get("format") in FORMATS_OF_TEXT:
        del schema["format"]
    if schema.get("null") and None in schema.get("enum", []):
        schema["enum"] = [each for each in schema["enum"] if each is not None]
    return schema


def compare(spec, ours):
    """What differs, a line each."""
    wanted, found = spec.operations(), ours.operations()
    lines = [f"{method} {path}: only in one of them" for method, path in sorted(set(wanted) ^ set(found))]
    for key in sorted(set(wanted) & set(found)):
        place = " ".join(key)
        for line in operation((spec, wanted[key]), (ours, found[key])):
            lines.append(f"{place}: {line}")
    return lines


def operation(spec, ours):
    (left, a), (right, b) = spec, ours
    for name in ("operationId", "summary", "description", "tags"):
        if a.get(name) != b.get(name):
            yield f"{name}: {a.get(name)!r} / {b.get(name)!r}"
    securities = [each.get("security", side.document.get("security", [])) for side, each in (spec, ours)]
    if sorted(map(str, securities[0])) != sorted(map(str, securities[1])):
        yield f"security: {securities[0]} / {securities[1]}"
    yield from parameters((left, a), (right, b))
    bodies = [each.get("requestBody", {}) for each in (a, b)]
    if not bodies[0] and is_empty(right, bodies[1]):
        # An action without inputs takes `{}` for the sake of clients that always send a body.
        bodies[1] = {}
    if bodies[0].get("required", False) != bodies[1].get("required", False):
        yield f"the body is required: {bodies[0].get('required', False)} / {bodies[1].get('required', False)}"
    yield from contents("body", (left, bodies[0]), (right, bodies[1]))
    if set(a["responses"]) != set(b["responses"]):
        yield f"statuses: {sorted(a['responses'])} / {sorted(b['responses'])}"
    for status in sorted(set(a["responses"]) & set(b["responses"])):
        answers = left.resolved(a["responses"][status]), right.resolved(b["responses"][status])
        yield from contents(f"answer {status}", (left, answers[0]), (right, answers[1]))


def is_empty(side, body):
    """Whether a body may be left out and has no members."""
    schema = side.schema(body.get("content", {}).get("application/json", {}).get("schema", {}), LEFT_OUT)
    return not body.get("required", False) and not schema.get("properties")


def parameters(spec, ours):
    tables = []
    for side, each in (spec, ours):
        found = [side.resolved(parameter) for parameter in each.get("parameters", [])]
        tables.append({(parameter["in"], parameter["name"]): parameter for parameter in found})
    a, b = tables
    # Those of the path stand in its own order wherever they are listed.
    listed = [[key for key in table if key[0] != "path"] for table in tables]
    if listed[0] != listed[1] and set(a) == set(b):
        yield "parameters are in another order"
    for key in sorted(set(a) ^ set(b)):
        yield f"parameter {key[1]}: only in one of them"
    for key in sorted(set(a) & set(b)):
        for name, usual in (("required", False), ("explode", True)):
            values = a[key].get(name, usual), b[key].get(name, usual)
            if values[0] != values[1]:
                yield f"{name} of parameter {key[1]}: {values[0]} / {values[1]}"
        yield from schemas(f"parameter {key[1]}", (spec[0], a[key]["schema"]), (ours[0], b[key]["schema"]))


def contents(what, spec, ours):
    (left, a), (right, b) = ((side, each.get("content", {})) for side, each in (spec, ours))
    if sorted(a) != sorted(b):
        yield f"media types of {what}: {sorted(a)} / {sorted(b)}"
    for media in sorted(set(a) & set(b)):
        yield from schemas(what, (left, a[media]["schema"]), (right, b[media]["schema"]))


def schemas(what, spec, ours):
    a, b = (side.schema(schema, left_out(what)) for side, schema in (spec, ours))
    yield from different(what, a, b)


def left_out(what):
    if what.startswith("answer"):
        return {*LEFT_OUT, *LEFT_OUT_OF_ANSWERS}
    return {*LEFT_OUT, *LEFT_OUT_OF_PARAMETERS} if what.startswith("parameter") else {*LEFT_OUT}


def different(what, a, b):
    """Where two values differ, as deep as they can be told apart."""
    if a == b:
        return
    if isinstance(a, dict) and isinstance(b, dict):
        for name in sorted(set(a) | set(b)):
            yield from different(f"{what}/{name}", a.get(name), b.get(name))
    elif isinstance(a, list) and isinstance(b, list) and len(a) == len(b):
        for number, pair in enumerate(zip(a, b)):
            yield from different(f"{what}/{number}", *pair)
    else:
        yield f"{what}: {short(a)} / {short(b)}"


def short(value):
    text = json.dumps(value)
    return text if len(text) < 160 else text[:157] + "..."


def main():
    spec = Side(json.loads(Path(sys.argv[1]).read_text()))
    with urllib.request.urlopen(sys.argv[2]) as answer:
        ours = Side(json.load(answer))
    lines = compare(spec, ours)
    print(*lines, sep="\n")
    sys.exit(f"{len(lines)} differences (the specification's / the project's)" if lines else 0)


main()
