from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any, Literal

import pytest
from pydantic import BaseModel, TypeAdapter, ValidationError

from app.ground.web.amounts import Money, Quantity
from app.ground.web.fields import (
    Code,
    Comment,
    Day,
    FirstDay,
    Flag,
    FlagOrUnknown,
    Instant,
    LastDay,
    Latitude,
    Name,
    WallTime,
)


class Everything(BaseModel):
    code: Code
    name: Name
    at: Instant
    day: Day
    wall: WallTime
    quantity: Quantity
    money: Money
    lat: Latitude
    flag: Flag


SOUND: dict[str, Any] = {
    "code": "PAT-0042",
    "name": "  Anna ",
    "at": "2026-11-23T16:41:07+02:00",
    "day": "2026-11-23",
    "wall": "17:00",
    "quantity": "12.500",
    "money": 3,
    "lat": 38,
    "flag": True,
}


def test_sound_values_are_read_and_written_in_one_form() -> None:
    read = Everything.model_validate(SOUND)
    assert (read.name, read.quantity, read.wall) == ("Anna", Decimal("12.5"), time(17))
    assert read.at == datetime(2026, 11, 23, 14, 41, 7, tzinfo=UTC)
    written = read.model_dump(mode="json")
    assert [written[key] for key in ("quantity", "money", "wall", "day")] == ["12.5", "3.00", "17:00", "2026-11-23"]
    assert Everything.model_validate(written) == read


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("code", ""),
        *(
            ("code", code)
            for code in ("   ", "..", ".", "a/../b", "../a", "a\tb", "a\nb", "a\u200bb", "\ufeff", "a\u00a0b", "\x7f")
        ),
        ("code", "x" * 65),
        ("code", 7),
        ("name", "   "),
        ("name", "a\x00b"),
        ("at", 1764000000),
        ("at", "1764000000"),
        ("at", "2026-11-23T16:41:07"),
        ("at", "1999-12-31T00:00:00Z"),
        ("at", "9999-12-31T23:59:59Z"),
        ("day", 20),
        ("day", "2026-02-30"),
        ("day", "2101-01-01"),
        ("day", "2026-11-23T00:00:00"),
        ("wall", 61200),
        ("wall", "25:00"),
        ("wall", "17:00+02:00"),
        ("quantity", "NaN"),
        ("quantity", "1e3"),
        ("quantity", "1_000"),
        ("quantity", True),
        ("quantity", "0.00001"),
        *(("quantity", number) for number in (1e300, 3.14159, 123456789.12345, 0.00001, float("inf"))),
        ("money", "-0.01"),
        ("lat", float("nan")),
        ("lat", 90.1),
        ("lat", "38"),
        ("flag", "yes"),
        ("flag", 1),
    ],
)
def test_what_is_not_of_its_form_is_refused(field: str, value: object) -> None:
    with pytest.raises(ValidationError) as refused:
        Everything.model_validate(SOUND | {field: value})
    assert [error["loc"] for error in refused.value.errors()] == [(field,)]


@pytest.mark.parametrize("kind", [Code, Name, Instant, Day, WallTime, Quantity, Money, Latitude])
def test_every_type_tells_its_form_and_an_example_in_the_schema(kind: Any) -> None:
    modes: tuple[Literal["validation", "serialization"], ...] = ("validation", "serialization")
    for mode in modes:
        schema = TypeAdapter(kind).json_schema(mode=mode)
        assert "type" in schema or "anyOf" in schema
        assert schema["examples"]


def test_null_says_nothing_where_a_client_may_not_know_better() -> None:
    assert TypeAdapter(Comment).validate_python(None) == ""
    assert TypeAdapter(FlagOrUnknown).validate_python(None) is False
    for kind, value in ((Comment, 7), (FlagOrUnknown, 1), (FlagOrUnknown, "true")):
        with pytest.raises(ValidationError):
            TypeAdapter(kind).validate_python(value)


@pytest.mark.parametrize(
    ("code", "read"),
    [
        *((code, code) for code in ("ЦБ-00000123", "МАГ-1", "A/B", "a b", '12" TV', "50%", "C++", ".x", "東京", "🍫")),
        (" PAT ", "PAT"),
        ("PAT\n", "PAT"),
        ("cafe\u0301", "caf\u00e9"),
        ("x" * 64, "x" * 64),
    ],
)
def test_a_code_has_letters_of_any_script_and_one_form(code: str, read: str) -> None:
    assert Everything.model_validate(SOUND | {"code": code}).code == read


@pytest.mark.parametrize(
    ("number", "read"),
    [
        (3.4499999999999997, "3.45"),
        (0.1 + 0.2, "0.3"),
        (1.1 * 3, "3.3"),
        (sum([0.1] * 10), "1"),
        (100.10000000000001, "100.1"),
        (-2.9999999999999996, "-3"),
        (1.15, "1.15"),
        (12, "12"),
    ],
)
def test_a_number_of_json_is_read_as_it_was_meant(number: float, read: str) -> None:
    for field in ("quantity", "money") if number >= 0 else ("quantity",):
        assert getattr(Everything.model_validate(SOUND | {field: number}), field) == Decimal(read)


class Span(BaseModel):
    valid_from: FirstDay
    valid_to: LastDay = None


@pytest.mark.parametrize(
    ("valid_to", "read"),
    [
        ("9999-12-31", None),
        ("2999-12-31", None),
        ("2101-01-01", None),
        (None, None),
        ("2100-12-31", date(2100, 12, 31)),
    ],
)
def test_a_last_day_in_the_far_future_is_open(valid_to: str | None, read: date | None) -> None:
    assert Span.model_validate({"valid_from": "1900-01-01", "valid_to": valid_to}) == Span(
        valid_from=date(1900, 1, 1), valid_to=read
    )


@pytest.mark.parametrize(
    "span",
    [
        {"valid_from": "2101-01-01"},
        {"valid_from": "9999-12-31"},
        {"valid_from": None},
        {"valid_from": "2026-01-01", "valid_to": "2026-02-30"},
        {"valid_from": "2026-01-01", "valid_to": 20991231},
    ],
)
def test_a_first_day_that_never_comes_and_what_is_no_day_are_refused(span: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Span.model_validate(span)
