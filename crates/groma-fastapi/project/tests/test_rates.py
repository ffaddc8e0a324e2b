"""How often each may call."""

from fastapi.testclient import TestClient

from app.core.config import Settings
from app.main import create_app
from tests.conftest import LIST, Issuer, Person


def test_rates_are_limited_for_each_caller(settings: Settings, issuer: Issuer) -> None:
    limited = settings.model_copy(update={"rate_limit": "2/min"})
    with TestClient(create_app(limited)) as client:
        alice, bob = (Person(client, issuer.token(name)) for name in ("alice", "bob"))
        answers = [alice.get(LIST) for _ in range(3)]
        assert [answer.status_code for answer in answers] == [200, 200, 429]
        assert answers[0].headers["ratelimit"] == '"caller";r=1;t=30'
        assert 1 <= int(answers[2].headers["retry-after"]) <= 30
        assert bob.get(LIST).status_code == 200
