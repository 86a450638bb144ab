"""What became of an order, slowly: from everything that was ever told, a rule at a time, with nothing kept between."""

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

Line = tuple[str, int, int, str, str | None]
"""Product, shipped, accepted, price, reason's party."""


@dataclass
class Story:
    """All that was told of one order: each delivery's contents in turn, what was ordered in turn, people's words.

    Whatever comes after the first in `ordered`, and a cancellation, is the office's, after the cutoff.
    """

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

    def standing(self) -> dict[int, list[tuple[datetime, date, tuple[Line, ...]]]]:
        """The contents of those that were not taken back by a correction to lines of nothing."""
        return {
            number: contents
            for number, contents in self.deliveries.items()
            if len(contents) == 1 or any(line[1] for line in contents[-1][2])
        }


def fulfilment(story: Story, agreed: Decimal) -> dict[str, Any]:
    """The row that is to be kept of it, its lines by product."""
    standing = sorted(
        ((contents[-1][0], number, *contents[-1][1:]) for number, contents in story.standing().items()),
        key=lambda delivery: delivery[:2],
    )
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
    by_quantity, by_price = _differences(ordered, lines, agreed)
    left_by_rep = _differences(story.ordered[0].get(product), lines, agreed)
    words = [party for about, party in story.words if about in (None, product)]
    reasons = [line[4] for line in lines if line[4]]
    reason = reasons[-1] if reasons else None
    quantity_party = price_party = None
    shipped = sum(line[1] for line in lines)
    if by_quantity:
        figures = "warehouse" if shipped != (ordered or 0) else "open"
        quantity_party = _party(story, words, reason, figures, is_offices=by_quantity.isdisjoint(left_by_rep[0]))
    if by_price:
        of_price = None if by_quantity else reason
        price_party = _party(story, words, of_price, "pricing", is_offices=not left_by_rep[1])
    return by_quantity | by_price, quantity_party, price_party


def _differences(ordered: int | None, lines: list[Line], agreed: Decimal) -> tuple[set[str], set[str]]:
    shipped, accepted = sum(line[1] for line in lines), sum(line[2] for line in lines)
    if ordered is None:
        return ({"not_ordered"} if shipped else set()), set()
    kinds = set()
    if accepted != ordered:
        kinds |= {"short_shipped"} if shipped < ordered else set()
        kinds |= {"over_shipped"} if shipped > ordered else set()
        kinds |= {"short_accepted"} if accepted < shipped else set()
    other_price = any(Decimal(line[3]) != agreed for line in lines if line[2])
    return kinds, {"price_differs"} if other_price else set()


def _party(story: Story, words: list[str], reason: str | None, figures: str, *, is_offices: bool) -> str:
    if words:
        return words[-1]
    if is_offices:
        return reason if reason and reason != "rep" else "open"
    return reason or story.terms_party or figures
