"""How a client goes through a list."""

from typing import Any

from tests.conftest import Person


def walk(
    person: Person, path: str, query: str = "", items: str | None = "items"
) -> list[dict[str, Any]]:
    """All items of a list, two at a time; those of a bare array where they have no name."""
    found: list[dict[str, Any]] = []
    page: str | None = f"{path}?limit=2&count=true&{query}".rstrip("&")
    while page is not None:
        answer = person.get(page)
        assert answer.status_code == 200, answer.text
        body = answer.json()
        shown = body if items is None else body[items]
        total = int(answer.headers["x-total-count"]) if items is None else body["total"]
        found += shown
        page = answer.links.get("next", {}).get("url")
        if "next_cursor" in body:
            cursor = body["next_cursor"]
            assert page is None if cursor is None else f"cursor={cursor}" in str(page)
        # A page that leads back to itself would never end.
        assert len(found) <= total
        assert len(shown) == 2 or page is None
    assert len(found) == total
    return found
