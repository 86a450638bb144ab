"""Making and changing prices, as sets."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from app.ground.audit.service import AuditKind, Change, ChangeAuthor, record
from app.ground.errors import FieldProblem
from app.ground.web.bodies import said_in_turn
from app.ground.web.upserts import Batch, Upserted
from app.masters.catalogue import inserts
from app.masters.catalogue.inserts import PriceKey
from app.masters.catalogue.schemas import PriceBody, unknown_product

_KEY = ("channel", "outlet_code", "valid_from")


async def upsert_prices(
    session: AsyncSession, rows: Sequence[PriceBody], at: datetime, author: ChangeAuthor
) -> list[Upserted]:
    """Make or change prices by product, channel or outlet, and first day, by a fixed number of statements.

    Rows of unknown products and outlets are rejected. A last day that is not said stays as it is.
    """
    batch = Batch([((row.product_code, row.channel, row.outlet_code, row.valid_from), row) for row in rows])
    products = await inserts.product_ids(session, {row.product_code for row in rows})
    outlets = await inserts.outlet_ids(session, {row.outlet_code for row in rows if row.outlet_code})
    keys: dict[int, PriceKey] = {}
    for place, row in list(batch.waiting()):
        product_id, outlet_id = products.get(row.product_code), outlets.get(row.outlet_code or "")
        problems = [] if product_id is not None else [unknown_product()]
        if row.outlet_code is not None and outlet_id is None:
            problems.append(FieldProblem("/outlet_code", "unknown_outlet", "There is no such outlet."))
        if product_id is None or problems:
            batch.reject(place, problems)
        else:
            keys[place] = (product_id, row.channel, outlet_id, row.valid_from)
    said = [said_in_turn(bodies) for bodies in batch.by_key().values()]
    members = {_key_of(price, products, outlets): price for price in said}
    new_keys, changes = await _write(session, members)
    await record(session, changes.values(), author, at)
    for place, key in keys.items():
        batch.settle(place, created=key in new_keys, changed=key in changes)
    return batch.outcomes()


def _key_of(price: Mapping[str, Any], products: Mapping[str, int], outlets: Mapping[str, int]) -> PriceKey:
    outlet_code = price.get("outlet_code")
    outlet_id = outlets[outlet_code] if outlet_code is not None else None
    return products[price["product_code"]], price.get("channel"), outlet_id, price["valid_from"]


async def _write(
    session: AsyncSession, members: Mapping[PriceKey, Mapping[str, Any]]
) -> tuple[set[PriceKey], dict[PriceKey, Change]]:
    """Write prices; the keys of those that were made, and what becomes of those that were made or changed."""
    rows = [
        {"product_id": key[0], "channel": key[1], "outlet_id": key[2], "valid_from": key[3]}
        | {"price": price["price"], "valid_to": price.get("valid_to")}
        for key, price in members.items()
    ]
    new_keys = await inserts.insert_prices(session, rows)
    existing = await inserts.locked_prices(session, [key for key in members if key not in new_keys])
    changes = {key: _change(members[key], None, members[key].get("valid_to")) for key in new_keys}
    updates = []
    for key, row in existing.items():
        price = members[key]
        valid_to = price.get("valid_to", row.valid_to)
        if (price["price"], valid_to) != (row.price, row.valid_to):
            updates.append({"id": row.id, "price": price["price"], "valid_to": valid_to})
            changes[key] = _change(price, {"price": row.price, "valid_to": row.valid_to}, valid_to)
    await inserts.update_prices(session, updates)
    return new_keys, changes


def _change(price: Mapping[str, Any], before: dict[str, Any] | None, valid_to: Any) -> Change:
    key: dict[str, Any] = {name: price.get(name) for name in _KEY}
    after = key | {"price": price["price"], "valid_to": valid_to}
    return Change(AuditKind.PRICE, price["product_code"], None if before is None else key | before, after, _KEY)
