"""Passwords, attempts and refresh tokens: what is decided on plain values."""

from datetime import UTC, datetime, timedelta

import pytest

from app.masters.identity.rules import (
    FamilyState,
    PresentedToken,
    RefreshVerdict,
    judge_refresh,
    normal_username,
    password_problems,
)

NOON = datetime(2026, 11, 23, 10, tzinfo=UTC)
NEWEST = PresentedToken(is_newest=True, is_previous=False, is_ours=True)
PREVIOUS = PresentedToken(is_newest=False, is_previous=True, is_ours=True)
OLDER = PresentedToken(is_newest=False, is_previous=False, is_ours=True)
FOREIGN = PresentedToken(is_newest=False, is_previous=False, is_ours=False)


def family(**fields: object) -> FamilyState:
    sound = {"expires_at": NOON + timedelta(days=90), "revoked": False}
    return FamilyState(**(sound | fields))  # type: ignore[arg-type]  # keywords of the test


@pytest.mark.parametrize(
    ("token", "days_later", "verdict"),
    [
        (NEWEST, 0, RefreshVerdict.ROTATE),
        (NEWEST, 30, RefreshVerdict.ROTATE),
        (PREVIOUS, 0, RefreshVerdict.REPEAT),
        (PREVIOUS, 89, RefreshVerdict.REPEAT),
        (OLDER, 0, RefreshVerdict.REUSED),
        (FOREIGN, 0, RefreshVerdict.ENDED),
        (NEWEST, 90, RefreshVerdict.ENDED),
        (PREVIOUS, 90, RefreshVerdict.ENDED),
    ],
)
def test_the_newest_token_rotates_the_one_before_repeats_and_an_older_one_is_a_reuse(
    token: PresentedToken, days_later: int, verdict: RefreshVerdict
) -> None:
    assert judge_refresh(token, family(), NOON + timedelta(days=days_later)) is verdict


@pytest.mark.parametrize("token", [NEWEST, PREVIOUS, OLDER])
def test_no_token_of_a_revoked_family_is_good(token: PresentedToken) -> None:
    assert judge_refresh(token, family(revoked=True), NOON) is RefreshVerdict.ENDED


@pytest.mark.parametrize(
    ("password", "codes"),
    [
        ("correct horse", []),
        ("ακρόπολη του Σαββάτου", []),
        ("short", ["too_short"]),
        ("x" * 129, ["too_long", "one_character"]),
        ("Anna.Smith", ["is_username"]),
        ("anna.smith2026!", ["is_username"]),
        ("password", ["common"]),
        ("PassWord", ["common"]),
        ("12345678", ["common"]),
        ("qwertyui", ["common"]),
        ("fieldproof", ["common"]),
        ("Fieldproof2026!", ["common"]),
        ("zzzzzzzzz", ["one_character"]),
        ("anna.smith walks to work", []),
        ("", ["too_short"]),
    ],
)
def test_a_password_has_8_to_128_characters_and_is_not_one_that_is_tried_first(password: str, codes: list[str]) -> None:
    assert [problem.code for problem in password_problems("anna.smith", password)] == codes


def test_a_username_is_the_same_in_any_case() -> None:
    assert normal_username(" Anna ") == normal_username("ANNA") == "anna"
