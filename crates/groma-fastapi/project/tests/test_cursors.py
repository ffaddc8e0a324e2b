"""Cursors."""

from uuid import UUID

import pytest
from sqlalchemy import literal

from app.core.errors import Problem
from app.core.paging import SortField, Term, decode_cursor, encode_cursor

KEY = UUID(int=1)
TERMS = [Term(SortField(0, "id", UUID), literal(KEY), descending=False)]


def test_a_cursor_leads_on_in_its_own_query_alone() -> None:
    cursor = encode_cursor(b"a digest", [KEY])
    assert decode_cursor(cursor, b"a digest", TERMS) == [KEY]
    with pytest.raises(Problem):
        decode_cursor(cursor, b"another!", TERMS)
