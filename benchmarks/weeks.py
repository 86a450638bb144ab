"""A week's plans for a territory of 50 reps and 15,000 outlets, made as the scheduler makes them."""

import time
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

from sqlalchemy import text

from app.ground import clock
from app.ground.db.session import Database
from app.ground.settings import Settings
from app.planning.plan_generation import generation_queries as queries
from app.planning.plan_generation.generation_queries import Progress
from app.planning.plan_generation.generator import PlanGenerator

REPS, OUTLETS = 50, 15_000
_FILL = (Path(__file__).with_name("weeks.sql")).read_text().split(";\n")
_WHO = text("SELECT rep.id, rep.territory_id FROM reps AS rep WHERE rep.code LIKE 'WEEKS-R%' ORDER BY rep.id")


@dataclass(frozen=True, slots=True)
class Made:
    """How long it took, what this process and its workers took of memory at their most, and what came of it."""

    seconds: float
    memory_gib: float
    progress: Progress


async def measure(database: Database, settings: Settings) -> Made:
    """Fill a territory, ask for its next week, and have it made."""
    async with database.transaction() as session:
        for statement in _FILL:
            if statement.strip():
                await session.execute(text(statement), {"reps": REPS, "outlets": OUTLETS} if ":" in statement else {})
    async with database.transaction() as session:
        reps = [(rep_id, territory_id) for rep_id, territory_id in await session.execute(_WHO)]
        at = clock.now()
        generation_id = uuid4()
        values = {
            "id": generation_id,
            "week_date": at.date() + timedelta(days=8 - at.isoweekday()),
            "asked": {"territory_code": "WEEKS", "rep_codes": None, "reassign": False},
            "territory_ids": [reps[0][1]],
            "requested_at": at,
            "requested_by": "bench",
        }
        await queries.insert_generation(session, values, [rep_id for rep_id, _ in reps])
    generator = PlanGenerator(settings)
    started = time.perf_counter()
    await generator.work_off(database)
    seconds = time.perf_counter() - started
    memory = sum(_most_kib(pid) for pid in ["self", *_children()]) / 2**20
    await generator.close()
    async with database.read_only() as session:
        progress = await queries.progress(session, generation_id, None)
    if progress is None or progress.generated != REPS:
        raise RuntimeError(f"not every plan was made: {progress}")
    return Made(seconds, memory, progress)


def _children() -> list[str]:
    """The processes that this one has started."""
    threads = Path("/proc/self/task").iterdir()
    return [pid for thread in threads for pid in (thread / "children").read_text().split()]


def _most_kib(pid: str) -> int:
    """The most memory that a process has had in use."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))
