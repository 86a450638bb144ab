"""Setting up with a browser: what a supervisor may, what an admin does, and what stands in the way."""

from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

import httpx
import pytest
from playwright.async_api import Page, expect

from app.demo import accounts
from app.demo.connection import Connection
from tests.doors.console.browsing import become_true
from tests.doors.console.conftest import SignIn

PROPOSAL = UUID(int=1)
SQUARE = (
    '{"type": "Polygon", "coordinates":'
    " [[[21.734, 38.246], [21.736, 38.246], [21.736, 38.248], [21.734, 38.248], [21.734, 38.246]]]}"
)


@pytest.fixture
async def admin(console: str) -> AsyncIterator[Connection]:
    """The API, as an admin's program calls it beside the browser."""
    async with httpx.AsyncClient(base_url=console) as http:
        yield await Connection.log_in(http, accounts.ADMIN, accounts.PASSWORD)


async def save(page: Page) -> None:
    await page.get_by_role("button", name="Save", exact=True).click()


async def test_a_supervisor_finds_what_waits_for_a_decision_and_decides(
    signed_in: SignIn, console: str, admin: Connection
) -> None:
    async with httpx.AsyncClient(base_url=console) as http:
        phone = await Connection.enrol(http, admin, "PAT-R2")
        place = {
            "id": str(PROPOSAL),
            "lat": 38.21,
            "lon": 21.72,
            "radius_m": 60,
            "comment": "The door is behind the church.",
        }
        await phone.post("/v1/outlets/PAT-0002/location-proposals", place)
    visitor = await signed_in("supervisor")
    page = await visitor.open("/console/setup")
    assert await page.get_by_role("link", name="Audit trail").count() == 0
    await page.get_by_role("link", name="1 location proposal waits for a decision").click()
    card = page.get_by_role("region", name="Kronos")
    await card.or_(page.locator("section.card")).first.get_by_text("The door is behind the church.").wait_for()
    await page.locator("[data-map][data-drawn], [data-map] canvas").first.wait_for()
    await page.get_by_label("Remark").fill("I know the place.")
    await page.get_by_role("button", name="Approve").click()
    await page.get_by_text("The decision is recorded.").wait_for()
    outlet = await admin.get("/v1/outlets/PAT-0002")
    assert (outlet["location"]["lat"], outlet["location"]["radius_m"]) == (38.21, 60.0)


async def test_a_handheld_is_enrolled_by_a_code_that_is_shown_once_and_revoked_when_it_is_lost(
    signed_in: SignIn, console: str
) -> None:
    visitor = await signed_in("supervisor")
    page = await visitor.open("/console/setup/devices")
    await page.get_by_label("A handheld for").fill("PAT-R9")
    await page.get_by_role("button", name="Make an enrolment code").click()
    await page.get_by_role("alert").get_by_text("No such rep.").wait_for()
    await page.get_by_label("A handheld for").fill("PAT-R1")
    await page.get_by_role("button", name="Make an enrolment code").click()
    await page.get_by_role("img", name="The enrolment code as a QR code").locator("svg path").first.wait_for()
    assert (await page.locator(".countdown").inner_text()).startswith(("0:14:5", "0:15:0"))
    code = await page.locator(".enrolment-code").inner_text()
    body = {"enrolment_code": code, "model": "Pixel 9", "os": "Android 16", "app_version": "1.0"}
    async with httpx.AsyncClient(base_url=console) as http:
        assert (await http.post("/v1/devices", json=body)).status_code == 201
    await page.get_by_role("link", name="It is enrolled").click()
    row = page.get_by_role("row").filter(has_text="Pixel 9")
    page.once("dialog", lambda dialog: dialog.accept())
    await row.get_by_role("button", name="Revoke the handheld of PAT-R1").click()
    await expect(page.get_by_role("row").filter(has_text="Pixel 9")).to_contain_text("revoked")


async def test_a_supervisor_sets_a_reps_workday_and_is_told_at_the_field_what_is_wrong(
    signed_in: SignIn, admin: Connection
) -> None:
    visitor = await signed_in("supervisor")
    page = await visitor.open("/console/setup/reps/PAT-R3/workday")
    await page.get_by_label("Begins").fill("09:30")
    begin = page.get_by_role("group", name="Where the day begins")
    await begin.get_by_label("Where").select_option("place")
    await begin.get_by_label("Latitude").fill("95")
    await begin.get_by_label("Longitude").fill("21,75")
    await save(page)
    await expect(begin.get_by_label("Latitude")).to_have_attribute("aria-invalid", "true")
    await expect(page.get_by_label("Begins")).to_have_value("09:30")
    await begin.get_by_label("Latitude").fill("38,25")
    await save(page)
    await page.get_by_text("Saved.").wait_for()
    workday = await admin.get("/v1/reps/PAT-R3/workday")
    assert (workday["begins"], workday["start"]["lat"], workday["start"]["lon"]) == ("09:30", 38.25, 21.75)


async def test_what_another_has_changed_meanwhile_is_told_and_nothing_that_was_typed_is_lost(
    signed_in: SignIn, admin: Connection
) -> None:
    visitor = await signed_in("admin")
    page = await visitor.open("/console/setup/territories/PATRAS")
    await page.get_by_label("Name").fill("Patras and Rio")
    await page.get_by_role("button", name="Another holiday").click()
    await page.get_by_label("Holiday", exact=True).last.fill("2026-12-25")
    changed = await admin.get("/v1/territories/PATRAS")
    await admin.put("/v1/territories/PATRAS", {"order_cutoff": "16:30", "holidays": ["2027-01-01"]})
    await save(page)
    alert = page.get_by_role("alert")
    await alert.get_by_text("admin has changed this since you opened it.").wait_for()
    message = " ".join((await alert.inner_text()).split())
    assert "cutoff of orders: 17:00 → 16:30" in message
    assert "holidays: new 1 Jan 2027" in message
    await expect(page.get_by_label("Name")).to_have_value("Patras and Rio")
    await expect(page.get_by_label("Cutoff of orders")).to_have_value("16:30")
    await save(page)
    await page.get_by_text("Saved.").wait_for()
    territory = await admin.get("/v1/territories/PATRAS")
    assert (territory["name"], territory["order_cutoff"], territory["holidays"]) == (
        "Patras and Rio",
        "16:30",
        ["2026-12-25", "2027-01-01"],
    )
    assert territory["version"] == changed["version"] + 2


async def test_an_outlet_is_made_with_a_fence_and_terms_of_its_own(signed_in: SignIn, admin: Connection) -> None:
    visitor = await signed_in("admin")
    page = await visitor.open("/console/setup/new-outlet")
    await page.get_by_label("Code").fill("PAT/7 Ñ")
    await page.get_by_label("Name").fill("Kiosk <b>at the port</b>")
    await page.get_by_label("Territory").select_option("PATRAS")
    await page.get_by_label("Latitude").fill("38.2464")
    await page.get_by_label("Longitude").fill("21.7346")
    await page.get_by_label("Visits a week").fill("30")
    await page.get_by_label("Product", exact=True).first.fill("CHO-101")
    await page.get_by_label("Units at least").first.fill("6")
    await save(page)
    await expect(page.get_by_label("Visits a week")).to_have_attribute("aria-invalid", "true")
    await page.get_by_label("Visits a week").fill("2,5")
    await page.get_by_label("Radius in metres").fill("45")
    await page.locator("[data-fence-map] canvas, [data-fence-map] svg path").first.wait_for()
    await save(page)
    await page.get_by_role("heading", name="Kiosk <b>at the port</b>").wait_for()
    assert page.url.partition("?")[0].endswith("/console/setup/outlets/PAT%2F7%20%C3%91")
    outlet = await admin.get("/v1/outlets/PAT%2F7%20%C3%91")
    assert outlet["location"]["radius_m"] == 45
    assert outlet["terms"]["visits_per_week"] == "2.5"
    assert outlet["terms"]["must_stock"] == [{"product_code": "CHO-101", "min_quantity": "6"}]
    await page.get_by_text("A fence instead of a circle").click()
    await page.get_by_label("Fence as GeoJSON").fill(SQUARE)
    await save(page)
    await page.get_by_text("Saved.").wait_for()
    location = (await admin.get("/v1/outlets/PAT%2F7%20%C3%91"))["location"]
    assert (location["radius_m"], location["fence"]["type"]) == (None, "Polygon")
    await page.goto(page.url.partition("?")[0].replace("/outlets/PAT%2F7%20%C3%91", "/new-outlet"))
    await page.get_by_label("Code").fill("PAT-0001")
    await page.get_by_label("Name").fill("Another")
    await page.get_by_label("Territory").select_option("PATRAS")
    await save(page)
    await page.get_by_role("alert").get_by_text("The resource exists already.").wait_for()


async def test_a_file_is_checked_and_then_imported_and_another_one_is_checked_first(
    signed_in: SignIn, admin: Connection, tmp_path: Path
) -> None:
    path = tmp_path / "reps.csv"
    path.write_text("code;name;territory_code\nPAT-R7;Ξένια;PATRAS\nPAT-R8;;NOWHERE\n", encoding="windows-1253")
    visitor = await signed_in("admin")
    page = await visitor.open("/console/setup/imports?kind=reps")
    await become_true(page, "window.htmx !== undefined")
    await page.get_by_role("button", name="Check").click()
    await page.get_by_text("Choose a file first.").wait_for()
    await page.get_by_label("File", exact=True).set_input_files(path)
    await page.get_by_label("Characters of a CSV file").select_option("windows-1253")
    await page.get_by_role("button", name="Check").click()
    row = page.get_by_role("table", name="1 row is rejected").get_by_role("row").last
    await row.wait_for()
    assert "3" in await row.inner_text()
    async with page.expect_download() as download:
        await page.get_by_role("button", name="What is wrong, as CSV").click()
    assert (await download.value).suggested_filename == "reps-errors.csv"
    assert not [rep for rep in await admin.items("/v1/reps") if rep["code"] == "PAT-R7"]
    other = tmp_path / "others.csv"
    other.write_text("code;name;territory_code\nPAT-R9;Other;PATRAS\n", encoding="utf-8")
    await page.get_by_label("File", exact=True).set_input_files(other)
    assert await page.get_by_role("button", name="Import the sound rows").count() == 0
    await page.get_by_label("File", exact=True).set_input_files(path)
    await page.get_by_role("button", name="Check").click()
    await page.get_by_role("button", name="Import the sound rows").click()
    await page.get_by_role("heading", name="It is imported").wait_for()
    names = {rep["code"]: rep["name"] for rep in await admin.items("/v1/reps")}
    assert "PAT-R8" not in names
    assert names["PAT-R7"] == "Ξένια"


async def test_a_rule_costs_something_else_from_a_day_on_and_what_that_comes_to_is_asked_before(
    signed_in: SignIn, admin: Connection
) -> None:
    visitor = await signed_in("admin")
    page = await visitor.open("/console/setup/simulations")
    await page.get_by_role("button", name="Replay the month").click()
    await page.get_by_text("Every rule is as it is today. Change at least one.").wait_for()
    await page.get_by_label("Month").fill("2026-10")
    await page.get_by_label("Points of order on time").fill("2")
    await page.get_by_role("button", name="Replay the month").click()
    assert await page.get_by_role("table", name="By rep", exact=True).get_by_role("row").count() > 1
    await page.goto(page.url.replace("simulations", "points-policy/order_on_time"))
    await page.get_by_label("Points", exact=False).first.fill("-2")
    await page.get_by_label("Holds from").fill("2026-12-01")
    await save(page)
    await expect(page.locator("#points-wrong")).to_have_text("order_on_time is an award: 0 or more.")
    await page.get_by_label("Points", exact=False).first.fill("2")
    await page.get_by_label("Cap a month").fill("40")
    await save(page)
    await page.get_by_text("Saved.").wait_for()
    versions = (await admin.get("/v1/points/policy", versions="true"))["items"]
    newest = next(each for each in versions if each["rule"] == "order_on_time")
    assert (newest["points"], newest["monthly_cap"], newest["valid_from"]) == (2, 40, "2026-12-01")


async def test_shares_are_added_up_while_one_types_and_must_come_to_the_whole(
    signed_in: SignIn, admin: Connection
) -> None:
    visitor = await signed_in("admin")
    page = await visitor.open("/console/setup/assortment-targets")
    await page.get_by_label("Targets for").select_option("2027-Q1")
    await page.get_by_label("Of whom").select_option("PATRAS")
    await page.get_by_role("button", name="Put targets").click()
    shares = page.get_by_role("group", name="Shares")
    await shares.wait_for()
    groups = await shares.get_by_label("Assortment group").evaluate_all(
        "fields => fields.map(f => f.value).filter(v => v)"
    )
    for number in range(len(groups)):
        await shares.get_by_label("Share in percent").nth(number).fill("30" if number == 0 else "10")
    missing = 70 - 10 * (len(groups) - 1)
    await expect(shares.get_by_role("status")).to_have_text(
        f"The shares sum to {100 - missing} %: {missing} % are missing."
    )
    await save(page)
    await expect(page.get_by_text("The shares sum to", exact=False).first).to_contain_text("and not to 1")
    await shares.get_by_label("Share in percent").first.fill(str(30 + missing))
    await expect(shares.get_by_role("status")).to_have_text("The shares sum to 100 %.")
    await save(page)
    await page.get_by_text("Saved.").wait_for()
    targets = await admin.get("/v1/assortment-targets/2027-Q1", territory_code="PATRAS")
    assert sum(float(share) for share in targets["shares"].values()) == pytest.approx(1)


async def test_staff_and_other_systems_are_let_in_and_a_secret_is_shown_once(
    signed_in: SignIn, admin: Connection
) -> None:
    visitor = await signed_in("admin")
    page = await visitor.open("/console/setup/new-person")
    await page.get_by_label("Name to sign in with").fill("ioanna")
    await page.get_by_label("First password").fill("password")
    await page.get_by_label("Patras").check()
    await save(page)
    await expect(page.get_by_label("First password")).to_have_attribute("aria-invalid", "true")
    await expect(page.get_by_label("Name to sign in with")).to_have_value("ioanna")
    await page.get_by_label("First password").fill("a quiet harbour")
    await save(page)
    await page.get_by_role("heading", name="ioanna").wait_for()
    page.once("dialog", lambda dialog: dialog.accept())
    await page.get_by_role("button", name="Sign out everywhere").click()
    await page.get_by_text("All of their sign-ins have ended.").wait_for()
    await page.get_by_label("Works for us").uncheck()
    await save(page)
    await page.get_by_text("no longer active").wait_for()
    await visitor.open("/console/setup/new-client")
    await page.get_by_label("Name", exact=False).first.fill("new-erp")
    await page.get_by_label("read orders").check()
    await page.get_by_role("button", name="Make it").click()
    await page.get_by_text("It is shown this once.").wait_for()
    client_id, secret = await page.locator(".secret").all_inner_texts()
    async with httpx.AsyncClient(base_url=visitor.base) as http:
        await Connection.log_in_client(http, client_id, secret)


async def test_the_audit_trail_says_who_changed_what_from_what_to_what(signed_in: SignIn, admin: Connection) -> None:
    await admin.put("/v1/products/BIS-100", {"list_price": "1.55"})
    visitor = await signed_in("admin")
    page = await visitor.open("/console/setup/products/BIS-100")
    await page.get_by_role("link", name="History").click()
    row = page.get_by_role("row").nth(1)
    assert "list price: 1.4 → 1.55" in " ".join((await row.inner_text()).split())
    await row.get_by_role("link", name="user:admin").click()
    assert await page.get_by_label("Who").input_value() == "user:admin"
