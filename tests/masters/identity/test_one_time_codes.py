"""Codes of second factors: how they are typed, made and compared."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.ground.web.access import Role
from app.masters.identity.one_time_codes import (
    MOST_TYPED,
    RECOVERY_CODES,
    RecoveryCode,
    SecondFactorPolicy,
    TimeCode,
    new_recovery_codes,
    new_secret,
    read_code,
    recovery_hash,
    setup_uri,
    step_of,
)
from app.masters.identity.secret_seal import SecretSeal
from tests.factories.second_factors import SECRET, code_at

RFC_SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
"""RFC 6238, appendix B: the ASCII digits 12345678901234567890."""


@pytest.mark.parametrize(
    ("seconds", "digits"),
    [
        (59, "287082"),
        (1111111109, "081804"),
        (1111111111, "050471"),
        (1234567890, "005924"),
        (2000000000, "279037"),
        (20000000000, "353130"),
    ],
)
def test_codes_are_those_of_the_rfcs_table(seconds: int, digits: str) -> None:
    at = datetime.fromtimestamp(seconds, UTC)
    assert step_of(RFC_SECRET, TimeCode(digits), at) == seconds // 30


@pytest.mark.parametrize(("off", "good"), [(-60, False), (-30, True), (0, True), (30, True), (60, False)])
def test_a_phones_clock_may_be_one_step_off_and_no_more(off: int, good: bool) -> None:
    at = datetime.fromtimestamp(59, UTC) + timedelta(hours=1)
    shown = at + timedelta(seconds=off)
    step = int(shown.timestamp()) // 30
    assert step_of(SECRET, TimeCode(code_at(shown)), at) == (step if good else None)


@pytest.mark.parametrize(
    "typed",
    [
        "287082",
        " 287 082\n",
        "287-082",
        "287\N{NO-BREAK SPACE}082",
        "287\N{EN DASH}082",
        "2\N{ZERO WIDTH SPACE}87082",
        "２８７０８２",
        "٢٨٧٠٨٢",
        "२८७०८२",
    ],
)
def test_six_digits_are_read_in_any_script_and_with_spaces(typed: str) -> None:
    assert read_code(typed) == TimeCode("287082")


@pytest.mark.parametrize(
    "typed",
    ["7KQ2-M9XD-0TBR-5HJW", "7kq2m9xd0tbr5hjw", " 7kq2 m9xd otbr 5hjw ", "7KQ2–M9XD–OTBR–5HJW", "７KQ2M9XD0TBR5HJW"],
)
def test_a_recovery_code_is_read_as_it_is_copied_down(typed: str) -> None:
    assert read_code(typed) == RecoveryCode("7KQ2M9XD0TBR5HJW")


@pytest.mark.parametrize(
    "typed", ["", " ", "28708", "2870820", "28708x", "²⁸⁷⁰⁸²", "½87082", "7KQ2-M9XD-0TBR", "÷" * 16]
)
def test_anything_else_is_no_code(typed: str) -> None:
    assert read_code(typed) is None


@given(st.text(max_size=MOST_TYPED))
def test_whatever_is_typed_is_read_as_plain_characters_or_not_at_all(typed: str) -> None:
    match read_code(typed):
        case TimeCode(digits):
            assert len(digits) == 6
            assert digits.isascii()
            assert digits.isdigit()
        case RecoveryCode(characters):
            assert len(characters) == 16
            assert characters.isascii()
            assert characters == characters.upper()


def test_recovery_codes_differ_and_are_hashed_for_their_user_alone() -> None:
    codes = new_recovery_codes()
    assert len(set(codes)) == RECOVERY_CODES
    typed = [read_code(code) for code in codes]
    plain = [code for code in typed if isinstance(code, RecoveryCode)]
    assert len(plain) == RECOVERY_CODES
    assert len({recovery_hash(user, code) for user in (1, 2) for code in plain}) == 2 * RECOVERY_CODES


def test_an_authenticator_is_told_whose_secret_it_is() -> None:
    secret = new_secret()
    uri = setup_uri(secret, "anna@näh & co")
    assert uri.startswith("otpauth://totp/Fieldproof:anna%40n%C3%A4h%20%26%20co?")
    assert f"secret={secret}" in uri
    assert len(secret) == 32


@pytest.mark.parametrize(
    ("policy", "demanded_of"),
    [
        (SecondFactorPolicy.OPTIONAL, set()),
        (SecondFactorPolicy.REQUIRED_FOR_ADMINS, {Role.ADMIN}),
        (SecondFactorPolicy.REQUIRED, set(Role)),
    ],
)
def test_a_policy_demands_a_second_factor_of_some(policy: SecondFactorPolicy, demanded_of: set[Role]) -> None:
    assert {role for role in Role if policy.demands(role)} == demanded_of


class TestSeal:
    OLD, NEW = b"o" * 40, b"n" * 40

    def test_a_sealed_secret_is_opened_for_its_user_alone(self) -> None:
        seal = SecretSeal([self.NEW])
        sealed = seal.seal(7, RFC_SECRET)
        assert RFC_SECRET not in sealed
        opened = seal.open(7, sealed)
        assert opened
        assert (opened.text, opened.by_newest) == (RFC_SECRET, True)
        assert seal.open(70, sealed) is None
        assert RFC_SECRET not in repr(opened)

    def test_what_an_older_key_sealed_is_opened_while_that_key_is_named(self) -> None:
        sealed = SecretSeal([self.OLD]).seal(7, RFC_SECRET)
        opened = SecretSeal([self.NEW, self.OLD]).open(7, sealed)
        assert opened
        assert (opened.text, opened.by_newest) == (RFC_SECRET, False)
        assert SecretSeal([self.NEW]).open(7, sealed) is None

    @pytest.mark.parametrize(
        "damage", [lambda s: s[:-3], lambda s: s + "x", lambda s: "", lambda s: s.replace(".", "")]
    )
    def test_what_was_tampered_with_is_not_opened(self, damage: object) -> None:
        seal = SecretSeal([self.NEW])
        assert callable(damage)
        assert seal.open(7, damage(seal.seal(7, RFC_SECRET))) is None
