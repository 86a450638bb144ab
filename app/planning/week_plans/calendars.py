"""A rep's approved visits as an iCalendar file (RFC 5545), and the secret links at which it is read (M2)."""

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4

from icalendar import Calendar, Event
from sqlalchemy.ext.asyncio import AsyncSession

from app.ground import clock
from app.ground.events import service as events
from app.ground.plain_text import plain
from app.ground.web.access import Caller, CallerKind, Role
from app.masters.identity.service import caller_now
from app.masters.outlets.plan_facts import PlanOutlet
from app.masters.territories.calendar import RepFacts, TerritoryFacts, business_date
from app.masters.territories.service import reps_by_id, territory_facts
from app.planning.week_plans import calendar_queries
from app.planning.week_plans.answers import visits_answer
from app.planning.week_plans.errors import CalendarLinkNotFound, TooManyCalendarLinks, WeekPlanNotFound
from app.planning.week_plans.iso_weeks import monday_before
from app.planning.week_plans.models import CalendarLink
from app.planning.week_plans.rules import PlanStatus
from app.planning.week_plans.schemas import PlannedVisitAnswer
from app.planning.week_plans.service import PlanView, Week, view_of

MOST_LINKS = 10
WEEKS = 2
"""This one and the next: as far as plans are made."""
_KEY_BYTES = 32
_PRODUCER = "-//Fieldproof//Week plan//EN"
_REFRESHED = timedelta(hours=1)


async def make_link(session: AsyncSession, rep: RepFacts, label: str, maker: Caller) -> tuple[CalendarLink, str]:
    """A new link, and its key, which can be told only now. Raises TooManyCalendarLinks."""
    at, by = clock.now(), maker.actor
    await calendar_queries.take_turns(session, rep.id)
    if len(await calendar_queries.open_links(session, rep.id)) >= MOST_LINKS:
        raise TooManyCalendarLinks
    key = secrets.token_urlsafe(_KEY_BYTES)
    link = CalendarLink(
        id=uuid4(),
        rep_id=rep.id,
        key_hash=_hash(key),
        label=label,
        created_at=at,
        created_by=by,
        maker_kind=maker.kind.value,
        maker_subject=maker.subject,
    )
    session.add(link)
    await session.flush()
    payload = {"rep_code": rep.code, "link_id": str(link.id), "by": by}
    await events.record(session, "calendar_link.made", rep.territory_id, payload, at)
    return link, key


async def links_of(session: AsyncSession, rep: RepFacts) -> Sequence[CalendarLink]:
    """The links of a rep that still open, the newest first."""
    return await calendar_queries.open_links(session, rep.id)


async def revoke_link(session: AsyncSession, rep: RepFacts, link_id: UUID, by: str) -> None:
    """Close a link for good. Raises CalendarLinkNotFound, for one that was revoked before as well."""
    link = await calendar_queries.link(session, link_id, lock=True)
    if link is None or link.rep_id != rep.id or link.revoked_at is not None:
        raise CalendarLinkNotFound
    at = clock.now()
    link.revoked_at, link.revoked_by = at, by
    await session.flush()
    payload = {"rep_code": rep.code, "link_id": str(link.id), "by": by}
    await events.record(session, "calendar_link.revoked", rep.territory_id, payload, at)


async def calendar_of(session: AsyncSession, link_id: UUID, key: str) -> bytes:
    """The calendar behind a link. Raises CalendarLinkNotFound, whatever it is that does not fit.

    The key has 256 random bits: its hash needs no salt, and nobody guesses it.
    """
    link = await calendar_queries.link(session, link_id)
    key_matches = hmac.compare_digest(_hash(key), link.key_hash if link is not None else bytes(32))
    if link is None or not key_matches or link.revoked_at is not None:
        raise CalendarLinkNotFound
    rep = (await reps_by_id(session, [link.rep_id]))[link.rep_id]
    if not rep.active or not await _may_still_open(session, link, rep):
        raise CalendarLinkNotFound
    territory = await territory_facts(session, rep.territory_id)
    this_week = monday_before(business_date(territory, clock.now()))
    mondays = [this_week + timedelta(weeks=number) for number in range(WEEKS)]
    return _file(rep, [view for monday in mondays if (view := await _view(session, territory, rep, monday))])


async def _may_still_open(session: AsyncSession, link: CalendarLink, rep: RepFacts) -> bool:
    """Whether who made the link may see the rep: no device that was revoked, no supervisor of another territory."""
    if link.maker_kind is None or link.maker_subject is None:
        return True
    maker = await caller_now(session, CallerKind(link.maker_kind), link.maker_subject)
    return maker is not None and maker.role is not Role.OPERATOR and maker.may_see(rep.territory_id, rep.id)


def _hash(key: str) -> bytes:
    return hashlib.sha256(key.encode()).digest()


async def _view(session: AsyncSession, territory: TerritoryFacts, rep: RepFacts, monday: date) -> PlanView | None:
    """The plan of a week, where it is approved."""
    try:
        view = await view_of(session, Week(territory, rep, monday))
    except WeekPlanNotFound:
        return None
    approved = view.plan is None or view.plan.status == PlanStatus.APPROVED.value
    return view if approved else None


def _file(rep: RepFacts, views: Sequence[PlanView]) -> bytes:
    calendar = Calendar()
    calendar.add("prodid", _PRODUCER)
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("name", f"Visits of {rep.code}")
    calendar.add("x-wr-calname", f"Visits of {rep.code}")
    calendar.add("refresh-interval", _REFRESHED, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", "PT1H")
    for view in views:
        outlets = {outlet.code: outlet for outlet in view.outlets.values()}
        for visit in visits_answer(view):
            calendar.add_component(_event(visit, outlets[visit.outlet_code]))
    content: bytes = calendar.to_ical()
    return content


def _event(visit: PlannedVisitAnswer, outlet: PlanOutlet) -> Event:
    """A visit as an event: from its begin to its end; of one without times, the whole day."""
    event = Event()
    event.add("uid", f"{visit.id}@fieldproof")
    event.add("dtstamp", clock.now())
    event.add("summary", plain(f"{visit.sequence}. {outlet.name}"))
    event.add("description", outlet.code)
    _add_times(event, visit.visit_date, visit.expected_at, visit.expected_until)
    if outlet.address:
        event.add("location", plain(outlet.address))
    if outlet.lat is not None and outlet.lon is not None:
        event.add("geo", (outlet.lat, outlet.lon))
    event.add("status", "CANCELLED" if visit.excused or visit.withdrawn else "CONFIRMED")
    return event


def _add_times(event: Event, day: date, begins: datetime | None, ends: datetime | None) -> None:
    if begins is None or ends is None:
        event.add("dtstart", day)
        event.add("dtend", day + timedelta(days=1))
        event.add("transp", "TRANSPARENT")
        return
    event.add("dtstart", begins.astimezone(UTC))
    event.add("dtend", ends.astimezone(UTC))
