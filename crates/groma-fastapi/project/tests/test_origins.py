"""Browsers of other origins."""

import pytest
from pydantic import ValidationError

from app.core.config import Settings
from tests.conftest import ALLOWED, LIST, ORIGIN, Person


def test_preflights_are_answered_without_a_token(nobody: Person) -> None:
    asked = {"Origin": ORIGIN, "Access_Control_Request_Method": "GET"}
    answer = nobody.send("OPTIONS", LIST, **asked)
    assert answer.status_code == 204
    assert answer.headers["access-control-allow-origin"] == ORIGIN
    assert answer.headers["access-control-allow-methods"] == ALLOWED
    other = nobody.send("OPTIONS", LIST, **asked | {"Origin": "https://evil.example"})
    assert "access-control-allow-origin" not in other.headers


@pytest.mark.parametrize(
    "text",
    [None, "*", "null", f"{ORIGIN}/", "https://web.example.com:443", "https://Web.example.com"],
)
def test_origins_are_said_as_browsers_send_them(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, text: str | None
) -> None:
    said = settings.model_dump()
    name = next(name for name, value in said.items() if value in (ORIGIN, [ORIGIN]))
    monkeypatch.delenv(name.upper(), raising=False)
    said |= {"_env_file": None, name: ORIGIN}
    assert Settings(**said) == settings
    if text is None:
        del said[name]
    else:
        said[name] = text
    with pytest.raises(ValidationError):
        Settings(**said)
