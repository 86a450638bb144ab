"""Working terms (M1): an outlet's own, its channel's where it has none of its own. Pure functions of plain values.

Terms are kept as they hold: each version of an outlet's terms has all of them, with the names of those that are its own
and the channel's version that the others are from. So whoever asks what held at a moment reads one row.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from app.masters.outlets.terms_schemas import ChannelTermsBody, TermsAnswer

Values = dict[str, Any]

BY_CHANNEL = tuple(ChannelTermsBody.model_fields)
"""What a channel can have defaults of. A credit hold is an outlet's alone."""

_EMPTY: Values = dict.fromkeys(BY_CHANNEL) | {"must_stock": []}


@dataclass(frozen=True, slots=True)
class ChannelDefaults:
    """The terms of a channel, as they are kept, by the name of the term."""

    channel: str
    version: int
    values: Mapping[str, Any]


def values_of(terms: ChannelTermsBody) -> Values:
    """Terms as they are kept, and compared."""
    hours = terms.visiting_hours
    return {
        "order_due_time": terms.order_due_time,
        "visits_per_week": terms.visits_per_week,
        "orders_per_week": terms.orders_per_week,
        "min_gap_days": terms.min_gap_days,
        "allowed_weekdays": terms.allowed_weekdays,
        "visiting_hours": None if hours is None else [window.model_dump(mode="json") for window in hours],
        "must_stock": [item.model_dump(mode="json") for item in terms.must_stock],
        "min_order_value": terms.min_order_value,
        "mismatch_answered_by": terms.mismatch_answered_by,
        "service_minutes": terms.service_minutes,
    }


def said_of(terms: ChannelTermsBody) -> Values:
    """What is said of terms, as it is kept."""
    others = {name: getattr(terms, name) for name in terms.model_fields_set if name not in BY_CHANNEL}
    return others | {name: value for name, value in values_of(terms).items() if name in terms.model_fields_set}


def own_after(own: Mapping[str, Any], said: Mapping[str, Any]) -> Values:
    """What an outlet has agreed on by itself, with what is said over it: what is null or empty is its channel's again.

    But for a must-stock list that it is to be without: that one is empty, and its own.
    """
    terms = dict(own) | {name: value for name, value in said.items() if name in BY_CHANNEL}
    without = said.get("without_must_stock", own.get("must_stock") == [] and not said.get("must_stock"))
    return {name: value for name, value in terms.items() if value is not None and value != []} | (
        {"must_stock": []} if without else {}
    )


def holding(own: Mapping[str, Any], defaults: ChannelDefaults | None) -> Values:
    """The terms that hold, ready to be kept: the outlet's own before its channel's."""
    inherited = defaults.values if defaults is not None else {}
    values = _EMPTY | dict(inherited) | dict(own)
    from_channel = any(values[name] != _EMPTY[name] for name in BY_CHANNEL if name not in own)
    return values | {
        "own": sorted(own),
        "channel": defaults.channel if defaults is not None and from_channel else None,
        "channel_version": defaults.version if defaults is not None and from_channel else None,
    }


def same_terms(terms: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether two sets of terms say the same, from the same source; the channel's version may be an earlier one."""
    return all(terms[name] == other[name] for name in (*BY_CHANNEL, "credit_hold", "own", "channel"))


def own_terms(values: Mapping[str, Any]) -> TermsAnswer:
    """What an outlet has agreed on by itself, of terms as they are kept."""
    own: Collection[str] = values["own"]
    own_values = {name: values[name] for name in own}
    without_must_stock = "must_stock" in own and values["must_stock"] == []
    return TermsAnswer.model_validate(
        _EMPTY | own_values | {"credit_hold": values["credit_hold"], "without_must_stock": without_must_stock}
    )


def sources_of(values: Mapping[str, Any]) -> dict[str, str]:
    """Where each term that holds is from: `outlet` or `channel`; no entry for one that nobody has set."""
    own: Collection[str] = values["own"]
    return {
        name: "outlet" if name in own else "channel"
        for name in BY_CHANNEL
        if name in own or values[name] != _EMPTY[name]
    }
