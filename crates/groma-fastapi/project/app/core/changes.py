"""Changes of one row: decided by the statement that writes, explained by a second one where it
wrote nothing.

The statement carries every condition itself, so what it changes is what was decided. The order in
which a request is decided is fixed: what it refers to (400), the row (404), the rules (403),
`If-Match` (412), the state (409), conflicts (409). What it refers to is looked at once it is
written, so that it cannot go, nor be kept from the caller, in between.

What is refused is left to whoever began the change: `retried` takes all of it back, also what was
written before.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar, cast

from pydantic import BaseModel
from sqlalchemy import (
    ColumnElement,
    Executable,
    delete,
    false,
    func,
    insert,
    inspect,
    select,
    true,
    update,
)
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, SQLModel

from app.core.answers import item_tag
from app.core.db import after, expression
from app.core.errors import (
    FORBIDDEN,
    INVALID_BODY,
    INVALID_STATE,
    NOT_FOUND,
    PRECONDITION_FAILED,
    PRECONDITION_REQUIRED,
    InputError,
    Kind,
    Problem,
    conflict,
)
from app.core.etags import Tags
from app.core.retries import Collision

T = TypeVar("T", bound=SQLModel)

_OPTIONS: Final = {"synchronize_session": False, "populate_existing": True}


@dataclass(frozen=True)
class Guard:
    """What must hold on a row beside the rules, and what it is otherwise."""

    holds: ColumnElement[bool]
    kind: Kind = INVALID_STATE
    detail: str | None = None


@dataclass(frozen=True)
class Check:
    """What every row keeps: its name in the database, in words, the members of bodies that it looks
    at, and its condition on a row.
    """

    name: str
    detail: str
    members: Sequence[str]
    holds: Callable[[Any], ColumnElement[bool]]


@dataclass(frozen=True)
class Change(Generic[T]):
    """What is to be changed, and what must hold for it."""

    model: type[T]
    public: type[BaseModel]
    # Which row it is, and that the caller may read it.
    row: ColumnElement[bool]
    # What must hold on it, before and after.
    rules: ColumnElement[bool]
    # Its state, then the errors of an action.
    guards: Sequence[Guard] = ()
    if_match: Tags | None = None
    if_none_match: Tags | None = None
    requires_match: bool = False
    # Refuses what the change refers to, where the caller may not refer to it.
    refers: Callable[[Session], None] | None = None
    # What is done with the row in the same transaction.
    then: Callable[[Session, T], None] | None = None
    # What the table checks, and which members were sent, where there is a body.
    checks: Sequence[Check] = ()
    sent: Collection[str] | None = None
    # Empties what the caller may not see of rows.
    as_seen: Callable[[Session, Sequence[T]], None] | None = None
    # What is told to callers who have no row, where it would refer to theirs.
    callerless: str | None = None

    @property
    def is_conditional(self) -> bool:
        """Whether the client says, or has to say, which state of the row it means."""
        is_said = self.if_match is not None or self.if_none_match is not None
        return is_said or self.requires_match


def isolate(session: Session) -> None:
    """Begins a change during which other rows must stay as they are: whoever writes them makes one
    of both start again.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.rollback()
        session.connection(execution_options={"isolation_level": "SERIALIZABLE"})


def update_row(session: Session, change: Change[T], written: Mapping[str, Any]) -> T:
    """The row after the change."""
    statement = update(change.model).values(dict(written) or _nothing(change.model))
    return cast(T, _run(session, change, statement.returning(change.model), written))


def delete_row(session: Session, change: Change[T]) -> None:
    """Removes the row."""
    _run(session, change, delete(change.model).returning(change.model), deleting=True)


def insert_row(
    session: Session,
    model: type[T],
    written: Mapping[str, Any],
    rules: ColumnElement[bool],
    *,
    refers: Callable[[Session], None] | None = None,
    if_match: Tags | None = None,
    then: Callable[[Session, T], None] | None = None,
    checks: Sequence[Check] = (),
    sent: Collection[str] = (),
    callerless: str | None = None,
) -> T | None:
    """The new row; nothing where the rules refuse it. A row that is not there matches no tag.

    `callerless` is told to callers who have no row, where this one would refer to theirs.
    """
    values = [expression(model, name, value) for name, value in written.items()]
    # A column may be called otherwise than its attribute.
    columns = [getattr(model, name).expression for name in written]
    statement = insert(model).from_select(columns, select(*values).where(rules)).returning(model)
    try:
        if refers is not None:
            # A row that is refused takes no number of a sequence.
            refers(session)
        made = session.scalars(statement, execution_options=_OPTIONS).one_or_none()
        if refers is not None:
            refers(session)
        if made is None:
            return None
        if if_match is not None:
            raise Problem(PRECONDITION_FAILED)
        if then is not None:
            then(session, made)
        session.commit()
    except IntegrityError as error:
        session.rollback()
        if refers is not None:
            refers(session)
        if is_check(error, checks):
            kept = [_is_kept(check, after(model, written)) for check in checks]
            raise broken(checks, sent, session.execute(select(*kept)).one()) from error
        raise conflict(error, callerless=callerless) from error
    return made


def is_check(error: IntegrityError, checks: Sequence[Check]) -> bool:
    """Whether it is one of these checks that was broken."""
    return any(check.name in str(error.orig) for check in checks)


def broken(checks: Sequence[Check], sent: Collection[str] | None, kept: Sequence[Any]) -> Problem:
    """The checks that a row would not keep, all of them at once."""
    found = [check for check, is_kept in zip(checks, kept, strict=True) if not is_kept]
    if not found:
        # The row is not what it was.
        return Collision()
    if sent is None:
        return Problem(INVALID_STATE, " ".join(check.detail for check in found))
    errors = []
    for check in found:
        members = [*(name for name in check.members if name in sent), *check.members]
        pointer = f"/{members[0]}" if members else ""
        errors.append(InputError(check.detail, "value_error", {"pointer": pointer}))
    return Problem(INVALID_BODY, errors=errors)


def _is_kept(check: Check, row: object) -> ColumnElement[bool]:
    """Whether a row keeps a check; as for the database, one that is unknown is kept."""
    return func.coalesce(check.holds(row), true())


def _run(
    session: Session,
    change: Change[T],
    statement: Any,
    written: Mapping[str, Any] | None = None,
    *,
    deleting: bool = False,
) -> object:
    guards = [guard.holds for guard in change.guards]
    done: Executable = statement.where(change.row, change.rules, *guards)
    try:
        if change.is_conditional:
            _lock(session, change)
            if change.refers is not None:
                change.refers(session)
            _look(session, change)
        row = session.scalars(done, execution_options=_OPTIONS).one_or_none()
        if change.refers is not None:
            change.refers(session)
        if row is None:
            _look(session, change)
            # Nothing stands in the way any longer.
            raise Collision
        if change.then is not None:
            change.then(session, cast(T, row))
        session.commit()
    except IntegrityError as error:
        session.rollback()
        if change.refers is not None:
            change.refers(session)
        if is_check(error, change.checks):
            raise _broken(session, change, written or {}) from error
        raise conflict(error, deleting=deleting, callerless=change.callerless) from error
    return row


def _broken(session: Session, change: Change[T], written: Mapping[str, Any]) -> Problem:
    """The checks that the row would not keep after the change."""
    changed = after(change.model, written)
    kept = [_is_kept(check, changed) for check in change.checks]
    found = session.execute(select(*kept).where(change.row)).one_or_none()
    return broken(change.checks, change.sent, [True] * len(kept) if found is None else found)


def _lock(session: Session, change: Change[T]) -> None:
    """Keeps others from writing until the end, where a database does not lock single rows: by a
    change of none.
    """
    if session.get_bind().dialect.name == "sqlite":
        nothing = update(change.model).values(_nothing(change.model)).where(false())
        session.execute(nothing, execution_options=_OPTIONS)


def _look(session: Session, change: Change[T]) -> None:
    """Why the row is not changed, if something stands in the way."""
    guards = [guard.holds for guard in change.guards]
    statement = select(change.model, change.rules, *guards).where(change.row)
    if change.is_conditional:
        statement = statement.with_for_update(of=change.model)
    found = session.execute(statement, execution_options=_OPTIONS).one_or_none()
    if found is None:
        raise Problem(NOT_FOUND)
    row, meets_rules, *holding = found
    if not meets_rules:
        raise Problem(FORBIDDEN)
    if change.is_conditional:
        if change.as_seen is not None:
            change.as_seen(session, [row])
        tag = item_tag(change.public.model_validate(row, from_attributes=True))
        if change.if_match is None and change.requires_match:
            raise Problem(PRECONDITION_REQUIRED)
        if change.if_match is not None and not change.if_match.match_row(tag):
            raise Problem(PRECONDITION_FAILED)
        if change.if_none_match is not None and change.if_none_match.match_answer(tag):
            raise Problem(PRECONDITION_FAILED)
    for guard, holds in zip(change.guards, holding, strict=True):
        if not holds:
            raise Problem(guard.kind, guard.detail)


def _key(model: type[T]) -> Any:
    return inspect(model, raiseerr=True).primary_key[0]


def _nothing(model: type[T]) -> dict[str, Any]:
    """A change of nothing: the row is answered as if it had been changed."""
    key = _key(model)
    return {key.name: key}
