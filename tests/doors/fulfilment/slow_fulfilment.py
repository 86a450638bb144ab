"""What became of an order, slowly: from everything that was ever told, a rule at a time, with nothing kept between."""

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

Line = tuple[str, int, int, str, str | None]
"""Product, shipped, accepted, price, reason's party."""


@dataclass
class Story:
    """All that was told of one order: each delivery's contents in turn, what was ordered in turn, people's words."""

    delivery_date: date
    today: date
    last_working_day: date
    terms_party: str | None
    ordered: list[dict[str, int]]
    cancelled: bool = False
    deliveries: dict[int, list[tuple[datetime, date, tuple[Line, ...]]]] = field(default_factory=dict)
    words: list[tuple[str | None, str]] = field(default_factory=list)

    def tell(self, number: int, at: datetime, day: date, lines: tuple[Line, ...]) -> None:
        """A content of a delivery; one that it had before is an old message."""
        contents = self.deliveries.setdefault(number, [])
        if (at, day, lines) not in contents:
            contents.append((at, day, lines))


def fulfilment(story: Story, agreed: Decimal) -> dict[str, Any]:
    """The row that is to be kept of it, its lines by product."""
    standing = sorted(((c[-1][0], number, *c[-1][1:]) for number, c in story.deliveries.items()), key=lambda d: d[:2])
    ordered = {} if story.cancelled else story.ordered[-1]
    products = {line[0] for *_, lines in standing for line in lines}
    late = story.today > story.delivery_date
    settled = bool(standing) and (late or all(product in products for product in ordered))
    differing: dict[str, tuple[set[str], str | None, str | None]] = {}
    for product in sorted(products | set(ordered)):
        of_product = [line for *_, lines in standing for line in lines if line[0] == product]
        kinds, quantity_party, price_party = _of_product(story, product, ordered.get(product), of_product, agreed)
        if settled and kinds:
            differing[product] = (kinds, quantity_party, price_party)
    if settled:
        status = "mismatched" if differing else "matched"
    elif standing or story.cancelled or story.delivery_date > story.last_working_day:
        status = "open"
    else:
        status = "undelivered"
    return {
        "status": status,
        "settled": settled,
        "on_time": standing[-1][2] == story.delivery_date if standing else None,
        "delivery_count": len(standing),
        "last_delivered_date": standing[-1][2] if standing else None,
        "rep_answers_quantity": any(party == "rep" for _, party, _ in differing.values()),
        "rep_answers_price": any(party == "rep" for _, _, party in differing.values()),
        "mismatches": differing,
    }


def _of_product(
    story: Story, product: str, ordered: int | None, lines: list[Line], agreed: Decimal
) -> tuple[set[str], str | None, str | None]:
    shipped, accepted = sum(line[1] for line in lines), sum(line[2] for line in lines)
    kinds = set()
    if ordered is None:
        kinds |= {"not_ordered"} if shipped else set()
    elif accepted != ordered:
        kinds |= {"short_shipped"} if shipped < ordered else set()
        kinds |= {"over_shipped"} if shipped > ordered else set()
        kinds |= {"short_accepted"} if accepted < shipped else set()
    by_quantity = bool(kinds)
    by_price = ordered is not None and any(Decimal(line[3]) != agreed for line in lines if line[2])
    kinds |= {"price_differs"} if by_price else set()
    words = [party for about, party in story.words if about in (None, product)]
    reasons = [line[4] for line in lines if line[4]]
    said = words[-1] if words else reasons[-1] if reasons else story.terms_party
    quantity_party = said or ("warehouse" if shipped != (ordered or 0) else "open")
    return kinds, quantity_party if by_quantity else None, (said or "pricing") if by_price else None
