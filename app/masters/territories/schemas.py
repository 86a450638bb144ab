"""Territories and reps, in and out."""

from datetime import date, datetime, time
from functools import cache
from typing import Annotated, Any
from zoneinfo import available_timezones

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic_core import PydanticCustomError

from app.ground.web.bodies import MasterBody
from app.ground.web.fields import Code, Day, Flag, Language, MailAddresses, Name, WallTime, Weekdays, sorted_once

_TERRITORY: dict[str, Any] = {
    "code": "PAT",
    "name": "Patras",
    "time_zone": "Europe/Athens",
    "order_cutoff": "17:00",
    "call_deadline": "19:00",
    "working_weekdays": [1, 2, 3, 4, 5],
    "holidays": ["2026-12-25"],
    "warehouse_code": "PAT-WH",
    "language": "el",
}
_REP: dict[str, Any] = {
    "code": "PAT-R1",
    "name": "Anna Georgiou",
    "territory_code": "PAT",
    "active": True,
    "emails": [],
}
_SINCE: dict[str, Any] = {"calendar_from": "2026-11-24"}
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


class TerritoryBody(MasterBody):
    """A territory, as it is put. What is left out stays as it is, null takes away; a new one needs `name`, `time_zone`.

    A new one has the cutoff at 17:00, works from Monday to Friday, and has no holidays, unless it says otherwise.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [_TERRITORY]})

    code: Code | None = Field(default=None, description="as in the path; needed in an import")
    name: Name | None = None
    time_zone: Annotated[str, Field(max_length=64, examples=["Europe/Athens"]), AfterValidator(_known_zone)] | None = (
        None
    )
    order_cutoff: WallTime = time(17)
    call_deadline: WallTime | None = Field(
        default=None, description="null, and where it is new: 19:00, or the day's end where the cutoff comes later"
    )
    working_weekdays: Weekdays = Field(default_factory=lambda: [1, 2, 3, 4, 5])
    holidays: Annotated[list[Day], Field(max_length=1000), AfterValidator(sorted_once)] = Field(default_factory=list)
    warehouse_code: Code | None = Field(
        default=None, description="the warehouse that delivers here; without one orders are held against all stock"
    )
    language: Language = "en"


class TerritoryAnswer(BaseModel):
    """A territory."""

    model_config = ConfigDict(from_attributes=True, json_schema_extra={"examples": [_TERRITORY | _STAMP | _SINCE]})

    code: str
    name: str
    time_zone: str
    order_cutoff: WallTime
    call_deadline: WallTime
    working_weekdays: list[int]
    holidays: list[date]
    warehouse_code: str | None
    calendar_from: date | None = Field(
        description="the day from which cutoff, deadline, zone and days off hold; null: since it was made"
    )
    language: str
    version: int
    updated_at: datetime


class RepBody(MasterBody):
    """A rep, as it is put. What is left out stays as it is, null takes away.

    A new one needs `name` and `territory_code`.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [_REP]})

    code: Code | None = Field(default=None, description="as in the path; needed in an import")
    name: Name | None = None
    territory_code: Code | None = None
    active: Flag = True
    emails: MailAddresses = Field(default_factory=list)


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
