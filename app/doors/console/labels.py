"""What codes of the API are called for people: `status|label("visit_status")`.

Each table is a context of its own for translators: an order is *open* otherwise than a call. A test holds every table
that names a `StrEnum` to its members.
"""

from collections.abc import Callable, Mapping

from babel.support import NullTranslations

LABELS: Mapping[str, Mapping[str, str]] = {
    "role": {
        "admin": "administrator",
        "supervisor": "supervisor",
        "operator": "call-centre operator",
    },
    "visit_status": {
        "planned": "planned",
        "verified": "verified",
        "unverified": "unverified",
        "missed": "missed",
        "excused": "excused",
    },
    "verdict": {
        "INSIDE": "inside",
        "OUTSIDE": "outside",
        "UNCERTAIN": "uncertain",
        "NO_FIX": "no position",
        "NO_OUTLET_LOCATION": "outlet without location",
    },
    "verdict_reason": {
        "fix_void": "the position is void",
        "accuracy_missing": "the phone did not say how accurate it was",
        "accuracy_not_positive": "the phone reported an accuracy of zero or less",
        "accuracy_too_coarse": "the position was too coarse",
        "fix_time_missing": "the position has no time",
        "fix_stale": "the position was old",
        "fix_after_capture": "the position is younger than the check-in",
    },
    "check_in_kind": {"arrival": "arrival", "departure": "departure"},
    "order_status": {"accepted": "accepted", "cancelled": "cancelled"},
    "order_channel": {
        "HANDHELD": "handheld",
        "EMAIL": "e-mail",
        "CALL_CENTRE": "call centre",
        "API": "API",
    },
    "missing_order_cause": {
        "cancelled_by_office": "order cancelled by the office",
        "order_refused": "order refused",
        "visited_no_order": "visited, no order",
        "unverified": "visit not verified",
        "not_visited": "not visited",
    },
    "call_task_status": {
        "open": "open",
        "claimed": "claimed",
        "done": "done",
        "cancelled": "cancelled",
        "expired": "expired",
    },
    "call_outcome": {
        "order_taken": "order taken",
        "no_order": "no order",
        "no_answer": "no answer",
        "call_back": "call back",
        "wrong_number": "wrong number",
    },
    "risk_rule": {
        "mock_location": "mock location",
        "stale_fix": "old position",
        "repeated_fix": "repeated position",
        "impossible_speed": "impossible speed",
        "clock_changed": "clock changed",
        "sequence_gap": "gap in the sequence",
        "remote_order": "order from afar",
        "averaged_order": "averaged order",
        "two_devices": "two handhelds",
        "shared_device": "shared handheld",
        "one_spot": "all from one spot",
        "no_position": "day without positions",
        "unproven_time": "time not proven",
        "unseen_boot": "restart never seen",
        "counter_restarted": "counter restarted",
    },
    "signal_status": {"open": "open", "reviewed": "reviewed", "withdrawn": "withdrawn"},
    "review_outcome": {"confirmed": "confirmed", "dismissed": "dismissed"},
    "points_rule": {
        "missed_order": "missed order",
        "late_order": "late order",
        "past_due_order": "order past its due time",
        "order_on_time": "order on time",
        "delivery_matched": "delivery as ordered",
        "delivery_mismatch": "delivery not as ordered",
        "price_mismatch": "price not as ordered",
        "returns_within_limit": "returns within the limit",
        "returns_over_limit": "returns over the limit",
        "dumped_order": "dumped order",
        "over_monthly_cap": "over the monthly cap",
    },
    "points_kind": {"AWARD": "award", "PENALTY": "penalty", "REVERSAL": "reversal"},
    "appeal_status": {"open": "open", "granted": "granted", "rejected": "rejected"},
    "appeal_step": {
        "submitted": "submitted",
        "granted": "granted",
        "rejected": "rejected",
        "taken_further": "taken to an administrator",
        "undecided": "undecided for seven days",
    },
    "mismatch": {
        "short_shipped": "shipped less",
        "over_shipped": "shipped more",
        "short_accepted": "accepted less",
        "not_ordered": "not ordered",
        "price_differs": "price differs",
    },
    "fulfilment_status": {
        "open": "open",
        "matched": "as ordered",
        "mismatched": "not as ordered",
        "undelivered": "undelivered",
    },
    "answering_party": {
        "rep": "rep",
        "warehouse": "warehouse",
        "carrier": "carrier",
        "outlet": "outlet",
        "pricing": "pricing",
        "open": "open",
    },
    "plan_status": {
        "draft": "draft",
        "submitted": "submitted",
        "approved": "approved",
        "returned": "returned",
    },
    "proposal_status": {"open": "open", "approved": "approved", "rejected": "rejected"},
    "inbox_message_status": {
        "processed": "read",
        "unreadable": "unreadable",
        "ignored": "ignored",
        "refused": "refused",
    },
    "inbox_form_status": {
        "accepted": "accepted",
        "duplicate": "sent before",
        "refused": "refused",
        "unreadable": "unreadable",
    },
    "import_kind": {
        "territories": "territories",
        "reps": "reps",
        "outlets": "outlets",
        "products": "products",
        "prices": "prices",
        "stock": "stock",
        "visits": "planned visits",
        "assortment_targets": "assortment targets",
        "deliveries": "deliveries",
        "returns": "returns",
    },
    "kpi": {
        "strike_rate_made": "productive of visits made",
        "strike_rate_planned": "planned visits with an order",
        "coverage": "planned outlets visited",
        "verified_rate": "visits verified",
        "adherence": "visits in the planned order",
        "on_time_rate": "orders in time",
        "lines_per_productive_call": "lines per productive visit",
        "drop_size": "order value per productive visit",
        "active_outlets": "active outlets",
        "must_stock_rate": "must-stock lines ordered",
        "time_in_store": "time in store",
        "call_recovery_rate": "calls with an order",
    },
}
"""By context, then by code."""


def labeller(words: NullTranslations) -> Callable[[str | None, str], str]:
    """The filter of a language. A code that no table has is shown as it is, readable: `new_code` as new code."""

    def label(code: str | None, table: str) -> str:
        if code is None:
            return "–"
        text = LABELS[table].get(code)
        return code.replace("_", " ").lower() if text is None else str(words.pgettext(table, text))

    return label
