"""What codes of the API are called on the pages of one's own account."""

from collections.abc import Mapping

LABELS: Mapping[str, Mapping[str, str]] = {
    "login_door": {"api": "API", "console": "console"},
}
"""By context, then by code."""
