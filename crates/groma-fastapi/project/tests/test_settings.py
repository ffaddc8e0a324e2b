"""Settings that cannot work."""

from typing import Any

import pytest
from pydantic import ValidationError

from app.core.config import Settings

WRONG: list[dict[str, Any]] = "settings"


@pytest.mark.parametrize("wrong", WRONG)
def test_what_cannot_work_is_refused_before_anything_is_served(
    settings: Settings, wrong: dict[str, Any]
) -> None:
    given = settings.model_dump()
    assert Settings(**given) == settings
    with pytest.raises(ValidationError):
        Settings(**given | wrong)
