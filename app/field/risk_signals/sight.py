"""What of a doubt is told to whom: never more of others than the asker could read directly (decision 52).

Most doubts rest on the rep's own records. Those that measure from where an outlet is would tell where that is after a
few tries, and those that compare reps tell what a colleague did: where such an outlet or rep is out of the asker's
sight, it is told that there is a doubt, by which rule and about what, and neither the figures nor the sentence.
"""

from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, Label, and_, case, cast, func, literal, or_, select, true
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import aliased

from app.field.risk_signals.models import RiskSignal
from app.field.risk_signals.signals import RiskRule
from app.field.visits.models import Visit
from app.field.visits.sight import planned_visit_of
from app.masters.outlets.models import Outlet
from app.masters.territories.models import Rep

OUT_OF_SIGHT = "This doubt rests on a record that lies outside of your territories. An admin sees it as a whole."


def evidence_in_sight(territory_ids: Collection[int] | None) -> Label[Any]:
    """The evidence of a signal, as it may be told within these territories (None: all)."""
    nothing = cast(literal("{}"), JSONB)
    return case((_is_whole(territory_ids), RiskSignal.evidence), else_=nothing).label("evidence")


def explanation_in_sight(territory_ids: Collection[int] | None) -> Label[str]:
    """The sentence of a signal, as it may be told within these territories (None: all)."""
    return case((_is_whole(territory_ids), RiskSignal.explanation), else_=OUT_OF_SIGHT).label("explanation")


def outlet_name_in_sight(territory_ids: Collection[int] | None) -> Label[Any]:
    """What the outlet of a signal is called; `Outlet` is joined to it. None where it is out of sight, or there is none.

    As visits tell it: of these territories (None: all), or in the rep's approved plan of the day.
    """
    if territory_ids is None:
        return Outlet.name.label("outlet_name")
    in_sight = or_(Outlet.territory_id.in_(territory_ids), planned_visit_of(RiskSignal))
    return case((in_sight, Outlet.name)).label("outlet_name")


def _is_whole(territory_ids: Collection[int] | None) -> ColumnElement[bool]:
    if territory_ids is None:
        return true()
    own, earlier = aliased(Outlet), aliased(Outlet)
    its_outlet = _in_sight(own, own.id == RiskSignal.outlet_id, territory_ids)
    other_outlet = _in_sight(
        earlier, earlier.code == RiskSignal.evidence["earlier"]["outlet_code"].astext, territory_ids
    )
    colleague = aliased(Rep)
    codes = func.jsonb_array_elements_text(RiskSignal.evidence["rep_codes"]).column_valued("code")
    strangers = (
        select(colleague.id)
        .where(colleague.code.in_(select(codes)), colleague.territory_id.not_in(territory_ids))
        .correlate(RiskSignal)
        .exists()
    )
    return case(
        (RiskSignal.rule == RiskRule.ONE_SPOT.value, and_(its_outlet, other_outlet)),
        (RiskSignal.rule == RiskRule.REMOTE_ORDER.value, its_outlet),
        (RiskSignal.rule == RiskRule.SHARED_DEVICE.value, ~strangers),
        else_=True,
    )


def _in_sight(outlet: type[Outlet], which: ColumnElement[bool], territory_ids: Collection[int]) -> ColumnElement[bool]:
    """Whether an outlet is one of these territories, or stands in the rep's approved plan of the signal's day."""
    planned = (
        select(Visit.id)
        .where(
            Visit.visit_date == RiskSignal.business_date,
            Visit.rep_id == RiskSignal.rep_id,
            Visit.outlet_id == outlet.id,
            Visit.approved_at.is_not(None),
        )
        .correlate(RiskSignal, outlet)
        .exists()
    )
    return (
        select(outlet.id)
        .where(which, or_(outlet.territory_id.in_(territory_ids), planned))
        .correlate(RiskSignal)
        .exists()
    )
