"""Where a phone says that it was, and what that means for an outlet's fence (V2): values that records keep."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from operator import attrgetter
from typing import Any, ClassVar

from app.ground.values import value


class GeofenceVerdict(StrEnum):
    """What a fix says about the fence; the last two say that there was nothing to judge."""

    INSIDE = "INSIDE"
    OUTSIDE = "OUTSIDE"
    UNCERTAIN = "UNCERTAIN"
    NO_FIX = "NO_FIX"
    NO_OUTLET_LOCATION = "NO_OUTLET_LOCATION"


class VerdictReason(StrEnum):
    """Why a verdict is not what `p_inside` alone would say: what keeps a fix from being INSIDE, however near it is."""

    FIX_VOID = "fix_void"
    ACCURACY_MISSING = "accuracy_missing"
    ACCURACY_NOT_POSITIVE = "accuracy_not_positive"
    ACCURACY_TOO_COARSE = "accuracy_too_coarse"
    FIX_TIME_MISSING = "fix_time_missing"
    FIX_STALE = "fix_stale"
    FIX_AFTER_CAPTURE = "fix_after_capture"


@value(frozen=True, slots=True)
class Fix:
    """A position as the phone reported it: WGS 84 degrees, the 68 % radius in metres, the time it was determined."""

    lat: float
    lon: float
    accuracy_m: float | None
    fix_at: datetime | None
    provider: str | None = None
    mock: bool = False

    def without_coordinates(self) -> "UnplacedFix":
        """What is kept of it where the position is not to be kept."""
        return UnplacedFix(self.accuracy_m, self.fix_at, self.provider, self.mock)

    @property
    def void(self) -> bool:
        """Whether the receiver says that it has no position: by 0,0 exactly, a negative accuracy, its provider."""
        if (self.lat == 0.0 and self.lon == 0.0) or (self.accuracy_m is not None and self.accuracy_m < 0.0):
            return True
        return self.provider is not None and self.provider.casefold() in _NO_PROVIDERS


@dataclass(frozen=True, slots=True)
class UnplacedFix:
    """A fix whose verdict is known and whose coordinates are not kept: taken outside of working hours (decision 54)."""

    accuracy_m: float | None
    fix_at: datetime | None
    provider: str | None
    mock: bool

    lat: ClassVar[None] = None
    lon: ClassVar[None] = None


_NO_PROVIDERS = frozenset({"disabled", "invalid", "n/a", "no fix", "no-fix", "no_fix", "nofix", "none", "null", "void"})
"""What phones call the source of a position that they do not have."""


@value(frozen=True, slots=True)
class Verdict:
    """The judgement, and what it rests on: probability inside, metres to the circle's centre or to the polygon."""

    code: GeofenceVerdict
    p_inside: float | None = None
    distance_m: float | None = None
    reasons: tuple[VerdictReason, ...] = ()

    @property
    def reasons_text(self) -> str | None:
        """The reasons as a record keeps them; None for none."""
        return ",".join(self.reasons) or None


def reasons_of(reasons_text: str | None) -> tuple[VerdictReason, ...]:
    """The reasons that a record keeps (`Verdict.reasons_text`)."""
    return tuple(map(VerdictReason, reasons_text.split(","))) if reasons_text else ()


OUT_OF_SIGHT = Verdict(GeofenceVerdict.NO_OUTLET_LOCATION)
"""What is told of a verdict at an outlet that the asker may not see: to it, that outlet has no location."""

KeptFix = Fix | UnplacedFix
"""A fix as a record keeps it."""

Position = tuple[KeptFix | None, Verdict | None]
"""A fix and the verdict on it, where there are any."""

POSITION_COLUMNS = (
    "lat", "lon", "accuracy_m", "fix_at", "provider", "mock", "verdict", "p_inside", "distance_m",
    "verdict_reasons",
)  # fmt: skip
"""The columns of a record that keeps a fix and the verdict on it (`models.Positioned`)."""

_fix_values = attrgetter("lat", "lon", "accuracy_m", "fix_at", "provider", "mock")


def _verdict_values(verdict: Verdict) -> tuple[Any, ...]:
    return verdict.code, verdict.p_inside, verdict.distance_m, verdict.reasons_text


_NO_FIX = (None, None, None, None, None, False)
_NO_VERDICT = (None, None, None, None)


def position_columns(fix: KeptFix | None, verdict: Verdict | None) -> dict[str, Any]:
    """The values of `POSITION_COLUMNS` of one record."""
    of_fix = _NO_FIX if fix is None else _fix_values(fix)
    of_verdict = _NO_VERDICT if verdict is None else _verdict_values(verdict)
    return dict(zip(POSITION_COLUMNS, of_fix + of_verdict, strict=True))
