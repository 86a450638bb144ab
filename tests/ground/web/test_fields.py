from datetime import UTC, datetime, time
from decimal import Decimal
from typing import Any, Literal

import pytest
from pydantic import BaseModel, TypeAdapter, ValidationError

from app.ground.web.fields import (
    Code,
    Comment,
    Day,
    Flag,
    FlagOrUnknown,
    Instant,
    Latitude,
    Money,
    Name,
    Quantity,
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
        ("code", "a b"),
        ("code", ".."),
        ("code", "x\n"),
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
        ("quantity", 1e300),
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
