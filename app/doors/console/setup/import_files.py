"""Files of imports: what a kind's columns are, what a file's medium is, and what came of its rows."""

import csv
import io
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import PurePath
from typing import Any

from app.doors.console.api_calls import Json
from app.ground.web.media_types import Medium

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "territories": (
        *("code", "name", "time_zone", "order_cutoff", "call_deadline", "working_weekdays", "holidays"),
        *("warehouse_code", "language"),
    ),
    "reps": ("code", "name", "territory_code", "active", "emails"),
    "outlets": (
        *("code", "name", "territory_code", "rep_code", "address", "phone", "channel", "language", "active", "emails"),
        *("location.lat", "location.lon", "location.radius_m", "location.fence"),
        *("terms.visits_per_week", "terms.orders_per_week", "terms.min_gap_days", "terms.allowed_weekdays"),
        *("terms.visiting_hours", "terms.order_due_time", "terms.min_order_value", "terms.must_stock"),
        *("terms.mismatch_answered_by", "terms.service_minutes", "terms.credit_hold", "terms.without_must_stock"),
    ),
    "products": (
        *("code", "name", "gtin", "unit", "pack_size", "assortment_group", "price_segment", "list_price", "active"),
    ),
    "prices": ("product_code", "channel", "outlet_code", "price", "valid_from", "valid_to"),
    "stock": ("warehouse_code", "product_code", "quantity", "as_of"),
    "visits": ("rep_code", "outlet_code", "visit_date", "sequence"),
    "assortment_targets": ("quarter", "territory_code", "assortment_group", "share"),
    "deliveries": (
        *("id", "number", "outlet_code", "order_id", "delivered_at", "product_code", "shipped_quantity"),
        *("accepted_quantity", "unit_price", "reason_code"),
    ),
    "returns": (
        *("id", "outlet_code", "returned_at", "delivery_id", "product_code", "quantity", "unit_price", "reason_code"),
        "accepted",
    ),
}
"""By kind, the columns that a file may have, as it is read."""
CHARSETS = ("utf-8", "windows-1253", "windows-1251", "windows-1252")
"""In which spreadsheets of these languages write CSV files."""
_MEDIA = {
    ".csv": Medium.CSV.value,
    ".txt": Medium.CSV.value,
    ".xlsx": Medium.XLSX.value,
    ".ndjson": "application/x-ndjson",
    ".jsonl": "application/x-ndjson",
}
_CHANGING = frozenset({"created", "updated"})
MOST_SHOWN = 100
"""Rows that were rejected, as a page shows them; the others are in the file of errors."""
MOST_CHANGES_SHOWN = 20


@dataclass(frozen=True, slots=True)
class ImportOutcome:
    """What became of a file, or what would: how many rows by status, the rejected ones, and the first that change."""

    counts: Mapping[str, int]
    rejected: list[Json]
    changing: list[Json]
    row_count: int

    @property
    def hidden_count(self) -> int:
        """Rejected rows that a page does not show."""
        return max(0, len(self.rejected) - MOST_SHOWN)


def media_type_of(filename: str, charset: str) -> str | None:
    """A file's media type by its suffix, a CSV's with how its characters are written; None for what is not read."""
    medium = _MEDIA.get(PurePath(filename).suffix.lower())
    return f"{medium}; charset={charset}" if medium == Medium.CSV.value and charset in CHARSETS else medium


def digest_of(kind: str, content: bytes) -> str:
    """By what a file that comes again is told from another one."""
    return sha256(kind.encode() + b"\0" + content).hexdigest()


def outcome_of(answer: Json) -> ImportOutcome:
    """The API's answer in short."""
    rows: list[Json] = answer["results"]
    rejected = [row for row in rows if row["status"] == "rejected"]
    changing = [row for row in rows if row["status"] in _CHANGING][:MOST_CHANGES_SHOWN]
    return ImportOutcome(Counter(row["status"] for row in rows), rejected, changing, len(rows))


def errors_as_csv(outcome: ImportOutcome) -> str:
    """A line for each thing that is wrong with a row: line, code, column, what is wrong."""
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(["line", "code", "column", "problem"])
    for row in outcome.rejected:
        for column, message in complaints_of(row):
            writer.writerow([row["line"], _as_text(row["code"] or ""), column, _as_text(message)])
    return "\ufeff" + file.getvalue()  # by which spreadsheets see that it is UTF-8


def complaints_of(row: Json) -> list[tuple[str, str]]:
    """What is wrong with a rejected row: column and sentence."""
    problem: dict[str, Any] = row["problem"]
    errors = [(error["pointer"].strip("/").replace("/", "."), error["message"]) for error in problem["errors"]]
    return errors or [("", problem["detail"])]


def place_of(pointer: str) -> tuple[str | None, str]:
    """Line and column that a problem of a whole file points to: /header/nane, /3/location/lat."""
    first, *rest = pointer.strip("/").split("/")
    if first.isdigit():
        return first, ".".join(rest)
    return None, ".".join(rest) if first == "header" else ""


def _as_text(text: str) -> str:
    """A text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text
