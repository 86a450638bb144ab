"""Files whose rows are lines of records: the rows of one id stand together, and the record is judged as a whole."""

from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from app.doors.imports.files import FileRow
from app.ground.errors import FieldProblem
from app.ground.web.upserts import Upserted, UpsertStatus

_LINES = "/lines/"


@dataclass(slots=True)
class RowGroup:
    """The rows of one record: their places in the file, and what is wrong with them, by place."""

    id: UUID | None
    places: list[int]
    problems: dict[int, list[FieldProblem]] = field(default_factory=dict)

    def refuse(self, place: int, problem: FieldProblem) -> None:
        """Note what is wrong with a row."""
        self.problems.setdefault(place, []).append(problem)

    def refuse_record(self, problems: Sequence[FieldProblem]) -> None:
        """Note what is wrong with the record: of a line its row is told, of all else the first row."""
        for problem in problems:
            number, pointer = _line_of(problem.pointer)
            self.refuse(self.places[number], FieldProblem(pointer, problem.code, problem.message))


def groups_of(rows: Sequence[FileRow], head: Callable[[Any], Hashable]) -> list[RowGroup]:
    """The records of a file, in its order. `head`: what all rows of a record must say alike.

    Rows that cannot be read stand with those of their id around them. Whatever may lack one of its rows is refused
    (decision 75): a record whose rows stand apart, in all its places, and those beside a row that does not say whose it
    is.
    """
    groups: list[RowGroup] = []
    for place, row in enumerate(rows):
        id_ = _id_of(row)
        if groups and id_ is not None and groups[-1].id == id_:
            groups[-1].places.append(place)
        else:
            groups.append(RowGroup(id_, [place]))
        group = groups[-1]
        group.problems.update({place: list(row.problems)} if row.problems else {})
        first = rows[group.places[0]]
        if row.body is not None and first.body is not None and head(row.body) != head(first.body):
            message = f"What it belongs to is told in another way in line {first.line}."
            group.refuse(place, FieldProblem("", "differs_from_first_row", message))
    _refuse_apart(groups)
    _refuse_beside(rows, groups)
    _refuse_beside(rows, groups[::-1])
    return groups


def _refuse_apart(groups: Sequence[RowGroup]) -> None:
    """Refuse records whose rows stand in several places: which of them are meant cannot be known."""
    times = Counter(group.id for group in groups if group.id is not None)
    message = "Rows of this id stand apart, with others between them: let them stand together."
    for group in groups:
        if group.id is not None and times[group.id] > 1:
            group.refuse(group.places[0], FieldProblem("/id", "rows_apart", message))


def _refuse_beside(rows: Sequence[FileRow], groups: Sequence[RowGroup]) -> None:
    """Refuse the records after rows that do not say whose they are: they may be theirs. Those before, in reverse."""
    nameless: FileRow | None = None
    for group in groups:
        if group.id is None:
            nameless = rows[group.places[0]]
        elif nameless is not None:
            first, last = group.places[0], group.places[-1]
            place = first if rows[first].line > nameless.line else last
            message = f"Line {nameless.line} has no id that can be read, and may be one of this record's."
            group.refuse(place, FieldProblem("/id", "beside_a_row_without_id", message))
            nameless = None


def fates_of(rows: Sequence[FileRow], groups: Sequence[RowGroup], done: Sequence[Upserted | None]) -> list[Upserted]:
    """Each row's fate: `done` says what became of each group that has no problems.

    A record with one bad row is rejected as a whole.
    """
    fates: dict[int, Upserted] = {}
    for group, outcome in zip(groups, done, strict=True):
        if outcome is not None and not group.problems:
            fates.update(dict.fromkeys(group.places, outcome))
            continue
        bad_line = rows[min(group.problems)].line
        message = f"It is rejected as a whole, for what is wrong in line {bad_line}."
        beside = (FieldProblem("/id", "rejected_as_a_whole", message),)
        for place in group.places:
            problems = tuple(group.problems.get(place, beside))
            fates[place] = Upserted(UpsertStatus.REJECTED, problems=problems)
    return [fates[place] for place in range(len(rows))]


def _id_of(row: FileRow) -> UUID | None:
    """The record's id, also of a row that is wrong otherwise."""
    if row.body is not None:
        id_ = getattr(row.body, "id", None)
        return id_ if isinstance(id_, UUID) else None
    try:
        return UUID(str(row.raw.get("id")))
    except ValueError:
        return None


def _line_of(pointer: str) -> tuple[int, str]:
    """Which of the record's rows a problem is of, and where within it."""
    if not pointer.startswith(_LINES):
        return 0, pointer
    number, _, member = pointer.removeprefix(_LINES).partition("/")
    return int(number), f"/{member}"
