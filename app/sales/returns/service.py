"""Use cases of returns: record a batch, each new, a correction, told before, or refused (D4)."""

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
from app.sales.deliveries.rules import DeliveredOutlet, KnownProduct, territory_of
from app.sales.deliveries.service import RECEIPT_KIND as DELIVERY_KIND
from app.sales.deliveries.service import outlets_by_code, products_by_code
from app.sales.mismatch_reasons.service import Reason, ReasonUse, reasons_for
from app.sales.returns import queries
from app.sales.returns.inserts import ReturnRecord, correct_returns, insert_returns
from app.sales.returns.rules import (
    NamedDelivery,
    ReturnFacts,
    ReturnForm,
    StandingReturn,
    judge_return,
    returned_products,
    returned_value,
)

RECEIPT_KIND = "return"
"""A return's kind among the receipts of client-made ids."""


async def record_returns(
    session: AsyncSession, forms: Sequence[ReturnForm], by: str, at: datetime, *, knows_what_stands: bool = False
) -> Sequence[FormOutcome[ReturnForm]]:
    """Record what is new and sound among forms, each id once (D4); what became of each, in the order given.

    `by`: who tells of them. `knows_what_stands`: a content that was corrected since is meant to stand again. What is
    refused claims no id. Ten statements for new returns, twenty at the most, whatever their number. Raises ValueError
    where an id comes twice.
    """
    if len({form.id for form in forms}) < len(forms):
        raise ValueError("an id comes twice among the returns")
    await plan_once(session)
    batch = await _gather(session, forms, Telling(at, by, knows_what_stands))
    judged = await judge_and_claim(session, RECEIPT_KIND, forms, batch.standing, partial(_judge, batch), _standing, at)
    records = [record for record in judged.values() if isinstance(record, ReturnRecord)]
    await insert_returns(session, [record for record in records if record.version == 1])
    await correct_returns(session, [record for record in records if record.version > 1])
    return outcomes_of(forms, judged)


@dataclass(frozen=True, slots=True)
class _ReturnBatch:
    """What forms are judged by. `kinds`: what their ids, and their deliveries', are the ids of."""

    telling: Telling
    kinds: Mapping[UUID, Filing]
    deliveries: Mapping[UUID, NamedDelivery]
    standing: Mapping[UUID, StandingReturn]
    outlets: Mapping[str, DeliveredOutlet]
    products: Mapping[str, KnownProduct]
    reasons: Mapping[str, Reason]
    territories: Mapping[int, TerritoryFacts]


async def _gather(session: AsyncSession, forms: Sequence[ReturnForm], telling: Telling) -> _ReturnBatch:
    """The facts, returns under lock: by eight statements at the most."""
    delivery_ids = {form.delivery_id for form in forms if form.delivery_id is not None}
    kinds = await filings(session, {form.id for form in forms} | delivery_ids)
    outlets = await outlets_by_code(session, {form.outlet_code for form in forms})
    products = await products_by_code(session, {line.product_code for form in forms for line in form.lines})
    reasons = await reasons_for(session, {line.reason_code for form in forms for line in form.lines}, ReasonUse.RETURN)
    keys = [
        (kinds[id_].business_date, id_) for id_ in delivery_ids if id_ in kinds and kinds[id_].kind == DELIVERY_KIND
    ]
    deliveries = await queries.named_deliveries(session, keys)
    standing = await _standing(session, {form.id: filing for form in forms if (filing := kinds.get(form.id))})
    concerned = {outlet.territory_id for outlet in outlets.values()}
    concerned |= {subject.territory_id for subject in standing.values()}
    territories = await territories_by_id(session, concerned)
    return _ReturnBatch(telling, kinds, deliveries, standing, outlets, products, reasons, territories)


async def _standing(session: AsyncSession, kinds: Mapping[UUID, Filing]) -> dict[UUID, StandingReturn]:
    keys = [(filing.business_date, id_) for id_, filing in kinds.items() if filing.kind == RECEIPT_KIND]
    return await queries.standing_returns(session, keys)


def _judge(
    batch: _ReturnBatch, form: ReturnForm, standing: StandingReturn | None
) -> ReturnRecord | FormOutcome[ReturnForm]:
    """What is to be recorded, or what becomes of the form otherwise."""
    filing = batch.kinds.get(form.id)
    if standing is None and filing is not None:
        return unrecorded(form, filing, RECEIPT_KIND)
    digest = content_digest(RECEIPT_KIND, "", form.content())
    if standing and not says_something_new(standing, digest, knows_what_stands=batch.telling.knows_what_stands):
        return FormOutcome(form, FormFate.UNCHANGED, (standing.business_date, standing.id), standing.version)
    outlet = batch.outlets.get(form.outlet_code)
    territory = territory_of(outlet, standing, batch.territories)
    returned_date = business_date(territory, form.returned_at) if territory else None
    delivery = batch.deliveries.get(form.delivery_id) if form.delivery_id else None
    facts = ReturnFacts(batch.telling.at, outlet, delivery, returned_date, batch.products, batch.reasons)
    problems = judge_return(form, facts, standing)
    if problems or outlet is None or territory is None or returned_date is None:
        return FormOutcome(form, FormFate.REFUSED, problems=problems)
    return ReturnRecord(
        form=form,
        business_date=standing.business_date if standing else returned_date,
        territory_id=territory.id,
        outlet_id=outlet.id,
        delivery_business_date=delivery.business_date if delivery else None,
        returned_date=returned_date,
        value=returned_value(form),
        version=standing.version + 1 if standing else 1,
        digest=digest,
        at=batch.telling.at,
        by=batch.telling.by,
        lines=returned_products(form, facts),
    )
