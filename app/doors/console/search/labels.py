"""What is found, by kind."""

from collections.abc import Mapping

LABELS: Mapping[str, Mapping[str, str]] = {
    "found": {
        "outlets": "Outlets",
        "orders": "Orders",
        "reps": "Reps",
        "products": "Products",
        "deliveries": "Deliveries",
    },
}
