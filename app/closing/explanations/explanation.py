"""What an explanation is made of: sentences, facts as data, and the records that it names."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class ExplainedRecordType(StrEnum):
    """What a record is that an explanation rests on. `points`: a rep's ledger of a month."""

    VISIT = "visit"
    ORDER = "order"
    CHECK_IN = "check_in"
    CUTOFF_RUN = "cutoff_run"
    RISK_SIGNAL = "risk_signal"
    DELIVERY = "delivery"
    RETURN = "return"
    APPEAL = "appeal"
    POINTS_ENTRY = "points_entry"
    POINTS_POLICY = "points_policy"
    POINTS = "points"


@dataclass(frozen=True, slots=True)
class RecordLink:
    """A record that an explanation rests on, and where the reader reads it."""

    type: ExplainedRecordType
    id: str
    href: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why an entry is what it is: sentences, the facts as data, the records, and what would have made it another."""

    text: Sequence[str]
    facts: Mapping[str, Any] = field(default_factory=dict)
    records: Sequence[RecordLink] = ()
    would_have_changed_it: Sequence[str] = ()
