"""All SQL of the terms of channels."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, cast

from sqlalchemy import (
    ARRAY,
    DateTime,
    Integer,
    Table,
    Text,
    and_,
    any_,
    bindparam,
    case,
    func,
    insert,
    literal,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession

from app.ground.db.base import CURRENT_XACT
from app.masters.outlets.models import ChannelTerms, Outlet, OutletTerms
from app.masters.outlets.terms import BY_CHANNEL, ChannelDefaults

_LOCK = 0x4650_5445
"""The advisory lock of all channels' terms: shared by whoever writes an outlet's terms from them, alone to change them.

A row could not be locked: there is none before a channel has terms.
"""

_channel = cast(Table, ChannelTerms.__table__)
_outlet = cast(Table, Outlet.__table__)
_terms = cast(Table, OutletTerms.__table__)

_CURRENT = (
    select(ChannelTerms)
    .ext(distinct_on(ChannelTerms.channel))
    .order_by(ChannelTerms.channel, ChannelTerms.version.desc())
    .execution_options(populate_existing=True)
)


async def defaults_of(session: AsyncSession, channels: Collection[str]) -> dict[str, ChannelDefaults]:
    """The terms of those of the channels that have any; they stay as they are until the commit. By two statements."""
    if not channels:
        return {}
    await share(session)
    condition = ChannelTerms.channel == any_(bindparam("channels", list(channels), type_=ARRAY(Text)))
    rows = await session.scalars(_CURRENT.where(condition))
    return {
        terms.channel: ChannelDefaults(
            terms.channel, terms.version, {name: getattr(terms, name) for name in BY_CHANNEL}
        )
        for terms in rows
    }


async def share(session: AsyncSession) -> None:
    """Let nobody change a channel's terms until the commit. Before any outlet is locked."""
    await session.execute(select(func.pg_advisory_xact_lock_shared(_LOCK)))


async def hold_alone(session: AsyncSession) -> None:
    """Let nobody else write terms, of channels or from them, until the commit."""
    await session.execute(select(func.pg_advisory_xact_lock(_LOCK)))


async def current(session: AsyncSession, channel: str) -> ChannelTerms | None:
    """A channel's terms as they stand."""
    return (await session.scalars(_CURRENT.where(ChannelTerms.channel == channel))).one_or_none()


async def current_page(session: AsyncSession, after: str | None, limit: int) -> Sequence[ChannelTerms]:
    """The channels' terms as they stand, by channel, one more than `limit`."""
    query = _CURRENT.limit(limit + 1)
    if after is not None:
        query = query.where(ChannelTerms.channel > after)
    return (await session.scalars(query)).all()


async def versions(session: AsyncSession, channel: str, before: int | None, limit: int) -> Sequence[ChannelTerms]:
    """The versions of a channel's terms, the newest first, those before one; two more than `limit`."""
    query = select(ChannelTerms).where(ChannelTerms.channel == channel).order_by(ChannelTerms.version.desc())
    if before is not None:
        query = query.where(ChannelTerms.version < before)
    return (await session.scalars(query.limit(limit + 2))).all()


async def add_version(
    session: AsyncSession, channel: str, version: int, values: Mapping[str, Any], at: datetime, by: str
) -> None:
    """Write a channel's new terms."""
    row = dict(values) | {"channel": channel, "version": version, "valid_from": at, "created_by": by}
    await session.execute(insert(ChannelTerms).values(row))


def _hand_down() -> Any:
    """New terms for the channel's outlets: their own before the channel's, where that makes a difference."""
    new_terms = (
        select(_channel)
        .where(_channel.c.channel == bindparam("of", type_=Text), _channel.c.version == bindparam("to", type_=Integer))
        .cte("given")
    )
    any_version = _terms.alias()
    last = (
        select(func.max(any_version.c.version))
        .where(any_version.c.outlet_id == _outlet.c.id)
        .correlate(_outlet)
        .scalar_subquery()
    )
    values = {
        name: case((literal(name) == any_(_terms.c.own), _terms.c[name]), else_=new_terms.c[name])
        for name in BY_CHANNEL
    }
    no_list = literal([], type_=_terms.c.must_stock.type)
    inherits = or_(
        *(
            and_(
                ~func.coalesce(literal(name) == any_(_terms.c.own), literal(False)),  # noqa: FBT003 # SQL's
                new_terms.c[name] != no_list if name == "must_stock" else new_terms.c[name].is_not(None),
            )
            for name in BY_CHANNEL
        )
    )
    state = (
        select(
            _outlet.c.id.label("outlet_id"),
            (func.coalesce(last, 0) + 1).label("version"),
            *(value.label(name) for name, value in values.items()),
            func.coalesce(_terms.c.credit_hold, literal(False)).label("credit_hold"),  # noqa: FBT003
            func.coalesce(_terms.c.own, literal([], type_=ARRAY(Text))).label("own"),
            case((inherits, new_terms.c.channel)).label("channel"),
            case((inherits, new_terms.c.version)).label("channel_version"),
        )
        .select_from(_outlet)
        .join(new_terms, new_terms.c.channel == _outlet.c.channel)
        .outerjoin(_terms, and_(_terms.c.outlet_id == _outlet.c.id, _terms.c.version == _outlet.c.terms_version))
        .where(
            case(
                (_terms.c.version.is_(None), inherits),
                else_=or_(
                    *(values[name].is_distinct_from(_terms.c[name]) for name in BY_CHANNEL),
                    case((inherits, new_terms.c.channel)).is_distinct_from(_terms.c.channel),
                ),
            )
        )
        .cte("state")
    )
    insertion = (
        insert(_terms)
        .from_select(
            [*(column.name for column in state.c), "valid_from", "created_by"],
            select(*state.c, bindparam("at", type_=DateTime(timezone=True)), bindparam("by", type_=Text)),
        )
        .returning(_terms.c.outlet_id, _terms.c.version)
        .cte("made")
    )
    return (
        update(_outlet)
        .where(_outlet.c.id == insertion.c.outlet_id)
        .values(terms_version=insertion.c.version, version=_outlet.c.version + 1, changed_in=CURRENT_XACT)
        .values(updated_at=bindparam("now", type_=DateTime(timezone=True)))
    )


_HAND_DOWN = _hand_down()


async def hand_down(session: AsyncSession, channel: str, version: int, at: datetime, by: str) -> int:
    """Let a version of a channel's terms hold for its outlets, any number by two statements; how many that changes."""
    outlets = select(Outlet.id).where(Outlet.channel == channel).order_by(Outlet.code).with_for_update(key_share=True)
    await session.execute(outlets)
    parameters = {"of": channel, "to": version, "at": at, "by": by, "now": at}
    result: Any = await session.execute(_HAND_DOWN, parameters)
    return int(result.rowcount)
