"""What an order's deliveries come to (D2), and who answers (D3)."""

from dataclasses import replace
from decimal import Decimal

import pytest

from app.sales.deliveries.answering_rules import AnswerDecision
from app.sales.deliveries.difference_rules import OrderedProduct
from app.sales.deliveries.fulfilment_rules import (
    FillingDelivery,
    FulfilmentLine,
    FulfilmentState,
    OrderToFill,
    fulfil,
)
from tests.sales.deliveries.plain_values import (
    CHOCOLATE,
    MONDAY,
    NUTS,
    ON_TUESDAY,
    ON_WEDNESDAY,
    WAFER,
    WEDNESDAY,
    a_delivery,
    an_order,
    came,
)

WAFERS = came(WAFER, 6)
DEAR, CHEAP = Decimal("1.20"), Decimal("1.10")


def line_of(state: FulfilmentState, product: int = CHOCOLATE) -> FulfilmentLine:
    return next(line for line in state.lines if line.product_id == product)


STATUSES: list[tuple[str, list[FillingDelivery], OrderToFill, str, str]] = [
    # what came, of which order, on Tuesday, on Wednesday
    ("nothing", [], an_order(), "open", "undelivered"),
    ("nothing, due later", [], an_order(delivery_date=WEDNESDAY), "open", "open"),
    ("nothing of a cancelled order", [], an_order(cancelled=True), "open", "open"),
    ("all of it", [a_delivery(came(CHOCOLATE, 12), WAFERS)], an_order(), "matched", "matched"),
    (
        "all of it in two deliveries",
        [a_delivery(came(CHOCOLATE, 12)), a_delivery(WAFERS, number=2)],
        an_order(),
        "matched",
        "matched",
    ),
    ("a product less", [a_delivery(came(CHOCOLATE, 12))], an_order(), "open", "mismatched"),
    ("fewer of a product", [a_delivery(came(CHOCOLATE, 10), WAFERS)], an_order(), "mismatched", "mismatched"),
    (
        "the rest in a second delivery",
        [a_delivery(came(CHOCOLATE, 10), WAFERS), a_delivery(came(CHOCOLATE, 2), number=2, day=WEDNESDAY)],
        an_order(),
        "matched",
        "matched",
    ),
    ("what was cancelled", [a_delivery(came(CHOCOLATE, 12))], an_order(cancelled=True), "mismatched", "mismatched"),
    ("nothing, told so", [a_delivery(came(CHOCOLATE, 0), came(WAFER, 0))], an_order(), "mismatched", "mismatched"),
    (
        "nothing, corrected to that",
        [a_delivery(came(CHOCOLATE, 0), came(WAFER, 0), version=2)],
        an_order(),
        "open",
        "undelivered",
    ),
    (
        "all of it, beside what never was",
        [a_delivery(came(CHOCOLATE, 12), WAFERS), a_delivery(came(CHOCOLATE, 0), number=2, version=3)],
        an_order(),
        "matched",
        "matched",
    ),
    (
        "a product less, beside what never was",
        [a_delivery(came(CHOCOLATE, 12)), a_delivery(came(WAFER, 0), number=2, version=2)],
        an_order(),
        "open",
        "mismatched",
    ),
    (
        "nothing of what was cancelled, told so",
        [a_delivery(came(CHOCOLATE, 0))],
        an_order(cancelled=True),
        "matched",
        "matched",
    ),
]


@pytest.mark.parametrize(
    ("deliveries", "order", "on_tuesday", "on_wednesday"),
    [case[1:] for case in STATUSES],
    ids=[case[0] for case in STATUSES],
)
def test_the_status_is_told_by_what_came_and_by_the_day(
    deliveries: list[FillingDelivery], order: OrderToFill, on_tuesday: str, on_wednesday: str
) -> None:
    assert fulfil(order, deliveries, [], ON_TUESDAY).status == on_tuesday
    assert fulfil(order, deliveries, [], ON_WEDNESDAY).status == on_wednesday


@pytest.mark.parametrize(
    ("shipped", "accepted", "price", "mismatches", "answered_by", "because"),
    [
        (12, 12, None, [], None, None),
        (10, 10, None, ["short_shipped"], "warehouse", "shipped_differs"),
        (14, 14, None, ["over_shipped"], "warehouse", "shipped_differs"),
        (12, 10, None, ["short_accepted"], "open", "nobody_said"),
        (10, 8, None, ["short_shipped", "short_accepted"], "warehouse", "shipped_differs"),
        (14, 13, None, ["over_shipped", "short_accepted"], "warehouse", "shipped_differs"),
        # what was accepted is what was ordered: that more was on the lorry costs nobody
        (14, 12, None, [], None, None),
        (12, 12, DEAR, ["price_differs"], None, None),
        (12, 12, CHEAP, ["price_differs"], None, None),
        (12, 12, Decimal(0), ["price_differs"], None, None),
        (10, 10, DEAR, ["short_shipped", "price_differs"], "warehouse", "shipped_differs"),
        # nothing was charged
        (12, 0, DEAR, ["short_accepted"], "open", "nobody_said"),
    ],
)
def test_a_line_is_told_by_its_figures(
    shipped: int, accepted: int, price: Decimal | None, mismatches: list[str], answered_by: str, because: str
) -> None:
    line = came(CHOCOLATE, shipped, accepted) if price is None else came(CHOCOLATE, shipped, accepted, price)
    state = fulfil(an_order(), [a_delivery(line, WAFERS)], [], ON_WEDNESDAY)
    found = line_of(state)
    assert (list(found.mismatches), found.answered_by, found.because) == (mismatches, answered_by, because)
    differs = "price_differs" in mismatches
    expected = ("pricing", "price_differs") if differs else (None, None)
    assert (found.price_answered_by, found.price_because) == expected


def test_what_nobody_had_ordered_differs_also_where_it_was_not_accepted() -> None:
    state = fulfil(an_order(), [a_delivery(came(CHOCOLATE, 12), WAFERS, came(NUTS, 3, 0))], [], ON_TUESDAY)
    assert list(line_of(state, NUTS).mismatches) == ["not_ordered"]
    assert line_of(state, NUTS).answered_by == "warehouse"
    assert line_of(state, NUTS).order_price is None


def test_the_price_shown_is_the_newest_that_is_not_the_agreed_one() -> None:
    deliveries = [
        a_delivery(came(CHOCOLATE, 4, price=DEAR), WAFERS, number=1),
        a_delivery(came(CHOCOLATE, 4, price=CHEAP), number=2),
        a_delivery(came(CHOCOLATE, 4), number=3),
    ]
    state = fulfil(an_order(), reversed(deliveries), [], ON_TUESDAY)
    assert line_of(state).charged_price == CHEAP
    assert list(line_of(state).mismatches) == ["price_differs"]


def test_an_order_is_on_time_when_its_last_delivery_is() -> None:
    first = a_delivery(came(CHOCOLATE, 12))
    assert fulfil(an_order(), [], [], ON_TUESDAY).on_time is None
    assert fulfil(an_order(), [first], [], ON_TUESDAY).on_time is True
    assert fulfil(an_order(), [first, a_delivery(WAFERS, number=2, day=WEDNESDAY)], [], ON_WEDNESDAY).on_time is False
    assert fulfil(an_order(), [a_delivery(WAFERS, day=MONDAY)], [], ON_TUESDAY).on_time is False


def test_a_delivery_that_never_was_is_not_counted_and_says_nothing_of_the_time() -> None:
    ghost = a_delivery(came(CHOCOLATE, 0), came(WAFER, 0), number=2, day=WEDNESDAY, version=2)
    alone = fulfil(an_order(), [ghost], [], ON_TUESDAY)
    assert (alone.delivery_count, alone.on_time, alone.last_delivered_date) == (0, None, None)
    beside = fulfil(an_order(), [a_delivery(came(CHOCOLATE, 12), WAFERS), ghost], [], ON_WEDNESDAY)
    assert (beside.delivery_count, beside.on_time) == (1, True)


PRECEDENCE = [
    # terms, reasons of the first and the second delivery, decisions by product: who answers, and why
    (None, None, None, [], "open", "nobody_said"),
    ("rep", None, None, [], "rep", "terms"),
    ("rep", "carrier", None, [], "carrier", "reason"),
    ("rep", "carrier", "outlet", [], "outlet", "reason"),
    (None, "carrier", None, [(None, "outlet")], "outlet", "decision"),
    ("rep", "carrier", "outlet", [(CHOCOLATE, "warehouse")], "warehouse", "decision"),
    # the newest word counts for what it is about
    (None, None, None, [(CHOCOLATE, "warehouse"), (None, "rep")], "rep", "decision"),
    (None, None, None, [(None, "rep"), (CHOCOLATE, "warehouse")], "warehouse", "decision"),
    (None, None, None, [(WAFER, "rep")], "open", "nobody_said"),
]


@pytest.mark.parametrize(("terms", "first", "second", "decisions", "answered_by", "because"), PRECEDENCE)
def test_who_answers_is_decided_or_else_the_reasons_party_or_else_the_terms(
    terms: str | None,
    first: str | None,
    second: str | None,
    decisions: list[tuple[int | None, str]],
    answered_by: str,
    because: str,
) -> None:
    deliveries = [
        a_delivery(came(CHOCOLATE, 8, 7, price=DEAR, party=first), WAFERS),
        a_delivery(came(CHOCOLATE, 4, 4, party=second), number=2),
    ]
    words = [AnswerDecision(number, product, party) for number, (product, party) in enumerate(decisions)]
    line = line_of(fulfil(an_order(terms_party=terms), deliveries, words, ON_TUESDAY))
    assert (line.answered_by, line.because) == (answered_by, because)
    # the price's party: as without a reason, for that is why the quantity differs
    without_reason = ("pricing", "price_differs") if terms is None else (terms, "terms")
    expected = (answered_by, because) if because == "decision" else without_reason
    assert (line.price_answered_by, line.price_because) == expected


@pytest.mark.parametrize(
    ("accepted", "answers"),
    [
        (12, [(None, None), ("carrier", "reason")]),
        (10, [("carrier", "reason"), ("rep", "terms")]),
    ],
)
def test_a_reason_answers_for_the_price_where_the_quantity_does_not_differ(
    accepted: int, answers: list[tuple[str | None, str | None]]
) -> None:
    delivery = a_delivery(came(CHOCOLATE, 12, accepted, price=DEAR, party="carrier"), WAFERS)
    line = line_of(fulfil(an_order(terms_party="rep"), [delivery], [], ON_TUESDAY))
    assert [(line.answered_by, line.because), (line.price_answered_by, line.price_because)] == answers


def test_a_decision_covers_quantity_and_price() -> None:
    delivery = a_delivery(came(CHOCOLATE, 12, 10, price=DEAR, party="carrier"), WAFERS)
    line = line_of(fulfil(an_order(), [delivery], [AnswerDecision(1, CHOCOLATE, "outlet")], ON_TUESDAY))
    assert (line.answered_by, line.price_answered_by) == ("outlet", "outlet")


BY_THE_OFFICE: list[tuple[str, OrderToFill, FillingDelivery, tuple[str | None, str | None]]] = [
    # what the office left of 12 and 6, what came, who answers for the quantity of chocolate by terms of the rep's
    ("cancelled", an_order(cancelled=True), a_delivery(came(CHOCOLATE, 12), WAFERS), ("open", "changed_after_cutoff")),
    ("halved", an_order({CHOCOLATE: 6, WAFER: 6}), a_delivery(came(CHOCOLATE, 12), WAFERS), (
        "open", "changed_after_cutoff")),
    ("halved, and 10 came", an_order({CHOCOLATE: 6, WAFER: 6}), a_delivery(came(CHOCOLATE, 10), WAFERS), (
        "open", "changed_after_cutoff")),
    ("doubled", an_order({CHOCOLATE: 24, WAFER: 6}), a_delivery(came(CHOCOLATE, 12), WAFERS), (
        "open", "changed_after_cutoff")),
    ("doubled, and 10 came", an_order({CHOCOLATE: 24, WAFER: 6}), a_delivery(came(CHOCOLATE, 10), WAFERS), (
        "rep", "terms")),
    ("the wafers left out", an_order({CHOCOLATE: 12}), a_delivery(came(CHOCOLATE, 12, 10)), ("rep", "terms")),
    ("the reason is the rep's", an_order({CHOCOLATE: 6, WAFER: 6}), a_delivery(came(CHOCOLATE, 12, party="rep"), WAFERS
    ), ("open", "changed_after_cutoff")),
    ("the reason is another's", an_order({CHOCOLATE: 6, WAFER: 6}), a_delivery(
        came(CHOCOLATE, 12, party="warehouse"), WAFERS), ("warehouse", "reason")),
]  # fmt: skip


@pytest.mark.parametrize(
    ("order", "delivery", "answer"), [case[1:] for case in BY_THE_OFFICE], ids=[case[0] for case in BY_THE_OFFICE]
)
def test_a_rep_does_not_answer_for_what_differs_only_since_the_office_changed_the_order(
    order: OrderToFill, delivery: FillingDelivery, answer: tuple[str, str]
) -> None:
    order = replace(order, terms_party="rep", changed=True)
    line = line_of(fulfil(order, [delivery], [], ON_WEDNESDAY, an_order().ordered))
    assert (line.answered_by, line.because) == answer


def test_a_word_makes_the_rep_answer_for_what_the_office_changed() -> None:
    state = fulfil(
        an_order(cancelled=True, changed=True),
        [a_delivery(came(CHOCOLATE, 12), WAFERS)],
        [AnswerDecision(1, CHOCOLATE, "rep")],
        ON_TUESDAY,
        an_order().ordered,
    )
    assert [(line.answered_by, line.because) for line in state.lines] == [
        ("rep", "decision"),
        ("open", "changed_after_cutoff"),
    ]


def test_a_price_that_differs_only_since_the_office_changed_it_is_nobodys() -> None:
    cheaper = an_order(terms_party="rep", changed=True, lines=(OrderedProduct(CHOCOLATE, Decimal(12), CHEAP),))
    as_before = fulfil(cheaper, [a_delivery(came(CHOCOLATE, 12))], [], ON_TUESDAY, an_order().ordered)
    other = fulfil(cheaper, [a_delivery(came(CHOCOLATE, 12, price=DEAR))], [], ON_TUESDAY, an_order().ordered)
    assert [(line.price_answered_by, line.price_because) for line in (line_of(as_before), line_of(other))] == [
        ("open", "changed_after_cutoff"),
        ("rep", "terms"),
    ]


def test_a_rep_answers_for_quantities_and_prices_apart() -> None:
    short, dear = came(CHOCOLATE, 10, party="rep"), came(WAFER, 6, price=DEAR, party="carrier")
    state = fulfil(an_order(), [a_delivery(short, dear)], [], ON_TUESDAY)
    assert (state.rep_answers_quantity, state.rep_answers_price) == (True, False)
    other = fulfil(
        an_order(), [a_delivery(came(CHOCOLATE, 12), came(WAFER, 6, price=DEAR, party="rep"))], [], ON_TUESDAY
    )
    assert (other.rep_answers_quantity, other.rep_answers_price) == (False, True)


def test_nobody_answers_before_the_order_is_settled() -> None:
    state = fulfil(an_order(terms_party="rep"), [a_delivery(came(CHOCOLATE, 10, price=DEAR))], [], ON_TUESDAY)
    assert (state.status, state.mismatched_lines, state.rep_answers_quantity) == ("open", (), False)
    assert (line_of(state).shipped, line_of(state).charged_price) == (Decimal(10), DEAR)
