"""What stands on maps, for translators: the table is looked up word by word."""

from collections.abc import Mapping

from app.doors.console.map.words import WORDS

LABELS: Mapping[str, Mapping[str, str]] = {"map": WORDS}
