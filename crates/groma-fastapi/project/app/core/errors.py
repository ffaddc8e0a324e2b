"""Problems (RFC 9457): what a request that fails is told."""

import logging
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple, cast

from fastapi import FastAPI, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import IntegrityError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlmodel import SQLModel
from starlette.exceptions import HTTPException

from app.core.columns import compact_json
from app.core.strict_json import explain_json
from app.core.types import MOST_ERRORS

logger = logging.getLogger(__name__)


class Kind(NamedTuple):
    """A kind of problem: its `status`, `type`, `title`, and `detail` where nothing more is said."""

    status: int
    slug: str
    title: str
    detail: str


INVALID_REQUEST = Kind(
    400, "invalid-request", "Invalid request", "The request does not fit this route."
)
INVALID_BODY = Kind(400, "invalid-body", "Invalid body", "The body does not fit its schema.")
UNAUTHENTICATED = Kind(
    401, "unauthenticated", "Not authenticated", "A valid bearer token is required."
)
FORBIDDEN = Kind(403, "forbidden", "Forbidden", "You may not do this.")
NOT_FOUND = Kind(404, "not-found", "Not found", "There is no such resource.")
METHOD_NOT_ALLOWED = Kind(
    405, "method-not-allowed", "Method not allowed", "This path does not take that method."
)
NOT_ACCEPTABLE = Kind(406, "not-acceptable", "Not acceptable", "Only JSON can be answered here.")
REQUEST_TIMEOUT = Kind(
    408, "request-timeout", "Request timeout", "The body took too long to arrive."
)
CONFLICT = Kind(409, "conflict", "Conflict", "Another resource stands in the way.")
INVALID_STATE = Kind(
    409, "invalid-state", "Invalid state", "The resource is not in a state that allows this."
)
PRECONDITION_FAILED = Kind(
    412,
    "precondition-failed",
    "Precondition failed",
    "The resource has changed since you read it.",
)
PRECONDITION_REQUIRED = Kind(
    428,
    "precondition-required",
    "Precondition required",
    "This request needs an If-Match header.",
)
CONTENT_TOO_LARGE = Kind(
    413, "content-too-large", "Content too large", "The body is larger than this service takes."
)
URI_TOO_LONG = Kind(
    414, "uri-too-long", "URI too long", "The path with its query is longer than 8 KiB."
)
UNSUPPORTED_MEDIA_TYPE = Kind(
    415,
    "unsupported-media-type",
    "Unsupported media type",
    "The body must be sent as application/json.",
)
TOO_MANY_REQUESTS = Kind(
    429, "too-many-requests", "Too many requests", "Too many requests; wait before the next one."
)
HEADERS_TOO_LARGE = Kind(
    431, "headers-too-large", "Headers too large", "The headers are larger than 32 KiB."
)
INTERNAL = Kind(
    500,
    "internal",
    "Internal server error",
    "Something went wrong here; the request id finds it in the log.",
)
UNAVAILABLE = Kind(
    503, "unavailable", "Service unavailable", "The service cannot answer just now; try again."
)


@dataclass(frozen=True)
class InputError:
    """One mistake in the input: a sentence, a code, and where it is."""

    detail: str
    code: str
    place: Mapping[str, str]


@dataclass
class Problem(Exception):  # noqa: N818 - RFC 9457 calls it so
    """A request that is not done."""

    kind: Kind
    detail: str | None = None
    errors: Sequence[InputError] = ()
    headers: Mapping[str, str] = field(default_factory=dict)

    def response(self, request: Request) -> Response:
        """The answer."""
        only = self.errors[0].detail if len(self.errors) == 1 else None
        body: dict[str, Any] = {
            "type": f"/problems/{self.kind.slug}",
            "title": self.kind.title,
            "status": self.kind.status,
            "detail": self.detail or only or self.kind.detail,
            "instance": request.scope["path"],
            "request_id": request.state.request_id,
        }
        if self.kind in (INVALID_REQUEST, INVALID_BODY):
            body["errors"] = [
                {"detail": error.detail, "code": error.code, **error.place} for error in self.errors
            ]
        return Response(
            compact_json(body),
            self.kind.status,
            {"Cache-Control": "no-store", **self.headers},
            media_type="application/problem+json",
        )


def reference_not_found(**place: str) -> Problem:
    """A reference that leads to no row that the caller may read."""
    detail = "There is no such resource to refer to."
    return Problem(INVALID_BODY, errors=[InputError(detail, "reference_not_found", place)])


def references_not_found(pointers: Sequence[str]) -> Problem:
    """References that lead to no rows that the caller may read."""
    each = [reference_not_found(pointer=pointer).errors[0] for pointer in pointers]
    return Problem(INVALID_BODY, errors=each)


def invalid_cursor() -> Problem:
    """A cursor that is damaged or belongs to another query."""
    detail = "The cursor does not belong to this query; start again without it."
    return Problem(
        INVALID_REQUEST, errors=[InputError(detail, "invalid_cursor", {"parameter": "cursor"})]
    )


def conflict(
    error: IntegrityError, *, deleting: bool = False, callerless: str | None = None
) -> Problem:
    """What a constraint of the database stands for: names of fields, never another row's data."""
    columns = unique_columns(error)
    if columns is not None:
        names = " and ".join(f"`{name}`" for name in columns)
        same = f"the same value of {names}" if names else "the same values"
        return Problem(CONFLICT, f"Another resource has {same}.")
    if deleting:
        detail = "Other resources refer to this one, or to one that would go with it."
    else:
        # What a body refers to was looked for; what is missing is the caller's own row.
        detail = callerless or "It refers to a resource that is not there."
    return Problem(CONFLICT, detail)


def unique_columns(error: IntegrityError) -> list[str] | None:
    """The columns that no two rows share, where that is what was broken."""
    diagnosis = getattr(error.orig, "diag", None)
    if diagnosis is not None:
        if getattr(error.orig, "sqlstate", None) != "23505":
            return None
        table = SQLModel.metadata.tables.get(diagnosis.table_name)
        constraints = table.constraints if table is not None else ()
        for constraint in constraints:
            if constraint.name == diagnosis.constraint_name:
                return list(getattr(constraint, "columns", {}).keys())
        return []
    _, found, names = str(error.orig).partition("UNIQUE constraint failed:")
    return re.findall(r"\.(\w+)", names) if found else None


async def answer_problem(request: Request, error: Exception) -> Response:
    """A problem, as it was raised."""
    return cast(Problem, error).response(request)


async def answer_invalid_input(request: Request, error: Exception) -> Response:
    """What FastAPI found in the query and in the body, or what kept the body from being read."""
    found = cast(RequestValidationError, error).errors()
    mistakes = [_input_error(each) for each in found if each["loc"][0] == "query"]
    in_body = [_input_error(each) for each in found if each["loc"][0] == "body"]
    unreadable: bytes | None = getattr(request.state, "unreadable_body", None)
    is_unreadable = bool(in_body) and unreadable is not None
    if in_body and unreadable is not None:
        in_body = [await run_in_threadpool(_unreadable, unreadable)]
    kind = INVALID_REQUEST if mistakes or is_unreadable else INVALID_BODY
    mistakes += in_body
    return Problem(kind, errors=mistakes[:MOST_ERRORS]).response(request)


def _unreadable(data: bytes) -> InputError:
    error = explain_json(data)
    detail = f"{error.detail.rstrip('.')} (byte {error.at})."
    return InputError(detail, "json_invalid", {"pointer": ""})


def _input_error(error: Mapping[str, Any]) -> InputError:
    part, *path = error["loc"]
    if part == "query":
        return InputError(error["msg"], error["type"], {"parameter": str(path[0])})
    pointer = "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in path)
    return InputError(error["msg"], error["type"], {"pointer": pointer})


async def answer_framework(request: Request, error: Exception) -> Response:
    """What FastAPI itself refuses: an unknown path, or a body that broke off."""
    known = {NOT_FOUND.status: NOT_FOUND, INVALID_REQUEST.status: INVALID_REQUEST}
    kind = known.get(cast(HTTPException, error).status_code, INTERNAL)
    return Problem(kind).response(request)


async def answer_unavailable(request: Request, error: Exception) -> Response:
    """The database cannot be reached, or stays busy."""
    logger.warning("request %s: %s", request.state.request_id, error)
    return Problem(UNAVAILABLE, headers={"Retry-After": "1"}).response(request)


def add_handlers(app: FastAPI) -> None:
    """Makes every failure a problem."""
    app.add_exception_handler(Problem, answer_problem)
    app.add_exception_handler(RequestValidationError, answer_invalid_input)
    app.add_exception_handler(HTTPException, answer_framework)
    for error in (OperationalError, InterfaceError, PoolTimeoutError):
        app.add_exception_handler(error, answer_unavailable)
