"""The demo day's tables, from what the API answers to the supervisor."""

from collections import Counter
from collections.abc import Sequence
from datetime import date
from typing import Any

from rich.console import Group
from rich.table import Table

from app.demo import company
from app.demo.connection import Connection

CAUSES = ("not_visited", "unverified", "visited_no_order", "order_refused")


async def tables(supervisor: Connection, day: date, run: dict[str, Any]) -> Group:
    """What became of each rep's day, why visits were flagged, what the phoning brought, and what there is to doubt."""
    visits = await supervisor.items("/v1/visits", date=day.isoformat(), territory_code=company.TERRITORY)
    missing = await supervisor.items(f"/v1/cutoff-runs/{run['id']}/missing-orders")
    tasks = await supervisor.items("/v1/call-tasks", business_date=day.isoformat(), territory_code=company.TERRITORY)
    signals = await supervisor.items("/v1/risk-signals", territory_code=company.TERRITORY)
    mails = await supervisor.items("/v1/inbox-messages")
    points = {rep: await _points(supervisor, rep, day) for rep in company.REPS}
    causes = Counter((order["cause"], order["rep_code"]) for order in missing)
    doubts = Counter((signal["rule"], signal["rep_code"]) for signal in signals)
    return Group(
        _by_rep(day, visits, missing, points),
        _counted("Why they were flagged at 17:00", "cause", CAUSES, causes),
        _of_tasks(tasks),
        _of_mails(mails),
        _counted("Doubts for the supervisor to review", "rule", sorted({rule for rule, _ in doubts}), doubts),
    )


async def _points(supervisor: Connection, rep_code: str, day: date) -> dict[str, Any]:
    points: dict[str, Any] = await supervisor.get(
        f"/v1/reps/{rep_code}/points", **{"from": day.isoformat(), "to": day.isoformat()}
    )
    return points


def _by_rep(
    day: date, visits: list[dict[str, Any]], missing: list[dict[str, Any]], points: dict[str, dict[str, Any]]
) -> Table:
    table = Table("rep", title=f"{day:%A %d %B %Y}: closed at 17:00, phoned until 19:00")
    rows = {rep_code: _row(rep_code, visits, missing, points[rep_code]) for rep_code in company.REPS}
    for column in rows["PAT-R1"]:
        table.add_column(column, justify="right")
    for rep_code, row in rows.items():
        table.add_row(company.REPS[rep_code], *(str(value) for value in row.values()))
    table.add_section()
    totals = [sum(row[column] for row in rows.values()) for column in rows["PAT-R1"]]
    table.add_row("together", *(str(total) for total in totals))
    return table


def _row(
    rep_code: str, visits: list[dict[str, Any]], missing: list[dict[str, Any]], points: dict[str, Any]
) -> dict[str, int]:
    own_visits = [visit for visit in visits if visit["rep_code"] == rep_code]
    return {
        "planned": sum(visit["sequence"] is not None for visit in own_visits),
        "visited": sum(any(check_in["kind"] == "arrival" for check_in in visit["check_ins"]) for visit in own_visits),
        "verified": sum(visit["status"] == "verified" for visit in own_visits),
        "ordered": sum(visit["productive"] for visit in own_visits),
        "flagged": sum(order["rep_code"] == rep_code for order in missing),
        "points": points["balance"],
    }


def _of_tasks(tasks: list[dict[str, Any]]) -> Table:
    table = Table("call task", "outcome", title="Phoned from 17:00 to 19:00")
    table.add_column("outlets", justify="right")
    for (status, outcome), number in sorted(Counter((task["status"], task["outcome"] or "") for task in tasks).items()):
        table.add_row(status, outcome.replace("_", " "), str(number))
    return table


def _of_mails(mails: list[dict[str, Any]]) -> Table:
    table = Table("order form", "what was wrong", title="Order forms by mail")
    table.add_column("forms", justify="right")
    forms = [form for mail in mails for form in mail["forms"]]
    counts = Counter((form["status"], form["problems"][0]["message"] if form["problems"] else "") for form in forms)
    for (status, problem), number in sorted(counts.items()):
        table.add_row(status, problem, str(number))
    return table


def _counted(title: str, heading: str, kinds: Sequence[str], counts: Counter[tuple[str, str]]) -> Table:
    table = Table(heading, title=title)
    for name in company.REPS.values():
        table.add_column(name, justify="right")
    for kind in kinds:
        table.add_row(kind.replace("_", " "), *(str(counts[kind, rep_code]) for rep_code in company.REPS))
    return table
