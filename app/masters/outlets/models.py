"""Outlets, their versioned locations and terms, proposals for new locations, and what left a territory."""

from datetime import datetime, time
from decimal import Decimal
from typing import Any
from uuid import UUID

from geoalchemy2 import Geography
from sqlalchemy import ARRAY, BigInteger, CheckConstraint, ForeignKey, Identity, Index, SmallInteger, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.ground.db.base import CURRENT_XACT, Base, Versioned
from app.ground.db.searching import Searched

SEARCHED = Searched("outlets", ("code", "name", "address"), "phone")


class Outlet(Versioned, Base):
    """A place that is visited. `location_version` and `terms_version` name the current rows (0: none yet).

    `rep_id` is who looks after it: plans are made for that rep. None: the planner gives it to one.
    """

    __tablename__ = "outlets"
    __table_args__ = (
        Index("ix_outlets_territory_id_changed_in", "territory_id", "changed_in"),
        Index("ix_outlets_closed", "territory_id", postgresql_where=text("NOT active")),
        Index("ix_outlets_channel", "channel"),
        Index("ix_outlets_emails", "emails", postgresql_using="gin"),
        Index("ix_outlets_search", text("search_vector(ARRAY[code, name, address], phone)"), postgresql_using="gin"),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    territory_id: Mapped[int] = mapped_column(ForeignKey("territories.id"))
    address: Mapped[str | None]
    phone: Mapped[str | None]
    channel: Mapped[str | None]
    language: Mapped[str | None]
    active: Mapped[bool] = mapped_column(default=True)
    location_version: Mapped[int] = mapped_column(default=0)
    terms_version: Mapped[int] = mapped_column(default=0)
    emails: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    rep_id: Mapped[int | None] = mapped_column(ForeignKey("reps.id"), index=True)


class OutletLocation(Base):
    """One version of where an outlet is. Never changed, never deleted: stored verdicts name their version (V3).

    A circle has its centre in `centre` and its `radius_m`; a polygon has `fence`, and its centroid in `centre`.
    """

    __tablename__ = "outlet_locations"
    __table_args__ = (
        CheckConstraint("(radius_m IS NULL) <> (fence IS NULL)", name="circle_or_polygon"),
        Index("ix_outlet_locations_centre", "centre", postgresql_using="gist"),
    )

    outlet_id: Mapped[int] = mapped_column(ForeignKey("outlets.id"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    lat: Mapped[float]
    lon: Mapped[float]
    centre: Mapped[Any] = mapped_column(Geography("POINT", srid=4326, spatial_index=False))
    radius_m: Mapped[float | None]
    fence: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    created_at: Mapped[datetime]
    created_by: Mapped[str]


class OutletTerms(Base):
    """One version of an outlet's working terms (M1), as they hold: see `terms`.

    `own` names those that it has by itself; the others are those of version `channel_version` of its channel.
    """

    __tablename__ = "outlet_terms"
    __table_args__ = (Index("ix_outlet_terms_due", "outlet_id", postgresql_where=text("order_due_time IS NOT NULL")),)

    outlet_id: Mapped[int] = mapped_column(ForeignKey("outlets.id"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    valid_from: Mapped[datetime]
    order_due_time: Mapped[time | None]
    visits_per_week: Mapped[Decimal | None]
    min_gap_days: Mapped[int | None] = mapped_column(SmallInteger)
    allowed_weekdays: Mapped[list[int] | None] = mapped_column(ARRAY(SmallInteger))
    visiting_hours: Mapped[Any | None] = mapped_column(JSONB(none_as_null=True))
    must_stock: Mapped[list[Any]] = mapped_column(JSONB, server_default=text("'[]'"))
    min_order_value: Mapped[Decimal | None]
    credit_hold: Mapped[bool] = mapped_column(default=False)
    created_by: Mapped[str]
    orders_per_week: Mapped[Decimal | None]
    mismatch_answered_by: Mapped[str | None]
    own: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    channel: Mapped[str | None]
    channel_version: Mapped[int | None]
    service_minutes: Mapped[int | None] = mapped_column(SmallInteger)


class ChannelTerms(Base):
    """One version of the terms that the outlets of a channel have where they have none of their own (M1)."""

    __tablename__ = "channel_terms"

    channel: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    valid_from: Mapped[datetime]
    order_due_time: Mapped[time | None]
    visits_per_week: Mapped[Decimal | None]
    orders_per_week: Mapped[Decimal | None]
    min_gap_days: Mapped[int | None] = mapped_column(SmallInteger)
    allowed_weekdays: Mapped[list[int] | None] = mapped_column(ARRAY(SmallInteger))
    visiting_hours: Mapped[Any | None] = mapped_column(JSONB(none_as_null=True))
    must_stock: Mapped[list[Any]] = mapped_column(JSONB, server_default=text("'[]'"))
    min_order_value: Mapped[Decimal | None]
    mismatch_answered_by: Mapped[str | None]
    created_by: Mapped[str]
    service_minutes: Mapped[int | None] = mapped_column(SmallInteger)


class LocationProposal(Base):
    """A wish for a new location version (V4): a rep's, or the system's from trusted fixes that disagree."""

    __tablename__ = "location_proposals"
    __table_args__ = (
        # the system has one open proposal for an outlet at the most
        Index(
            "uq_location_proposals_open_system",
            "outlet_id",
            unique=True,
            postgresql_where=text("decision IS NULL AND rep_id IS NULL"),
        ),
        Index("ix_location_proposals_territory_id_proposed_at", "territory_id", "proposed_at"),
        Index("ix_location_proposals_outlet_id_proposed_at", "outlet_id", "proposed_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    outlet_id: Mapped[int] = mapped_column(ForeignKey("outlets.id"))
    territory_id: Mapped[int]
    rep_id: Mapped[int | None]
    lat: Mapped[float]
    lon: Mapped[float]
    radius_m: Mapped[float]
    evidence: Mapped[dict[str, Any]] = mapped_column(JSONB)
    comment: Mapped[str | None]
    proposed_at: Mapped[datetime]
    decision: Mapped[str | None]
    decided_by: Mapped[str | None]
    decided_at: Mapped[datetime | None]
    decision_comment: Mapped[str | None]
    location_version: Mapped[int | None]


class Positioned:
    """Columns of a record that keeps a fix and the verdict on it (`positions.Fix`, `positions.Verdict`)."""

    lat: Mapped[float | None]
    lon: Mapped[float | None]
    accuracy_m: Mapped[float | None]
    fix_at: Mapped[datetime | None]
    provider: Mapped[str | None]
    mock: Mapped[bool] = mapped_column(default=False)
    verdict: Mapped[str | None]
    p_inside: Mapped[float | None]
    distance_m: Mapped[float | None]
    verdict_reasons: Mapped[str | None]


class OutletDeparture(Base):
    """An outlet that left a territory, written by a trigger on `outlets`: its reps' handhelds are to forget it."""

    __tablename__ = "outlet_departures"
    __table_args__ = (Index("ix_outlet_departures_territory_id_left_in", "territory_id", "left_in"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    territory_id: Mapped[int]
    outlet_code: Mapped[str]
    left_in: Mapped[int] = mapped_column(BigInteger, server_default=CURRENT_XACT)
