"""Products, prices, stock."""

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.ground.db.base import CURRENT_XACT, Base, Versioned
from app.ground.db.searching import Searched

SEARCHED = Searched("products", ("code", "name"), "gtin")


class Product(Versioned, Base):
    """Something that is ordered."""

    __tablename__ = "products"
    __table_args__ = (
        Index("ix_products_search", text("search_vector(ARRAY[code, name], gtin)"), postgresql_using="gin"),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    gtin: Mapped[str | None]
    unit: Mapped[str]
    pack_size: Mapped[Decimal]
    assortment_group: Mapped[str | None]
    price_segment: Mapped[str | None]
    list_price: Mapped[Decimal]
    active: Mapped[bool] = mapped_column(default=True)


class Price(Base):
    """A product's price for a channel or for one outlet, from a day to a day (both included; no last day: open)."""

    __tablename__ = "prices"
    __table_args__ = (
        UniqueConstraint(
            "product_id",
            "channel",
            "outlet_id",
            "valid_from",
            name="uq_prices_product_id_channel_outlet_id_valid_from",
            postgresql_nulls_not_distinct=True,
        ),
        CheckConstraint("channel IS NULL OR outlet_id IS NULL", name="channel_or_outlet"),
        Index("ix_prices_outlet_id", "outlet_id"),
        Index("ix_prices_changed_in", "changed_in"),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    product_id: Mapped[int] = mapped_column(ForeignKey("products.id"))
    channel: Mapped[str | None]
    outlet_id: Mapped[int | None] = mapped_column(ForeignKey("outlets.id"))
    price: Mapped[Decimal]
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    changed_in: Mapped[int] = mapped_column(BigInteger, server_default=CURRENT_XACT)


class Stock(Base):
    """What a warehouse had of a product at a moment."""

    __tablename__ = "stock"
    __table_args__ = (Index("ix_stock_changed_in", "changed_in"),)

    # the product comes first in the key: every order asks for the stock of its products, over all warehouses
    product_id: Mapped[int] = mapped_column(ForeignKey("products.id"), primary_key=True)
    warehouse_code: Mapped[str] = mapped_column(primary_key=True)
    quantity: Mapped[Decimal]
    as_of: Mapped[datetime]
    changed_in: Mapped[int] = mapped_column(BigInteger, server_default=CURRENT_XACT)
