"""What a process needs to route: somebody who knows the ways, and processes that search."""

import asyncio
from collections.abc import Sequence

from app.ground.loading import loaded
from app.ground.settings import Settings
from app.ground.workers.calculations import Calculation
from app.ground.workers.pool import Workers
from app.planning.routing.days import Day, Route
from app.planning.routing.travel_times import EstimatedTravelTimes, TravelTimes

ROUTER = "app.planning.routing.router_server:reached"
"""Who has no routing server holds no client for one."""
BEST_ROUTE: Calculation[[Day], Route] = Calculation("app.planning.routing.solver:best_route")


class Planner:
    """Drive times by the settings, and worker processes. Starts nothing before it is asked."""

    def __init__(self, settings: Settings, workers: Workers | None = None) -> None:
        self.workers = workers or Workers(settings.solver_processes)
        self.travel_times: TravelTimes = EstimatedTravelTimes()
        if settings.router_url is not None:
            url, limit = settings.router_url.get_secret_value(), settings.router_timeout_seconds
            self.travel_times = loaded(ROUTER)(url, settings.router, limit)

    async def best_routes(self, days: Sequence[Day]) -> list[Route]:
        """The best route of each day, in worker processes."""
        return list(await asyncio.gather(*(self.workers.run(BEST_ROUTE, day) for day in days)))

    async def close(self) -> None:
        """End the processes, and hang up."""
        await self.workers.close()
        await self.travel_times.close()
