"""What a team would write itself with FastAPI and SQLAlchemy's ORM: orders with their lines, a token for each rep."""

import os
from collections.abc import AsyncIterator
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from fastapi import Depends, FastAPI, HTTPException
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel, Field
from sqlalchemy import DateTime, ForeignKey, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

engine = create_async_engine(os.environ["ORDERS_DATABASE_URL"], pool_size=16)
sessions = async_sessionmaker(engine, expire_on_commit=False)
app = FastAPI()
bearer = HTTPBearer()


class Base(DeclarativeBase):
    """All tables."""

    type_annotation_map = {datetime: DateTime(timezone=True)}  # noqa: RUF012  # SQLAlchemy's own form


class Rep(Base):
    """Who sends orders."""

    __tablename__ = "reps"
    id: Mapped[int] = mapped_column(primary_key=True)
    token: Mapped[str] = mapped_column(unique=True)
    territory_id: Mapped[int]


class Outlet(Base):
    """Who orders."""

    __tablename__ = "outlets"
    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
    territory_id: Mapped[int] = mapped_column(index=True)


class Product(Base):
    """What is ordered, in multiples of a pack."""

    __tablename__ = "products"
    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
    list_price: Mapped[Decimal]
    pack_size: Mapped[int]


class Order(Base):
    """An order."""

    __tablename__ = "orders"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    outlet_id: Mapped[int] = mapped_column(ForeignKey("outlets.id"), index=True)
    rep_id: Mapped[int] = mapped_column(ForeignKey("reps.id"), index=True)
    captured_at: Mapped[datetime]
    received_at: Mapped[datetime] = mapped_column(server_default=func.now())
    delivery_date: Mapped[date] = mapped_column(index=True)
    comment: Mapped[str]
    total: Mapped[Decimal]
    lines: Mapped[list["Line"]] = relationship()


class Line(Base):
    """One product of an order."""

    __tablename__ = "order_lines"
    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[UUID] = mapped_column(ForeignKey("orders.id"), index=True)
    product_id: Mapped[int] = mapped_column(ForeignKey("products.id"), index=True)
    quantity: Mapped[Decimal]
    unit_price: Mapped[Decimal]


class LineForm(BaseModel):
    """One product as it is sent."""

    product_code: str
    quantity: Decimal = Field(gt=0)
    unit_price: Decimal = Field(ge=0)


class OrderForm(BaseModel):
    """An order as it is sent."""

    id: UUID
    outlet_code: str
    captured_at: datetime
    delivery_date: date
    comment: str = ""
    lines: list[LineForm] = Field(min_length=1, max_length=500)


class Recorded(BaseModel):
    """What was recorded."""

    id: UUID
    total: Decimal
    received_at: datetime


async def session() -> AsyncIterator[AsyncSession]:
    """A session for each request."""
    async with sessions() as opened:
        yield opened


async def caller(
    credentials: Annotated[HTTPAuthorizationCredentials, Depends(bearer)],
    database: Annotated[AsyncSession, Depends(session)],
) -> Rep:
    """The rep whose token it is."""
    rep = await database.scalar(select(Rep).where(Rep.token == credentials.credentials))
    if rep is None:
        raise HTTPException(401)
    return rep


@app.post("/orders", status_code=201)
async def record(
    form: OrderForm,
    rep: Annotated[Rep, Depends(caller)],
    database: Annotated[AsyncSession, Depends(session)],
) -> Recorded:
    """Record an order of an outlet in the rep's territory."""
    outlet = await database.scalar(
        select(Outlet).where(Outlet.code == form.outlet_code, Outlet.territory_id == rep.territory_id)
    )
    if outlet is None:
        raise HTTPException(422, "no such outlet")
    codes = {line.product_code for line in form.lines}
    products = {
        product.code: product for product in await database.scalars(select(Product).where(Product.code.in_(codes)))
    }
    if codes - products.keys():
        raise HTTPException(422, "no such product")
    if any(line.quantity % products[line.product_code].pack_size for line in form.lines):
        raise HTTPException(422, "not in packs")
    order = Order(
        id=form.id,
        outlet_id=outlet.id,
        rep_id=rep.id,
        captured_at=form.captured_at,
        delivery_date=form.delivery_date,
        comment=form.comment,
        total=sum((line.quantity * line.unit_price for line in form.lines), Decimal(0)),
        lines=[
            Line(product_id=products[line.product_code].id, quantity=line.quantity, unit_price=line.unit_price)
            for line in form.lines
        ],
    )
    database.add(order)
    try:
        await database.commit()
    except IntegrityError as error:
        raise HTTPException(409, "recorded before") from error
    return Recorded(id=order.id, total=order.total, received_at=order.received_at)


async def make_tables() -> None:
    """Make all tables."""
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    await engine.dispose()
