"""Rows that make one thing together: a bad one rejects all of them, and they stand next to each other."""

from collections import Counter
from collections.abc import Sequence
from itertools import groupby

from app.doors.imports.files import FileRow
from app.ground.errors import FieldProblem
from app.ground.web.upserts import Upserted, UpsertStatus

Key = tuple[str, ...]


def refused_together(
    outcomes: Sequence[Upserted | None], rows: Sequence[FileRow], members: Sequence[str]
) -> list[Upserted | None]:
    """The outcomes (None: not refused) of rows that are one thing where these `members` are alike.

    Where one of them is refused, so are the others, with the line of the first that was; likewise all rows of a thing
    that others stand in between of. Without `members` each row is a thing by itself.
    """
    if not members:
        return list(outcomes)
    keys = [_key(row, members) for row in rows]
    runs = Counter(key for key, _ in groupby(keys))
    bad_lines: dict[Key, int] = {}
    for key, row, outcome in zip(keys, rows, outcomes, strict=True):
        if outcome is not None:
            bad_lines.setdefault(key, row.line)
    refusals = {key: _refusal(runs[key], bad_lines.get(key), members) for key in runs}
    return [outcome or refusals[key] for key, outcome in zip(keys, outcomes, strict=True)]


def _key(row: FileRow, members: Sequence[str]) -> Key:
    """As the file says it: an empty cell is left out, and so says the same as null."""
    return tuple(str(row.raw.get(member) or "").strip() for member in members)


def _refusal(runs: int, bad_line: int | None, members: Sequence[str]) -> Upserted | None:
    if runs > 1:
        message = f"Rows with the same {' and '.join(members)} stand together, and other rows are between these."
        return Upserted(UpsertStatus.REJECTED, problems=(FieldProblem("", "rows_apart", message),))
    if bad_line is not None:
        message = f"It belongs together with line {bad_line}, which was rejected."
        return Upserted(UpsertStatus.REJECTED, problems=(FieldProblem("", "belongs_to_rejected", message),))
    return None
