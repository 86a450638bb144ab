"""All SQL of login attempts: counting, forgiving, places that are known."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, cast

from sqlalchemy import CursorResult, delete, select, text, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from app.masters.identity.login_pace import PACES, PLACE_KEPT, PLACES_KEPT, Attempt, Counted, PaceKind
from app.masters.identity.models import LoginPace, LoginPlace
from app.masters.identity.queries import StoredPassword

# A pace is kept as the moment at which nothing counts any more: each attempt moves it by `every`, and has room as long
# as it is not further ahead than all that may fail at once. What has no room moves nothing. What is further ahead than
# its limit was moved by a clock that was wrong, and counts as nothing. One kind after the other: rows are locked in the
# order of their kinds.
_COUNT = text("""
    WITH account AS (
        SELECT id, password_hash FROM users WHERE username = :name AND active
    ), known AS (
        SELECT :logged_in OR coalesce(bool_or(place = :place_mark), false) AS place,
            coalesce(bool_or(network = :network_mark), false) AS network
        FROM login_places JOIN account ON account.id = user_id WHERE last_login_at > :known_since
    ), pair AS (
        INSERT INTO login_paces AS pace (kind, slot, clear_at)
        SELECT :pair_kind, :pair_slot, CAST(:at AS timestamptz) + :pair_every FROM known
        ON CONFLICT (kind, slot) DO UPDATE SET clear_at = :pair_every + CASE
            WHEN pace.clear_at BETWEEN :at AND :pair_limit THEN pace.clear_at ELSE CAST(:at AS timestamptz)
        END
        WHERE pace.clear_at <= :pair_room OR pace.clear_at > :pair_limit
        RETURNING clear_at
    ), address AS (
        INSERT INTO login_paces AS pace (kind, slot, clear_at)
        SELECT :address_kind, :address_slot, CAST(:at AS timestamptz) + :address_every
        FROM pair CROSS JOIN known WHERE NOT known.place
        ON CONFLICT (kind, slot) DO UPDATE SET clear_at = :address_every + CASE
            WHEN pace.clear_at BETWEEN :at AND :address_limit THEN pace.clear_at ELSE CAST(:at AS timestamptz)
        END
        WHERE pace.clear_at <= :address_room OR pace.clear_at > :address_limit
        RETURNING clear_at
    ), name AS (
        INSERT INTO login_paces AS pace (kind, slot, clear_at)
        SELECT CASE WHEN known.network THEN CAST(:near_kind AS smallint) ELSE CAST(:anywhere_kind AS smallint) END,
            CASE WHEN known.network THEN CAST(:near_slot AS int) ELSE CAST(:anywhere_slot AS int) END,
            CAST(:at AS timestamptz) + :anywhere_every
        FROM address CROSS JOIN known WHERE true
        ON CONFLICT (kind, slot) DO UPDATE SET clear_at = :anywhere_every + CASE
            WHEN pace.clear_at BETWEEN :at AND :anywhere_limit THEN pace.clear_at ELSE CAST(:at AS timestamptz)
        END
        WHERE pace.clear_at <= :anywhere_room OR pace.clear_at > :anywhere_limit
        RETURNING clear_at
    )
    SELECT account.id AS user_id, account.password_hash, known.place, known.network, pair.clear_at AS pair,
        address.clear_at AS address, name.clear_at AS name
    FROM known LEFT JOIN account ON true LEFT JOIN pair ON true LEFT JOIN address ON true LEFT JOIN name ON true
""")

_COUNT_CODE = text("""
    INSERT INTO login_paces AS pace (kind, slot, clear_at) VALUES (:kind, :slot, CAST(:at AS timestamptz) + :every)
    ON CONFLICT (kind, slot) DO UPDATE SET clear_at = :every + CASE
        WHEN pace.clear_at BETWEEN :at AND :limit THEN pace.clear_at ELSE CAST(:at AS timestamptz)
    END
    WHERE pace.clear_at <= :room OR pace.clear_at > :limit
    RETURNING clear_at
""")

_FORGIVE = text("""
    WITH held AS MATERIALIZED (
        SELECT pace.kind, pace.slot, counted.moved
        FROM unnest(CAST(:kinds AS smallint[]), CAST(:slots AS int[]), CAST(:moved AS interval[]))
            AS counted (kind, slot, moved)
        JOIN login_paces AS pace USING (kind, slot)
        ORDER BY pace.kind FOR UPDATE OF pace
    )
    UPDATE login_paces AS pace SET clear_at = CASE
        WHEN pace.kind = :all_of_kind THEN CAST(:at AS timestamptz) ELSE pace.clear_at - held.moved END
    FROM held WHERE (pace.kind, pace.slot) = (held.kind, held.slot)
""")

_REMEMBER = text("""
    INSERT INTO login_places (user_id, place, network, last_login_at)
    VALUES (:user_id, :place_mark, :network_mark, :at)
    ON CONFLICT (user_id, place) DO UPDATE SET last_login_at = greatest(login_places.last_login_at, :at)
""")
_FORGET_OLDEST = text("""
    DELETE FROM login_places WHERE user_id = :user_id AND place NOT IN (
        SELECT place FROM login_places WHERE user_id = :user_id ORDER BY last_login_at DESC, place LIMIT :kept
    )
""")


async def count_attempt(session: AsyncSession, attempt: Attempt, at: datetime) -> tuple[Counted, StoredPassword | None]:
    """Count an attempt, and read what is stored under its name (None: no active user). One statement."""
    parameters: dict[str, Any] = {
        "name": attempt.name,
        "logged_in": attempt.logged_in,
        "place_mark": attempt.place_mark,
        "network_mark": attempt.network_mark,
        "known_since": at - PLACE_KEPT,
        "at": at,
    }
    for kind in PaceKind:
        if kind is PaceKind.CODE:  # counted where the password is right (`count_code`)
            continue
        label = kind.name.lower()
        parameters |= {f"{label}_kind": kind.value, f"{label}_slot": attempt.slots[kind]}
        if kind is not PaceKind.NEAR:  # the same pace as from anywhere
            pace = PACES[kind]
            limit = at + pace.every * pace.most
            parameters |= {f"{label}_every": pace.every, f"{label}_room": limit - pace.every, f"{label}_limit": limit}
    row = (await session.execute(_COUNT, parameters)).one()
    name_kind = PaceKind.NEAR if row.network else PaceKind.ANYWHERE
    clear_at = {PaceKind.PAIR: row.pair, PaceKind.ADDRESS: row.address, name_kind: row.name}
    counted = Counted({kind: clear for kind, clear in clear_at.items() if clear is not None}, row.place, name_kind)
    return counted, None if row.user_id is None else StoredPassword(row.user_id, row.password_hash)


async def count_code(session: AsyncSession, attempt: Attempt, at: datetime) -> bool:
    """Count a code by time; whether there was room for it. Who tries the same name's next one waits for the commit."""
    pace = PACES[PaceKind.CODE]
    limit = at + pace.every * pace.most
    parameters = {"kind": PaceKind.CODE.value, "slot": attempt.slots[PaceKind.CODE], "at": at}
    times = {"every": pace.every, "room": limit - pace.every, "limit": limit}
    return await session.scalar(_COUNT_CODE, parameters | times) is not None


async def take_code_back(session: AsyncSession, attempt: Attempt, at: datetime) -> None:
    """Take a code back that was right."""
    await _take_back(session, attempt, [PaceKind.CODE], at)


async def take_back(session: AsyncSession, attempt: Attempt, counted: Counted, at: datetime) -> None:
    """Take an attempt back that proved nothing and guessed nothing, and none before it. One statement."""
    await _take_back(session, attempt, counted.clear_at, at)


async def forgive(session: AsyncSession, attempt: Attempt, counted: Counted, at: datetime) -> None:
    """Take an attempt back that was none of a guesser: all of the name from there, one of the others. One statement."""
    await _take_back(session, attempt, counted.clear_at, at, wholly=PaceKind.PAIR)


async def _take_back(
    session: AsyncSession, attempt: Attempt, kinds: Iterable[PaceKind], at: datetime, wholly: PaceKind | None = None
) -> None:
    moved = {kind: PACES[kind].every for kind in kinds}
    parameters = {
        "all_of_kind": 0 if wholly is None else wholly.value,
        "at": at,
        "kinds": [kind.value for kind in moved],
        "slots": [attempt.slots[kind] for kind in moved],
        "moved": list(moved.values()),
    }
    await session.execute(_FORGIVE, parameters)


async def remember_place(session: AsyncSession, user_id: int, attempt: Attempt, at: datetime) -> None:
    """Know where a user logged in, and the last few places before. Two statements."""
    place = {"user_id": user_id, "place_mark": attempt.place_mark, "network_mark": attempt.network_mark, "at": at}
    await session.execute(_REMEMBER, place)
    await session.execute(_FORGET_OLDEST, {"user_id": user_id, "kept": PLACES_KEPT})


async def delete_paces(session: AsyncSession, at: datetime, most: int) -> int:
    """Delete up to `most` rows that count no longer; answers how many. What is being counted just now stays."""
    key = (LoginPace.kind, LoginPace.slot)
    over = select(*key).where(LoginPace.clear_at <= at).order_by(*key).limit(most).with_for_update(skip_locked=True)
    statement = delete(LoginPace).where(tuple_(*key).in_(over))
    return cast("CursorResult[Any]", await session.execute(statement)).rowcount


async def delete_places(session: AsyncSession, before: datetime) -> int:
    """Delete places where nobody has logged in since; answers how many."""
    statement = delete(LoginPlace).where(LoginPlace.last_login_at <= before)
    return cast("CursorResult[Any]", await session.execute(statement)).rowcount
