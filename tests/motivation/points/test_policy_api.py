"""What rules cost and earn by day, who may say so, and from when on (P2)."""

from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncSession

from app.ground import clock
from app.ground.audit.queries import EntryFilter, entry_page
from app.ground.web.access import Role
from app.motivation.points import service as points
from app.motivation.points.service import PointsFinding, PointsRule
from tests.factories.identity import bearer, make_user
from tests.factories.territories import make_rep, make_territory
from tests.factories.visits import MONDAY

TUESDAY = MONDAY + timedelta(days=1)


@pytest.fixture
async def admin(session: AsyncSession, app: FastAPI) -> dict[str, str]:
    return bearer(app, await make_user(session, Role.ADMIN, username="anna"))


async def put(
    api: httpx.AsyncClient, headers: dict[str, str], rule: str, body: dict[str, Any], status: int = 200
) -> dict[str, Any]:
    answer = await api.put(f"/v1/points/policy/{rule}", json=body, headers=headers)
    assert answer.status_code == status, answer.text
    return answer.json()  # type: ignore[no-any-return]


async def policy(api: httpx.AsyncClient, headers: dict[str, str], rule: str, on: date) -> dict[str, Any]:
    answer = await api.get("/v1/points/policy", params={"on": on.isoformat()}, headers=headers)
    (found,) = [item for item in answer.json()["items"] if item["rule"] == rule]
    return found  # type: ignore[no-any-return]


async def test_what_comes_with_the_software_is_what_the_domain_says(
    api: httpx.AsyncClient, admin: dict[str, str]
) -> None:
    items = (await api.get("/v1/points/policy", headers=admin)).json()["items"]
    assert {item["rule"]: (item["points"], item["limit"]) for item in items} == {
        "missed_order": (-10, None),
        "late_order": (-3, None),
        "past_due_order": (-1, None),
        "order_on_time": (1, None),
        "delivery_matched": (2, None),
        "delivery_mismatch": (-5, None),
        "price_mismatch": (-5, None),
        "returns_within_limit": (20, "0.03"),
        "returns_over_limit": (-20, "0.03"),
        "dumped_order": (-10, None),
    }


async def test_a_policy_holds_from_its_day_on_and_what_is_not_said_stays(
    api: httpx.AsyncClient, admin: dict[str, str]
) -> None:
    await put(api, admin, "order_on_time", {"points": 2, "valid_from": TUESDAY.isoformat(), "monthly_cap": 100})
    assert (await policy(api, admin, "order_on_time", MONDAY))["points"] == 1
    tuesday = await policy(api, admin, "order_on_time", TUESDAY)
    assert (tuesday["points"], tuesday["monthly_cap"], tuesday["changed_by"]) == (2, 100, "user:anna")
    wednesday = TUESDAY + timedelta(days=1)
    await put(api, admin, "order_on_time", {"points": 3, "valid_from": wednesday.isoformat()})
    assert (await policy(api, admin, "order_on_time", wednesday))["monthly_cap"] == 100
    await put(api, admin, "order_on_time", {"points": 3, "valid_from": wednesday.isoformat(), "monthly_cap": None})
    assert (await policy(api, admin, "order_on_time", wednesday))["monthly_cap"] is None


async def test_the_history_tells_every_version_and_the_trail_who_changed_what(
    api: httpx.AsyncClient, session: AsyncSession, admin: dict[str, str], the_clock: clock.SetClock
) -> None:
    await put(api, admin, "late_order", {"points": -4, "valid_from": TUESDAY.isoformat()})
    again = await put(api, admin, "late_order", {"points": -4, "valid_from": TUESDAY.isoformat()})
    assert again["version"] == 2
    items = (await api.get("/v1/points/policy", params={"versions": True}, headers=admin)).json()["items"]
    of_rule = [(item["version"], item["points"]) for item in items if item["rule"] == "late_order"]
    assert of_rule == [(2, -4), (1, -3)]
    (entry,) = await entry_page(session, EntryFilter(kind="points_policy"), None, 10)
    assert (entry.actor, entry.code, entry.before, entry.after) == (
        "user:anna",
        "late_order",
        {"points": -3, "valid_from": "2020-01-01"},
        {"points": -4, "valid_from": "2026-11-24"},
    )


async def test_no_day_that_points_were_booked_about_is_judged_anew(
    api: httpx.AsyncClient, session: AsyncSession, admin: dict[str, str]
) -> None:
    rep = await make_rep(session, await make_territory(session))
    finding = PointsFinding(PointsRule.ORDER_ON_TIME, uuid4(), rep.id, MONDAY, counts=True)
    await points.bring_about(session, [finding], clock.now())
    refused = await put(api, admin, "late_order", {"points": -4, "valid_from": MONDAY.isoformat()}, 409)
    assert (refused["type"], refused["earliest"]) == ("/problems#policy-applied", TUESDAY.isoformat())
    await put(api, admin, "late_order", {"points": -4, "valid_from": TUESDAY.isoformat()})


@pytest.mark.parametrize(
    ("rule", "said", "pointers"),
    [
        ("missed_order", {"points": 5}, ["/points"]),
        ("order_on_time", {"points": -1}, ["/points"]),
        ("missed_order", {"points": -5, "monthly_cap": 3}, ["/monthly_cap"]),
        ("order_on_time", {"points": 1, "limit": "0.03"}, ["/limit"]),
        ("returns_over_limit", {"points": -20, "limit": None}, ["/limit"]),
        ("returns_over_limit", {"points": 20, "monthly_cap": 1, "limit": None}, ["/points", "/monthly_cap", "/limit"]),
        ("returns_over_limit", {"points": -20, "limit": "1.5"}, ["/limit"]),
        ("order_on_time", {"points": 1.5}, ["/points"]),
        ("order_on_time", {"points": 1_001}, ["/points"]),
        ("order_on_time", {"points": 1, "monthly_cap": 0}, ["/monthly_cap"]),
        ("order_on_time", {}, ["/points"]),
    ],
)
async def test_a_policy_that_makes_no_sense_is_refused_with_every_problem(
    api: httpx.AsyncClient, admin: dict[str, str], rule: str, said: dict[str, Any], pointers: list[str]
) -> None:
    refused = await put(api, admin, rule, {"valid_from": TUESDAY.isoformat()} | said, 422)
    assert [problem["pointer"] for problem in refused["errors"]] == pointers


@pytest.mark.parametrize("rule", ["bonus", "over_monthly_cap"])
async def test_only_rules_have_a_policy(api: httpx.AsyncClient, admin: dict[str, str], rule: str) -> None:
    answer = await api.put(
        f"/v1/points/policy/{rule}", json={"points": 0, "valid_from": TUESDAY.isoformat()}, headers=admin
    )
    assert answer.status_code in {404, 422}


async def test_a_change_is_made_to_the_version_that_was_read(api: httpx.AsyncClient, admin: dict[str, str]) -> None:
    body = {"points": -4, "valid_from": TUESDAY.isoformat()}
    path = "/v1/points/policy/late_order"
    first = await api.put(path, json=body, headers=admin | {"If-Match": '"1"'})
    assert (first.status_code, first.headers["ETag"]) == (200, '"2"')
    stale = await api.put(path, json=body | {"points": -5}, headers=admin | {"If-Match": '"1"'})
    assert (stale.status_code, stale.json()["current"]) == (412, '"2"')
