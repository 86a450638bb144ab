"""Territories and reps, in and out."""

from datetime import date, datetime, time
from functools import cache
from typing import Annotated, Any
from zoneinfo import available_timezones

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from app.ground.web.fields import Code, Day, Flag, KeptMailAddresses, Name, WallTime, Weekdays, sorted_once

_TERRITORY: dict[str, Any] = {
    "code": "PAT",
    "name": "Patras",
    "time_zone": "Europe/Athens",
    "order_cutoff": "17:00",
    "call_deadline": "19:00",
    "working_weekdays": [1, 2, 3, 4, 5],
    "holidays": ["2026-12-25"],
    "warehouse_code": "PAT-WH",
}
_REP: dict[str, Any] = {
    "code": "PAT-R1",
    "name": "Anna Georgiou",
    "territory_code": "PAT",
    "active": True,
    "emails": [],
}
_USUAL_DEADLINE = time(19)
_STAMP: dict[str, Any] = {"version": 1, "updated_at": "2026-11-23T10:00:00Z"}


_NO_PLACES = frozenset({"localtime", "Factory"})
"""What the zone database holds beside zones: whatever this machine is set to, and that nothing is set."""


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones()) - _NO_PLACES


def _known_zone(zone: str) -> str:
    if zone not in _zones():
        raise PydanticCustomError("time_zone", "the zone database has no such zone; one is written like Europe/Athens")
    return zone


def _without_default(schema: dict[str, Any]) -> None:
    schema.pop("default", None)


class TerritoryBody(BaseModel):
    """A territory, as it is put. `warehouse_code` left out stays as it is; null: none from now on."""

    model_config = ConfigDict(json_schema_extra={"examples": [_TERRITORY]})

    code: Code | None = Field(default=None, description="as in the path; needed in an import")
    name: Name
    time_zone: Annotated[str, Field(max_length=64, examples=["Europe/Athens"]), AfterValidator(_known_zone)]
    order_cutoff: WallTime = time(17)
    call_deadline: Annotated[
        WallTime,
        Field(
            validate_default=True,
            description="HH:MM or HH:MM:SS; without one 19:00, or the day's end where the cutoff comes later",
            json_schema_extra=_without_default,
        ),
    ] = None  # type: ignore[assignment]  # what stands for it depends on the cutoff, see below
    working_weekdays: Weekdays = [1, 2, 3, 4, 5]
    holidays: Annotated[list[Day], Field(max_length=1000), AfterValidator(sorted_once)] = []
    warehouse_code: Code | None = Field(
        default=None, description="the warehouse that delivers here; without one orders are held against all stock"
    )

    @field_validator("call_deadline", mode="before")
    @classmethod
    def _usual_deadline(cls, call_deadline: Any, info: ValidationInfo) -> Any:
        if call_deadline is not None:
            return call_deadline
        return _USUAL_DEADLINE if info.data.get("order_cutoff", time.min) < _USUAL_DEADLINE else time(23, 59, 59)

    @field_validator("call_deadline")
    @classmethod
    def _phones_after_the_cutoff(cls, call_deadline: time, info: ValidationInfo) -> time:
        if call_deadline <= info.data.get("order_cutoff", time.min):
            raise PydanticCustomError("call_deadline", "this must come after order_cutoff, or nobody can be phoned")
        return call_deadline


class TerritoryAnswer(BaseModel):
    """A territory."""

    model_config = ConfigDict(from_attributes=True, json_schema_extra={"examples": [_TERRITORY | _STAMP]})

    code: str
    name: str
    time_zone: str
    order_cutoff: WallTime
    call_deadline: WallTime
    working_weekdays: list[int]
    holidays: list[date]
    warehouse_code: str | None
    version: int
    updated_at: datetime


class RepBody(BaseModel):
    """A rep, as it is put. `emails` left out stay as they are; null: none from now on."""

    model_config = ConfigDict(json_schema_extra={"examples": [_REP]})

    code: Code | None = Field(default=None, description="as in the path; needed in an import")
    name: Name
    territory_code: Code
    active: Flag = True
    emails: KeptMailAddresses = None


class RepAnswer(BaseModel):
    """A rep."""

    model_config = ConfigDict(from_attributes=True, json_schema_extra={"examples": [_REP | _STAMP]})

    code: str
    name: str
    territory_code: str
    active: bool
    emails: list[str]
    version: int
    updated_at: datetime
