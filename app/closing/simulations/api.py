"""What-if: a past month under another policy."""

import asyncio

from fastapi import Response

from app.closing.simulations import service
from app.closing.simulations.schemas import SimulationAnswer, SimulationBody
from app.closing.simulations.service import Simulation
from app.ground.web.access import Role, allow
from app.ground.web.dependencies import SnapshotSession
from app.ground.web.fair_shares import QUESTIONS, costly
from app.ground.web.problems import problems
from app.ground.web.requests import router as make_router

router = make_router("points")


@router.post(
    "/points/simulations",
    operation_id="simulate_points",
    summary="Replay a past month under another policy",
    response_model=SimulationAnswer,
    dependencies=[allow(Role.ADMIN)],
    responses=problems(401, 403, 409, 422, 429),
)
@costly(QUESTIONS)
async def simulate_points(body: SimulationBody, session: SnapshotSession) -> Response:
    """Once the month is over. It counts what the ledger says about the month's days, corrections that came later
    included; of rules that were off, and of returns while the month is not closed, what they would have counted by what
    is known now. Nothing is written.
    """
    said = {rule: terms.model_dump(include=terms.model_fields_set) for rule, terms in body.policy.items()}
    simulation = await service.simulate(session, body.month, body.territory_code, said)
    # a company's is long: it is put together beside the event loop
    return Response(await asyncio.to_thread(_written, simulation), media_type="application/json")


def _written(simulation: Simulation) -> str:
    return SimulationAnswer.of(simulation).model_dump_json()
