"""Use cases of looking at single deliveries."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.ground.receipts.service import filed_under
from app.ground.web.access import Caller
from app.sales.deliveries import listings
from app.sales.deliveries.errors import DeliveryNotFound
from app.sales.deliveries.listings import ListedDelivery
from app.sales.deliveries.models import DeliveryVersion
from app.sales.deliveries.service import RECEIPT_KIND
from app.sales.deliveries.sight import deliveries_in_sight


async def find_delivery(session: AsyncSession, caller: Caller, delivery_id: UUID) -> ListedDelivery:
    """One delivery. Raises DeliveryNotFound where there is none, or none that the caller may see."""
    day = await filed_under(session, delivery_id, RECEIPT_KIND)
    key = None if day is None else (day, delivery_id)
    delivery = await listings.delivery_at(session, deliveries_in_sight(caller), key) if key else None
    if delivery is None:
        raise DeliveryNotFound
    return delivery


async def delivery_versions(session: AsyncSession, caller: Caller, delivery_id: UUID) -> Sequence[DeliveryVersion]:
    """What a delivery said before it was corrected, the newest first. Raises DeliveryNotFound."""
    delivery = await find_delivery(session, caller, delivery_id)
    return await listings.versions_of(session, (delivery.business_date, delivery.id))
