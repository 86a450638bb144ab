"""Items of the field: visits and excuses, check-ins, and doubts about what was recorded."""

from typing import Any

from sqlalchemy import Date, DateTime, Select, Text, case, cast, func

from app.doors.timelines.reading import NOW, OUTLET_ID, instant, newest, of_span, record, told, within, word
from app.field.check_ins.models import CheckIn
from app.field.check_ins.records import CheckInKind
from app.field.risk_signals.models import RiskSignal
from app.field.visits.models import Visit
from app.masters.territories.models import Territory


def visits() -> Select[*tuple[Any, ...]]:
    """Visits (V5), each at the beginning of its local day: nothing that comes of it moves it."""
    records = record(
        Visit.outlet_id == OUTLET_ID,
        of_span(Visit.visit_date),
        within(Visit.territory_id),
        at=func.timezone(Territory.time_zone, cast(Visit.visit_date, DateTime())),
        title=case((Visit.approved_at.is_not(None), word("visit_planned")), else_=word("visit_ad_hoc")),
        id_=Visit.id,
        business_date=Visit.visit_date,
        rep_id=Visit.rep_id,
        sequence=Visit.sequence,
        expected_at=Visit.expected_at,
        planned=Visit.approved_at.is_not(None),
        excused=Visit.excused_at.is_not(None),
        today=cast(func.timezone(Territory.time_zone, NOW), Date),
    )
    rows = newest(records.join(Territory, Territory.id == Visit.territory_id))
    return told(
        rows,
        planned=rows.c.planned,
        excused=rows.c.excused,
        today=rows.c.today,
        sequence=rows.c.sequence,
        expected_at=instant(rows.c.expected_at),
    )


def excuses() -> Select[*tuple[Any, ...]]:
    """Excuses, whenever they came: a visit may be excused long after its day."""
    records = record(
        Visit.outlet_id == OUTLET_ID,
        Visit.excused_at.is_not(None),
        within(Visit.territory_id),
        at=Visit.excused_at,
        title="visit_excused",
        id_=Visit.id,
        business_date=Visit.visit_date,
        rep_id=Visit.rep_id,
        actor=Visit.excused_by,
        reason_code=Visit.excuse_reason,
    )
    rows = newest(records)
    return told(rows, reason_code=rows.c.reason_code)


def check_ins() -> Select[*tuple[Any, ...]]:
    """Check-ins with their verdicts, when they were made."""
    records = record(
        CheckIn.outlet_id == OUTLET_ID,
        of_span(CheckIn.business_date),
        within(CheckIn.territory_id),
        at=CheckIn.corrected_at,
        title=case((CheckIn.kind == CheckInKind.ARRIVAL.value, word("arrival")), else_=word("departure")),
        id_=CheckIn.id,
        business_date=CheckIn.business_date,
        rep_id=CheckIn.rep_id,
        verdict=CheckIn.verdict,
        p_inside=CheckIn.p_inside,
        distance_m=CheckIn.distance_m,
        accuracy_m=CheckIn.accuracy_m,
        trusted=CheckIn.trusted,
    )
    rows = newest(records)
    names = ("verdict", "p_inside", "distance_m", "accuracy_m", "trusted")
    return told(rows, **{name: rows.c[name] for name in names})


def signals() -> Select[*tuple[Any, ...]]:
    """Doubts that were raised and not withdrawn, with what became of each. What they rest on is read elsewhere: it may
    lie out of sight.
    """
    records = record(
        RiskSignal.outlet_id == OUTLET_ID,
        RiskSignal.withdrawn_at.is_(None),
        within(RiskSignal.territory_id),
        at=RiskSignal.raised_at,
        title="signal_raised",
        id_=RiskSignal.id,
        business_date=RiskSignal.business_date,
        rep_id=RiskSignal.rep_id,
        rule=RiskSignal.rule,
        subject_type=RiskSignal.subject_type,
        subject_id=RiskSignal.subject_id,
        outcome=RiskSignal.review_outcome,
        reviewed_at=RiskSignal.reviewed_at,
        reviewed_by=RiskSignal.reviewed_by,
    )
    rows = newest(records)
    return told(
        rows,
        rule=rows.c.rule,
        subject_type=rows.c.subject_type,
        subject_id=cast(rows.c.subject_id, Text),
        outcome=rows.c.outcome,
        reviewed_at=instant(rows.c.reviewed_at),
        reviewed_by=rows.c.reviewed_by,
    )
