"""From cells to what the form says (O1), however much a person has moved about in it: pure functions."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from app.doors.order_inbox.forms.columns import (
    COMMENT,
    DELIVERY_DATE,
    FORM_ID,
    FORM_VERSION,
    OUTLET_CODE,
    PRODUCT,
    PRODUCT_CODE,
    QUANTITY,
    READ_COLUMNS,
    READ_FIELDS,
    UNIT_PRICE,
    VERSION,
    is_sum,
    named,
)
from app.doors.order_inbox.forms.texts import code_in, text_in
from app.ground.sheets.cells import Cell, CellKind, Grid, SheetUnreadable
from app.ground.sheets.days import day_in
from app.ground.sheets.values import LONGEST_ECHO, Unclear, number_in

MOST_LINES = 500
"""As in the validator (`app.sales.orders.rules`), which this module must not import: it knows nothing but cells."""
MOST_PROBLEMS = 100

_POINTERS: Mapping[str, str] = {FORM_ID: "/id", VERSION: "", **{f: f"/{f}" for f in READ_FIELDS[:3]}}
_NOTHING = frozenset({"", "-", "–", "—"})


@dataclass(slots=True)
class ReadSheet:
    """What a file says, as texts: decimals and days as the API takes them, None where there is none or it is unclear.

    `lines`: product code, quantity, unit price; `names`: what the form calls the product of each. `problems`: pointer,
    code, message. `cells`: pointer → place.
    """

    form_id: str | None = None
    outlet_code: str | None = None
    delivery_date: str | None = None
    comment: str | None = None
    lines: list[tuple[str | None, str | None, str | None]] = field(default_factory=list)
    names: list[str | None] = field(default_factory=list)
    problems: list[tuple[str, str, str]] = field(default_factory=list)
    cells: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Table:
    """Where a grid's lines are: the heading's row, and the columns by name. A heading may span several columns."""

    grid: Grid
    heading: int
    columns: Mapping[str, Sequence[int]]

    def cell(self, row: int, name: str) -> tuple[int, Cell | None]:
        """A column's cell in a row, with its place; the first that is not empty where the heading spans several."""
        columns = self.columns.get(name, ())
        for column in columns:
            cell = self.grid.cell(row, column)
            if cell is not None and (cell.value.strip() or cell.kind is CellKind.FORMULA):
                return column, cell
        return (columns[0] if columns else 0), None


def understand(grids: Sequence[Grid], received: date | None = None) -> ReadSheet:
    """What the grids say together, with every problem at once. Raises SheetUnreadable where none holds an order form.

    `received`: the day on which the form came. Hidden sheets order nothing: who sends the form does not see them.
    """
    seen = [grid for grid in grids if not grid.hidden]
    tables = [table for grid in seen if (table := _table_in(grid)) is not None]
    if not tables:
        if any(_table_in(grid) is not None for grid in grids):
            message = "The order form is on a hidden sheet, which orders nothing: show it, and send the file again."
            raise SheetUnreadable("hidden_sheet", message)
        raise SheetUnreadable(
            "no_order_table",
            "The file has no table with the headings “Product code” and “Quantity”: this is not the order form.",
        )
    filled = [table for table in tables if any(_ordered_rows(table))]
    if len(filled) > 1:
        names = " and ".join(f"“{table.grid.name[:LONGEST_ECHO]}”" for table in filled[:3])
        raise SheetUnreadable("several_forms", f"The sheets {names} are both filled in: send one form in a file.")
    table = (filled or tables)[0]
    sheet = ReadSheet()
    _repeated_columns(table, sheet)
    _read_fields(seen, table, sheet, received)
    _read_lines(table, sheet)
    if len(sheet.problems) > MOST_PROBLEMS:
        message = f"There are {len(sheet.problems) - MOST_PROBLEMS} more problems."
        sheet.problems[MOST_PROBLEMS:] = [("", "more_problems", message)]
    return sheet


def _table_in(grid: Grid) -> _Table | None:
    for row, cells in sorted(grid.rows.items()):
        columns: dict[str, list[int]] = {}
        for column, cell in sorted(cells.items()):
            name = named(cell.value) if cell.kind is CellKind.TEXT else None
            if name is None:
                continue
            merge = grid.merge_at(row, column)
            columns.setdefault(name, []).extend(range(column, (merge.last_column if merge else column) + 1))
        if PRODUCT_CODE in columns and QUANTITY in columns:
            return _Table(grid, row, columns)
    return None


def _repeated_columns(table: _Table, sheet: ReadSheet) -> None:
    """Report a name that heads two columns: which of them counts is not for us to guess."""
    cells = table.grid.rows[table.heading]
    names = [named(cell.value) for cell in cells.values()]
    for name in READ_COLUMNS:
        if names.count(name) > 1:
            sheet.problems.append(("/lines", "repeated_column", f"Two columns are headed “{name.replace('_', ' ')}”."))


def _ordered_rows(table: _Table) -> Iterator[int]:
    """The rows below the heading that have a quantity."""
    for row in sorted(table.grid.rows):
        if row <= table.heading:
            continue
        _, cell = table.cell(row, QUANTITY)
        if cell is not None and not _says_nothing(cell):
            yield row


def _says_nothing(cell: Cell) -> bool:
    """Empty, a dash, or zero: not ordered. A repeated heading orders nothing either."""
    if cell.kind is CellKind.TEXT and (cell.value.strip() in _NOTHING or named(cell.value) == QUANTITY):
        return True
    try:
        return number_in(cell).strip("-0.") == ""
    except Unclear:
        return False


def _read_fields(grids: Sequence[Grid], table: _Table, sheet: ReadSheet, received: date | None) -> None:
    """The fields: beside their labels anywhere in the file, or as columns of the table."""
    values_by_name: dict[str, list[tuple[Cell, Grid, str]]] = {name: [] for name in READ_FIELDS}
    for name, cell, grid, place in _labelled(grids, table):
        values_by_name[name].append((cell, grid, place))
    for name in READ_FIELDS:
        values = values_by_name[name]
        pointer = _POINTERS[name]
        if pointer and values:
            sheet.cells[pointer] = values[0][2]
        try:
            texts = [_FIELD_READERS[name](cell, grid, received) for cell, grid, _ in values]
        except Unclear as unclear:
            sheet.problems.append((pointer, unclear.code, unclear.message))
            continue
        if len(set(texts)) > 1:
            message = f"The file says two things: {_both(texts)}."
            sheet.problems.append((pointer, f"{name}_contradictory", message))
            continue
        if name == VERSION:
            if texts and texts[0] != FORM_VERSION:
                message = f"This is version {texts[0]!r} of the form; the one that is read is {FORM_VERSION}."
                sheet.problems.append(("", "unknown_form_version", message))
            continue
        if texts:
            setattr(sheet, name, texts[0])
        elif name in _NEEDED:
            sheet.problems.append((pointer, f"{name}_missing", _NEEDED[name]))


_NEEDED: Mapping[str, str] = {
    OUTLET_CODE: "The form names no outlet: its code stands beside “Outlet code”.",
    DELIVERY_DATE: "The form has no delivery date: it stands beside “Delivery date”.",
}


def _both(texts: Sequence[str]) -> str:
    different = list(dict.fromkeys(texts))
    return " and ".join(f"“{text[:LONGEST_ECHO]}”" for text in different[:2])


def _labelled(grids: Sequence[Grid], table: _Table) -> Iterator[tuple[str, Cell, Grid, str]]:
    """Every field that is filled in: those of the sheet with the table first, the columns of the table last."""
    for grid in [table.grid, *(other for other in grids if other is not table.grid and _table_in(other) is None)]:
        for row in sorted(grid.rows):
            if grid is table.grid and row >= table.heading:
                break
            yield from _labelled_in_row(grid, row)
    ordered = list(_ordered_rows(table))
    for name in READ_FIELDS:
        for row in ordered if name in table.columns else ():
            column, cell = table.cell(row, name)
            if cell is not None:
                yield name, cell, table.grid, table.grid.place(row, column, name)


def _labelled_in_row(grid: Grid, row: int) -> Iterator[tuple[str, Cell, Grid, str]]:
    for column, cell in sorted(grid.rows[row].items()):
        name = named(cell.value) if cell.kind is CellKind.TEXT else None
        if name not in READ_FIELDS:
            continue
        at, value = next(grid.right_of(row, column), (0, None))
        if value is None or (not value.value.strip() and value.kind is not CellKind.FORMULA):
            continue
        if value.kind is CellKind.TEXT and named(value.value) is not None and name != COMMENT:
            continue
        yield name, value, grid, grid.place(row, at, name)


def _day(cell: Cell, grid: Grid, received: date | None) -> str:
    return day_in(cell, epoch_1904=grid.epoch_1904, received=received)


_FIELD_READERS: Mapping[str, Callable[[Cell, Grid, date | None], str]] = {
    OUTLET_CODE: code_in,
    FORM_ID: code_in,
    VERSION: text_in,
    COMMENT: text_in,
    DELIVERY_DATE: _day,
}


def _read_lines(table: _Table, sheet: ReadSheet) -> None:
    sheet.cells["/lines"] = table.grid.place(table.heading, table.columns[QUANTITY][0], "the heading")
    rows = [row for row in _ordered_rows(table) if not _is_sum(table, row)]
    if len(rows) > MOST_LINES:
        message = f"An order may have {MOST_LINES} lines; this form has {len(rows)}."
        sheet.problems.append(("/lines", "too_many_lines", message))
    for number, row in enumerate(rows[:MOST_LINES]):
        sheet.lines.append(
            (
                _product_code(table, row, number, sheet),
                _quantity(table, row, number, sheet),
                _of_line(table, row, number, UNIT_PRICE, number_in, sheet),
            )
        )
        sheet.names.append(_product_name(table, row))


def _is_sum(table: _Table, row: int) -> bool:
    """Whether a row is a total, by its product cell, or where that is empty by any cell."""
    code = table.cell(row, PRODUCT_CODE)[1]
    cells = table.grid.rows[row].values() if code is None else [code]
    return any(cell.kind is CellKind.TEXT and is_sum(cell.value) for cell in cells)


def _product_name(table: _Table, row: int) -> str | None:
    """What the form calls a line's product; None where it does not."""
    cell = table.cell(row, PRODUCT)[1]
    return text_in(cell) if cell is not None and cell.kind is CellKind.TEXT else None


def _product_code(table: _Table, row: int, number: int, sheet: ReadSheet) -> str | None:
    column, cell = table.cell(row, PRODUCT_CODE)
    if cell is not None:
        return _of_line(table, row, number, PRODUCT_CODE, code_in, sheet)
    pointer = f"/lines/{number}/product_code"
    sheet.cells[pointer] = table.grid.place(row, column, PRODUCT_CODE)
    sheet.problems.append((pointer, "product_code_missing", "There is a quantity, and no product code beside it."))
    return None


def _quantity(table: _Table, row: int, number: int, sheet: ReadSheet) -> str | None:
    text = _of_line(table, row, number, QUANTITY, number_in, sheet)
    column, _ = table.cell(row, QUANTITY)
    merge = table.grid.merge_at(row, column)
    if merge is not None and merge.last_row > merge.first_row:
        codes = {table.cell(other, PRODUCT_CODE)[1] for other in range(merge.first_row, merge.last_row + 1)} - {None}
        if len(codes) > 1:
            message = "The cell is merged over the rows of several products: give each its own quantity."
            sheet.problems.append((f"/lines/{number}/quantity", "merged_quantity", message))
            return None
    return text


def _of_line(
    table: _Table, row: int, number: int, name: str, read: Callable[[Cell], str], sheet: ReadSheet
) -> str | None:
    """A field of a line as text; None where the cell is empty, or unclear and reported as a problem."""
    column, cell = table.cell(row, name)
    if not column:
        return None
    pointer = f"/lines/{number}/{name}"
    sheet.cells[pointer] = table.grid.place(row, column, name)
    if cell is None:
        return None
    try:
        return read(cell)
    except Unclear as unclear:
        sheet.problems.append((pointer, unclear.code, unclear.message))
        return None
