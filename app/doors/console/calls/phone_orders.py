"""What an operator typed on the phone, as the API takes it."""

from typing import Any
from uuid import uuid4

from app.doors.console.api_calls import Json
from app.doors.console.forms import SentForm

QUANTITY = "quantity:"
"""Before a product's code: the name of its field."""


def new_order_id() -> str:
    """The id that an order will have: made with its form, so that sending it twice makes one order."""
    return str(uuid4())


def order_body(form: SentForm) -> dict[str, Any]:
    """The order of a form: a line for each product that has a quantity."""
    quantities = {name.removeprefix(QUANTITY): form.decimal(name) for name in form if name.startswith(QUANTITY)}
    lines = [
        {"product_code": code, "quantity": quantity, "unit_price": form.text(f"price:{code}")}
        for code, quantity in quantities.items()
        if quantity is not None and quantity.strip("0.") != ""
    ]
    return {
        "id": form.text("order_id"),
        "delivery_date": form.text("delivery_date"),
        "lines": lines,
        "comment": form.raw("order_comment").strip(),
    }


def outcome_body(form: SentForm, outcome: str, call_back_at: str | None) -> dict[str, Any]:
    """What came of a call, with what goes with it and nothing else."""
    body: dict[str, Any] = {"outcome": outcome, "comment": form.text("comment")}
    match outcome:
        case "order_taken":
            body["order"] = order_body(form)
        case "no_order":
            body["reason_code"] = form.text("reason_code")
        case "call_back":
            body["call_back_at"] = call_back_at
    return body


def typed_quantities(form: SentForm | None) -> dict[str, str]:
    """What was typed for each product, to be shown again."""
    if form is None:
        return {}
    return {name.removeprefix(QUANTITY): form.raw(name) for name in form if name.startswith(QUANTITY)}


def lines_in_order(offer: Json, form: SentForm) -> list[str]:
    """The codes of the order's lines as they were sent: what the API finds wrong names a line by its place."""
    codes = {item["product_code"] for item in offer["items"]}
    return [line["product_code"] for line in order_body(form)["lines"] if line["product_code"] in codes]


def problems_by_product(refusal: Any, codes: list[str]) -> dict[str, list[str]]:
    """What the API found wrong with each line, by the product's code."""
    problems: dict[str, list[str]] = {}
    for error in refusal.errors if refusal else ():
        parts = error["pointer"].split("/")
        if "lines" in parts and parts.index("lines") + 1 < len(parts):
            place = parts[parts.index("lines") + 1]
            if place.isdigit() and int(place) < len(codes):
                problems.setdefault(codes[int(place)], []).append(error["message"])
    return problems
