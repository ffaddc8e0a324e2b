"""Problems (RFC 9457): what a request that fails is told."""

import logging
import re
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http.client import responses
from typing import Any, Final, NamedTuple, cast

from fastapi import FastAPI, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.exceptions import RequestValidationError
from sqlalchemy import Constraint, Index
from sqlalchemy.exc import IntegrityError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlmodel import SQLModel
from starlette.exceptions import HTTPException

from app.core.columns import compact_json
from app.core.paths import sent_path
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
KEY_IN_USE = Kind(
    409,
    "idempotency-key-in-use",
    "Idempotency key in use",
    "A request with this Idempotency-Key is being answered just now.",
)
KEY_REUSED = Kind(
    422,
    "idempotency-key-reused",
    "Idempotency key reused",
    "This Idempotency-Key came with another request before.",
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

# What a status alone means; any other means what its phrase says (RFC 9110).
_KINDS: Final = {
    kind.status: kind
    for kind in (
        INVALID_REQUEST,
        UNAUTHENTICATED,
        FORBIDDEN,
        NOT_FOUND,
        METHOD_NOT_ALLOWED,
        REQUEST_TIMEOUT,
        CONFLICT,
        CONTENT_TOO_LARGE,
        URI_TOO_LONG,
        INTERNAL,
        UNAVAILABLE,
    )
}
# What RFC 9110 calls some that Python calls otherwise before 3.13.
_PHRASES: Final = {
    413: "Content Too Large",
    416: "Range Not Satisfiable",
    422: "Unprocessable Content",
}
# What FastAPI says of bytes that are no text.
_UNPARSED: Final = "There was an error parsing the body"
# Connections (08), resources (53), an operator's hand and time that is over (57), a lock (55P03),
# and what met others until the end (40).
_POSTGRES_OUTAGES: Final = ("08", "40", "53", "55P03", "57")
_SQLITE_OUTAGES: Final = (
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_INTERRUPT,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_LOCKED,
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
    # What else is said (RFC 9457 §3.2), beside what every problem says.
    members: Mapping[str, Any] = field(default_factory=dict)

    def response(self, request: Request) -> Response:
        """The answer."""
        only = self.errors[0].detail if len(self.errors) == 1 else None
        body: dict[str, Any] = {
            "type": f"/problems/{self.kind.slug}",
            "title": self.kind.title,
            "status": self.kind.status,
            "detail": self.detail or only or self.kind.detail,
            "instance": sent_path(request.scope),
            "request_id": request.state.request_id,
        }
        for name, value in self.members.items():
            body.setdefault(name, value)
        if self.kind in (INVALID_REQUEST, INVALID_BODY):
            mistakes = [
                {"detail": error.detail, "code": error.code, **error.place} for error in self.errors
            ]
            body.setdefault("errors", mistakes)
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
    """What a constraint of the database stands for: names of fields, never another row's data.

    Others than those that look at other rows are not for a caller to mend: raised as they came.
    """
    columns = unique_columns(error)
    if columns is not None:
        names = " and ".join(f"`{name}`" for name in columns)
        same = f"the same value of {names}" if names else "the same values"
        return Problem(CONFLICT, f"Another resource has {same}.")
    if not is_foreign_key(error):
        raise error
    if deleting:
        detail = "Other resources refer to this one, or to one that would go with it."
    else:
        # What a body refers to was looked for; what is missing is the caller's own row.
        detail = callerless or "It refers to a resource that is not there."
    return Problem(CONFLICT, detail)


def sqlstate(error: Exception) -> str | None:
    """What Postgres calls an error, or the one that a problem stands for."""
    cause = error.__cause__ if isinstance(error, Problem) else error
    state: str | None = getattr(getattr(cause, "orig", None), "sqlstate", None)
    return state


def unique_columns(error: IntegrityError) -> list[str] | None:
    """The columns that no two rows share, where that is what was broken."""
    diagnosis = getattr(error.orig, "diag", None)
    if diagnosis is not None:
        if getattr(error.orig, "sqlstate", None) not in ("23505", "23P01"):
            return None
        table = SQLModel.metadata.tables.get(diagnosis.table_name)
        if table is None:
            return []
        constraints: list[Constraint | Index] = [*table.constraints, *table.indexes]
        named: dict[Any, Constraint | Index] = {each.name: each for each in constraints}
        # What has no name in the models has the one that Postgres gives it.
        named[f"{table.name[:58]}_pkey"] = table.primary_key
        return list(getattr(named.get(diagnosis.constraint_name), "columns", {}).keys())
    _, found, names = str(error.orig).partition("UNIQUE constraint failed:")
    return re.findall(r"\.(\w+)", names) if found else None


def is_foreign_key(error: IntegrityError) -> bool:
    """Whether it is a reference that was broken."""
    is_said = "FOREIGN KEY constraint failed" in str(error.orig)
    return is_said or getattr(error.orig, "sqlstate", None) in ("23503", "23001")


async def answer_problem(request: Request, error: Exception) -> Response:
    """A problem, as it was raised."""
    return cast(Problem, error).response(request)


async def answer_invalid_input(request: Request, error: Exception) -> Response:
    """What FastAPI found in what was sent, or what kept the body from being read."""
    refusal = cast(RequestValidationError, error)
    found = refusal.errors()
    mistakes = [_input_error(each) for each in found if each["loc"][0] != "body"]
    in_body = [_input_error(each) for each in found if each["loc"][0] == "body"]
    unreadable: bytes | None = getattr(request.state, "unreadable_body", None)
    if isinstance(refusal.body, str) and any(each.code == "json_invalid" for each in in_body):
        # Of a route beside the design, whose body FastAPI reads.
        unreadable = refusal.body.encode(errors="surrogatepass")
    mistakes += getattr(request.state, "mistakes_in_headers", [])
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
    if part != "body":
        place = "parameter" if part in ("path", "query") else "header"
        # Cookies stand in one header; what is wrong with all of them together has no name.
        name = "cookie" if part == "cookie" else "".join(map(str, path[:1]))
        return InputError(error["msg"], error["type"], {place: name})
    pointer = "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in path)
    return InputError(error["msg"], error["type"], {"pointer": pointer})


async def answer_http_exception(request: Request, error: Exception) -> Response:
    """What is refused in the words of FastAPI: an unknown path, or by a route beside the design."""
    refusal = cast(HTTPException, error)
    status, said = refusal.status_code, cast(Any, refusal.detail)
    if said == _UNPARSED and isinstance(refusal.__cause__, UnicodeDecodeError):
        mistake = _unreadable(refusal.__cause__.object)
        return Problem(INVALID_REQUEST, errors=[mistake]).response(request)
    if status in (204, 205, 304):
        return Response(status_code=status, headers=refusal.headers)
    if status >= 500:
        logger.error("answered with %d: %s", status, said, exc_info=error)
    usual = responses.get(status, "Refused")
    phrase = _PHRASES.get(status, usual)
    slug = re.sub(r"[^a-z0-9]+", "-", phrase.lower())
    kind = _KINDS.get(status, Kind(status, slug, phrase.capitalize(), phrase))
    detail: str | None = None
    members: dict[str, Any] = {}
    match said:
        case dict():
            members = said
            detail = str(said["detail"]) if "detail" in said else None
        case list():
            members = {"errors": said}
        case _ if said not in (phrase, usual):
            # Starlette says the phrase where nothing is said.
            detail = str(said)
    headers = refusal.headers or {}
    return Problem(kind, detail, headers=headers, members=members).response(request)


async def answer_unavailable(request: Request, error: Exception) -> Response:
    """The database cannot be reached, or stays busy. What else it cannot do is a defect."""
    if not is_outage(error):
        raise error
    logger.warning("%s", error)
    return Problem(UNAVAILABLE, headers={"Retry-After": "1"}).response(request)


def is_outage(error: Exception) -> bool:
    """Whether it may be otherwise in a moment: of the connection, of too much to do, or of time."""
    if isinstance(error, PoolTimeoutError):
        return True
    origin = getattr(error, "orig", None)
    if isinstance(origin, sqlite3.Error):
        return getattr(origin, "sqlite_errorcode", 0) & 0xFF in _SQLITE_OUTAGES
    # Postgres names no state where there is no connection.
    state = getattr(origin, "sqlstate", None)
    return state is None or state.startswith(_POSTGRES_OUTAGES)


def add_handlers(app: FastAPI) -> None:
    """Makes every failure a problem."""
    app.add_exception_handler(Problem, answer_problem)
    app.add_exception_handler(RequestValidationError, answer_invalid_input)
    app.add_exception_handler(HTTPException, answer_http_exception)
    for error in (OperationalError, InterfaceError, PoolTimeoutError):
        app.add_exception_handler(error, answer_unavailable)
