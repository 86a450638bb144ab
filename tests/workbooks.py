"""A workbook of one sheet, read back by openpyxl."""

import io
from typing import Any

from openpyxl import load_workbook


def sheet_of(content: bytes, *, values: bool = True) -> Any:
    """Its only sheet: the values that stand beside formulas, or the formulas."""
    (sheet,) = load_workbook(io.BytesIO(content), data_only=values).worksheets
    return sheet


def rows_of(sheet: Any) -> list[tuple[object, ...]]:
    """Its rows, without the cells at their ends that hold nothing."""
    rows = []
    for row in sheet.values:
        filled = [place for place, cell in enumerate(row) if cell is not None]
        rows.append(tuple(row[: filled[-1] + 1]) if filled else ())
    return rows
