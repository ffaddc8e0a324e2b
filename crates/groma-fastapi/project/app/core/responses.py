"""The OpenAPI document: answers that are problems, and the names of schemas."""

from collections.abc import Mapping
from typing import Annotated, Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import iter_route_contexts
from pydantic import MISSING, BaseModel, ConfigDict, Field
from pydantic.json_schema import models_json_schema

from app.core.errors import INVALID_BODY, INVALID_REQUEST
from app.core.reading import StrictRoute


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

    model_config = ConfigDict(title="InputError")

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
    """The document of an application: FastAPI's, with problems in the place of its own errors.

    Routes that the design does not have stand in it as FastAPI tells of them.
    """
    if app.openapi_schema is None:
        found = get_openapi(title=app.title, version=app.version, routes=app.routes)
        schemas = found.setdefault("components", {}).setdefault("schemas", {})
        designed = _designed(app)
        for path, methods in found["paths"].items():
            for method, operation in methods.items():
                tells_its_own = _tells_its_own(operation["responses"])
                if (method, path) in designed:
                    _as_taken(method, operation, schemas)
                elif tells_its_own:
                    operation["responses"] |= _invalid(operation)
        for name in ("HTTPValidationError", "ValidationError"):
            schemas.pop(name, None)
        _, problem_schemas = models_json_schema(
            [(ProblemBody, "serialization"), (ValidationProblemBody, "serialization")],
            ref_template=f"{_SCHEMAS}{{model}}",
        )
        schemas |= problem_schemas["$defs"]
        names = _titles([found["paths"][path][method] for method, path in designed], schemas)
        app.openapi_schema = _renamed(found, names)
    return app.openapi_schema


def _designed(app: FastAPI) -> list[tuple[str, str]]:
    """The operations of the design."""
    return [
        (method.lower(), route.path_format)
        for route in iter_route_contexts(app.routes)
        if isinstance(route.original_route, StrictRoute) and route.path_format is not None
        for method in route.methods or ()
    ]


def _tells_its_own(responses: dict[str, Any]) -> bool:
    """Takes away what FastAPI says of input that does not fit, where it says it."""
    told = responses.get("422", {}).get("content", {}).get("application/json", {})
    if told.get("schema") != {"$ref": f"{_SCHEMAS}HTTPValidationError"}:
        return False
    del responses["422"]
    return True


def _invalid(operation: dict[str, Any]) -> dict[str, Any]:
    """The problems with what is sent to any other route."""
    of_parameters = {INVALID_REQUEST.status} if "parameters" in operation else set()
    of_body = {INVALID_BODY.status} if "requestBody" in operation else set()
    return {str(status): problems(status)[status] for status in of_parameters | of_body}


def _as_taken(method: str, operation: dict[str, Any], schemas: dict[str, Any]) -> None:
    """What a route of the design takes in, and how it comes."""
    if method == "patch":
        content = operation["requestBody"]["content"]
        content["application/merge-patch+json"] = content["application/json"]
    for media in operation.get("requestBody", {}).get("content", {}).values():
        _never_null(media["schema"])
    for parameter in operation.get("parameters", []):
        _as_sent(parameter)
        if parameter["name"] == "fields":
            _narrow(operation, schemas)


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
        page = schemas[_name(answer["schema"]["$ref"])]
        parts = [page, *page.get("properties", {}).values()]
        place, key = next(part for part in parts if "items" in part), "items"
    if "$ref" in place[key]:
        name = _name(place[key]["$ref"])
        narrowed = f"{name.removesuffix('Public')}Fields"
        schemas[narrowed] = {**schemas[name], "title": narrowed}
        schemas[narrowed].pop("required", None)
        place[key] = {"anyOf": [place[key], {"$ref": f"{_SCHEMAS}{narrowed}"}]}


def _name(reference: str) -> str:
    return reference.removeprefix(_SCHEMAS)


def _titles(value: Any, schemas: dict[str, Any]) -> dict[str, str]:
    """The schemas that a part of the document refers to, and what the design calls them."""
    titles: dict[str, str] = {}
    open_ = [value]
    while open_:
        match open_.pop():
            case {"$ref": str(reference)} if _name(reference) not in titles:
                name = _name(reference)
                schema = schemas.get(name, {})
                titles[name] = schema.get("title", name)
                open_.append(schema)
            case dict(members):
                open_ += members.values()
            case list(items):
                open_ += items
    return {name: title for name, title in titles.items() if title not in schemas}


def _renamed(document: dict[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """The document with these names of schemas in the place of those of classes."""
    renamed: dict[str, Any] = _referring(document, names)
    schemas = renamed["components"]["schemas"]
    renamed["components"]["schemas"] = {names.get(name, name): schemas[name] for name in schemas}
    return renamed


def _referring(value: Any, names: Mapping[str, str]) -> Any:
    """A part of the document with references by these names."""
    match value:
        case {"$ref": str(reference)}:
            name = _name(reference)
            return value | {"$ref": f"{_SCHEMAS}{names.get(name, name)}"}
        case dict(members):
            return {name: _referring(each, names) for name, each in members.items()}
        case list(items):
            return [_referring(each, names) for each in items]
    return value
