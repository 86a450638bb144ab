"""A file as cells: what is left of a workbook or a CSV file once it is parsed. Plain values."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

MIB = 1024 * 1024


def column_letters(column: int) -> str:
    """What spreadsheets call a column, which are counted from 1 on: A to Z, then AA."""
    letters = ""
    while column:
        column, letter = divmod(column - 1, 26)
        letters = chr(ord("A") + letter) + letters
    return letters


@dataclass(frozen=True, slots=True)
class SheetLimits:
    """How much of a file is read. `filled_rows`: that hold something; `last_row`: where the last of them may stand.

    `longest_text`: as many characters are kept of a cell. `texts`: as many of all cells together.
    """

    file_bytes: int
    unpacked_bytes: int
    filled_rows: int
    last_row: int
    columns: int
    cells: int
    longest_text: int
    texts: int = 1024 * MIB
    sheets: int = 20
    parts: int = 300
    merges: int = 1_000


class SheetUnreadable(Exception):
    """A file cannot be read as sheets: a stable code, a sentence for its sender, and the limit that it is past, if any.

    A limit goes by its name among `SheetLimits`; `ratio` is how many times its size a file unpacks to.
    """

    def __init__(self, code: str, message: str, **limit: int) -> None:
        super().__init__(message)
        self.code, self.message, self.limit = code, message, limit


class CellKind(StrEnum):
    """What a cell holds."""

    TEXT = "text"
    NUMBER = "number"
    DATE = "date"
    TIME = "time"
    TRUTH = "truth"
    FORMULA = "formula"
    ERROR = "error"


class Cell(NamedTuple):
    """A cell that is not empty. `value`: the text, the number as it stands in the file, a day in ISO 8601, a time of
    day or a span of time, an error's name; "" for a formula whose value the file does not have. `shown`: how the cell's
    format shows a number that may be a code or a share, where that is not the number itself: 00123, 35%.
    """

    kind: CellKind
    value: str
    shown: str = ""


class Merge(NamedTuple):
    """A range of merged cells, first and last included. Its value stands in the first row and column."""

    first_row: int
    first_column: int
    last_row: int
    last_column: int


@dataclass(frozen=True, slots=True)
class Grid:
    """A sheet, or a CSV file: rows by number, cells by column, both from 1 on. `epoch_1904`: how it counts days.

    `hidden`: nobody sees it, so nobody means it; `hidden_rows`: likewise, by hand or by a filter.
    """

    name: str
    rows: Mapping[int, Mapping[int, Cell]]
    merges: Sequence[Merge] = ()
    lettered: bool = True
    epoch_1904: bool = False
    hidden: bool = False
    hidden_rows: frozenset[int] = frozenset()

    def cell(self, row: int, column: int) -> Cell | None:
        """The cell, or the one that it is merged with; None where it is empty."""
        cell = self.rows.get(row, {}).get(column)
        if cell is None and (merge := self.merge_at(row, column)) is not None:
            return self.rows.get(merge.first_row, {}).get(merge.first_column)
        return cell

    def merge_at(self, row: int, column: int) -> Merge | None:
        """The merged range that a cell belongs to."""
        for merge in self.merges:
            if merge.first_row <= row <= merge.last_row and merge.first_column <= column <= merge.last_column:
                return merge
        return None

    def right_of(self, row: int, column: int) -> Iterator[tuple[int, Cell]]:
        """The cells that are not empty to the right of one, with their columns."""
        yield from ((at, cell) for at, cell in sorted(self.rows.get(row, {}).items()) if at > column)

    def place(self, row: int, column: int, title: str) -> str:
        """Where a person finds a cell: `C12` in a sheet, `line 4, quantity` in a CSV file."""
        return f"{column_letters(column)}{row}" if self.lettered else f"line {row}, {title}"
