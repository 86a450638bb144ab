"""The points policy: what each rule costs or earns from which day on, and when months are closed."""

from collections.abc import Iterable
from datetime import timedelta
from functools import partial
from typing import Any, Literal

from fastapi import Response

from app.doors.console.api_calls import ApiRefusal, Json
from app.doors.console.forms import SentForm
from app.doors.console.pages import AdminsPage, console_router
from app.doors.console.setup import records
from app.doors.console.setup.changes import differences
from app.doors.console.setup.percents import fraction_of, percent_of
from app.doors.console.setup.records import RecordForm

router = console_router()

AWARDS = frozenset({"order_on_time", "delivery_matched", "returns_within_limit"})
"""The rules that earn: they may have a cap."""
LIMITED = frozenset({"returns_within_limit", "returns_over_limit"})
"""The rules that compare a share with a limit."""
Rule = Literal[
    "missed_order",
    "late_order",
    "past_due_order",
    "order_on_time",
    "delivery_matched",
    "delivery_mismatch",
    "price_mismatch",
    "returns_within_limit",
    "returns_over_limit",
    "dumped_order",
]


@router.get("/setup/points-policy")
async def show_policy(page: AdminsPage) -> Response:
    """What every rule comes to today, what it will from a later day on, and the policy of statements."""
    return await _policy_page(page, records.opened(await page.api.get("/v1/points/statement-policy")))


@router.post("/setup/points-policy/statements")
async def change_statement_policy(page: AdminsPage) -> Response:
    """Let months be closed, and points be worth, otherwise from a day on."""
    form = await page.form()
    body = {
        "valid_from": form.text("valid_from"),
        "closing_day": form.number("closing_day"),
        "point_value": form.decimal("point_value"),
        "currency": form.text("currency"),
    }
    refused = await _put_statement_policy(page, body, form)
    if refused is not None:
        return await _policy_page(page, refused)
    return page.redirect("/setup/points-policy", notice="saved")


@router.get("/setup/points-policy/{rule}")
async def show_rule(page: AdminsPage, rule: Rule) -> Response:
    """What a rule comes to, came to, and will come to, and the form for another version."""
    return await _rule_page(page, rule, records.opened(await _newest(page, rule)))


@router.post("/setup/points-policy/{rule}")
async def change_rule(page: AdminsPage, rule: Rule) -> Response:
    """Let it cost or earn something else from a day on."""
    form = await page.form()
    path = f"/v1/points/policy/{rule}"
    audited = ("points_policy", rule)
    refused = await records.put(page, path, body_of(form), form, audited=audited, read=partial(_newest, page, rule))
    if refused is not None:
        return await _rule_page(page, rule, refused)
    return page.redirect(f"/setup/points-policy/{rule}", notice="saved")


def body_of(form: SentForm) -> Json:
    """A version of a rule as it was typed."""
    body: dict[str, Any] = {"points": form.number("points"), "valid_from": form.text("valid_from")}
    if "monthly_cap" in form:
        body["monthly_cap"] = form.number("monthly_cap")
    if "limit" in form:
        body["limit"] = fraction_of(form.text("limit"))
    return body


def to_come(versions: Iterable[Json], today: str) -> dict[str, Json]:
    """By rule, the version that takes effect next; none for a rule that stays as it is."""
    later = [version for version in versions if version["valid_from"] > today]
    return {each["rule"]: each for each in sorted(later, key=lambda each: each["valid_from"], reverse=True)}


async def _put_statement_policy(page: AdminsPage, body: Json, form: SentForm) -> RecordForm | None:
    """It has no version to read: what holds is compared with what the form was opened with."""
    policy = await page.api.get("/v1/points/statement-policy")
    seen = records.seen(form)
    if changes := differences(seen, policy):
        return RecordForm(policy | body, "", policy, changes=changes, author=policy["changed_by"], status=412)
    try:
        await page.api.put("/v1/points/statement-policy", body)
    except ApiRefusal as refusal:
        records.must_be_answered_by_the_form(refusal)
        return RecordForm(seen | body, "", seen, refusal, status=refusal.status)
    return None


async def _versions(page: AdminsPage) -> list[Json]:
    listed = await page.api.get("/v1/points/policy", versions=True)
    versions: list[Json] = listed["items"]
    return versions


async def _newest(page: AdminsPage, rule: str) -> Json:
    """The version of a rule that was put last: another one is put over it."""
    versions = [version for version in await _versions(page) if version["rule"] == rule]
    return max(versions, key=lambda version: version["version"])


async def _policy_page(page: AdminsPage, sheet: RecordForm) -> Response:
    listed = await page.api.get("/v1/points/policy")
    return page.render(
        "setup/points_policy.html",
        status=sheet.status,
        sheet=sheet,
        policies=listed["items"],
        coming=to_come(await _versions(page), listed["on"]),
        limited=LIMITED,
        statements=sheet.values,
        tomorrow=(page.now.date() + timedelta(days=1)).isoformat(),
        problem=sheet.problem,
    )


async def _rule_page(page: AdminsPage, rule: str, sheet: RecordForm) -> Response:
    today = page.now.date()
    versions = [version for version in await _versions(page) if version["rule"] == rule]
    in_force = next((version for version in versions if version["valid_from"] <= today.isoformat()), None)
    return page.render(
        "setup/points_rule.html",
        status=sheet.status,
        sheet=sheet,
        rule=rule,
        policy=sheet.values,
        valid_from=sheet.values["valid_from"] if sheet.problem or sheet.changes else today + timedelta(days=1),
        limit=percent_of(sheet.values["limit"]),
        versions=versions,
        in_force=in_force,
        today=today.isoformat(),
        has_cap=rule in AWARDS,
        has_limit=rule in LIMITED,
        zone=page.preferences.zone or "UTC",
        problem=sheet.problem,
    )
