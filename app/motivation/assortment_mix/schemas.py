"""The mix and its statements, out (MX1-MX3)."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field

from app.ground.web.amounts import StoredMoney, StoredQuantity
from app.ground.web.fields import Code, LongText
from app.motivation.assortment_mix.figures import Mover, Movers, NoScoreReason
from app.motivation.assortment_mix.rules import Quarter, statement_number
from app.motivation.assortment_mix.service import ShownMix
from app.motivation.assortment_mix.sold_queries import NamedOutlet, NamedRep
from app.motivation.assortment_mix.statement_queries import ListedStatement

_SHARES = [
    {"group": "chocolate", "target": "0.55", "actual": "0.58", "value": "58000.00"},
    {"group": "biscuits", "target": "0.45", "actual": "0.4", "value": "40000.00"},
    {"group": None, "target": "0", "actual": "0.02", "value": "2000.00"},
]
_SEGMENTS = [{"segment": "standard", "value": "100000.00", "share": "1"}]
_WEEK: dict[str, Any] = {
    "iso_week": "2026-W40",
    "from": "2026-10-01",
    "to": "2026-10-04",
    "orders": 310,
    "value": "100000.00",
    "score": "0.95",
    "shares": _SHARES,
    "segments": _SEGMENTS,
}
_OUTLET = {"outlet_code": "PAT-0042", "outlet_name": "Kiosk Rio", "value": "1210.00", "effect": "0.002114"}
_REP = {"rep_code": "PAT-R1", "rep_name": "Anna Georgiou", "value": "5210.00", "effect": "-0.0131"}
_MIX: dict[str, Any] = {
    "quarter": "2026-Q4",
    "territory_code": "PAT",
    "provisional": True,
    "statement": None,
    "targets": {"territory_code": None, "version": 2},
    "orders": 310,
    "value": "100000.00",
    "score": "0.95",
    "no_score_because": None,
    "bonus_share": "1",
    "shares": _SHARES,
    "segments": _SEGMENTS,
    "weeks": [_WEEK],
    "moved_by": {"outlets": {"up": [_OUTLET], "down": []}, "reps": {"up": [], "down": [_REP]}},
}
_SUMMARY: dict[str, Any] = {
    "number": "PAT-2026-3",
    "territory_code": "PAT",
    "quarter": "2026-Q3",
    "orders": 310,
    "score": "0.95",
    "bonus_share": "1",
    "closed_at": "2026-10-05T06:00:00Z",
    "closed_by": "user:anna",
    "voided_at": None,
    "voided_by": None,
    "void_reason": None,
}


class _FromFigures(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class GroupShareAnswer(_FromFigures):
    """A group's share of the value, beside its target."""

    group: str | None = Field(description="null: all groups without a target, and products without a group, as one")
    target: StoredQuantity = Field(examples=["0.35"])
    actual: StoredQuantity | None = Field(description="to six places; null where nothing was sold", examples=["0.35"])
    value: StoredMoney


class SegmentShareAnswer(_FromFigures):
    """A price segment's share of the value."""

    segment: str | None = Field(description="null: products without one")
    value: StoredMoney
    share: StoredQuantity | None = Field(examples=["0.35"])


class MixWeekAnswer(_FromFigures):
    """What of an ISO week lies in the quarter."""

    model_config = ConfigDict(from_attributes=True, json_schema_extra={"examples": [_WEEK]}, populate_by_name=True)

    iso_week: str
    first: date = Field(alias="from")
    last: date = Field(alias="to")
    orders: int
    value: StoredMoney
    score: StoredQuantity | None = Field(description="of the week's orders alone, however few")
    shares: list[GroupShareAnswer]
    segments: list[SegmentShareAnswer]


class OutletMoverAnswer(BaseModel):
    """An outlet that moved the score."""

    outlet_code: str
    outlet_name: str
    value: StoredMoney
    effect: StoredQuantity = Field(description="the score minus the score without this outlet's orders")


class RepMoverAnswer(BaseModel):
    """A rep who moved the score."""

    rep_code: str | None = Field(description="null: orders of no rep")
    rep_name: str | None
    value: StoredMoney
    effect: StoredQuantity = Field(description="the score minus the score without this rep's orders")


class OutletMoversAnswer(BaseModel):
    """The outlets that moved the score most: ten up, ten down at most."""

    up: list[OutletMoverAnswer]
    down: list[OutletMoverAnswer]


class RepMoversAnswer(BaseModel):
    """The reps who moved the score most: ten up, ten down at most."""

    up: list[RepMoverAnswer]
    down: list[RepMoverAnswer]


class MovedByAnswer(BaseModel):
    """Who moved the score; nobody where there is none."""

    outlets: OutletMoversAnswer
    reps: RepMoversAnswer


class HeldTargetsAnswer(BaseModel):
    """Which targets the orders are held against."""

    territory_code: str | None = Field(description="null: the company's")
    version: int


class AssortmentMixAnswer(BaseModel):
    """How near the orders of a territory's quarter came to the targets."""

    model_config = ConfigDict(json_schema_extra={"examples": [_MIX]})

    quarter: str
    territory_code: str
    provisional: bool = Field(description="the quarter is not closed: the figures are those of now")
    statement: str | None = Field(description="the number of the statement that the figures are from")
    targets: HeldTargetsAnswer | None = Field(description="null: there are none")
    orders: int
    value: StoredMoney
    score: StoredQuantity | None = Field(
        description="1 - 1/2 of the sum of |actual - target|, rounded down to 6 places"
    )
    no_score_because: NoScoreReason | None
    bonus_share: StoredQuantity = Field(description="by the exact score; 0 without one")
    shares: list[GroupShareAnswer]
    segments: list[SegmentShareAnswer]
    weeks: list[MixWeekAnswer] = Field(description="those in which there were orders")
    moved_by: MovedByAnswer

    @classmethod
    def of(cls, shown: ShownMix) -> Self:
        """The answer for figures of now, or of a statement."""
        return cls.model_validate(_members(shown))


class AssortmentStatementAnswer(AssortmentMixAnswer):
    """The statement of a quarter: the figures as they stood when it was closed."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [_MIX | {"provisional": False, "statement": _SUMMARY["number"]} | _SUMMARY]}
    )

    number: str
    closed_at: datetime
    closed_by: str
    voided_at: datetime | None
    voided_by: str | None
    void_reason: str | None

    @classmethod
    def of_statement(cls, shown: ShownMix, listed: ListedStatement) -> Self:
        """The answer for a statement."""
        return cls.model_validate(_members(shown) | _summary(listed))


class AssortmentStatementSummaryAnswer(BaseModel):
    """A statement in a list."""

    model_config = ConfigDict(json_schema_extra={"examples": [_SUMMARY]})

    number: str = Field(description="the territory, the year of the quarter, and a number without gaps")
    territory_code: str
    quarter: str
    orders: int
    score: StoredQuantity | None
    bonus_share: StoredQuantity
    closed_at: datetime
    closed_by: str
    voided_at: datetime | None = Field(description="the quarter was reopened: the statement is void")
    voided_by: str | None
    void_reason: str | None

    @classmethod
    def of(cls, listed: ListedStatement) -> Self:
        """The answer for one statement."""
        row = listed.row
        figures = {"quarter": str(Quarter.of(row.quarter)), "territory_code": listed.territory_code}
        counts = {name: getattr(row, name) for name in ("orders", "score", "bonus_share")}
        return cls.model_validate(figures | counts | _summary(listed))


class CloseQuarterBody(BaseModel):
    """Whose quarter is closed."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"territory_code": "PAT"}]})

    territory_code: Code


class ReopenQuarterBody(CloseQuarterBody):
    """Whose quarter is reopened, and why."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"territory_code": "PAT", "reason": "The targets were last year's."}]}
    )

    reason: Annotated[LongText, Field(min_length=1)] = Field(description="in words, for whoever reads it later")


def _summary(listed: ListedStatement) -> dict[str, Any]:
    row = listed.row
    names = ("closed_at", "closed_by", "voided_at", "voided_by", "void_reason")
    number = statement_number(listed.territory_code, row.year, row.number_of_year)
    return {"number": number} | {name: getattr(row, name) for name in names}


def _members(shown: ShownMix) -> dict[str, Any]:
    mix, targets = shown.mix, shown.targets
    names = ("orders", "value", "score", "no_score_because", "bonus_share", "shares", "segments", "weeks")
    return {
        "quarter": str(shown.quarter),
        "territory_code": shown.territory_code,
        "provisional": shown.number is None,
        "statement": shown.number,
        "targets": targets and {"territory_code": targets.territory_code, "version": targets.row.version},
        **{name: getattr(mix, name) for name in names},
        "moved_by": {
            "outlets": _moved(mix.outlets, lambda mover: _names("outlet", shown.outlets, mover)),
            "reps": _moved(mix.reps, lambda mover: _names("rep", shown.reps, mover)),
        },
    }


def _moved(movers: Movers, names: Callable[[Mover], Mapping[str, Any]]) -> dict[str, Any]:
    return {
        direction: [{**names(mover), "value": mover.value, "effect": mover.effect} for mover in of_direction]
        for direction, of_direction in (("up", movers.up), ("down", movers.down))
    }


def _names(noun: str, named: Mapping[int, NamedOutlet] | Mapping[int, NamedRep], mover: Mover) -> dict[str, Any]:
    record = None if mover.id is None else named[mover.id]
    return {f"{noun}_code": record and record.code, f"{noun}_name": record and record.name}
