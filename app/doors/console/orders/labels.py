"""What the codes of these pages are called."""

from collections.abc import Mapping

LABELS: Mapping[str, Mapping[str, str]] = {
    "answer_basis": {
        "decision": "somebody decided so",
        "reason": "by the reason that was given",
        "terms": "by the outlet's terms",
        "shipped_differs": "other than ordered was shipped",
        "price_differs": "the price differs",
        "nobody_said": "nobody has said so far",
        "changed_after_cutoff": "the office changed the order after the cutoff",
    },
    "order_change": {"placed": "placed", "amended": "amended", "cancelled": "cancelled"},
}
