"""Use case of the handheld's door: tell a handheld what changed since it last asked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from app.doors.handheld.download import queries
from app.doors.handheld.download.records import Beginning, DownloadExtent
from app.doors.handheld.download.routes import routes_for
from app.doors.handheld.download.suggestions import suggestions_for
from app.doors.handheld.download.sync_tokens import FIRST_TRANSACTION, SyncToken, decode, encode
from app.doors.handheld.reporters import Reporter
from app.field.visits import service as visits
from app.ground import clock
from app.ground.errors import NotFound
from app.masters.outlets import service as outlets
from app.masters.territories.local_time import business_date_of

MOST_ROWS = 10_000
"""As many rows of all kinds together go into one answer."""
DAYS_BACK, DAYS_AHEAD = 1, 14


@dataclass(frozen=True, slots=True)
class Changes:
    """What a handheld is told. `full`: it is to forget what it had. `more`: ask again at once, with `token`.

    `routes` and `suggestions`: for today and tomorrow, all of them; None: unchanged.
    """

    full: bool
    more: bool
    token: str
    rows: Mapping[str, Sequence[Mapping[str, Any]]]
    departed_outlets: Sequence[str]
    removed_visits: Sequence[str]
    routes: Sequence[Mapping[str, Any]] | None = None
    suggestions: Sequence[Mapping[str, Any]] | None = None


async def changes_since(
    session: AsyncSession, reporter: Reporter, since: str | None, most_rows: int = MOST_ROWS
) -> Changes:
    """What changed for a rep since a token; everything without a token of this territory and database.

    At least once, never skipped: `sync_tokens` says why. A statement for each kind at the most, and two more; on the
    first page also the statements for the routes and the suggestions.
    """
    beginning = await queries.begin(session, reporter.territory_id)
    if beginning is None:
        raise NotFound("The territory of this device is gone.")
    today = business_date_of(clock.now(), beginning.zone)
    last_token = _usable(decode(since) if since else None, beginning, reporter)
    token = _going_on(last_token, beginning, reporter, today + timedelta(days=DAYS_AHEAD))
    extent = DownloadExtent(
        reporter.rep_id,
        reporter.territory_id,
        token.since,
        today - timedelta(days=DAYS_BACK),
        token.visits_to,
        token.window_to,
    )
    first_page = token.position is None
    departed: Sequence[str] = ()
    removed: Sequence[str] = ()
    if first_page and last_token is not None:
        departed = await outlets.departures(session, extent.territory_id, extent.since)
        removed = [str(id_) for id_ in await visits.removals(session, extent.rep_id, extent.since)]
    routes = suggestions = None
    if first_page:
        first_of_day = token.visits_to != token.window_to
        routes = await routes_for(session, reporter.rep_id, today, token.since, first_of_day=first_of_day)
        suggestions = await suggestions_for(session, reporter.rep_id, today, token.since, first_of_day=first_of_day)
    rows, stopped_at = await _rows(session, extent, token.position, most_rows)
    following = token.continued_at(stopped_at) if stopped_at else token.completed()
    return Changes(
        last_token is None, stopped_at is not None, encode(following), rows, departed, removed, routes, suggestions
    )


def _usable(token: SyncToken | None, beginning: Beginning, reporter: Reporter) -> SyncToken | None:
    """The token, if it means anything here and now: an epoch of this database, same territory, no future."""
    if token is None or token.territory_id != reporter.territory_id:
        return None
    epoch = next((epoch for epoch in beginning.epochs if token.origin in {epoch.id, epoch.database}), None)
    if epoch is None or max(token.since, token.begun_at) > beginning.oldest_running:
        return None
    if epoch != beginning.epochs[-1] and (token.seen_to > epoch.known_to or token.position is not None):
        return None
    if token.position is not None and not queries.is_position(*token.position):
        return None
    return token


def _going_on(last_token: SyncToken | None, beginning: Beginning, reporter: Reporter, window_to: date) -> SyncToken:
    """The token to go by: within a download the last one, else a new one that begins where the last download ended."""
    if last_token is not None and last_token.position is not None:
        return last_token.seeing(beginning.seen_to)
    since, visits_to = (last_token.since, last_token.visits_to) if last_token else (FIRST_TRANSACTION, date.min)
    origin, begun_at = beginning.epochs[-1].id, beginning.oldest_running
    return SyncToken(origin, reporter.territory_id, since, visits_to, begun_at, window_to, beginning.seen_to)


async def _rows(
    session: AsyncSession, extent: DownloadExtent, position: tuple[int, str] | None, most_rows: int
) -> tuple[dict[str, list[dict[str, Any]]], tuple[int, str] | None]:
    """Up to `most_rows` rows by kind from a position on, and the position of the last one, if there are more."""
    rows: dict[str, list[dict[str, Any]]] = {name: [] for name, _ in queries.READERS}
    first_kind, after = position or (0, None)
    remaining = most_rows
    for kind, (name, read) in enumerate(queries.READERS[first_kind:], first_kind):
        items = await read(session, extent, after, remaining + 1)
        rows[name] = [row for _, row in items[:remaining]]
        if len(items) > remaining:
            last = items[remaining - 1][0] if remaining else after
            return rows, (kind, last or "")
        remaining, after = remaining - len(items), None
    return rows, None
