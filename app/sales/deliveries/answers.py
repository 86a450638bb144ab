"""What became of an order, as it is told."""

from sqlalchemy.ext.asyncio import AsyncSession

from app.sales.deliveries.fulfilment_rules import FulfilmentLine
from app.sales.deliveries.fulfilments import OrderFulfilment
from app.sales.deliveries.listings import product_codes
from app.sales.deliveries.schemas import FulfilmentAnswer, FulfilmentLineAnswer


async def fulfilment_answer(session: AsyncSession, fulfilment: OrderFulfilment) -> FulfilmentAnswer:
    """A fulfilment with products by their code. One statement."""
    order, state = fulfilment
    codes = await product_codes(session, [line.product_id for line in state.lines])
    return FulfilmentAnswer(
        order_id=order.id,
        status=state.status,
        settled=state.settled,
        delivery_date=order.delivery_date,
        on_time=state.on_time,
        deliveries=state.delivery_count,
        last_delivered_date=state.last_delivered_date,
        lines=[_line(line, codes[line.product_id]) for line in state.lines],
    )


def _line(line: FulfilmentLine, product_code: str) -> FulfilmentLineAnswer:
    """The quantity's party goes before the price's, where both differ."""
    of_quantity = line.answered_by is not None
    return FulfilmentLineAnswer(
        product_code=product_code,
        ordered=line.ordered,
        shipped=line.shipped,
        accepted=line.accepted,
        order_price=line.order_price,
        charged_price=line.charged_price,
        mismatches=list(line.mismatches),
        answered_by=line.answered_by if of_quantity else line.price_answered_by,
        answered_because=line.because if of_quantity else line.price_because,
        price_answered_by=line.price_answered_by,
        price_answered_because=line.price_because,
    )
