"""The types of fields in bodies: bounded and strict. No NaN, no NUL, no number where text is meant.

JSON numbers are numbers and JSON booleans are booleans (`Strict`); instants carry an offset and lie within the years
2000 to 2100. What leaves is bounded by nothing: an answer shows what the tables hold (a plain `str`, `date` or
`datetime`). Decimals: `amounts`; devices' wall clocks: `wall_clocks`.
"""

import re
import unicodedata
from datetime import date, datetime, time
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BeforeValidator,
    Field,
    PlainSerializer,
    Strict,
    StringConstraints,
    WithJsonSchema,
)
from pydantic_core import PydanticCustomError

FIRST_YEAR, LAST_YEAR = 2000, 2100
CODE_PATTERN = r"^[^\x00-\x1f\x7f]+$"
MOST_OF_A_CODE = 64
NO_NUL = r"^[^\x00]*$"
WALL_TIME_PATTERN = "^([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?$"

INSTANT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}:.+")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_WALL_TIME = re.compile(r"[0-9]{2}:[0-9]{2}(:[0-9]{2})?")
_MAIL_ADDRESS = re.compile(r"[^\s@<>,;:\"()\[\]\\]{1,64}@[a-z0-9]([a-z0-9.-]*[a-z0-9])?")
_PLAIN_CODE = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,63}")


def instant_text(value: Any) -> Any:
    """Only text (or a datetime): Pydantic alone would read 1764000000, and "1764000000", as an instant too."""
    if isinstance(value, datetime) or (isinstance(value, str) and INSTANT.fullmatch(value)):
        return value
    raise PydanticCustomError("instant", "an instant is written like 2026-11-23T16:41:07+02:00 (RFC 3339)")


def _day_text(value: Any) -> Any:
    if isinstance(value, date | datetime) or (isinstance(value, str) and _DAY.fullmatch(value)):
        return value
    raise PydanticCustomError("day", "a day is written like 2026-11-23")


def _wall_time_text(value: Any) -> Any:
    if isinstance(value, time) or (isinstance(value, str) and _WALL_TIME.fullmatch(value)):
        return value
    raise PydanticCustomError("wall_time", "a wall time is written like 17:00")


def _not_beyond(value: date) -> date:
    if value.year > LAST_YEAR:
        raise PydanticCustomError("year", "the year must not be beyond {last}", {"last": LAST_YEAR})
    return value


def _last_day(value: Any) -> Any:
    day = None if value is None else _day_text(value)
    return None if isinstance(day, str) and int(day[:4]) > LAST_YEAR else day


def _within_years(value: Any) -> Any:
    if not FIRST_YEAR <= value.year <= LAST_YEAR:
        raise PydanticCustomError(
            "year", "the year must be within {first} and {last}", {"first": FIRST_YEAR, "last": LAST_YEAR}
        )
    return value


def _sound_code(value: Any) -> Any:
    """A code in the one form in which codes are compared: Unicode's NFC, no space around it."""
    if not isinstance(value, str) or _PLAIN_CODE.fullmatch(value):
        return value
    code = unicodedata.normalize("NFC", value).strip()
    if not code or not code.isprintable():
        raise PydanticCustomError(
            "code", "a code has letters, digits, signs and spaces within, and nothing that cannot be seen"
        )
    if any(part in {".", ".."} for part in code.split("/")):
        raise PydanticCustomError("code", "a code is no step of a path: neither . nor .. stands by itself")
    return code


def wall_time_text(value: time) -> str:
    """A wall time as it leaves: 17:00, with seconds only where it has some."""
    return value.isoformat("seconds" if value.second else "minutes")


Code = Annotated[
    str,
    StringConstraints(min_length=1, max_length=MOST_OF_A_CODE, pattern=CODE_PATTERN),
    BeforeValidator(_sound_code),
    Field(
        description="letters of any script, digits, signs, spaces within; percent-encoded in a path, a / as %2F",
        examples=["PAT-0042"],
    ),
]
"""What people and ERP systems know a thing by. None is . or ..: a path that ends so names another thing."""

Name = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=200, pattern=NO_NUL),
    Field(examples=["Anna"]),
]
ShortText = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100, pattern=NO_NUL)]
TradeChannel = Annotated[ShortText, Field(description="an outlet's trade channel", examples=["grocery"])]
"""What kind of shop an outlet is. The channel of an order is another thing: the door that it came through."""

LongText = Annotated[str, StringConstraints(strip_whitespace=True, max_length=2000, pattern=NO_NUL)]
Comment = Annotated[
    LongText,
    BeforeValidator(lambda value: "" if value is None else value),
    WithJsonSchema({"anyOf": [{"type": "string", "maxLength": 2000}, {"type": "null"}]}, mode="validation"),
]
"""It may be empty; a client that writes null for it says the same."""


def _mail_address(value: str) -> str:
    """One address in the form in which addresses are compared: lower case, the domain as DNS knows it."""
    try:
        local, _, domain = value.strip().casefold().rpartition("@")
        address = f"{local}@{domain.encode('idna').decode()}"
    except UnicodeError:
        address = ""
    if not _MAIL_ADDRESS.fullmatch(address):
        raise PydanticCustomError("mail_address", "a mail address is written like orders@example.com")
    return address


Language = Annotated[
    Literal["en", "el", "ru"], Field(description="in which order forms are written and mails answered", examples=["el"])
]

MailAddress = Annotated[
    str,
    StringConstraints(max_length=254, pattern=NO_NUL),
    AfterValidator(_mail_address),
    Field(examples=["orders@example.com"]),
]
MailAddresses = Annotated[
    list[MailAddress],
    Field(max_length=20, description="addresses that order forms are taken from"),
    AfterValidator(lambda addresses: list(dict.fromkeys(addresses))),
]
"""Each once, in the order given."""

Instant = Annotated[
    AwareDatetime,
    BeforeValidator(instant_text),
    AfterValidator(_within_years),
    Field(
        description="RFC 3339 with an offset, years 2000 to 2100",
        json_schema_extra={"type": "string", "format": "date-time"},
        examples=["2026-11-23T16:41:07+02:00"],
    ),
]


Day = Annotated[
    date,
    BeforeValidator(_day_text),
    AfterValidator(_within_years),
    Field(
        description="a local day, ISO 8601, years 2000 to 2100",
        json_schema_extra={"type": "string", "format": "date"},
        examples=["2026-11-23"],
    ),
]
FirstDay = Annotated[
    date,
    BeforeValidator(_day_text),
    AfterValidator(_not_beyond),
    Field(
        description="a local day, ISO 8601; one of long ago (1900-01-01) is since ever",
        json_schema_extra={"type": "string", "format": "date"},
        examples=["2026-11-23"],
    ),
]
"""From when on something holds: programs write some day of long ago for "since ever"."""

LastDay = Annotated[
    date | None,
    BeforeValidator(_last_day),
    Field(description="a local day, ISO 8601; null, or a day past 2100 (9999-12-31): open", examples=["2026-12-31"]),
]
"""Until when something holds, None: open; programs write some day in the far future for that."""

WallTime = Annotated[
    time,
    BeforeValidator(_wall_time_text),
    PlainSerializer(wall_time_text, return_type=str, when_used="json"),
    WithJsonSchema(
        {
            "type": "string",
            "pattern": WALL_TIME_PATTERN,
            "description": "a local wall time, HH:MM or HH:MM:SS",
            "examples": ["17:00"],
        }
    ),
]
Flag = Annotated[bool, Strict()]
FlagOrUnknown = Annotated[
    bool,
    Strict(),
    BeforeValidator(lambda value: value is not None and value),
    WithJsonSchema({"anyOf": [{"type": "boolean"}, {"type": "null"}]}, mode="validation"),
]
"""What a phone may not know; null is false."""

Latitude = Annotated[
    float, Strict(), Field(ge=-90, le=90, allow_inf_nan=False, description="degrees, WGS 84", examples=[38.2080319])
]
Longitude = Annotated[
    float, Strict(), Field(ge=-180, le=180, allow_inf_nan=False, description="degrees, WGS 84", examples=[21.712654])
]
Metres = Annotated[float, Strict(), Field(allow_inf_nan=False, examples=[8.5])]
"""A length as a phone reports it; whether zero or less makes sense is for rules to judge (V2)."""

Milliseconds = Annotated[int, Strict(), Field(ge=0, le=2**53, examples=[5021400])]
SequenceNumber = Annotated[int, Strict(), Field(ge=0, le=2**53, examples=[118])]
Weekday = Annotated[int, Strict(), Field(ge=1, le=7, description="ISO: Monday is 1", examples=[1])]


def sorted_once(values: list[Any]) -> list[Any]:
    """A list in order, each value once; a validation error where one comes twice."""
    if len(set(values)) < len(values):
        raise PydanticCustomError("repeated", "a value comes twice")
    return sorted(values)


Weekdays = Annotated[
    list[Weekday],
    Field(min_length=1, max_length=7, description="ISO weekdays, Monday is 1", examples=[[1, 2, 3, 4, 5]]),
    AfterValidator(sorted_once),
]
