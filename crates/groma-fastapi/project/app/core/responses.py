"""The OpenAPI document: answers that are problems, and the names of schemas."""

import json
import re
from typing import Annotated, Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import MISSING, BaseModel, ConfigDict, Field
from pydantic.json_schema import models_json_schema

from app.core.errors import INVALID_BODY, INVALID_REQUEST


class ProblemBody(BaseModel):
    """An error (RFC 9457)."""

    model_config = ConfigDict(title="Problem")

    type: Annotated[str, Field(json_schema_extra={"format": "uri-reference"})]
    title: str
    status: int
    detail: str
    instance: str
    request_id: str


class InputErrorBody(BaseModel):
    """One mistake in the input."""

    detail: str
    code: str
    pointer: str | MISSING = MISSING
    parameter: str | MISSING = MISSING
    header: str | MISSING = MISSING


class ValidationProblemBody(ProblemBody):
    """An error in the input, with every single mistake in it."""

    model_config = ConfigDict(title="ValidationProblem")

    errors: list[InputErrorBody]


_SCHEMAS: Final = "#/components/schemas/"
_DESCRIPTIONS: Final = {
    304: "`If-None-Match` names the current state.",
    400: "The query, the syntax or the body does not fit.",
    401: "There is no token, or it does not verify.",
    403: "The caller may not do this.",
    404: "There is no such row, or the caller may not see it.",
    406: "`Accept` leaves no room for JSON.",
    409: "Another resource, or the state of this one, stands in the way.",
    412: "The row has changed since.",
    413: "The body is too large.",
    414: "The path with its query is too long.",
    415: "The body is not sent as JSON.",
    422: "The `Idempotency-Key` came with another request before.",
    428: "`If-Match` is missing.",
    429: "The caller is over the rate limit.",
    500: "A defect of the server.",
    503: "The database or the verification keys cannot be reached.",
}


# Of a route that keeps answers, where a body that does not fit is a 422 as well.
KEY_OR_BODY: Final[dict[int | str, dict[str, Any]]] = {
    422: {
        "description": "The body does not fit its schema, or the `Idempotency-Key` came with "
        "another request before.",
        "content": {
            "application/problem+json": {
                "schema": {
                    "anyOf": [
                        {"$ref": f"{_SCHEMAS}ValidationProblemBody"},
                        {"$ref": f"{_SCHEMAS}ProblemBody"},
                    ]
                }
            }
        },
    }
}


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The problems of a route, with those that every route has."""
    found: dict[int | str, dict[str, Any]] = {}
    for status in sorted({*statuses, 400, 401, 429, 500, 503}):
        has_errors = status in (INVALID_REQUEST.status, INVALID_BODY.status)
        body = ValidationProblemBody if has_errors else ProblemBody
        found[status] = {"description": _DESCRIPTIONS.get(status, "The action is refused.")}
        if status != 304:
            reference = {"$ref": f"{_SCHEMAS}{body.__name__}"}
            found[status]["content"] = {"application/problem+json": {"schema": reference}}
    return found


def document(app: FastAPI) -> dict[str, Any]:
    """The document of an application: FastAPI's, with problems in the place of its own errors."""
    if app.openapi_schema is None:
        found = get_openapi(title=app.title, version=app.version, routes=app.routes)
        for methods in found["paths"].values():
            for method, operation in methods.items():
                # What does not fit is a problem here.
                if "application/json" in operation["responses"].get("422", {}).get("content", {}):
                    del operation["responses"]["422"]
                if method == "patch":
                    content = operation["requestBody"]["content"]
                    content["application/merge-patch+json"] = content["application/json"]
                for media in operation.get("requestBody", {}).get("content", {}).values():
                    _never_null(media["schema"])
                for parameter in operation.get("parameters", []):
                    _as_sent(parameter)
                    if parameter["name"] == "fields":
                        _narrow(operation, found["components"]["schemas"])
        schemas = found["components"]["schemas"]
        for name in ("HTTPValidationError", "ValidationError"):
            schemas.pop(name, None)
        _, problem_schemas = models_json_schema(
            [(ProblemBody, "serialization"), (ValidationProblemBody, "serialization")],
            ref_template=f"{_SCHEMAS}{{model}}",
        )
        schemas |= problem_schemas["$defs"]
        app.openapi_schema = json.loads(_renamed(json.dumps(found)))
    return app.openapi_schema


def _never_null(schema: dict[str, Any]) -> None:
    """What may be left out is not sent as null."""
    if {"type": "null"} in schema.get("anyOf", []):
        schema |= next(way for way in schema.pop("anyOf") if way != {"type": "null"})


def _as_sent(parameter: dict[str, Any]) -> None:
    """A header and the words of a search are one text; so are lists with commas."""
    name, schema = parameter["name"], parameter["schema"]
    _never_null(schema)
    if parameter["in"] == "header" or name == "q":
        parameter["schema"] = {"type": "string"}
    elif name in ("sort", "include", "fields") or name.endswith("__in"):
        parameter["explode"] = False
        schema["minItems"] = 1
        if "pattern" in schema["items"]:
            schema["items"]["allOf"] = [{"pattern": "^[^,]*$"}]
    if name == "sort":
        # By each name once, one way or the other.
        schema["allOf"] = [
            {"contains": {"enum": [each, f"-{each}"]}, "minContains": 0, "maxContains": 1}
            for each in schema["items"]["enum"]
            if not each.startswith("-")
        ]


def _narrow(operation: dict[str, Any], schemas: dict[str, Any]) -> None:
    """With `fields=`, no member of an item is sure to be there."""
    answer = operation["responses"]["200"]["content"]["application/json"]
    place, key = answer, "schema"
    if any(parameter["name"] == "limit" for parameter in operation["parameters"]):
        # A page has one list, whatever its name is; or it is the list.
        page = schemas[_name(answer["schema"])]
        parts = [page, *page.get("properties", {}).values()]
        place, key = next(part for part in parts if "items" in part), "items"
    if "$ref" in place[key]:
        name = _name(place[key])
        narrowed = f"{name.removesuffix('Public')}Fields"
        schemas[narrowed] = {**schemas[name], "title": narrowed}
        del schemas[narrowed]["required"]
        place[key] = {"anyOf": [place[key], {"$ref": f"{_SCHEMAS}{narrowed}"}]}


def _name(reference: dict[str, str]) -> str:
    return reference["$ref"].removeprefix(_SCHEMAS)


def _renamed(text: str) -> str:
    """The names of the design in the place of those of classes, where a table has the name here."""
    text = re.sub(rf'"{_SCHEMAS}(\w+?)(?:Public|Body)"', rf'"{_SCHEMAS}\1"', text)
    return re.sub(r'"([A-Z]\w*?)(?:Public|Body)": \{', r'"\1": {', text)
