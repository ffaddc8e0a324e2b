"""The bearer token of a request, verified by the issuer's keys."""

import logging
import math
import re
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterator, Mapping, Set
from typing import Annotated, Any, Final, TypeVar, cast
from uuid import UUID

from fastapi import Depends, Request
from fastapi.security import HTTPBearer
from pydantic_core import PydanticCustomError

from app.core.config import ALGORITHMS, LEEWAY, Settings
from app.core.errors import UNAUTHENTICATED, UNAVAILABLE, Problem
from app.core.jwks import Keys, KeysUnavailableError
from app.core.strict_json import read_json
from app.core.types import parse_uuid

logger = logging.getLogger(__name__)

T = TypeVar("T")

_MOST_TOKEN: Final = 8 * 1024
# White space by Unicode; `str.strip` would take U+001C to U+001F for it as well.
_BLANK = r"[\t-\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+"
_BLANK_ENDS = re.compile(rf"\A{_BLANK}|{_BLANK}\Z")
# The last second of the year 9999; a later date is one in milliseconds, or none at all.
_LAST_SECOND: Final = 253_402_300_799.0


class InvalidTokenError(Exception):
    """Which rule a token breaks: for the log, and not for the caller."""


async def verify(authorization: list[str], settings: Settings, keys: Keys) -> dict[str, Any]:
    """What a token says, from all the values of `Authorization`."""
    token = bearer_token(authorization)
    if not keys.are_good:
        raise KeysUnavailableError
    parts = token.split(".")
    if len(token) > _MOST_TOKEN or len(parts) != 3:
        raise InvalidTokenError("not a compact token of at most 8 KiB")
    header = json_object(parts[0])
    algorithm = checked_algorithm(header)
    key = await keys.find(header.get("kid"), algorithm)
    if key is None or key.algorithm_name != algorithm:
        raise InvalidTokenError("no key, or not clear which one")
    signed = f"{parts[0]}.{parts[1]}".encode()
    if not key.Algorithm.verify(signed, key.key, base64url(parts[2])):
        raise InvalidTokenError("the signature does not verify")
    claims = json_object(parts[1])
    check_claims(claims, settings)
    return claims


def bearer_token(authorization: list[str]) -> str:
    """The one token (RFC 6750 §2.1); one in the query or the body is never looked for."""
    if len(authorization) != 1:
        raise InvalidTokenError("not exactly one Authorization header")
    scheme, _, token = authorization[0].partition(" ")
    if scheme.lower() != "bearer" or not token.lstrip(" \t"):
        raise InvalidTokenError("not a bearer token")
    return token.lstrip(" \t")


def base64url(text: str) -> bytes:
    """The bytes of the one canonical form (RFC 7515): no padding, no spare bits."""
    if re.fullmatch(r"[A-Za-z0-9_-]*", text) is None or len(text) % 4 == 1:
        raise InvalidTokenError("a part is not base64url")
    data = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if urlsafe_b64encode(data).rstrip(b"=") != text.encode():
        raise InvalidTokenError("a part is not canonical base64url")
    return data


def json_object(part: str) -> dict[str, Any]:
    """One part of a token: one JSON object without duplicate names."""
    try:
        value = read_json(base64url(part))
    except ValueError as error:
        raise InvalidTokenError("a part is not JSON") from error
    if not isinstance(value, dict):
        raise InvalidTokenError("a part is not a JSON object")
    return value


def checked_algorithm(header: dict[str, Any]) -> str:
    """The algorithm, which must be allowed; `jku`, `jwk`, `x5u` and `x5c` are not even read."""
    if "crit" in header or header.get("b64", True) is not True:
        raise InvalidTokenError("the header asks for an extension")
    algorithm, kind = header.get("alg"), header.get("typ", "JWT")
    if not all(isinstance(each, str) for each in (algorithm, kind, header.get("kid", ""))):
        raise InvalidTokenError("a header parameter is not text")
    if kind.lower().removeprefix("application/") not in ("jwt", "at+jwt"):
        raise InvalidTokenError("the token type is not acceptable")
    # RFC 9864 gives Ed25519 a name of its own.
    name = "EdDSA" if algorithm == "Ed25519" else str(algorithm)
    if name not in ALGORITHMS:
        raise InvalidTokenError("the algorithm is not allowed")
    return name


def check_claims(claims: dict[str, Any], settings: Settings) -> None:
    """When the token holds, who made it, and for whom (RFC 7519 §4.1)."""
    now = time.time()
    expires = seconds(claims, "exp")
    if expires is None or now >= expires + LEEWAY:
        raise InvalidTokenError("expired, or never")
    for name in ("nbf", "iat"):
        if (seconds(claims, name) or -math.inf) > now + LEEWAY:
            raise InvalidTokenError(f"`{name}` is still to come")
    if settings.token_issuer is not None and claims.get("iss") != settings.token_issuer:
        raise InvalidTokenError("another issuer")
    audience = claims.get("aud", [])
    several = audience if isinstance(audience, list) else [audience]
    if not all(isinstance(each, str) for each in several):
        raise InvalidTokenError("`aud` is not text")
    if settings.token_audiences and not settings.token_audiences & set(several):
        raise InvalidTokenError("another audience")


def seconds(claims: dict[str, Any], name: str) -> float | None:
    """A date as a number; text such as `"1700000000"` is not one."""
    if name not in claims:
        return None
    value = claims[name]
    if isinstance(value, bool) or not isinstance(value, int | float) or value > _LAST_SECOND:
        raise InvalidTokenError(f"`{name}` is not a date")
    return float(value)


def text_key(claims: dict[str, Any], name: str, least: int, most: int) -> str:
    """The claim that names the caller, where keys are texts of such a length."""
    value = claims.get(name)
    if not isinstance(value, str) or not least <= len(value) <= most or "\0" in value:
        raise InvalidTokenError(f"`{name}` is no key of the caller")
    return value


def uuid_key(claims: dict[str, Any], name: str) -> UUID:
    """The claim that names the caller, where keys are UUIDs."""
    try:
        return UUID(str(parse_uuid(claims.get(name))))
    except PydanticCustomError as error:
        raise InvalidTokenError(f"`{name}` is no key of the caller") from error


def int_key(claims: dict[str, Any], name: str, least: int, most: int) -> int:
    """The claim that names the caller, where keys are whole numbers: as a number or as text."""
    value = claims.get(name)
    if isinstance(value, str) and re.fullmatch(r"-?[0-9]{1,19}", value):
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise InvalidTokenError(f"`{name}` is no key of the caller")
    return value


def text_claim(claims: dict[str, Any], name: str) -> str | None:
    """A claim that rules read; one of another type counts as absent."""
    value = claims.get(name)
    return value if isinstance(value, str) else None


def bool_claim(claims: dict[str, Any], name: str) -> bool | None:
    """A claim that rules read; one of another type counts as absent."""
    value = claims.get(name)
    return value if isinstance(value, bool) else None


def int_claim(claims: dict[str, Any], name: str) -> int | None:
    """A claim that rules read; one of another type counts as absent."""
    value = claims.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def wire_text(claim: bool | int | str | None) -> str:
    """A claim as text; nothing where it is absent."""
    if isinstance(claim, bool):
        return str(claim).lower()
    return "" if claim is None else str(claim)


def roles_in(
    claim: object, roles: Mapping[str, Set[str]], default: str | None = None
) -> frozenset[str]:
    """The roles that a claim names, with every role that these include."""
    known = [roles[name] for name in role_names(claim) if name in roles]
    if not known and default is not None:
        known = [roles[default]]
    return frozenset().union(*known)


def role_names(claim: object) -> Iterator[str]:
    """Roles as one text, as text with commas (Better Auth's form), or as a list of texts."""
    texts = claim.split(",") if isinstance(claim, str) else claim
    if isinstance(texts, list):
        yield from (_BLANK_ENDS.sub("", text) for text in texts if isinstance(text, str))


# The scheme stands in the OpenAPI document; what it would make of the header is not used.
_bearer = HTTPBearer(
    auto_error=False,
    scheme_name="bearerAuth",
    bearerFormat="JWT",
    description=f"A JSON Web Token signed with {' or '.join(ALGORITHMS)}.",
)
BearerDep = Annotated[object, Depends(_bearer)]


async def authenticate(request: Request, caller_of: Callable[[dict[str, Any]], T]) -> T:
    """The caller, or 401 without a reason that would help an attacker; worked out once for a
    request.
    """
    if not hasattr(request.state, "caller"):
        try:
            request.state.caller = await _look_for(request, caller_of)
        except Problem as problem:
            request.state.caller = problem
    if isinstance(request.state.caller, Problem):
        raise request.state.caller
    return cast(T, request.state.caller)


async def _look_for(request: Request, caller_of: Callable[[dict[str, Any]], T]) -> T:
    authorization = request.headers.getlist("authorization")
    settings, keys = request.app.state.settings, cast(Keys, request.app.state.keys)
    try:
        return caller_of(await verify(authorization, settings, keys))
    except KeysUnavailableError as error:
        raise Problem(UNAVAILABLE, headers={"Retry-After": "1"}) from error
    except InvalidTokenError as error:
        logger.info("token refused: %s", error)
        challenge = 'Bearer error="invalid_token"' if authorization else "Bearer"
        raise Problem(UNAUTHENTICATED, headers={"WWW-Authenticate": challenge}) from error
