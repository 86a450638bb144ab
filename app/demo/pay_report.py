"""What the month before came to, and what is argued about: tables from what the API answers."""

from collections import Counter
from datetime import date
from typing import Any

from rich.console import Group
from rich.table import Table

from app.demo import company
from app.demo.calendar import month_before
from app.demo.connection import Connection


async def tables(admin: Connection, day: date) -> Group:
    """Each rep's statement of the month before that of `day`, deliveries that differ, and appeals."""
    month = month_before(day)
    statements = (await admin.get(f"/v1/points/months/{month:%Y-%m}/statements"))["items"]
    deliveries = await admin.items("/v1/deliveries", status="mismatched")
    orders = sorted({delivery["order_id"] for delivery in deliveries if delivery["order_id"]})
    fulfilments = [await admin.get(f"/v1/orders/{order_id}/fulfilment") for order_id in orders]
    appeals = await admin.items("/v1/appeals")
    return Group(_of_statements(month, statements), _of_mismatches(fulfilments), _of_appeals(appeals))


def _of_statements(month: date, statements: list[dict[str, Any]]) -> Table:
    """A line for each rule, a column for each rep, as the statements say."""
    table = Table("rule", title=f"Statements of {month:%B %Y}: {statements[0]['number']} to {statements[-1]['number']}")
    for statement in statements:
        table.add_column(statement["rep_name"], justify="right")
    points = [_points_by_rule(statement) for statement in statements]
    for rule in sorted(set().union(*points)):
        table.add_row(rule.replace("_", " "), *(str(of_rep.get(rule, 0)) for of_rep in points))
    table.add_section()
    table.add_row("points", *(str(statement["points"]) for statement in statements))
    table.add_row("amount", *(f"{statement['amount']} {statement['currency']}" for statement in statements))
    return table


def _points_by_rule(statement: dict[str, Any]) -> dict[str, int]:
    return {line["rule"]: line["points"] for line in statement["lines"]}


def _of_mismatches(fulfilments: list[dict[str, Any]]) -> Table:
    table = Table("difference", "who answers", title="Orders that came otherwise than ordered")
    table.add_column("orders", justify="right")
    kinds = Counter(
        (mismatch, line["answered_by"])
        for fulfilment in fulfilments
        for line in fulfilment["lines"]
        for mismatch in line["mismatches"]
    )
    for (mismatch, party), number in sorted(kinds.items()):
        table.add_row(mismatch.replace("_", " "), party, str(number))
    return table


def _of_appeals(appeals: list[dict[str, Any]]) -> Table:
    table = Table("appeal of", "about", "outcome", title="Appeals")
    for appeal in appeals:
        name = company.REPS[appeal["rep_code"]]
        table.add_row(name, appeal["entry"]["rule"].replace("_", " "), appeal["status"])
    return table
