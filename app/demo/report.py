"""The demo day's tables, from what the API answers to the supervisor."""

from collections import Counter
from datetime import date
from typing import Any

from rich.console import Group
from rich.table import Table

from app.demo import company
from app.demo.connection import Connection

CAUSES = ("not_visited", "unverified", "visited_no_order", "order_refused")


async def tables(supervisor: Connection, day: date, run: dict[str, Any]) -> Group:
    """One table by rep, one of the call tasks, one of the risk signals."""
    visits = await supervisor.items("/v1/visits", date=day.isoformat(), territory_code=company.TERRITORY)
    missing = await supervisor.items(f"/v1/cutoff-runs/{run['id']}/missing-orders")
    tasks = await supervisor.items("/v1/call-tasks", business_date=day.isoformat(), territory_code=company.TERRITORY)
    signals = await supervisor.items("/v1/risk-signals", territory_code=company.TERRITORY)
    points = {rep: await _points(supervisor, rep, day) for rep in company.REPS}
    return Group(_by_rep(day, visits, missing, points), _of_tasks(tasks), _of_signals(signals))


async def _points(supervisor: Connection, rep_code: str, day: date) -> dict[str, Any]:
    found: dict[str, Any] = await supervisor.get(
        f"/v1/reps/{rep_code}/points", **{"from": day.isoformat(), "to": day.isoformat()}
    )
    return found


def _by_rep(
    day: date, visits: list[dict[str, Any]], missing: list[dict[str, Any]], points: dict[str, dict[str, Any]]
) -> Table:
    table = Table(title=f"The demo day, {day:%A %d %B %Y}: closed at 17:00, phoned until 19:00")
    table.add_column("rep")
    for column in ("planned", "visited", "verified", "ordered", "flagged", *CAUSES, "reversed", "points"):
        table.add_column(column.replace("_", " "), justify="right")
    totals: Counter[str] = Counter()
    for rep_code, name in company.REPS.items():
        row = _row(rep_code, visits, missing, points[rep_code])
        totals.update(row)
        table.add_row(name, *(str(value) for value in row.values()))
    table.add_section()
    table.add_row("together", *(str(totals[key]) for key in row))
    return table


def _row(
    rep_code: str, visits: list[dict[str, Any]], missing: list[dict[str, Any]], points: dict[str, Any]
) -> dict[str, int]:
    own = [visit for visit in visits if visit["rep_code"] == rep_code]
    flagged = [order for order in missing if order["rep_code"] == rep_code]
    causes = Counter(order["cause"] for order in flagged)
    reversals = [item for item in points["items"] if item["kind"] == "REVERSAL"]
    return {
        "planned": sum(visit["sequence"] is not None for visit in own),
        "visited": sum(any(c["kind"] == "arrival" for c in visit["check_ins"]) for visit in own),
        "verified": sum(visit["status"] == "verified" for visit in own),
        "ordered": sum(bool(visit["productive"]) for visit in own),
        "flagged": len(flagged),
        **{cause: causes[cause] for cause in CAUSES},
        "reversed": len(reversals),
        "points": points["balance"],
    }


def _of_tasks(tasks: list[dict[str, Any]]) -> Table:
    table = Table("call tasks", "outcome", title="Phoned from 17:00 to 19:00")
    table.add_column("number", justify="right")
    found = Counter((task["status"], task["outcome"] or "–") for task in tasks)
    for (status, outcome), number in sorted(found.items()):
        table.add_row(status, outcome.replace("_", " "), str(number))
    return table


def _of_signals(signals: list[dict[str, Any]]) -> Table:
    table = Table("rule", title="Doubts for the supervisor to review")
    reps = list(company.REPS)
    for rep_code in reps:
        table.add_column(company.REPS[rep_code], justify="right")
    found = Counter((signal["rule"], signal["rep_code"]) for signal in signals)
    for rule in sorted({rule for rule, _ in found}):
        table.add_row(rule, *(str(found[rule, rep_code]) for rep_code in reps))
    return table
