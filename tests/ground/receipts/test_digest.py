from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.ground.receipts.service import content_digest

CONTENT = {
    "outlet_code": "PAT-0042",
    "captured_at": datetime(2026, 11, 23, 14, 40, tzinfo=UTC),
    "delivery_date": date(2026, 11, 24),
    "lines": [("CHO-100", Decimal(12), None)],
}


def test_a_digest_has_32_bytes_and_is_the_same_for_the_same_content() -> None:
    assert len(content_digest("order", "R1", CONTENT)) == 32
    assert content_digest("order", "R1", CONTENT) == content_digest("order", "R1", dict(reversed(CONTENT.items())))


@pytest.mark.parametrize(
    "change",
    [
        {"captured_at": datetime(2026, 11, 23, 16, 40, tzinfo=ZoneInfo("Europe/Athens"))},
        {"lines": [("CHO-100", Decimal("12.000"), None)]},
        {"lines": (("CHO-100", Decimal("1.2E+1"), None),)},
    ],
)
def test_another_spelling_of_the_same_is_the_same(change: dict[str, object]) -> None:
    assert content_digest("order", "R1", CONTENT | change) == content_digest("order", "R1", CONTENT)


@pytest.mark.parametrize(
    "change",
    [
        {"captured_at": datetime(2026, 11, 23, 16, 40, tzinfo=UTC)},
        {"delivery_date": date(2026, 11, 25)},
        {"lines": [("CHO-100", Decimal("12.0001"), None)]},
        {"lines": [("CHO-100", Decimal(12), Decimal(0))]},
        {"lines": []},
    ],
)
def test_another_content_has_another_digest(change: dict[str, object]) -> None:
    assert content_digest("order", "R1", CONTENT | change) != content_digest("order", "R1", CONTENT)


def test_the_same_content_of_another_kind_or_owner_is_another() -> None:
    digest = content_digest("order", "R1", CONTENT)
    assert content_digest("no_order", "R1", CONTENT) != digest
    assert content_digest("order", "R2", CONTENT) != digest


@given(st.decimals(allow_nan=False, allow_infinity=False, places=4), st.integers(0, 6))
def test_trailing_zeros_never_matter(number: Decimal, zeros: int) -> None:
    longer = number.quantize(Decimal(10) ** -(4 + zeros)) if abs(number) < 10**12 else number
    assert content_digest("x", "y", {"n": number}) == content_digest("x", "y", {"n": longer})


def test_minus_nothing_is_nothing() -> None:
    assert content_digest("x", "y", {"n": Decimal("-0.00")}) == content_digest("x", "y", {"n": Decimal(0)})


def test_what_has_no_canonical_form_is_refused() -> None:
    with pytest.raises(TypeError):
        content_digest("order", "R1", {"lines": object()})
