"""Nothing outside is waited for while a transaction is open: it would hold a connection, and uploads would wait."""

from typing import Any

from fastapi import FastAPI

from app.ground.web.dependencies import read_only, transaction
from app.ground.web.openapi import api_routes
from app.planning.week_plans.parameters import planner_of


def calls_of(dependant: Any) -> set[Any]:
    """Everything that a route depends on, however deep."""
    return {dependant.call}.union(*(calls_of(dependency) for dependency in dependant.dependencies))


def test_no_route_that_can_ask_a_router_holds_a_session_of_the_request(built_app: FastAPI) -> None:
    routes = {route.operation_id: calls_of(route.dependant) for route in api_routes(built_app)}
    asking = {name: calls for name, calls in routes.items() if planner_of in calls}
    assert {name for name, calls in asking.items() if calls & {transaction, read_only}} == set()
    assert {"put_week_plan", "change_week_plan", "decide_plan_change_request", "optimise_week_plan"} <= set(asking)
