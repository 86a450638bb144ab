"""Where days are played: a territory for each, with its reps, outlets, handhelds and plans; and who calls for them."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.doors.handheld.reporters import Reporter
from app.ground.web.access import Caller, CallerKind, Role
from app.masters.identity.models import Device
from app.masters.outlets.models import Outlet
from app.masters.territories.models import Rep, Territory
from tests.factories.catalogue import make_product
from tests.factories.identity import make_device
from tests.factories.outlets import PATRAS, make_outlet
from tests.factories.territories import make_rep, make_territory
from tests.factories.visits import make_visit
from tests.simulation.days import CUTOFF, DAY, OUTLETS, Facts

MIDNIGHT = datetime(2026, 11, 22, 22, 0, tzinfo=UTC)
"""Of the Monday in Athens."""
A_KILOMETRE_NORTH = 0.009
AFTER_ALL = 3 * DAY + CUTOFF + 30.0
"""More than 72 hours after the cutoff: nothing changes any more."""


def instant(minute: float) -> datetime:
    """When a minute of the day is."""
    return MIDNIGHT + timedelta(minutes=minute)


def place_of(outlet: int) -> tuple[float, float]:
    """Where an outlet stands."""
    return PATRAS[0] + outlet * A_KILOMETRE_NORTH, PATRAS[1]


@dataclass(frozen=True)
class Stage:
    """A territory on which a day is played."""

    facts: Facts
    territory: Territory
    reps: list[Rep]
    outlets: list[Outlet]
    devices: list[Device]
    product: str
    visits: dict[tuple[int, int], UUID]

    def reporter(self, phone: int) -> Reporter:
        """Who uploads."""
        rep = self.reps[self.facts.phones[phone].rep]
        return Reporter(self.devices[phone].id, rep.id, rep.code, self.territory.id)

    def handheld(self, phone: int) -> Caller:
        """A phone as a caller."""
        reporter = self.reporter(phone)
        return Caller(
            kind=CallerKind.DEVICE,
            subject=str(reporter.device_id),
            name=reporter.rep_code,
            rep_id=reporter.rep_id,
            rep_code=reporter.rep_code,
            device_id=reporter.device_id,
            territory_ids=frozenset({self.territory.id}),
        )

    def office(self) -> Caller:
        """The territory's supervisor."""
        return Caller(
            kind=CallerKind.USER,
            subject="1",
            name="sofia",
            role=Role.SUPERVISOR,
            territory_ids=frozenset({self.territory.id}),
        )


async def make_stage(session: AsyncSession, facts: Facts) -> Stage:
    """A territory for a day."""
    territory = await make_territory(session)
    reps = [await make_rep(session, territory) for _ in range(1 + max(phone.rep for phone in facts.phones))]
    outlets = [await make_outlet(session, territory, at=place_of(number)) for number in range(OUTLETS)]
    devices = [await make_device(session, reps[phone.rep]) for phone in facts.phones]
    visits = {}
    for rep, outlet in sorted(facts.visits):
        visits[rep, outlet] = (await make_visit(session, reps[rep], outlets[outlet], sequence=outlet + 1)).id
    product = (await make_product(session)).code
    return Stage(facts, territory, reps, outlets, devices, product, visits)
