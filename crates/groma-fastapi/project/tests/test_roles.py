"""Roles, as tokens have them."""

import pytest

from app.core.auth import ROLES, caller_of
from tests.conftest import ROLE, ROLE_CLAIM, Issuer


@pytest.mark.parametrize("role", [ROLE, f"other,{ROLE}", f" {ROLE} ", ["other", ROLE]])
def test_roles_come_as_text_with_commas_or_as_a_list(issuer: Issuer, role: object) -> None:
    claims = issuer.claims("somebody", **{ROLE_CLAIM: role})
    assert caller_of(claims).roles == ROLES[ROLE]


@pytest.mark.parametrize(
    "role", [None, ROLE.upper(), f"{ROLE}s", f"\x1c{ROLE}", True, {ROLE: True}]
)
def test_other_roles_give_nothing(issuer: Issuer, role: object) -> None:
    claims = issuer.claims("somebody", **{ROLE_CLAIM: role})
    nobodys = issuer.claims("somebody", **{ROLE_CLAIM: None})
    assert caller_of(claims).roles == caller_of(nobodys).roles
