from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.ground.receipts.service import content_digest
from app.masters.catalogue.rules import Offer
from app.masters.outlets.rules import FieldOutlet
from app.sales.orders.rules import (
    MOST_LINES,
    AcceptedLine,
    OrderDecision,
    OrderForm,
    OrderFormLine,
    digest_of,
    judge_no_order,
    judge_order,
)
from tests.sales.orders.plain_values import (
    MONDAY,
    SUNDAY,
    TUESDAY,
    form_of,
    line,
    must_stock,
    offer_of,
    outlet_with,
    price_row,
)

OFFERS = {offer.code: offer for offer in (offer_of("CHO-100", 100), offer_of("CHO-200", 200, active=False))}


def judge(form: OrderForm, outlet: FieldOutlet | None = None, *offers: Offer) -> OrderDecision:
    known = OFFERS | {offer.code: offer for offer in offers}
    return judge_order(form, outlet or outlet_with(), known, MONDAY, 1)


def found(decision: OrderDecision) -> set[tuple[str, str]]:
    return {(problem.pointer, problem.code) for problem in decision.problems}


def test_a_sound_form_is_accepted_without_warnings() -> None:
    decision = judge(form_of(line(quantity="12", unit_price="1.15")))
    assert decision.accepted
    assert decision.warnings == ()
    assert decision.lines == ((100, Decimal(12), Decimal("1.15"), Decimal("1.15")),)
    assert decision.total_value == Decimal("13.80")


@pytest.mark.parametrize(
    ("form", "outlet", "pointer", "code"),
    [
        (form_of(line()), outlet_with(active=False), "/outlet_code", "inactive_outlet"),
        (form_of(line()), outlet_with(territory_id=2), "/outlet_code", "outlet_outside_territory"),
        (form_of(line()), outlet_with(credit_hold=True), "/outlet_code", "credit_hold"),
        (form_of(), outlet_with(), "/lines", "no_lines"),
        (form_of(line("NONE")), outlet_with(), "/lines/0/product_code", "unknown_product"),
        (form_of(line("CHO-200")), outlet_with(), "/lines/0/product_code", "inactive_product"),
        (form_of(line(), line()), outlet_with(), "/lines/1/product_code", "duplicate_product"),
        (form_of(line(quantity="0")), outlet_with(), "/lines/0/quantity", "quantity_not_positive"),
        (form_of(line(quantity="-6")), outlet_with(), "/lines/0/quantity", "quantity_not_positive"),
        (form_of(line(quantity="7")), outlet_with(), "/lines/0/quantity", "not_a_multiple_of_pack"),
        (form_of(line(), delivery_date=SUNDAY), outlet_with(), "/delivery_date", "delivery_date_in_the_past"),
        (form_of(line(quantity="999999996", unit_price="999999999")), outlet_with(), "/lines", "value_too_large"),
    ],
)  # fmt: skip
def test_a_form_is_refused_with_a_pointer_and_a_code(
    form: OrderForm, outlet: FieldOutlet, pointer: str, code: str
) -> None:
    decision = judge(form, outlet)
    assert found(decision) == {(pointer, code)}
    assert decision.lines == ()


def test_every_problem_is_told_at_once() -> None:
    form = form_of(line("NONE", "-1"), line(), line("CHO-100", "5"), delivery_date=MONDAY.replace(day=1))
    assert found(judge(form, outlet_with(credit_hold=True, active=False))) == {
        ("/outlet_code", "credit_hold"),
        ("/outlet_code", "inactive_outlet"),
        ("/delivery_date", "delivery_date_in_the_past"),
        ("/lines/0/product_code", "unknown_product"),
        ("/lines/0/quantity", "quantity_not_positive"),
        ("/lines/2/product_code", "duplicate_product"),
        ("/lines/2/quantity", "not_a_multiple_of_pack"),
    }


def test_of_an_outlet_outside_of_the_territory_nothing_else_is_told() -> None:
    outlet = outlet_with(credit_hold=True, active=False, territory_id=9)
    assert found(judge(form_of(line()), outlet)) == {("/outlet_code", "outlet_outside_territory")}


def test_an_unknown_outlet_is_refused_and_its_lines_are_judged_all_the_same() -> None:
    decision = judge_order(form_of(line("NONE")), None, OFFERS, MONDAY, 1)
    assert found(decision) == {("/outlet_code", "unknown_outlet"), ("/lines/0/product_code", "unknown_product")}


def test_delivery_on_the_business_date_itself_is_in_time() -> None:
    assert judge(form_of(line(), delivery_date=MONDAY)).accepted


def test_without_a_rep_any_territory_will_do() -> None:
    assert judge_order(form_of(line()), outlet_with(territory_id=9), OFFERS, MONDAY, None).accepted


def test_more_lines_than_the_limit_are_refused() -> None:
    many = [offer_of(f"P{number}", number) for number in range(MOST_LINES + 1)]
    assert found(judge(form_of(*(line(offer.code) for offer in many)), None, *many)) == {("/lines", "too_many_lines")}


def test_a_fraction_of_a_unit_is_a_multiple_of_a_fraction_of_a_pack() -> None:
    cheese = offer_of("CHE", 3, pack_size=Decimal("0.25"))
    assert judge(form_of(line("CHE", "1.75")), None, cheese).accepted
    assert not judge(form_of(line("CHE", "1.80")), None, cheese).accepted


def test_an_order_below_the_minimum_is_accepted_with_a_warning() -> None:
    (warning,) = judge(form_of(line()), outlet_with(min_order_value=Decimal(20))).warnings
    assert warning.as_json() == {
        "code": "below_min_order",
        "pointer": "/lines",
        "message": "The order is below the outlet's minimum.",
        "total_value": "13.80",
        "min_order_value": "20.00",
    }


def test_missing_must_stock_items_are_named_with_their_quantities() -> None:
    wanted = (must_stock("CHO-100", 12), must_stock("CHO-300", 6), must_stock("CHO-100", 24))
    (warning,) = judge(form_of(line(quantity="12")), outlet_with(must_stock=wanted)).warnings
    assert warning.code == "must_stock_missing"
    assert warning.details["items"] == [
        {"product_code": "CHO-300", "quantity": "0", "min_quantity": "6"},
        {"product_code": "CHO-100", "quantity": "12", "min_quantity": "24"},
    ]


def test_where_the_price_differs_both_are_kept() -> None:
    decision = judge(form_of(line(unit_price="1.1")))
    (warning,) = decision.warnings
    assert (warning.code, warning.details["unit_price"], warning.details["list_price"]) == (
        "price_differs",
        "1.10",
        "1.15",
    )
    assert decision.lines[0].unit_price == Decimal("1.10")
    assert decision.lines[0].list_price == Decimal("1.15")
    assert decision.total_value == Decimal("13.20")


def test_a_line_without_a_price_takes_the_price_lists() -> None:
    decision = judge(form_of(line(unit_price=None)))
    assert decision.warnings == ()
    assert decision.lines[0].unit_price == Decimal("1.15")


def test_the_outlets_own_price_is_its_list_price() -> None:
    special = offer_of(prices=(price_row("1.00", outlet_id=7), price_row("1.05", channel="grocery")))
    assert judge(form_of(line(unit_price=None)), None, special).lines[0].list_price == Decimal("1.00")


def test_a_quantity_over_the_stock_is_accepted_with_a_warning() -> None:
    scarce = offer_of(stock={"A": Decimal(4), "B": Decimal(2)})
    (warning,) = judge(form_of(line(), line("X", "6")), None, scarce, offer_of("X", 5)).warnings
    assert (warning.code, warning.pointer) == ("over_stock", "/lines/0/quantity")
    assert warning.details == {"product_code": "CHO-100", "quantity": "12", "stock": "6"}


def test_stock_is_that_of_the_warehouse_that_delivers_to_the_outlet() -> None:
    scattered = offer_of(stock={"NEAR": Decimal(6), "FAR": Decimal(600)})
    (warning,) = judge(form_of(line()), outlet_with(warehouse_code="NEAR"), scattered).warnings
    assert (warning.code, warning.details["warehouse_code"], warning.details["stock"]) == ("over_stock", "NEAR", "6")
    assert judge(form_of(line()), outlet_with(warehouse_code="FAR"), scattered).warnings == ()


def test_a_warehouse_of_whose_stock_nothing_is_known_warns_of_nothing() -> None:
    elsewhere = offer_of(stock={"FAR": Decimal(0)})
    assert judge(form_of(line()), outlet_with(warehouse_code="NEAR"), elsewhere).warnings == ()


def test_a_no_order_report_needs_a_known_outlet_of_the_territory_and_an_active_reason() -> None:
    reasons = frozenset({"overstocked"})
    assert judge_no_order("overstocked", outlet_with(), reasons, 1) == ()
    assert [p.code for p in judge_no_order("asleep", outlet_with(territory_id=2), reasons, 1)] == [
        "outlet_outside_territory",
        "unknown_reason",
    ]
    assert [p.code for p in judge_no_order("overstocked", None, reasons, 1)] == ["unknown_outlet"]


CODES = st.sampled_from(["CHO-100", "CHO-200", "CHO-300", "CHO-400", "NONE"])
QUANTITIES = st.decimals(-10, 100, places=1) | st.integers(0, 20).map(lambda packs: Decimal(6 * packs))
PRICES = st.none() | st.decimals(0, 1000, places=4)
LINES = st.lists(st.builds(OrderFormLine, CODES, QUANTITIES, PRICES), max_size=6)
KNOWN = OFFERS | {"CHO-300": offer_of("CHO-300", 300, pack_size=Decimal("0.5")), "CHO-400": offer_of("CHO-400", 400)}


@given(LINES, st.booleans(), st.booleans())
def test_a_form_is_accepted_exactly_when_nothing_in_it_is_wrong(
    lines: list[OrderFormLine], held: bool, late: bool
) -> None:
    form = form_of(*lines, delivery_date=SUNDAY if late else TUESDAY)
    decision = judge_order(form, outlet_with(credit_hold=held), KNOWN, MONDAY, 1)
    sound = (
        bool(lines)
        and not held
        and not late
        and len({one.product_code for one in lines}) == len(lines)
        and all(
            one.product_code not in {"NONE", "CHO-200"}
            and one.quantity > 0
            and one.quantity % KNOWN[one.product_code].pack_size == 0
            for one in lines
        )
    )
    assert decision.accepted == sound == (not decision.problems)
    assert len(decision.lines) == (len(lines) if sound else 0)


@given(LINES)
def test_the_total_is_the_sum_of_the_lines_to_four_decimals(lines: list[OrderFormLine]) -> None:
    decision = judge_order(form_of(*lines), outlet_with(), KNOWN, MONDAY, 1)
    exact = sum((one.quantity * one.unit_price for one in decision.lines), Decimal(0))
    assert decision.total_value == exact.quantize(Decimal("0.0001"), ROUND_HALF_UP)


@given(LINES, st.randoms(use_true_random=False))
def test_the_order_of_the_lines_changes_nothing_but_pointers(lines: list[OrderFormLine], random: Any) -> None:
    numbers = list(range(len(lines)))
    random.shuffle(numbers)
    straight = judge_order(form_of(*lines), outlet_with(), KNOWN, MONDAY, 1)
    shuffled = judge_order(form_of(*(lines[number] for number in numbers)), outlet_with(), KNOWN, MONDAY, 1)
    assert sorted(p.code for p in straight.problems) == sorted(p.code for p in shuffled.problems)
    assert straight.total_value == shuffled.total_value
    assert sorted(straight.lines) == sorted(shuffled.lines)


@given(LINES)
def test_each_problem_of_a_line_points_into_that_line(lines: list[OrderFormLine]) -> None:
    for problem in judge_order(form_of(*lines), outlet_with(), KNOWN, MONDAY, 1).problems:
        if problem.code == "no_lines":
            continue
        _, name, number, member = problem.pointer.split("/")
        one = lines[int(number)]
        assert (name, member in {"product_code", "quantity"}) == ("lines", True)
        if problem.code == "duplicate_product":
            assert one.product_code in {earlier.product_code for earlier in lines[: int(number)]}
        if problem.code == "unknown_product":
            assert one.product_code == "NONE"


def test_two_spellings_of_a_form_have_one_digest_and_two_forms_have_two() -> None:
    digest = content_digest("order", "R1", form_of(line(quantity="12.0", unit_price=None)).content())
    assert content_digest("order", "R1", form_of(line(quantity="12", unit_price=None)).content()) == digest
    assert content_digest("order", "R1", form_of(line(quantity="18", unit_price=None)).content()) != digest
    assert content_digest("order", "R1", form_of(line(), comment="by phone").content()) != digest


quantities_by_product = st.dictionaries(st.integers(1, 2**31 - 1), st.decimals("0.0001", "999999999", places=4))


@given(quantities_by_product, quantities_by_product, st.randoms(use_true_random=False))
def test_lines_have_the_same_digest_where_they_order_the_same_whatever_their_order_and_prices(
    quantities: dict[int, Decimal], others: dict[int, Decimal], random: Any
) -> None:
    def digest(of: dict[int, Decimal], price: int) -> int:
        lines = [AcceptedLine(id_, quantity.normalize(), Decimal(price), Decimal(1)) for id_, quantity in of.items()]
        return digest_of(random.sample(lines, len(lines)))

    assert digest(quantities, 1) == digest(quantities, 2)
    assert (digest(quantities, 1) == digest(others, 1)) is (quantities == others)
    assert -(2**63) <= digest(quantities, 1) < 2**63
