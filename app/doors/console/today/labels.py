"""What the codes of this page are called."""

from collections.abc import Mapping

LABELS: Mapping[str, Mapping[str, str]] = {
    "progress": {
        "not_started": "not started",
        "on_route": "on route",
        "behind": "behind",
        "ahead": "ahead",
        "done": "done",
    },
    "counted_as": {
        "planned": "planned",
        "visited": "visited",
        "verified": "verified",
        "ordered": "with an order",
        "without_order": "without an order",
        "missed_so_far": "overdue",
        "productive": "productive",
        "ad_hoc": "ad hoc",
        "excused": "excused",
        "dropped": "dropped",
        "flagged": "flagged at the cutoff",
        "provisional": "with a provisional penalty",
    },
}
