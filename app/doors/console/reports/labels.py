"""What the codes of these pages are called."""

from collections.abc import Mapping

LABELS: Mapping[str, Mapping[str, str]] = {
    "kpi_group": {"rep": "rep", "outlet": "outlet", "date": "day", "territory": "territory"},
    "figure_group": {
        "rep": "rep",
        "outlet": "outlet",
        "product": "product",
        "warehouse": "warehouse",
        "territory": "territory",
    },
    "evidence_part": {"numerator": "counted", "denominator": "of which it is counted"},
    "no_score": {
        "few_orders": "fewer than thirty orders",
        "no_targets": "no targets are set",
        "no_value": "nothing was ordered",
    },
    "order_changed": {"amended": "amended", "cancelled": "cancelled"},
}
