"""Optional evidence and text that cannot be read as they are: they never cost the event (T7).

A body is read strictly first. Only where that fails it is repaired and read again: evidence that can be understood is
(`5021400.25` ms, `"8.5"` m, `mock` 1), what cannot be is as none, text loses what no database can keep. Each repair is
told by a warning. What an event cannot be without is not touched: its own problems are told.
"""

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, get_args

from pydantic import BaseModel

from app.ground.web.wall_clocks import read_wall_clock
from app.masters.territories.boots import MOST_MONOTONIC_MS

MOST_COUNT = 2**53
LONGEST_TEXT = 2_000
LONGEST_SHORT_TEXT = 100
MOST_UNKNOWN = 20
"""As many unknown members of one event are named."""
REPLACEMENT = "\N{REPLACEMENT CHARACTER}"

_UNKEEPABLE = re.compile("[\x00\ud800-\udfff]")
_NUMBER = re.compile(r"-?[0-9]{1,20}(\.[0-9]{1,30})?")
_FLAGS = {0: False, 1: True, "0": False, "1": True, "false": False, "true": True}


@dataclass(frozen=True, slots=True)
class Repair:
    """What was made of a member that could not be read as it is, or of one that nobody knows."""

    code: str
    pointer: str
    message: str

    def as_json(self) -> dict[str, Any]:
        """As a warning of the event."""
        return {"code": self.code, "pointer": self.pointer, "message": self.message}


class _UnreadableError(Exception):
    """The value says nothing."""


def repaired(body: Mapping[str, Any]) -> tuple[dict[str, Any], list[Repair]]:
    """A body whose optional evidence and text can be read, and what was repaired in it."""
    members = dict(body)
    repairs = _repair(members, _EVIDENCE, "")
    if "fix" in members:
        members["fix"] = _fix(members["fix"], repairs)
    for name in ("comment", "reason"):
        if isinstance(members.get(name), str):
            members[name] = _text(members[name], f"/{name}", repairs)
    return members, repairs


def unknown_members(body: Mapping[str, Any], model: type[BaseModel]) -> list[Repair]:
    """The members that a body has and its model does not, those of its fix and of its lines too: they are ignored."""
    names, within = _members_of(model)
    pointers = _unknown(body, names, "")
    for name, inner_names in within:
        value = body.get(name)
        if isinstance(value, dict):
            pointers += _unknown(value, inner_names, f"/{name}")
        elif isinstance(value, list):
            for place, member in enumerate(value):
                if isinstance(member, dict) and not member.keys() <= inner_names:
                    pointers += _unknown(member, inner_names, f"/{name}/{place}")
    message = "There is no such member: it is ignored."
    return [Repair("unknown_member", pointer, message) for pointer in pointers[:MOST_UNKNOWN]]


def _unknown(members: Mapping[str, Any], names: frozenset[str], at: str) -> list[str]:
    if members.keys() <= names:
        return []
    unknown = [name for name in members if name not in names]
    return [f"{at}/{_pointer_part(name)}" for name in unknown[:MOST_UNKNOWN]]


def _pointer_part(name: str) -> str:
    """A member's name in a JSON pointer, as far as it can be told again (RFC 6901, section 3)."""
    return _UNKEEPABLE.sub(REPLACEMENT, name[:LONGEST_SHORT_TEXT]).replace("~", "~0").replace("/", "~1")


@cache
def _members_of(model: type[BaseModel]) -> tuple[frozenset[str], list[tuple[str, frozenset[str]]]]:
    """The names of a model's members; and those of its members that are models themselves, or lists of them."""
    models = ((name, _model_within(field.annotation)) for name, field in model.model_fields.items())
    within = [(name, frozenset(inner.model_fields)) for name, inner in models if inner is not None]
    return frozenset(model.model_fields), within


def _model_within(annotation: Any) -> type[BaseModel] | None:
    """The model of a member that is one, or none, or a list of them."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((model for part in get_args(annotation) if (model := _model_within(part))), None)


def read_monotonic(value: Any) -> int | None:
    """Milliseconds since a boot, floored; None where the value says none."""
    try:
        return _monotonic(value)
    except _UnreadableError:
        return None


def read_boot_id(value: Any) -> str | None:
    """The name of a boot; None where the value says none."""
    try:
        return _short_text(value)
    except _UnreadableError:
        return None


def _repair(members: dict[str, Any], readers: Mapping[str, Callable[[Any], Any]], at: str) -> list[Repair]:
    repairs = []
    for name, read in readers.items():
        if members.get(name) is None:
            continue
        try:
            value = read(members[name])
        except _UnreadableError:
            value = None
            message = "This cannot be read, and counts as none."
            repairs.append(Repair("evidence_unreadable", f"{at}/{name}", message))
        if value is None:
            members.pop(name)
        else:
            members[name] = value
    return repairs


def _fix(value: Any, repairs: list[Repair]) -> dict[str, Any] | None:
    """The fix; None where it has no coordinates, for then it is none (V2)."""
    if value is None:
        return None
    if not isinstance(value, Mapping):
        repairs.append(Repair("evidence_unreadable", "/fix", "This cannot be read, and counts as none."))
        return None
    members = dict(value)
    repairs += _repair(members, _FIX, "/fix")
    return members if members.get("lat") is not None and members.get("lon") is not None else None


def _text(value: str, pointer: str, repairs: list[Repair]) -> str:
    text = _UNKEEPABLE.sub(REPLACEMENT, value)
    if text != value:
        message = "Characters that no text can hold were replaced."
        repairs.append(Repair("text_repaired", pointer, message))
    if len(text.strip()) > LONGEST_TEXT:
        text = text.strip()[:LONGEST_TEXT]
        repairs.append(Repair("text_cut", pointer, f"The text was cut after {LONGEST_TEXT} characters."))
    return text


def _number(value: Any) -> float | int:
    if isinstance(value, str) and _NUMBER.fullmatch(value):
        return float(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise _UnreadableError
    return value


def _monotonic(value: Any) -> int:
    reading = math.floor(_number(value))
    if not 0 <= reading <= MOST_MONOTONIC_MS:
        raise _UnreadableError
    return reading


def _sequence(value: Any) -> int:
    number = _number(value)
    if number != math.floor(number) or not 0 <= number <= MOST_COUNT:
        raise _UnreadableError
    return int(number)


def _short_text(value: Any) -> str | None:
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str) or len(value.strip()) > LONGEST_SHORT_TEXT or _UNKEEPABLE.search(value):
        raise _UnreadableError
    return value.strip() or None


def _degrees(most: float) -> Callable[[Any], float]:
    def read(value: Any) -> float:
        degrees = float(_number(value))
        if abs(degrees) > most:
            raise _UnreadableError
        return degrees

    return read


def _metres(value: Any) -> float:
    return float(_number(value))


def _wall_clock(value: Any) -> Any:
    instant = read_wall_clock(value)
    if instant is None:
        raise _UnreadableError
    return instant


def _flag(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if not isinstance(value, int | str) or value not in _FLAGS:
        raise _UnreadableError
    return _FLAGS[value]


_EVIDENCE: Mapping[str, Callable[[Any], Any]] = {
    "monotonic_ms": _monotonic,
    "sent_monotonic_ms": _monotonic,
    "boot_id": _short_text,
    "sequence": _sequence,
    "sequence_to": _sequence,
}
_FIX: Mapping[str, Callable[[Any], Any]] = {
    "lat": _degrees(90.0),
    "lon": _degrees(180.0),
    "accuracy_m": _metres,
    "fix_at": _wall_clock,
    "provider": _short_text,
    "mock": _flag,
}
