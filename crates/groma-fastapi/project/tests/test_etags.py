"""Entity tags."""

import pytest

from app.core.etags import Tags, make_tag

TAG = make_tag(b"a row")


@pytest.mark.parametrize(
    ("lines", "is_met"),
    [
        ([TAG], True),
        ([f'"other", {TAG}'], True),
        (['"other"', TAG], True),
        (["*"], True),
        (['"other"'], False),
        ([f"W/{TAG}"], False),
        ([f'W/{TAG}, "other"'], False),
        ([TAG.strip('"')], False),
    ],
)
def test_if_match_compares_strongly(lines: list[str], is_met: bool) -> None:
    """RFC 9110, 13.1.1: a weak tag never matches."""
    assert Tags(lines).match_row(TAG) == is_met


@pytest.mark.parametrize(
    ("lines", "is_met"),
    [
        ([TAG], True),
        ([f"W/{TAG}"], True),
        ([f'"other", W/{TAG}'], True),
        (["*"], True),
        (['"other"'], False),
    ],
)
def test_if_none_match_compares_weakly(lines: list[str], is_met: bool) -> None:
    """RFC 9110, 13.1.2: a weak tag matches the strong one."""
    assert Tags(lines).match_answer(TAG) == is_met


def test_what_is_embedded_is_of_the_answer_and_not_of_the_row() -> None:
    before, after = (make_tag(b"a row", embedded) for embedded in (b"before", b"after"))
    assert Tags([before]).match_row(after)
    assert not Tags([before]).match_answer(after)
