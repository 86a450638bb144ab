"""docs/a-supervisors-week.md, played call by call: what it shows is what the API answers."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncSession

from app.ground import clock
from app.ground.settings import Settings
from app.ground.web.access import Role
from app.ground.workers.pool import Workers
from app.planning.plan_generation.generator import PlanGenerator
from tests.factories.identity import bearer, make_device, make_user
from tests.factories.outlets import make_outlet
from tests.factories.territories import make_rep, make_territory

PAGE = Path(__file__).parent.parent.parent / "docs" / "a-supervisors-week.md"
ATHENS = ZoneInfo("Europe/Athens")
WORKS = "(the scheduler works)"
_CALL = re.compile(r'(\S+)> (GET|POST|DELETE) (\S+)(?: (\{.*\}))?(?: If-Match: ("\d+"))?')
_NAME = re.compile(r"<(\w+)>")


@dataclass
class Story:
    """The page while it is played: who may call as whom, and what the names stand for."""

    api: httpx.AsyncClient
    app: FastAPI
    callers: dict[str, Any]
    known: dict[str, str] = field(default_factory=dict)

    async def call(self, line: str) -> httpx.Response:
        """Make the call of a line."""
        found = _CALL.fullmatch(_NAME.sub(lambda name: self.known[name[1]], line))
        assert found, line
        who, method, path, body, if_match = found.groups()
        headers = {} if who == "anybody" else bearer(self.app, self.callers[who])
        headers |= {"If-Match": if_match} if if_match else {}
        return await self.api.request(method, path, json=json.loads(body) if body else None, headers=headers)

    def check(self, line: str, answer: httpx.Response) -> None:
        """See whether an answer is the one of a line."""
        status, _, shown = line.partition(" ")
        assert answer.status_code == int(status), f"{line}\n{answer.text}"
        if shown.startswith("{"):
            assert self._has(answer.json(), json.loads(shown)), f"{line}\n{answer.text}"
        else:
            assert shown in answer.text

    def _has(self, answer: Any, shown: Any) -> bool:
        """Whether an answer holds what is shown: members of objects, items of lists in this order."""
        if isinstance(shown, dict):
            return isinstance(answer, dict) and all(
                name in answer and self._has(answer[name], value) for name, value in shown.items()
            )
        if isinstance(shown, list):
            items = iter(answer)
            return (shown != [] or answer == []) and all(any(self._has(item, one) for item in items) for one in shown)
        if isinstance(shown, str) and (name := _NAME.fullmatch(shown)):
            self.known[name[1]] = answer
            return True
        return bool(answer == shown)


def page() -> Iterator[tuple[str, str]]:
    """The page's headlines and the lines of its blocks, in their order."""
    inside = False
    for line in PAGE.read_text().splitlines():
        if line.startswith("```"):
            inside = not inside
        elif inside:
            yield "line", line
        elif line.startswith("## "):
            yield "time", line.removeprefix("## ")


@pytest.fixture
async def story(api: httpx.AsyncClient, app: FastAPI, session: AsyncSession) -> Story:
    """Sofia's territory: two reps, and twelve outlets along the coast that nobody looks after yet."""
    territory = await make_territory(session, code="PAT")
    reps = [await make_rep(session, territory, code=code) for code in ("PAT-R1", "PAT-R2")]
    for number in range(1, 13):
        terms: dict[str, Any] = {"visits_per_week": 1 + number % 3, "min_gap_days": 1}
        if number == 4:
            terms = {"visits_per_week": 5, "min_gap_days": 2}
        at = (38.20 + number / 200, 21.70 + number / 150)
        await make_outlet(session, territory, code=f"PAT-{number:04}", at=at, terms=terms)
    sofia = await make_user(session, Role.SUPERVISOR, territory, username="sofia")
    return Story(api, app, {rep.code: await make_device(session, rep) for rep in reps} | {"sofia": sofia})


async def test_the_page_tells_what_the_api_answers(story: Story, the_clock: clock.SetClock, workers: Workers) -> None:
    generator = PlanGenerator(Settings(solver_processes=1), workers)
    answer = None
    for kind, line in page():
        if kind == "time":
            the_clock.move_to(datetime.strptime(line, "%A, %d %B %Y, %H:%M").replace(tzinfo=ATHENS))
        elif line == WORKS:
            await generator.work_off(story.app.state.database)
        elif "> " in line:
            assert answer is None, "a call without an answer"
            answer = await story.call(line)
        else:
            assert answer is not None, f"an answer without a call: {line}"
            story.check(line, answer)
            answer = None
    assert answer is None
    assert len(story.known) == 4
