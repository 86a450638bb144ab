"""What an outlet may be offered on the phone, as it leaves."""

from datetime import date, datetime
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field

from app.doors.call_centre.offers import OfferedItem, OutletOffer
from app.ground.web.amounts import StoredMoney, StoredQuantity

_ITEM: dict[str, Any] = {
    "product_code": "CHO-100",
    "name": "Chocolate 100 g",
    "assortment_group": "chocolate",
    "unit": "piece",
    "pack_size": "6",
    "price": "1.15",
    "stock_quantity": "1200",
    "stock_as_of": "2026-11-23T05:00:00Z",
    "must_stock": True,
    "min_quantity": "6",
    "suggested_quantity": "12",
    "last_ordered": {"business_date": "2026-11-16", "quantity": "12"},
}


class LastOrderedAnswer(BaseModel):
    """When the outlet ordered a product last, within its last 50 orders, and how much of it."""

    business_date: date
    quantity: StoredQuantity


class OfferedItemAnswer(BaseModel):
    """A product as it may be offered to the outlet."""

    product_code: str
    name: str
    assortment_group: str | None
    unit: str
    pack_size: StoredQuantity = Field(description="quantities are multiples of this")
    price: StoredMoney = Field(description="the outlet's own on the task's day")
    stock_quantity: StoredQuantity | None = Field(
        description="what the territory's warehouse has, without one all of them; null: nobody knows"
    )
    stock_as_of: datetime | None = Field(description="of several warehouses that of the oldest figure")
    must_stock: bool = Field(description="the outlet agreed to keep it")
    min_quantity: StoredQuantity | None = Field(description="of a must-stock product, so many units an order")
    suggested_quantity: StoredQuantity | None = Field(description="null: it is not among what is suggested")
    last_ordered: LastOrderedAnswer | None

    @classmethod
    def of(cls, item: OfferedItem) -> Self:
        """An item as it leaves."""
        last = item.last_ordered
        return cls(
            product_code=item.product.code,
            name=item.product.name,
            assortment_group=item.product.group,
            unit=item.product.unit,
            pack_size=item.product.pack_size,
            price=item.price,
            stock_quantity=item.stock,
            stock_as_of=item.stock_as_of,
            must_stock=item.min_quantity is not None,
            min_quantity=item.min_quantity,
            suggested_quantity=item.suggested_quantity,
            last_ordered=None
            if last is None
            else LastOrderedAnswer(business_date=last.business_date, quantity=last.quantity),
        )


class OutletOfferAnswer(BaseModel):
    """What the outlet of a call task may be offered: what it must stock first, then what is suggested, then what it had
    before, then the rest by group and name.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "outlet_code": "PAT-0042",
                    "business_date": "2026-11-23",
                    "delivery_date": "2026-11-24",
                    "warehouse_code": "PAT-W1",
                    "complete": True,
                    "items": [_ITEM],
                }
            ]
        }
    )

    outlet_code: str
    business_date: date = Field(description="the task's day, of which the prices are")
    delivery_date: date = Field(description="the next working day, as an order may propose it")
    warehouse_code: str | None = Field(description="whose stock it is; null: that of all warehouses together")
    complete: bool = Field(description="false: there are more products than are answered; search for them")
    items: list[OfferedItemAnswer]

    @classmethod
    def of(cls, offer: OutletOffer) -> Self:
        """An offer as it leaves."""
        return cls(
            outlet_code=offer.outlet.code,
            business_date=offer.business_date,
            delivery_date=offer.delivery_date,
            warehouse_code=offer.outlet.warehouse_code,
            complete=offer.complete,
            items=[OfferedItemAnswer.of(item) for item in offer.items],
        )
