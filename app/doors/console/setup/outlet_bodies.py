"""An outlet as it was typed, as the API takes it."""

from typing import Any

import orjson

from app.doors.console.api_calls import Json
from app.doors.console.forms import SentForm
from app.doors.console.setup.terms_bodies import outlet_terms_of

NEW: dict[str, Any] = {
    "code": "",
    "name": "",
    "territory_code": "",
    "address": None,
    "phone": None,
    "channel": None,
    "language": None,
    "active": True,
    "emails": [],
    "rep_code": None,
    "location": None,
    "terms": None,
    "effective_terms": None,
}
"""What the form of a new outlet begins with."""


def body_of(form: SentForm, *, has_terms: bool) -> Json:
    """The outlet. `has_terms`: it has terms of its own so far, which can be taken away."""
    body = {
        "name": form.text("name"),
        "territory_code": form.text("territory_code"),
        "address": form.text("address"),
        "phone": form.text("phone"),
        "channel": form.text("channel"),
        "language": form.text("language"),
        "active": form.flag("active"),
        "emails": form.raw("emails").split(),
        "location": location_of(form),
    }
    if form.text("territory_code") == form.text("territory_before") or form.text("rep_code") != form.text("rep_before"):
        body["rep_code"] = form.text("rep_code")  # else it goes to another territory, and leaves its rep behind
    terms = outlet_terms_of(form, has_terms=has_terms)
    return body if terms is None else body | {"terms": terms}


def location_of(form: SentForm) -> Json | None:
    """A fence as GeoJSON before a circle; None where neither was typed."""
    fence = form.text("fence")
    if fence is not None:
        return {"fence": _parsed(fence)}
    circle = {name: form.real(name) for name in ("lat", "lon", "radius_m")}
    return circle if any(value is not None for value in circle.values()) else None


def _parsed(fence: str) -> Any:
    try:
        return orjson.loads(fence)
    except orjson.JSONDecodeError:
        return fence  # as it was typed, for the API to say what is wrong with it
