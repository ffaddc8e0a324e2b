"""Judges an OpenAPI document by tools that know nothing of ours.

    pip install openapi-spec-validator jsonschema
    python openapi_valid.py openapi.json [more.json ...]

The document must be valid OpenAPI 3.1, and every example in it must fit the schema beside it, formats included.
"""

import json
import sys

from jsonschema import Draft202012Validator, FormatChecker
from openapi_spec_validator import OpenAPIV31SpecValidator

METHODS = {"get", "put", "post", "delete", "patch", "options", "head", "trace"}


def resolved(document, value):
    while isinstance(value, dict) and isinstance(value.get("$ref"), str):
        target = document
        for part in value["$ref"].removeprefix("#/").split("/"):
            target = target[part.replace("~1", "/").replace("~0", "~")]
        value = target
    return value


def examples(holder):
    if "example" in holder:
        yield holder["example"]
    for example in holder.get("examples", {}).values():
        yield example["value"]


def places(document):
    """Every schema with its examples and a name for messages."""
    for name, schema in document["components"]["schemas"].items():
        yield f"components.schemas.{name}", schema, schema.get("examples", [])
    for path, item in document["paths"].items():
        for method in METHODS & item.keys():
            operation = item[method]
            name = operation["operationId"]
            for parameter in map(lambda one: resolved(document, one), operation.get("parameters", [])):
                yield f"{name} {parameter['name']}", parameter["schema"], list(examples(parameter))
            bodies = dict(operation["responses"])
            if "requestBody" in operation:
                bodies["request"] = operation["requestBody"]
            for status, body in bodies.items():
                for media in resolved(document, body).get("content", {}).values():
                    found = list(examples(media))
                    yield f"{name} {status}", media["schema"], found or [None]


def mistakes(document):
    yield from (f"{list(error.absolute_path)}: {error.message}" for error in OpenAPIV31SpecValidator(document).iter_errors())
    for name, schema, found in places(document):
        whole = {**schema, "components": document["components"]}
        validator = Draft202012Validator(whole, format_checker=FormatChecker())
        for example in found:
            yield from (f"{name}: {error.message}" for error in validator.iter_errors(example))


def main(paths):
    failed = False
    for path in paths:
        with open(path, encoding="utf-8") as file:
            document = json.load(file)
        found = list(mistakes(document))
        failed = failed or bool(found)
        print(f"{path}: {'valid' if not found else f'{len(found)} mistakes'}")
        for mistake in found:
            print(f"  {mistake}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
