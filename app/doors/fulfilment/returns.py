"""Recording what is told of returns, and who answers for them, with everything that follows."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.doors.fulfilment.consequences import follow_returns
from app.ground.receipts.forms import FormFate, FormOutcome
from app.ground.web.access import Caller
from app.sales.returns import reading
from app.sales.returns.changes import ReturnChange
from app.sales.returns.rules import ReturnForm
from app.sales.returns.service import record_returns

_EVENTS = {FormFate.RECORDED: "return.recorded", FormFate.CORRECTED: "return.corrected"}


async def take_returns(
    session: AsyncSession, forms: Sequence[ReturnForm], by: str, at: datetime, *, knows_what_stands: bool = False
) -> Sequence[FormOutcome[ReturnForm]]:
    """Record returns, each id once among them, and let everything follow; what became of each, in the order given.

    The number of statements does not depend on how many there are. See `sales.returns.service.record_returns`.
    """
    outcomes = await record_returns(session, forms, by, at, knows_what_stands=knows_what_stands)
    changes = [
        ReturnChange(outcome.key, outcome.territory_id, _EVENTS[outcome.fate], _payload(outcome))
        for outcome in outcomes
        if outcome.fate in _EVENTS and outcome.key is not None and outcome.territory_id is not None
    ]
    await follow_returns(session, changes, at)
    return outcomes


async def decide_return(
    session: AsyncSession,
    caller: Caller,
    return_id: UUID,
    product_code: str | None,
    word: tuple[str, str],
    at: datetime,
) -> None:
    """Keep a person's word on who answers for a return, and let everything follow. Raises as `reading.decide` does.

    `word`: who answers, and the comment.
    """
    standing = await reading.decide(session, caller, return_id, product_code, word, at)
    payload = {"return_id": str(return_id), "product_code": product_code, "answered_by": word[0]}
    key = standing.business_date, return_id
    await follow_returns(session, [ReturnChange(key, standing.territory_id, "return.decided", payload)], at)


def _payload(outcome: FormOutcome[ReturnForm]) -> dict[str, object]:
    form = outcome.form
    return {
        "return_id": str(form.id),
        "version": outcome.version,
        "outlet_code": form.outlet_code,
        "delivery_id": None if form.delivery_id is None else str(form.delivery_id),
    }
