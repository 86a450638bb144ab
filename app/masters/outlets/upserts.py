"""Making and changing outlets: the single PUT, the PATCH and the import are one (V4: versions are only added)."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncSession

from app.ground.audit.service import AuditKind, Change, ChangeAuthor, record
from app.ground.errors import FieldProblem
from app.ground.web.upserts import Batch, Upserted
from app.masters.outlets import channel_queries, inserts
from app.masters.outlets.outlet_changes import (
    OWN,
    OutletUpdate,
    References,
    Values,
    members_after,
    members_of,
    must_stock_of,
    reference_problems,
    said_of_outlet,
    update_of,
)
from app.masters.outlets.schemas import OutletBody
from app.masters.outlets.terms import ChannelDefaults
from app.masters.territories.service import reps_by_code, territories_by_code

Problems = tuple[FieldProblem, ...]
Fates = Mapping[str, OutletUpdate | Problems | None]


async def upsert_outlets(
    session: AsyncSession, rows: Sequence[tuple[str, OutletBody]], at: datetime, author: ChangeAuthor
) -> list[Upserted]:
    """Make or change outlets by code, by a fixed number of statements; each row's fate, in the order given.

    A location that differs from the current one makes a new location version, other terms a new terms version; those
    that were are never changed. Rows of unknown territories, reps or must-stock products are rejected.
    """
    if not rows:
        return []
    batch = Batch(rows)
    references = await _references(session, rows)
    # in threads: 20,000 rows of an import would keep everyone else waiting
    members = await asyncio.to_thread(_judge, batch, references)
    fresh = await asyncio.to_thread(_fresh, members, references)
    await channel_queries.share(session)
    columns = [_columns(code, row, references) for code, row in fresh.items() if not isinstance(row, tuple)]
    created = await inserts.insert_new(session, columns, at)
    states = {state["code"]: state for state in await inserts.states(session, members)}
    defaults = await channel_queries.defaults_of(session, _channels(states.values(), members))
    fates = await asyncio.to_thread(_fates, states, members, references, defaults)
    await _write(session, fates, states, created, at, author)
    for place, _ in list(batch.waiting()):
        code = rows[place][0]
        fate = fates[code] if code in states else fresh[code]
        if isinstance(fate, tuple):
            batch.reject(place, fate)
        else:
            new, changed = code in created, fate is not None
            version = states[code]["version"] + (changed and not new)
            batch.settle(place, created=new, changed=changed, version=version)
    return batch.outcomes()


async def _references(session: AsyncSession, rows: Sequence[tuple[str, OutletBody]]) -> References:
    territory_codes = {body.territory_code for _, body in rows if body.territory_code is not None}
    rep_codes = {body.rep_code for _, body in rows if body.rep_code is not None}
    product_codes = await asyncio.to_thread(lambda: {code for _, body in rows for code in must_stock_of(body)})
    return References(
        await territories_by_code(session, territory_codes) if territory_codes else {},
        await inserts.known_products(session, product_codes),
        await reps_by_code(session, rep_codes) if rep_codes else {},
    )


def _judge(batch: Batch[str, OutletBody], references: References) -> dict[str, Values]:
    """Reject the rows that refer to what does not exist; what the others say, by code."""
    for place, body in list(batch.waiting()):
        if problems := reference_problems(body, references):
            batch.reject(place, problems)
    return {code: said_of_outlet(bodies) for code, bodies in batch.by_key().items()}


def _fresh(members: Mapping[str, Values], references: References) -> dict[str, Values | Problems]:
    """What each outlet would be, were it new."""
    return {code: members_after(None, row, references) for code, row in members.items()}


def _columns(code: str, row: Values, references: References) -> Values:
    """A new outlet's row, as it is inserted; location and terms come afterwards."""
    rep_code = row["rep_code"]
    ids = {
        "territory_id": references.territories[row["territory_code"]].id,
        "rep_id": references.reps[rep_code].id if rep_code is not None else None,
    }
    return {"code": code} | {name: row[name] for name in OWN} | ids


def _channels(states: Any, members: Mapping[str, Values]) -> set[str]:
    said = (members[state["code"]].get("channel", state["channel"]) for state in states)
    return {channel for channel in said if channel is not None}


def _fates(
    states: Mapping[str, RowMapping],
    members: Mapping[str, Values],
    references: References,
    defaults: Mapping[str, ChannelDefaults],
) -> dict[str, OutletUpdate | Problems | None]:
    return {code: update_of(state, members[code], references, defaults) for code, state in states.items()}


async def _write(
    session: AsyncSession,
    fates: Fates,
    states: Mapping[str, RowMapping],
    created: set[str],
    at: datetime,
    author: ChangeAuthor,
) -> None:
    """Write what changes, and tell the audit trail of it, and of what was made."""
    updates = {code: fate for code, fate in fates.items() if isinstance(fate, OutletUpdate)}
    outlets = [
        update.outlet | {"version": states[code]["version"] + (code not in created)} for code, update in updates.items()
    ]
    await inserts.update_outlets(session, outlets, at)
    by = author.actor
    await inserts.insert_locations(session, [update.location for update in updates.values() if update.location], at, by)
    await inserts.insert_terms(session, [update.terms for update in updates.values() if update.terms], at, by)
    changes = [
        Change(AuditKind.OUTLET, code, None if code in created else update.before, update.after)
        for code, update in updates.items()
    ]
    plain = [code for code in created if code not in updates]
    changes += [Change(AuditKind.OUTLET, code, None, _made(states[code])) for code in plain]
    await record(session, changes, author, at)


def _made(state: RowMapping) -> Values:
    return members_of(state) | {"terms": None}
