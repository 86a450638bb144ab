"""Terms as they were typed, of an outlet or a trade channel, as bodies of the API."""

from typing import Any

from app.doors.console.api_calls import Json
from app.doors.console.forms import SentForm

PARTIES = ("rep", "warehouse", "carrier", "outlet")
WEEKDAY_SETS = ("1,2,3,4,5", "1,2,3,4,5,6", "6,7", *(str(day) for day in range(1, 8)))
"""Of visiting hours: what the form offers beside every day."""


def terms_of(form: SentForm) -> Json:
    """The terms that an outlet and a channel have alike. What was left empty is taken away."""
    weekdays = [int(day) for day in form.texts("allowed_weekdays") if day.isdigit()]
    return {
        "order_due_time": form.text("order_due_time"),
        "visits_per_week": form.decimal("visits_per_week"),
        "orders_per_week": form.decimal("orders_per_week"),
        "min_gap_days": form.number("min_gap_days"),
        "allowed_weekdays": weekdays or None,
        "visiting_hours": _visiting_hours(form) or None,
        "must_stock": _must_stock(form),
        "min_order_value": form.decimal("min_order_value"),
        "mismatch_answered_by": form.text("mismatch_answered_by"),
        "service_minutes": form.number("service_minutes"),
    }


def outlet_terms_of(form: SentForm, *, has_terms: bool) -> Json | None:
    """An outlet's own terms. None where nothing was typed and it has none so far: then they are its channel's."""
    terms = terms_of(form) | {
        "credit_hold": form.flag("credit_hold"),
        "without_must_stock": form.flag("without_must_stock"),
    }
    return terms if has_terms or any(terms.values()) else None


def _visiting_hours(form: SentForm) -> list[dict[str, Any]]:
    rows = form.rows("hours_opens", "hours_closes", "hours_weekdays")
    return [
        {
            "weekdays": [int(day) for day in row["hours_weekdays"].split(",") if day.isdigit()] or None,
            "opens": row["hours_opens"],
            "closes": row["hours_closes"],
        }
        for row in rows
        if row["hours_opens"] or row["hours_closes"]
    ]


def _must_stock(form: SentForm) -> list[dict[str, Any]]:
    rows = form.rows("must_stock_product", "must_stock_quantity")
    return [
        {
            "product_code": row["must_stock_product"],
            "min_quantity": row["must_stock_quantity"].replace(",", ".") or "1",
        }
        for row in rows
        if row["must_stock_product"]
    ]
