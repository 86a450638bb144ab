"""Use cases of deliveries: record a batch, each new, a correction, told before, or refused (D1)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.ground.db.plans import plan_once
from app.ground.receipts.forms import (
    FormFate,
    FormOutcome,
    Telling,
    judge_and_claim,
    outcomes_of,
    says_something_new,
    unrecorded,
)
from app.ground.receipts.service import Filing, content_digest, filings
from app.masters.territories.calendar import TerritoryFacts, business_date
from app.masters.territories.service import territories_by_id
from app.sales.deliveries import fulfilments, queries
from app.sales.deliveries.conclusions import Conclusion
from app.sales.deliveries.fulfilment_rules import FillingDelivery
from app.sales.deliveries.inserts import DeliveryRecord, correct_deliveries, insert_deliveries
from app.sales.deliveries.queries import ConcludedOrder, outlets_by_code, products_by_code
from app.sales.deliveries.rules import (
    DeliveredOutlet,
    DeliveryFacts,
    DeliveryForm,
    KnownProduct,
    StandingDelivery,
    delivered_products,
    delivered_value,
    judge_delivery,
    territory_of,
)
from app.sales.mismatch_reasons.service import Reason, ReasonUse, reasons_for
from app.sales.orders.records import RECEIPT_KIND as ORDER_KIND

__all__ = [
    "RECEIPT_KIND",
    "RecordedDeliveries",
    "outlets_by_code",
    "products_by_code",
    "record_deliveries",
]

RECEIPT_KIND = "delivery"
"""A delivery's kind among the receipts of client-made ids."""


@dataclass(frozen=True, slots=True)
class RecordedDeliveries:
    """What became of each form, in the order given, and what was concluded of the orders that they are for."""

    outcomes: Sequence[FormOutcome[DeliveryForm]]
    conclusions: Sequence[Conclusion]


async def record_deliveries(
    session: AsyncSession, forms: Sequence[DeliveryForm], by: str, at: datetime, *, knows_what_stands: bool = False
) -> RecordedDeliveries:
    """Record what is new and sound among forms, each id once, and conclude their orders anew (D1, D2).

    `by`: who tells of them. `knows_what_stands`: a content that was corrected since is meant to stand again. What is
    refused claims no id. Eleven statements for new deliveries of orders that nothing was told of, 25 at the most,
    whatever their number. Raises ValueError where an id comes twice.
    """
    if len({form.id for form in forms}) < len(forms):
        raise ValueError("an id comes twice among the deliveries")
    await plan_once(session)
    batch = await _gather(session, forms, Telling(at, by, knows_what_stands))
    judged = await judge_and_claim(session, RECEIPT_KIND, forms, batch.standing, partial(_judge, batch), _standing, at)
    records = [record for record in judged.values() if isinstance(record, DeliveryRecord)]
    await insert_deliveries(session, [record for record in records if record.version == 1])
    await correct_deliveries(session, [record for record in records if record.version > 1])
    concerned = {id_ for record in records if (id_ := record.form.order_id) is not None}
    conclusions = await fulfilments.conclude(
        session,
        {id_: subject for id_, subject in batch.orders.items() if id_ in concerned},
        _first_deliveries(records),
        at,
        batch.territories,
    )
    return RecordedDeliveries(outcomes_of(forms, judged), conclusions)


@dataclass(frozen=True, slots=True)
class _Batch:
    """What forms are judged by. `kinds`: what their ids, and their orders', are the ids of. `deliveries_before`: how
    many their orders have, by the ids of those that are new; what comes before them in the batch is counted.
    """

    telling: Telling
    kinds: Mapping[UUID, Filing]
    orders: Mapping[UUID, ConcludedOrder]
    deliveries_before: Mapping[UUID, int]
    standing: Mapping[UUID, StandingDelivery]
    outlets: Mapping[str, DeliveredOutlet]
    products: Mapping[str, KnownProduct]
    reasons: Mapping[str, Reason]
    territories: Mapping[int, TerritoryFacts]


async def _gather(session: AsyncSession, forms: Sequence[DeliveryForm], telling: Telling) -> _Batch:
    """The facts, orders and deliveries under lock: by nine statements at the most."""
    order_ids = {form.order_id for form in forms if form.order_id is not None}
    kinds = await filings(session, {form.id for form in forms} | order_ids)
    outlets = await outlets_by_code(session, {form.outlet_code for form in forms})
    products = await products_by_code(session, {line.product_code for form in forms for line in form.lines})
    codes = {line.reason_code for form in forms for line in form.lines if line.reason_code is not None}
    reasons = await reasons_for(session, codes, ReasonUse.DELIVERY)
    keys = [(kinds[id_].business_date, id_) for id_ in order_ids if id_ in kinds and kinds[id_].kind == ORDER_KIND]
    orders = await queries.locked_orders(session, keys)
    standing = await _standing(session, {form.id: filing for form in forms if (filing := kinds.get(form.id))})
    concerned = {outlet.territory_id for outlet in outlets.values()}
    concerned |= {subject.order.territory_id for subject in orders.values()}
    concerned |= {subject.territory_id for subject in standing.values()}
    territories = await territories_by_id(session, concerned)
    before = _deliveries_before(forms, kinds, orders)
    return _Batch(telling, kinds, orders, before, standing, outlets, products, reasons, territories)


def _deliveries_before(
    forms: Sequence[DeliveryForm], kinds: Mapping[UUID, Filing], orders: Mapping[UUID, ConcludedOrder]
) -> dict[UUID, int]:
    counts = {id_: subject.delivery_count for id_, subject in orders.items()}
    before: dict[UUID, int] = {}
    for form in forms:
        if form.order_id in counts and form.id not in kinds:
            before[form.id] = counts[form.order_id]
            counts[form.order_id] += 1
    return before


async def _standing(session: AsyncSession, kinds: Mapping[UUID, Filing]) -> dict[UUID, StandingDelivery]:
    keys = [(filing.business_date, id_) for id_, filing in kinds.items() if filing.kind == RECEIPT_KIND]
    return await queries.standing_deliveries(session, keys)


def _judge(
    batch: _Batch, form: DeliveryForm, standing: StandingDelivery | None
) -> DeliveryRecord | FormOutcome[DeliveryForm]:
    """What is to be recorded, or what becomes of the form otherwise."""
    filing = batch.kinds.get(form.id)
    if standing is None and filing is not None:
        return unrecorded(form, filing, RECEIPT_KIND)
    digest = content_digest(RECEIPT_KIND, "", form.content())
    if standing and not says_something_new(standing, digest, knows_what_stands=batch.telling.knows_what_stands):
        key = (standing.business_date, standing.id)
        return FormOutcome(form, FormFate.UNCHANGED, key, standing.version)
    subject = batch.orders.get(form.order_id) if form.order_id else None
    outlet = batch.outlets.get(form.outlet_code)
    order = subject.order if subject else None
    own = batch.territories[order.territory_id] if order else None
    territory = own or territory_of(outlet, standing, batch.territories)
    delivered_date = business_date(territory, form.delivered_at) if territory else None
    before = batch.deliveries_before.get(form.id, 0)
    facts = DeliveryFacts(batch.telling.at, outlet, order, before, delivered_date, batch.products, batch.reasons)
    problems = judge_delivery(form, facts, standing)
    if problems or outlet is None or territory is None or delivered_date is None:
        return FormOutcome(form, FormFate.REFUSED, problems=problems)
    filed = standing.business_date if standing else order.business_date if order else delivered_date
    return DeliveryRecord(
        form=form,
        business_date=filed,
        territory_id=territory.id,
        outlet_id=outlet.id,
        rep_id=order.rep_id if order else None,
        delivered_date=delivered_date,
        value=delivered_value(form),
        version=standing.version + 1 if standing else 1,
        digest=digest,
        at=batch.telling.at,
        by=batch.telling.by,
        lines=delivered_products(form, facts),
    )


def _first_deliveries(records: Sequence[DeliveryRecord]) -> dict[UUID, list[FillingDelivery]]:
    """What is recorded, by the order's id: all that there is of an order that nothing had been told of."""
    deliveries: dict[UUID, list[FillingDelivery]] = {}
    for record in records:
        if record.form.order_id is not None:
            delivery = FillingDelivery(
                record.form.id, record.version, record.form.delivered_at, record.delivered_date, record.lines
            )
            deliveries.setdefault(record.form.order_id, []).append(delivery)
    return deliveries
