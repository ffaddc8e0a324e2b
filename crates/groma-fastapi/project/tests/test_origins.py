"""Browsers of other origins."""

from tests.conftest import ALLOWED, LIST, ORIGIN, Person


def test_preflights_are_answered_without_a_token(nobody: Person) -> None:
    asked = {"Origin": ORIGIN, "Access_Control_Request_Method": "GET"}
    answer = nobody.send("OPTIONS", LIST, **asked)
    assert answer.status_code == 204
    assert answer.headers["access-control-allow-origin"] == ORIGIN
    assert answer.headers["access-control-allow-methods"] == ALLOWED
    other = nobody.send("OPTIONS", LIST, **asked | {"Origin": "https://evil.example"})
    assert "access-control-allow-origin" not in other.headers
