"""Use cases of the terms of channels: change them, hand them down to outlets, look back."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import pairwise
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from app.ground.audit.service import AuditKind, Change, ChangeAuthor, record
from app.ground.errors import FieldProblem
from app.ground.web.upserts import Upserted, UpsertStatus
from app.masters.outlets import channel_queries as queries
from app.masters.outlets import inserts
from app.masters.outlets.listings import kept
from app.masters.outlets.models import ChannelTerms, OutletTerms
from app.masters.outlets.terms import BY_CHANNEL, said_of, sources_of, values_of
from app.masters.outlets.terms_schemas import (
    ChannelTermsAnswer,
    ChannelTermsBody,
    ChannelTermsVersionAnswer,
    TermsVersionAnswer,
)


async def put_channel_terms(
    session: AsyncSession, channel: str, body: ChannelTermsBody, at: datetime, author: ChangeAuthor
) -> Upserted:
    """Make or change the terms of a channel's outlets, from now on, by a fixed number of statements.

    Each outlet for which this changes something gets a new version of its terms, which its handhelds download.
    """
    codes = [item.product_code for item in body.must_stock]
    existing = await inserts.known_products(session, codes)
    problems = [
        FieldProblem(f"/must_stock/{number}/product_code", "unknown_product", f"There is no product {code}.")
        for number, code in enumerate(codes)
        if code not in existing
    ]
    if problems:
        return Upserted(UpsertStatus.REJECTED, problems=tuple(problems))
    await queries.hold_alone(session)
    current = await queries.current(session, channel)
    before = None if current is None else {name: getattr(current, name) for name in BY_CHANNEL}
    values = (before or values_of(ChannelTermsBody())) | said_of(body)
    if current is not None and before == values:
        return Upserted(UpsertStatus.UNCHANGED, current.version)
    version = current.version + 1 if current is not None else 1
    await queries.add_version(session, channel, version, values, at, author.actor)
    await queries.hand_down(session, channel, version, at, author.actor)
    await record(session, [Change(AuditKind.CHANNEL_TERMS, channel, before, values)], author, at)
    return Upserted(UpsertStatus.CREATED if current is None else UpsertStatus.UPDATED, version)


def shown(terms: ChannelTerms) -> ChannelTermsAnswer:
    """A channel's terms, as they leave."""
    return ChannelTermsAnswer.model_validate(kept(terms) | {"changed_by": terms.created_by})


def channel_history(versions: Sequence[ChannelTerms]) -> list[ChannelTermsVersionAnswer]:
    """Versions, the newest first, each with what it changed of the one behind it; the last has none to compare with."""
    return [
        ChannelTermsVersionAnswer.model_validate(values | {"changed_by": values["created_by"], "changed": changes})
        for values, changes in _with_changes([kept(version) for version in versions], BY_CHANNEL)
    ]


def outlet_history(versions: Sequence[OutletTerms]) -> list[TermsVersionAnswer]:
    """Likewise, of an outlet's terms as they held."""
    names = (*BY_CHANNEL, "credit_hold")
    return [
        TermsVersionAnswer.model_validate(
            values | {"sources": sources_of(values), "changed_by": values["created_by"], "changed": changes}
        )
        for values, changes in _with_changes([kept(version) for version in versions], names)
    ]


def _with_changes(
    versions: Sequence[Mapping[str, Any]], names: Sequence[str]
) -> list[tuple[dict[str, Any], list[str]]]:
    no_terms: dict[str, Any] = dict.fromkeys(names) | {"must_stock": [], "credit_hold": False}
    return [
        (dict(version), [name for name in names if version[name] != predecessor[name]])
        for version, predecessor in pairwise([*versions, no_terms])
    ]
