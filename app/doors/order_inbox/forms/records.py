"""What was made of an attachment, as plain values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from app.ground.errors import FieldProblem
from app.sales.orders.rules import OrderForm


@dataclass(frozen=True, slots=True)
class FormReading:
    """One attachment, read: a form, or every problem that kept it from being one.

    Pointers of problems are those of the form (`/lines/3/quantity`), "" for the file as a whole. `cells` tells where a
    person finds what a pointer points to: `C12` in a sheet, `line 4, quantity` in a CSV file. A form has no capture
    time: what counts is when the mail server received it.
    """

    form: OrderForm | None
    problems: Sequence[FieldProblem] = ()
    cells: Mapping[str, str] = field(default_factory=dict)
