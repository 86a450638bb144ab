"""An order form that came as a file, as plain values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID

from app.doors.order_inbox.forms.attachments import Attachment
from app.ground.errors import FieldProblem
from app.sales.orders.rules import OrderForm


class InboxFormStatus(StrEnum):
    """What became of an attachment: an order; a copy of a form that made one; refused; unreadable."""

    ACCEPTED = "accepted"
    DUPLICATE = "duplicate"
    REFUSED = "refused"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class ReceivedForm:
    """One file: the form that it holds and what became of it, or every problem that kept it from being one.

    Refused until an order is made of it. Pointers of problems are those of the form (`/lines/3/quantity`), "" for the
    file as a whole. `cells` tells where a person finds what a pointer points to: `C12` in a sheet, `line 4, quantity`
    in a CSV file. `product_names`: what it calls the product of each line. `territory_id` is the outlet's; `cancelled`:
    the order of a duplicate was cancelled. A form has no capture time: what counts is when the mail server received it.
    """

    file_name: str
    digest: bytes
    status: InboxFormStatus
    form: OrderForm | None = None
    problems: Sequence[FieldProblem] = ()
    cells: Mapping[str, str] = field(default_factory=dict)
    outlet_code: str | None = None
    product_names: Sequence[str | None] = ()
    territory_id: int | None = None
    order_id: UUID | None = None
    total_value: str | None = None
    warnings: Sequence[Mapping[str, object]] = ()
    cancelled: bool = False

    @property
    def form_id(self) -> UUID | None:
        """The id of the form, and of its order."""
        return self.form.id if self.form is not None else None


def unreadable(file: Attachment, *problems: FieldProblem, cells: Mapping[str, str] | None = None) -> ReceivedForm:
    """A file that is no form, and why."""
    return ReceivedForm(file.file_name, file.digest, InboxFormStatus.UNREADABLE, problems=problems, cells=cells or {})
