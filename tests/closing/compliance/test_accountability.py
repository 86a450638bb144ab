"""No KPI counts what nobody could have done: days off, closed outlets, reps who had left or moved (C7)."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from app.closing.compliance import service
from app.closing.compliance.kpis import Kpi
from app.closing.compliance.rules import KpiGrouping
from app.closing.compliance.service import Question
from app.ground.audit.models import AuditEntry
from tests.closing.compliance.worlds import ADMIN
from tests.factories.outlets import make_outlet
from tests.factories.territories import make_rep, make_territory
from tests.factories.visits import MONDAY, make_visit

CUTOFF = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
BEFORE, AFTER = CUTOFF - timedelta(hours=5), CUTOFF + timedelta(minutes=1)


async def planned_visits(session: AsyncSession, territory_code: str, day: date = MONDAY) -> list[int]:
    """The denominators that planned visits make."""
    question = Question(day, day, territory_code=territory_code)
    whole, *_ = await service.figures(session, ADMIN, question, KpiGrouping.REP)
    return [int(whole.kpis[kpi][1]) for kpi in (Kpi.STRIKE_RATE_PLANNED, Kpi.COVERAGE, Kpi.ADHERENCE)]


@pytest.mark.parametrize(
    ("fields", "counted"), [({}, 1), ({"holidays": [MONDAY]}, 0), ({"working_weekdays": [2, 3, 4, 5]}, 0)]
)
async def test_a_day_off_has_no_planned_visits(session: AsyncSession, fields: dict[str, Any], counted: int) -> None:
    territory = await make_territory(session, **fields)
    await make_visit(session, await make_rep(session, territory), await make_outlet(session, territory))
    assert await planned_visits(session, territory.code) == [counted] * 3


@pytest.mark.parametrize(
    ("kind", "spells", "counted"),
    [
        ("outlet", [], 1),
        ("outlet", [(BEFORE, False)], 0),
        ("outlet", [(CUTOFF, False)], 0),
        ("outlet", [(AFTER, False)], 1),
        ("outlet", [(BEFORE, False), (AFTER, True)], 0),
        ("rep", [(BEFORE, False)], 0),
        ("rep", [(AFTER, False)], 1),
        ("rep", [(BEFORE, False), (AFTER, True)], 0),
        ("rep", [(BEFORE, "elsewhere")], 0),
        ("rep", [(BEFORE, "elsewhere"), (AFTER, "here")], 0),
        ("rep", [(AFTER, "elsewhere")], 1),
        ("outlet", [(BEFORE, "elsewhere")], 0),
        ("both", [(BEFORE, "elsewhere")], 1),
    ],
)
async def test_what_rep_and_outlet_were_at_the_cutoff_decides(
    session: AsyncSession, kind: str, spells: list[tuple[datetime, Any]], counted: int
) -> None:
    here, elsewhere = await make_territory(session), await make_territory(session)
    rep, outlet = await make_rep(session, here), await make_outlet(session, here)
    await make_visit(session, rep, outlet)
    for master, of in ((rep, "rep"), (outlet, "outlet")):
        if kind not in {of, "both"}:
            continue
        for at, becomes in spells:
            if isinstance(becomes, bool):
                before: dict[str, Any] = {"active": master.active}
                master.active = becomes
            else:
                before = {"territory_code": here.code if master.territory_id == here.id else elsewhere.code}
                master.territory_id = elsewhere.id if becomes == "elsewhere" else here.id
            entry = {"actor": "user:anna", "channel": "api", "kind": of, "code": master.code, "after": {}}
            session.add(AuditEntry(at=at, before=before, **entry))
    await session.flush()
    assert await planned_visits(session, here.code) == [counted] * 3
