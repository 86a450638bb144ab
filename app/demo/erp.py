"""The ERP of the demo's company: it tells what was delivered, nearly all of it as ordered, and what came back."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from random import Random
from typing import Any

from app.demo import company
from app.demo.calendar import local_time, working_day_before
from app.demo.connection import Connection
from app.demo.products import random_uuid
from app.demo.team import DemoTeam

_PACKS = {product.code: product.pack for product in company.PRODUCTS}
_TUESDAY, _WEDNESDAY = 2, 3


@dataclass(frozen=True, slots=True)
class Difference:
    """A pack of an order's first product that did not leave the warehouse, or that the outlet did not take."""

    rep_code: str
    reason_code: str
    left_the_warehouse: bool


DIFFERENCES = {
    _TUESDAY: Difference("PAT-R1", "picking_error", left_the_warehouse=False),
    _WEDNESDAY: Difference("PAT-R2", "ordered_wrongly", left_the_warehouse=True),
}
"""By weekday, in the first delivery of that rep: the warehouse answers for the one, the rep for the other."""


@dataclass(frozen=True, slots=True)
class DemoDelivery:
    """A delivery, with whose order it filled."""

    id: str
    rep_code: str | None
    outlet_code: str
    lines: list[dict[str, str]]

    @property
    def value(self) -> Decimal:
        """What the outlet accepted is worth."""
        return sum((Decimal(line["accepted_quantity"]) * Decimal(line["unit_price"]) for line in self.lines), Decimal())


class Erp:
    """An integration client of the demo's company."""

    def __init__(self, team: DemoTeam, credentials: dict[str, str]) -> None:
        self._team = team
        self._credentials = credentials
        self._rng = Random(f"{team.seed}/erp")
        self._deliveries: list[DemoDelivery] = []

    @classmethod
    async def of(cls, team: DemoTeam) -> "Erp":
        """The company's, which an admin lets in."""
        scopes = ["deliveries:write"]
        return cls(team, await team.admin.post("/v1/clients", {"name": "patras-erp", "scopes": scopes}))

    async def deliver(self, day: date) -> None:
        """What was ordered on the working day before for this one: by an import in the morning."""
        ordered_on = working_day_before(day).isoformat()
        at = local_time(day, 7, 30)
        self._team.set_clock.move_to(at)
        orders = await self._team.supervisor.items("/v1/orders", date=ordered_on, territory_code=company.TERRITORY)
        due = [order for order in orders if order["delivery_date"] == day.isoformat()]
        difference = DIFFERENCES.get(day.isoweekday())
        rows = []
        for number, order in enumerate(due, 1):
            applies = difference is not None and order["rep_code"] == difference.rep_code
            lines = _delivered_lines(order, difference if applies else None)
            difference = None if applies else difference
            delivery = DemoDelivery(random_uuid(self._rng), order["rep_code"], order["outlet_code"], lines)
            self._deliveries.append(delivery)
            head = {
                "id": delivery.id,
                "number": f"DN-{day:%Y%m%d}-{number:03}",
                "outlet_code": delivery.outlet_code,
                "order_id": order["id"],
                "delivered_at": at.isoformat(),
            }
            rows += [head | line for line in lines]
        if rows:
            await company.import_rows(await self._connection(), "deliveries", rows)

    async def take_back(self, day: date, rep_code: str, share: Decimal) -> None:
        """Of a rep's deliveries so far something did not sell, worth about this share of them all."""
        at = local_time(day, 12)
        self._team.set_clock.move_to(at)
        own = {delivery.id: delivery for delivery in self._deliveries if delivery.rep_code == rep_code}
        limit = share * sum(delivery.value for delivery in own.values())
        connection = await self._connection()
        for delivery_id, lines in _returned(list(own.values()), limit).items():
            form = {
                "id": random_uuid(self._rng),
                "outlet_code": own[delivery_id].outlet_code,
                "returned_at": at.isoformat(),
                "delivery_id": delivery_id,
                "lines": lines,
            }
            await connection.post("/v1/returns", form)

    async def _connection(self) -> Connection:
        return await Connection.log_in_client(
            self._team.http, self._credentials["client_id"], self._credentials["client_secret"]
        )


def _delivered_lines(order: dict[str, Any], difference: Difference | None) -> list[dict[str, str]]:
    """As ordered, but for the first line where something differs."""
    lines = [
        {
            "product_code": line["product_code"],
            "shipped_quantity": line["quantity"],
            "accepted_quantity": line["quantity"],
            "unit_price": line["unit_price"],
        }
        for line in order["lines"]
    ]
    if difference is not None:
        first = lines[0]
        first["reason_code"] = difference.reason_code
        first["accepted_quantity"] = str(Decimal(first["accepted_quantity"]) - _PACKS[first["product_code"]])
        if not difference.left_the_warehouse:
            first["shipped_quantity"] = first["accepted_quantity"]
    return lines


def _returned(deliveries: list[DemoDelivery], limit: Decimal) -> dict[str, list[dict[str, Any]]]:
    """What comes back, by delivery: a pack of each product, until it is worth at least `limit`."""
    lines: dict[str, list[dict[str, Any]]] = defaultdict(list)
    value = Decimal()
    for delivery, line in [(each, line) for each in deliveries for line in each.lines]:
        pack = _PACKS[line["product_code"]]
        if value < limit and pack <= Decimal(line["accepted_quantity"]):
            back = {"product_code": line["product_code"], "quantity": str(pack), "unit_price": line["unit_price"]}
            lines[delivery.id].append(back | {"reason_code": "unsold", "accepted": True})
            value += pack * Decimal(line["unit_price"])
    return lines
