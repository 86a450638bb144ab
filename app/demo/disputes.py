"""What is argued about in the demo, and who decides: two appeals, a doubt, the month before."""

from datetime import date
from pathlib import Path
from random import Random
from typing import Any

from app.demo import company
from app.demo.calendar import local_time, month_before
from app.demo.products import random_uuid
from app.demo.shops import Shop
from app.demo.team import DemoTeam
from app.ground.printing.printer import Printer

POINT_VALUE = {"point_value": "0.50", "currency": "EUR"}
CLOSING_DAY = 3
"""On this day of the next month the scheduler closes a month that nobody has closed."""
MIX = {
    "chocolate": "0.30",
    "biscuits": "0.20",
    "wafers": "0.12",
    "crackers": "0.13",
    "croissants": "0.10",
    "juice": "0.15",
}
"""The shares of the assortment groups that the company aims at."""


async def agree_on_pay(team: DemoTeam, first: date, day: date) -> None:
    """From the company's first day on: what a point is worth, when months are closed, and which mix is aimed at."""
    policy = {"valid_from": first.isoformat(), "closing_day": CLOSING_DAY, **POINT_VALUE}
    await team.admin.put("/v1/points/statement-policy", policy)
    for quarter in sorted({_quarter_of(first), _quarter_of(day)}):
        targets = {"territory_code": company.TERRITORY, "shares": MIX}
        await team.admin.put(f"/v1/assortment-targets/{quarter}", targets)


async def appeal_mismatch(team: DemoTeam, rep_code: str, day: date, ordered_on: date) -> str:
    """A rep appeals what a delivery has cost, with the order sheet that the shop has signed; answers the appeal."""
    [entry] = await _penalties(team, rep_code, ordered_on, "delivery_mismatch")
    team.set_clock.move_to(local_time(day, 8, 20))
    explanation = await team.supervisor.get(f"/v1/points/{entry['id']}/explanation")
    sheet = await _order_sheet(team, explanation, day)
    rng = Random(f"{team.seed}/{rep_code}/appeal")
    attachment_id = random_uuid(rng)
    await team.devices[rep_code].send_file(
        "/v1/attachments", "order-sheet.pdf", sheet, "application/pdf", id=attachment_id
    )
    text = "The owner ordered all of it, and has signed for it. His son, who took the delivery, did not know."
    return await _appeal(
        team, rep_code, entry, {"id": random_uuid(rng), "text": text, "attachment_ids": [attachment_id]}
    )


async def appeal_missed_order(team: DemoTeam, rep_code: str, day: date, visited_on: date, shop: Shop) -> str:
    """A rep appeals what a shop that was shut has cost; answers the appeal."""
    team.set_clock.move_to(local_time(day, 8, 40))
    filters = {"date": visited_on.isoformat(), "rep_code": rep_code}
    visits = await team.supervisor.items("/v1/visits", **filters)
    [visit_id] = [visit["id"] for visit in visits if visit["outlet_code"] == shop.code]
    penalties = await _penalties(team, rep_code, visited_on, "missed_order")
    [entry] = [entry for entry in penalties if entry["source"]["id"] == visit_id]
    id_ = random_uuid(Random(f"{team.seed}/{rep_code}/appeal"))
    return await _appeal(team, rep_code, entry, {"id": id_, "text": "I was there, and the shop was shut."})


async def _appeal(team: DemoTeam, rep_code: str, entry: dict[str, Any], form: dict[str, Any]) -> str:
    appeal = await team.devices[rep_code].post(f"/v1/points/{entry['id']}/appeals", form)
    return str(appeal["id"])


async def decide(team: DemoTeam, day: date, appeal_id: str, outcome: str, reason: str) -> None:
    """The supervisor's word, in the afternoon."""
    team.set_clock.move_to(local_time(day, 15))
    await team.supervisor.post(f"/v1/appeals/{appeal_id}/decision", {"outcome": outcome, "reason": reason})


async def close_month_before(team: DemoTeam, day: date) -> None:
    """The admin closes the month before that of `day`, first thing in the morning."""
    team.set_clock.move_to(local_time(day, 7))
    month = month_before(day)
    await team.admin.post(f"/v1/points/months/{month:%Y-%m}/close", {"territory_code": company.TERRITORY})


async def confirm_dumping(team: DemoTeam, day: date) -> None:
    """In the evening the supervisor confirms the oldest doubt about an order that was averaged."""
    team.set_clock.move_to(local_time(day, 19, 20))
    filters = {"rule": "averaged_order", "status": "open", "order": "oldest"}
    doubts = await team.supervisor.items("/v1/risk-signals", **filters)
    review = {"outcome": "confirmed", "comment": "The owner says that nobody was there today, and nobody phoned."}
    await team.supervisor.post(f"/v1/risk-signals/{doubts[0]['id']}/review", review)


async def _penalties(team: DemoTeam, rep_code: str, day: date, rule: str) -> list[dict[str, Any]]:
    ledger = await team.supervisor.get(
        f"/v1/reps/{rep_code}/points", **{"from": day.isoformat(), "to": day.isoformat()}
    )
    return [entry for entry in ledger["items"] if entry["rule"] == rule and entry["kind"] == "PENALTY"]


async def _order_sheet(team: DemoTeam, explanation: dict[str, Any], day: date) -> bytes:
    """The shop's order on paper, as a PDF."""
    [order_id] = [record["id"] for record in explanation["records"] if record["type"] == "order"]
    order = await team.supervisor.get(f"/v1/orders/{order_id}")
    names = {product.code: product.name for product in company.PRODUCTS}
    content = {
        "outlet": order["outlet_code"],
        "ordered_on": order["business_date"],
        "lines": [{"product": names[line["product_code"]], "quantity": line["quantity"]} for line in order["lines"]],
    }
    template = Path(__file__).with_name("order_sheet.typ").read_text("utf-8")
    printer = Printer(1)
    try:
        return await printer.pdf(template, content, local_time(day, 8))
    finally:
        await printer.close()


def _quarter_of(day: date) -> str:
    return f"{day.year}-Q{(day.month + 2) // 3}"
