"""An order's lines as a form has them: the fields of each are numbered."""

from typing import Any

from app.doors.console.api_calls import ApiRefusal, Json
from app.doors.console.forms import SentForm

MOST = 200
"""More lines than an order may have: what else is sent is not looked at."""


def numbers_of(form: SentForm) -> list[int]:
    """The numbers of the lines that have a product and a quantity, in their order."""
    return [
        number
        for number in range(MOST)
        if form.text(f"product_{number}") and form.raw(f"quantity_{number}").strip("0., ") != ""
    ]


def amended_lines(form: SentForm) -> list[dict[str, Any]]:
    """The lines of an order as the API takes them."""
    return [
        {
            "product_code": form.text(f"product_{number}"),
            "quantity": form.decimal(f"quantity_{number}"),
            "unit_price": form.decimal(f"price_{number}"),
        }
        for number in numbers_of(form)
    ]


def lines_of(order: Json, form: SentForm | None, spare: int) -> list[dict[str, Any]]:
    """The lines that the form shows: as they were typed, else as the order has them, and some empty ones."""
    if form is not None:
        sent = [number for number in range(MOST) if f"product_{number}" in form]
        return [
            {
                "number": number,
                "product_code": form[f"product_{number}"],
                "quantity": form[f"quantity_{number}"],
                "unit_price": form[f"price_{number}"],
            }
            for number in sent
        ]
    empty = {"product_code": "", "quantity": "", "unit_price": ""}
    lines = [*order["lines"], *[empty] * spare]
    return [{"number": number, **line} for number, line in enumerate(lines)]


def problems_by_line(refusal: ApiRefusal | None, form: SentForm | None) -> dict[int, list[str]]:
    """What the API found wrong with a line, by its number in the form."""
    if refusal is None or form is None:
        return {}
    numbers, problems = numbers_of(form), dict[int, list[str]]()
    for error in refusal.errors:
        parts = error["pointer"].split("/")
        if len(parts) > 2 and parts[1] == "lines" and parts[2].isdigit() and int(parts[2]) < len(numbers):
            problems.setdefault(numbers[int(parts[2])], []).append(error["message"])
    return problems
