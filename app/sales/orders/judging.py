"""Judging order forms: gathers what the rules ask for, decides, asks what masters were where a rule is broken (O2)."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import cache
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from app.ground.values import value
from app.masters.catalogue.service import Offer, offers, offers_as_of
from app.masters.outlets.service import FieldOutlet, outlets_as_agreed, outlets_as_of
from app.masters.territories.calendar import RepFacts
from app.masters.territories.field_clock import Stamp
from app.masters.territories.local_time import business_date_of
from app.masters.territories.service import reps_as_of
from app.sales.orders.circumstance_queries import circumstances_of
from app.sales.orders.circumstances import (
    NOTHING_AROUND,
    Circumstances,
    DayOrders,
    FormAround,
    OtherOrder,
    OutletDay,
    is_large,
    large_quantities,
    warnings_around,
)
from app.sales.orders.leniency import MasterView, eased, warned_of_changes
from app.sales.orders.rules import OrderDecision, OrderForm, OrderWarning, judge_order

__all__ = ["FormToJudge", "JudgedForm", "judge_forms"]


@value(frozen=True, slots=True)
class FormToJudge:
    """A form that is to be judged.

    `outlet`: as it stands, None: there is none in sight. `stamp`: when it was captured and came; `zone`: its
    territory's. `rep`: who stands behind it and is held to a territory, None: nobody.
    """

    form: OrderForm
    digest: bytes
    outlet: FieldOutlet | None
    stamp: Stamp
    zone: ZoneInfo
    rep: RepFacts | None = None

    @property
    def rep_territory_id(self) -> int | None:
        """The territory that it must stay in."""
        return self.rep.territory_id if self.rep else None


@value(frozen=True, slots=True)
class JudgedForm:
    """A form with what was decided. `first_received_at`: when it had come before, word by word, and was refused."""

    form: OrderForm
    digest: bytes
    decision: OrderDecision
    first_received_at: datetime | None = None


async def judge_forms(session: AsyncSession, forms: Sequence[FormToJudge]) -> list[JudgedForm]:
    """Judge forms (O2), in their order: two statements for any number, one more where terms were others at a capture,
    and one more where a quantity is large.

    Where a form breaks a rule that it did not break when it was captured, masters are asked what they were: by six
    statements more at the most.
    """
    if not forms:
        return []
    offers_by_code = await _offers(session, forms)
    moments = [(asked.outlet, asked.stamp.corrected_at) for asked in forms if asked.outlet]
    agreed = await outlets_as_agreed(session, moments)
    outlets = [
        asked.outlet and agreed.get((asked.outlet.code, asked.stamp.corrected_at), asked.outlet) for asked in forms
    ]
    decisions = [
        judge_order(asked.form, outlet, offers_by_code, asked.stamp.business_date, asked.rep_territory_id)
        for asked, outlet in zip(forms, outlets, strict=True)
    ]
    earlier = [
        place
        for place, asked in enumerate(forms)
        if decisions[place].problems and asked.stamp.corrected_at < asked.stamp.received_at
    ]
    if earlier:
        decisions = await _as_of_both(session, forms, earlier, decisions, outlets, offers_by_code)
    asked = _asked_around(forms, decisions, offers_by_code)
    around, days = await circumstances_of(session, asked)
    large = {form.place for form in asked if form.large}
    return _with_circumstances(forms, decisions, around, days, large, offers_by_code)


async def _offers(session: AsyncSession, forms: Sequence[FormToJudge]) -> dict[str, Offer]:
    """What the forms order, and what they leave out of their outlets' must-stock lists: only what is sold is due."""
    codes = {line.product_code for asked in forms for line in asked.form.lines}
    outlets = [asked.outlet for asked in forms if asked.outlet]
    codes |= {item.product_code for outlet in outlets for item in outlet.must_stock}
    return await offers(
        session,
        codes,
        outlet_ids={outlet.id for outlet in outlets},
        trade_channels={outlet.trade_channel for outlet in outlets},
    )


async def _as_of_both(
    session: AsyncSession,
    forms: Sequence[FormToJudge],
    places: Sequence[int],
    decisions: Sequence[OrderDecision],
    agreed: Sequence[FieldOutlet | None],
    offers_by_code: Mapping[str, Offer],
) -> list[OrderDecision]:
    """The decisions, those at `places` only against what breaks a rule at the capture and at the arrival."""
    moments = {place: forms[place].stamp.corrected_at for place in places}
    outlets_then = await outlets_as_of(
        session, [(outlet, at) for place, at in moments.items() if (outlet := forms[place].outlet)]
    )
    ordered = {
        (line.product_code, at): offers_by_code[line.product_code]
        for place, at in moments.items()
        for line in forms[place].form.lines
        if line.product_code in offers_by_code
    }
    offers_then = await offers_as_of(session, [(offer, at) for (_, at), offer in ordered.items()])
    reps_then = await reps_as_of(session, [(rep, at) for place, at in moments.items() if (rep := forms[place].rep)])
    after = list(decisions)
    for place, at in moments.items():
        asked, terms = forms[place], agreed[place]
        outlet, rep = asked.outlet, asked.rep
        if outlet is None or terms is None:
            continue
        rep_then = reps_then.get((rep.code, at), rep) if rep else None
        then = MasterView(
            outlets_then.get((outlet.code, at), outlet),
            {code: offers_then.get((code, at), offer) for code, offer in offers_by_code.items()},
            rep_then.territory_id if rep_then else None,
        )
        now = MasterView(outlet, offers_by_code, asked.rep_territory_id)
        kinder = eased(asked.form, terms, now, then, offers_by_code)
        lenient = judge_order(
            asked.form, kinder.outlet, kinder.offers, asked.stamp.business_date, kinder.rep_territory_id
        )
        after[place] = warned_of_changes(decisions[place], lenient)
    return after


def _asked_around(
    forms: Sequence[FormToJudge], decisions: Sequence[OrderDecision], offers_by_code: Mapping[str, Offer]
) -> list[FormAround]:
    """Nobody is warned of what is refused anyway."""
    limits = large_quantities(offers_by_code)
    return [
        FormAround(
            place,
            asked.form.id,
            asked.digest,
            outlet.territory_id,
            outlet.id,
            asked.stamp.business_date,
            asked.form.delivery_date,
            decisions[place].lines_digest,
            is_large(asked.form, limits),
        )
        for place, asked in enumerate(forms)
        if decisions[place].accepted and (outlet := asked.outlet) is not None
    ]


def _with_circumstances(
    forms: Sequence[FormToJudge],
    decisions: Sequence[OrderDecision],
    around: Mapping[int, Circumstances],
    days: Mapping[OutletDay, DayOrders],
    large: Collection[int],
    offers_by_code: Mapping[str, Offer],
) -> list[JudgedForm]:
    """The judged forms, accepted ones with the warnings of what stands around them, the forms before them included.

    `large`: the places of forms with a large quantity.
    """
    judged = []
    local_day = cache(business_date_of)
    for place, (asked, decision) in enumerate(zip(forms, decisions, strict=True)):
        circumstances = around.get(place, NOTHING_AROUND)
        warnings: list[OrderWarning] = []
        if decision.accepted and asked.outlet is not None:
            day = days[asked.outlet.id, asked.stamp.business_date]
            warnings = warnings_around(
                asked.form,
                offers_by_code,
                circumstances,
                day,
                times=asked.stamp.times,
                received_date=local_day(asked.stamp.received_at, asked.zone),
                lines_digest=decision.lines_digest,
                large=place in large,
            )
            day.add(OtherOrder(asked.form.id, asked.stamp.times, decision.lines_digest))
        warned = replace(decision, warnings=(*decision.warnings, *warnings)) if warnings else decision
        judged.append(JudgedForm(asked.form, asked.digest, warned, circumstances.first_received_at))
    return judged
