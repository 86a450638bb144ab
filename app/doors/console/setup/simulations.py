"""What if: a past month replayed under another policy, the difference by rep and by rule. Nothing is written."""

from datetime import timedelta
from typing import Any

from fastapi import Response

from app.doors.console.api_calls import ApiRefusal, Json
from app.doors.console.forms import SentForm
from app.doors.console.pages import AdminsPage, console_router
from app.doors.console.setup import records
from app.doors.console.setup.percents import fraction_of, percent_of
from app.doors.console.setup.points_policy import AWARDS, LIMITED

router = console_router()


@router.get("/setup/simulations")
async def begin_simulation(page: AdminsPage) -> Response:
    """The policy as it is, to be changed, and the month to be replayed."""
    last_month = (page.now.date().replace(day=1) - timedelta(days=1)).isoformat()[:7]
    policies = await _policies(page)
    typed = {policy["rule"]: _as_typed(policy) for policy in policies}
    return await _page(page, policies, {"month": last_month, "territory_code": None, "typed": typed})


@router.post("/setup/simulations")
async def simulate(page: AdminsPage) -> Response:
    """What the month would have come to."""
    form = await page.form()
    policies = await _policies(page)
    body = {
        "month": form.text("month"),
        "territory_code": form.text("territory_code"),
        "policy": changed_terms(policies, form),
    }
    asked = body | {"typed": {policy["rule"]: _typed(policy["rule"], form) for policy in policies}}
    if not body["policy"]:
        return await _page(page, policies, asked, is_unchanged=True)
    try:
        result = await page.api.post("/v1/points/simulations", body)
    except ApiRefusal as refusal:
        records.must_be_answered_by_the_form(refusal)
        return await _page(page, policies, asked, refusal=refusal)
    return await _page(page, policies, asked, result=result)


def changed_terms(policies: list[Json], form: SentForm) -> dict[str, Any]:
    """By rule, the terms that were typed, of the rules whose terms are others than today."""
    changed = {}
    for policy in policies:
        rule = policy["rule"]
        if _typed(rule, form) != _as_typed(policy):
            changed[rule] = terms_of(rule, form)
    return changed


def terms_of(rule: str, form: SentForm) -> dict[str, Any]:
    """A rule's terms as they were typed, as the API takes them."""
    terms: dict[str, Any] = {"points": form.number(f"{rule}_points") or 0}
    if rule in AWARDS:
        terms["monthly_cap"] = form.number(f"{rule}_cap")
    if rule in LIMITED:
        terms["limit"] = fraction_of(form.text(f"{rule}_limit"))
    return terms


def _as_typed(policy: Json) -> dict[str, str]:
    """A rule's terms of today as the form shows them."""
    cap = policy["monthly_cap"]
    return {
        "points": str(policy["points"]),
        "cap": "" if cap is None else str(cap),
        "limit": percent_of(policy["limit"]),
    }


def _typed(rule: str, form: SentForm) -> dict[str, str]:
    return {name: form.raw(f"{rule}_{name}").strip() for name in ("points", "cap", "limit")}


async def _policies(page: AdminsPage) -> list[Json]:
    listed = await page.api.get("/v1/points/policy")
    policies: list[Json] = listed["items"]
    return policies


async def _page(
    page: AdminsPage,
    policies: list[Json],
    asked: dict[str, Any],
    *,
    result: Json = None,
    refusal: ApiRefusal | None = None,
    is_unchanged: bool = False,
) -> Response:
    return page.render(
        "setup/simulation.html",
        status=refusal.status if refusal else 200,
        policies=policies,
        asked=asked,
        result=result,
        is_unchanged=is_unchanged,
        awards=AWARDS,
        limited=LIMITED,
        territories=await page.territories(),
        problem=refusal,
    )
