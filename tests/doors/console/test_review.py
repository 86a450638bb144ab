"""The queue of doubts in a browser: worked off by keys, by boxes, and without a script."""

from collections.abc import AsyncIterator
from datetime import date
from typing import Any

import httpx
import pytest
from playwright.async_api import Dialog, Page, expect

from app.demo import accounts
from app.demo.connection import Connection
from app.ground.db.session import Database
from tests.demo_world import SATURDAY
from tests.doors.console.conftest import SignIn
from tests.doors.console.doubts_of_every_rule import raise_every_doubt
from tests.doors.console.test_pages import AXE, faults

REVIEW = "/console/review"
FRIDAY = date(2026, 11, 27)


@pytest.fixture
async def sofia(console: str) -> AsyncIterator[Connection]:
    """The supervisor by the API: to prepare, and to see what became of it."""
    async with httpx.AsyncClient(base_url=console, timeout=60) as http:
        yield await Connection.log_in(http, accounts.STAFF["supervisor"], accounts.PASSWORD)


async def open_signals(sofia: Connection, rule: str) -> list[dict[str, Any]]:
    return await sofia.items("/v1/risk-signals", rule=rule, status="open", order="oldest")


async def review_of(sofia: Connection, signal: dict[str, Any]) -> tuple[str, str] | None:
    """Its outcome and comment."""
    review = (await sofia.get(f"/v1/risk-signals/{signal['id']}"))["review"]
    return review and (review["outcome"], review["comment"])


def row(page: Page, signal: dict[str, Any]) -> Any:
    return page.locator(f"[data-doubt='{signal['id']}']")


async def test_the_queue_is_narrowed_down_by_rule_and_rep_each_with_its_number(
    signed_in: SignIn, sofia: Connection
) -> None:
    visitor = await signed_in("supervisor")
    page = await visitor.open(REVIEW)
    mock = len(await open_signals(sofia, "mock_location"))
    await page.get_by_role("link", name=f"mock location {mock}").click()
    await expect(page.locator("[data-doubt]")).to_have_count(mock)
    await expect(page.locator(".group-head")).to_have_count(1)
    await expect(page.locator(".group-head")).to_contain_text("Petros")
    await page.locator("dd", has=page.get_by_role("link", name="Petros")).get_by_role("link", name="all").click()
    await expect(page.get_by_role("link", name=f"Petros {mock}")).to_be_visible()


async def test_a_doubt_is_looked_at_and_dismissed_by_keys_and_the_next_one_is_shown(
    signed_in: SignIn, sofia: Connection
) -> None:
    first, second = await open_signals(sofia, "one_spot")
    visitor = await signed_in("supervisor")
    page = await visitor.open(f"{REVIEW}?rule=one_spot")
    await expect(page.locator(".doubt-head")).to_contain_text(first["outlet_name"])
    await page.keyboard.press("j")
    await expect(page.locator(".doubt-head")).to_contain_text(second["outlet_name"])
    await expect(row(page, second)).to_have_attribute("aria-current", "true")
    await expect(page.get_by_role("figure")).to_be_visible()
    assert second["id"] in page.url
    await page.keyboard.press("m")
    await page.keyboard.type("Two doors of one house.")
    await page.keyboard.press("Escape")
    await page.keyboard.press("d")
    await page.get_by_text("The review is recorded.").wait_for()
    assert await review_of(sofia, second) == ("dismissed", "Two doors of one house.")
    await expect(page.locator(".doubt-head")).to_contain_text(first["outlet_name"])


async def test_what_confirming_costs_is_said_before_and_asked_again(signed_in: SignIn, sofia: Connection) -> None:
    signal = (await open_signals(sofia, "averaged_order"))[0]
    visitor = await signed_in("supervisor")
    page = await visitor.open(f"{REVIEW}/{signal['id']}")
    await expect(page.get_by_text("Confirming costs the rep 10 points and takes back")).to_be_visible()
    asked: list[str] = []

    def say(answer: str) -> Any:
        async def respond(dialog: Dialog) -> None:
            asked.append(dialog.message)
            await (dialog.accept() if answer == "yes" else dialog.dismiss())

        return respond

    page.once("dialog", say("no"))
    await page.keyboard.press("c")
    assert await review_of(sofia, signal) is None
    page.once("dialog", say("yes"))
    await page.keyboard.press("c")
    await page.get_by_text("The review is recorded.").wait_for()
    assert [message[:40] for message in asked] == ["Confirm it? It costs the rep 10 points a"] * 2
    assert await review_of(sofia, signal) == ("confirmed", "")
    ledger = await sofia.get("/v1/reps/PAT-R4/points", **{"from": str(FRIDAY), "to": str(FRIDAY)})
    costs = {entry["source"]["id"]: entry["points"] for entry in ledger["items"] if entry["rule"] == "dumped_order"}
    assert costs[signal["subject"]["id"]] == -10


async def test_a_whole_group_is_dismissed_in_one_go(signed_in: SignIn, sofia: Connection) -> None:
    signals = await open_signals(sofia, "mock_location")
    visitor = await signed_in("supervisor")
    page = await visitor.open(f"{REVIEW}?rep_code=PAT-R3&rule=mock_location")
    await expect(page.get_by_role("button", name="Dismiss all selected")).to_be_hidden()
    await page.keyboard.press("x")
    await expect(page.locator("#several")).to_contain_text("1 selected")
    await page.keyboard.press("X")
    await expect(page.locator("#several")).to_contain_text(f"{len(signals)} selected")
    await expect(page.get_by_role("button", name="Dismiss it")).to_be_hidden()
    await page.keyboard.press("d")
    await page.get_by_text("The reviews are recorded.").wait_for()
    await expect(page.get_by_text("No doubt is open here.")).to_be_visible()
    assert await open_signals(sofia, "mock_location") == []


async def test_of_several_what_did_not_count_is_told_by_name(signed_in: SignIn, sofia: Connection) -> None:
    first, second, *_ = await open_signals(sofia, "averaged_order")
    visitor = await signed_in("supervisor")
    page = await visitor.open(f"{REVIEW}?rule=averaged_order")
    await row(page, first).get_by_role("checkbox").check()
    await row(page, second).get_by_role("checkbox").check()
    await expect(page.get_by_text("Confirming costs 10 points for each averaged or remote order")).to_be_visible()
    await sofia.post(f"/v1/risk-signals/{first['id']}/review", {"outcome": "confirmed"})
    await page.get_by_role("button", name="Dismiss all selected").click()
    alert = page.get_by_role("alert")
    await expect(alert).to_contain_text(f"Averaged order, {first['outlet_name']}")
    await expect(alert).to_contain_text("1 other review is recorded.")
    assert await review_of(sofia, second) == ("dismissed", "")


async def test_a_review_of_somebody_else_is_told_and_shown(signed_in: SignIn, sofia: Connection) -> None:
    signal = (await open_signals(sofia, "remote_order"))[0]
    visitor = await signed_in("supervisor")
    page = await visitor.open(f"{REVIEW}/{signal['id']}")
    await sofia.post(f"/v1/risk-signals/{signal['id']}/review", {"outcome": "dismissed", "comment": "By phone."})
    await page.get_by_role("button", name="Dismiss it").click()
    await expect(page.get_by_role("alert")).to_contain_text("has another review already")
    await expect(page.get_by_text("Dismissed by sofia")).to_be_visible()
    await expect(page.get_by_text("By phone.").first).to_be_visible()


async def test_it_works_without_a_script(signed_in: SignIn, sofia: Connection) -> None:
    first, second, *_ = await open_signals(sofia, "remote_order")
    visitor = await signed_in("supervisor", java_script_enabled=False)
    page = await visitor.open(f"{REVIEW}?rule=remote_order")
    await row(page, second).get_by_role("link").click()
    await expect(page.locator(".doubt-head")).to_contain_text(second["outlet_name"])
    await page.get_by_role("button", name="Dismiss all selected").click()
    await expect(page.get_by_role("alert")).to_contain_text("No doubt was selected")
    for signal in (first, second):
        await row(page, signal).get_by_role("checkbox").check()
    await page.locator("#several").get_by_label("What did you find?").fill("Both by phone.")
    await page.get_by_role("button", name="Dismiss all selected").click()
    await page.get_by_text("The reviews are recorded.").wait_for()
    assert await review_of(sofia, first) == await review_of(sofia, second) == ("dismissed", "Both by phone.")


async def test_the_form_on_a_visit_leads_back_to_it(signed_in: SignIn, sofia: Connection) -> None:
    signal = (await open_signals(sofia, "remote_order"))[0]
    visits = await sofia.get("/v1/visits", date=str(FRIDAY), rep_code="PAT-R4", outlet_code=signal["outlet_code"])
    address = f"/console/visits/{visits['items'][0]['id']}"
    visitor = await signed_in("supervisor")
    page = await visitor.open(address)
    await page.locator(f"form[action='{REVIEW}/{signal['id']}']").get_by_role("button", name="Dismiss it").click()
    await page.wait_for_url(f"**{address}?notice=reviewed")
    assert await review_of(sofia, signal) == ("dismissed", "")


async def test_a_form_leads_back_to_no_other_site(signed_in: SignIn, sofia: Connection) -> None:
    signal = (await sofia.items("/v1/risk-signals", status="reviewed"))[0]
    again = {"outcome": signal["review"]["outcome"], "comment": signal["review"]["comment"]}
    visitor = await signed_in("supervisor")
    page = await visitor.open(REVIEW)
    token = await page.locator("input[name=_forgery_token]").first.input_value()
    for back in (
        "https://elsewhere.example/",
        "//elsewhere.example/console/",
        "/console/../../x",
        "javascript:alert()",
    ):
        answer = await page.request.post(
            f"{visitor.base}{REVIEW}/{signal['id']}",
            form={"_forgery_token": token, "back": back, **again},
            max_redirects=0,
        )
        assert (answer.status, answer.headers["location"]) == (303, "/console/?notice=reviewed"), back


async def test_on_a_phone_the_list_leads_to_the_doubt_and_back(signed_in: SignIn) -> None:
    visitor = await signed_in("supervisor", viewport={"width": 390, "height": 800})
    page = await visitor.open(f"{REVIEW}?status=reviewed")
    await expect(page.locator(".doubt-head")).to_be_hidden()
    await page.locator("[data-doubt] > a").first.click()
    await expect(page.locator(".doubt-head")).to_be_visible()
    await expect(page.locator(".queue")).to_be_hidden()
    await page.get_by_role("link", name="Back to the queue").click()
    await expect(page.locator("[data-doubt]").first).to_be_visible()


async def test_while_the_keys_are_shown_none_of_them_does_anything(signed_in: SignIn, sofia: Connection) -> None:
    before = await sofia.items("/v1/risk-signals", status="open")
    visitor = await signed_in("supervisor")
    page = await visitor.open(REVIEW)
    await page.keyboard.press("?")
    await expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    for key in "jxcd":
        await page.keyboard.press(key)
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("dialog", name="Keys")).to_be_hidden()
    assert await sofia.items("/v1/risk-signals", status="open") == before


async def test_precision_tells_each_rules_share_and_comes_as_files(signed_in: SignIn, sofia: Connection) -> None:
    items = (await sofia.get("/v1/risk-signals/precision"))["items"]
    averaged = next(item for item in items if item["rule"] == "averaged_order")
    reviewed = averaged["precision"]["denominator"]
    visitor = await signed_in("supervisor")
    page = await visitor.open(f"{REVIEW}/precision")
    line = page.get_by_role("row", name="Averaged order")
    await expect(line).to_contain_text(f"{averaged['confirmed']} of {reviewed} review")
    await expect(line).to_contain_text("Too few to tell.")
    for link, ending in (("CSV", "csv"), ("XLSX", "xlsx")):
        async with page.expect_download() as download:
            await page.get_by_role("link", name=link, exact=True).click()
        assert (await download.value).suggested_filename.endswith(f".{ending}")


async def test_the_evidence_of_every_rule_is_shown(signed_in: SignIn, demo_database: Database) -> None:
    async with demo_database.transaction() as session:
        signals = {signal.rule: signal.id for signal in await raise_every_doubt(session, "PAT-R1", FRIDAY, SATURDAY)}
    findings = {
        "impossible_speed": "which is",
        "clock_changed": "The phone's clock was 3 hrs fast",
        "stale_fix": "14 mins old",
        "repeated_fix": "to the last digit",
        "unproven_time": "cannot be",
        "unseen_boot": "first heard of after the cutoff",
        "no_position": "4 of 4 arrivals",
        "two_devices": "between two of another",
        "shared_device": "One phone worked that day for PAT-R2",
        "sequence_gap": "6 of 58 records never arrived.",
        "counter_restarted": "had counted 58 records, and began anew",
    }
    assert signals.keys() == findings.keys()
    visitor = await signed_in("supervisor")
    for rule, finding in findings.items():
        page = await visitor.open(f"{REVIEW}/{signals[rule]}?rep_code=PAT-R1")
        await expect(page.locator(".finding")).to_contain_text(finding)
        if rule in {"clock_changed", "two_devices", "sequence_gap", "repeated_fix"}:  # one of each kind
            await page.evaluate(AXE.read_text("utf-8"))
            assert await faults(page) == [], rule
