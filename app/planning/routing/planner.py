"""What a process needs to route: somebody who knows the ways, and processes that search."""

import asyncio
from collections.abc import Sequence

import httpx

from app.ground.settings import Settings
from app.ground.workers.pool import Workers
from app.planning.routing.days import Day, Route
from app.planning.routing.router_server import RouterTravelTimes
from app.planning.routing.solver import best_route
from app.planning.routing.travel_times import EstimatedTravelTimes, TravelTimes


class Planner:
    """Drive times by the settings, and worker processes. Starts nothing before it is asked."""

    def __init__(self, settings: Settings, workers: Workers | None = None) -> None:
        self.workers = workers or Workers(settings.solver_processes)
        self._client: httpx.AsyncClient | None = None
        self.travel_times: TravelTimes = EstimatedTravelTimes()
        if settings.router_url is not None:
            self._client = httpx.AsyncClient(timeout=settings.router_timeout_seconds)
            url = settings.router_url.get_secret_value()
            self.travel_times = RouterTravelTimes(url, settings.router, self._client)

    async def best_routes(self, days: Sequence[Day]) -> list[Route]:
        """The best route of each day, in worker processes."""
        return list(await asyncio.gather(*(self.workers.run(best_route, day) for day in days)))

    async def close(self) -> None:
        """End the processes, and hang up."""
        await self.workers.close()
        if self._client is not None:
            await self._client.aclose()
