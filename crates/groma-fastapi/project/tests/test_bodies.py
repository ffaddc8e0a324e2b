"""What holds for every body."""

import pytest

from app.core import reading
from app.core.config import BODY_LIMIT
from tests.conftest import CREATE, Person, mistakes


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        (b"", "The text ends where a value is expected (byte 0)."),
        (b"{", "A comma or a closing brace is expected here (byte 1)."),
        (b'{"title":"a","title":"b"}', "A name stands twice in one object (byte 13)."),
        (b'{"title":"\xff"}', "The text is not valid UTF-8 (byte 10)."),
        (b'{"title":"\\ud800"}', "A surrogate stands alone in a string (byte 12)."),
        (b'{"a":1e999}', "A number does not fit (byte 5)."),
        (
            b'{"a":[1,-2.5e3,"b",null ,01]}',
            "A comma or a closing bracket is expected here (byte 26).",
        ),
        (b'{"a":[true,]}', "A value is expected here (byte 11)."),
        (b'{"a":NaN}', "A value is expected here (byte 5)."),
        (b"{} x", "Text follows the document (byte 3)."),
        (b"[" * 65, "The document is nested too deeply (byte 65)."),
    ],
)
def test_bodies_that_are_not_json(maker: Person, body: bytes, detail: str) -> None:
    answer = maker.post(CREATE, body)
    assert mistakes(answer) == [("", "json_invalid")]
    assert answer.json()["detail"] == detail


def test_mistakes_are_told_in_the_order_in_which_they_stand(maker: Person) -> None:
    answer = maker.post(f"{CREATE}?limit=1", {"zzz": 1, "no_such_member": 1})
    assert mistakes(answer)[:3] == [
        ("limit", "unknown_parameter"),
        ("/zzz", "extra_forbidden"),
        ("/no_such_member", "extra_forbidden"),
    ]


def test_the_caller_comes_before_the_input(nobody: Person) -> None:
    for unread in ({}, {"Content_Type": "text/plain"}, {"Accept": "text/html"}):
        answer = nobody.post(CREATE, b"{", **unread)
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"] == "Bearer"


def test_the_body_of_whom_nobody_knows_is_not_read(
    maker: Person, nobody: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[bytes] = []

    def see(data: bytes) -> object:
        seen.append(data)
        raise ValueError

    monkeypatch.setattr(reading, "read_json", see)
    assert nobody.post(CREATE, b"{}").status_code == 401
    assert seen == []
    assert maker.post(CREATE, b"{}").status_code == 400
    assert seen == [b"{}"]


def test_media_types_and_sizes(maker: Person) -> None:
    merge_patch = {"Content_Type": "application/merge-patch+json"}
    assert maker.post(CREATE, b"{}", Content_Type="text/plain").status_code == 415
    assert maker.post(CREATE, b"{}", **merge_patch).status_code == 415
    assert maker.post(CREATE, b" " * (BODY_LIMIT + 1)).status_code == 413
