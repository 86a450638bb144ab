"""KPIs and their evidence, as they leave."""

from datetime import date
from decimal import Decimal
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from app.closing.compliance.kpi_queries import EvidenceRow, Figures
from app.closing.compliance.kpis import KPIS, Kpi, Unit, named_by_unit
from app.closing.compliance.rules import KpiGrouping, KpiPart, value_of
from app.ground.web.amounts import StoredQuantity, decimal_text, money_text

_RATE: dict[str, Any] = {"numerator": 41, "denominator": 48, "value": "0.8542"}
_OF_UNIT: dict[Unit, dict[str, Any]] = {
    Unit.RATIO: _RATE,
    Unit.COUNT: _RATE,
    Unit.MONEY: {"numerator": "861.20", "denominator": 41, "value": "21.0049"},
    Unit.SECONDS: {"numerator": 31980, "denominator": 45, "value": "710.6667"},
}
_KPIS: dict[str, Any] = {kpi.value: _OF_UNIT[definition.unit] for kpi, definition in KPIS.items()}


class KpiFigureAnswer(BaseModel):
    """A KPI with what it divides by what."""

    model_config = ConfigDict(json_schema_extra={"examples": [_RATE]})

    numerator: int | str = Field(
        description=f"a count; for {named_by_unit(Unit.MONEY)} an amount, for {named_by_unit(Unit.SECONDS)} seconds"
    )
    denominator: int
    value: str | None = Field(description="the quotient to four decimals; null where there is nothing to divide by")


class KpiGroupAnswer(BaseModel):
    """The KPIs of one group."""

    key: str = Field(description="a territory's, rep's or outlet's code, or a date", examples=["PAT-R1"])
    kpis: dict[Kpi, KpiFigureAnswer] = Field(examples=[_KPIS])


class ComplianceAnswer(BaseModel):
    """The KPIs of a period: of each group, and of the whole."""

    first: date = Field(alias="from", examples=["2026-11-01"])
    last: date = Field(alias="to", examples=["2026-11-30"])
    group_by: KpiGrouping
    items: list[KpiGroupAnswer] = Field(description="by key; groups without any record are left out")
    totals: dict[Kpi, KpiFigureAnswer] = Field(examples=[_KPIS])


class KpiEvidenceAnswer(BaseModel):
    """One record behind a figure."""

    kind: str = Field(description="visit, order, outlet or call_task", examples=["visit"])
    id: str = Field(description="its id; an outlet's code", examples=["019ab3b6-7c00-8f2e-9d55-0a4f3f6b2c11"])
    business_date: date | None = Field(description="an outlet has none", examples=["2026-11-23"])
    territory_code: str = Field(examples=["PAT"])
    rep_code: str | None = Field(examples=["PAT-R1"])
    outlet_code: str = Field(examples=["PAT-0042"])
    amount: StoredQuantity = Field(
        description="how much of the figure it is: 1 where records are counted", examples=["1"]
    )


class KpiEvidencePageAnswer(BaseModel):
    """The records behind half of a KPI; the amounts of all pages add up to the figure."""

    kpi: Kpi
    part: KpiPart
    definition: str = Field(examples=["visits made with an arrival INSIDE"])
    items: list[KpiEvidenceAnswer]
    next_cursor: str | None = None


def figures_json(figures: Figures) -> dict[str, dict[str, Any]]:
    """The KPIs of one group as JSON values. Plain values: an answer may have ten thousand groups."""
    return {
        kpi.value: _figure_json(definition.unit, *figures.kpis.get(kpi, (Decimal(0), Decimal(0))))
        for kpi, definition in KPIS.items()
    }


def _figure_json(unit: Unit, numerator: Decimal, denominator: Decimal) -> dict[str, Any]:
    value = value_of(numerator, denominator)
    return {
        "numerator": money_text(numerator) if unit is Unit.MONEY else int(numerator),
        "denominator": int(denominator),
        "value": None if value is None else decimal_text(value),
    }


def evidence_item(kpi: Kpi, row: EvidenceRow) -> KpiEvidenceAnswer:
    """A record behind a figure of `kpi`."""
    return KpiEvidenceAnswer(
        kind=KPIS[kpi].source.evidence,
        id=row.id,
        business_date=row.business_date,
        territory_code=row.territory_code,
        rep_code=row.rep_code,
        outlet_code=row.outlet_code,
        amount=row.amount,
    )
