"""The answer to a mail, in words: what was ordered, or what is wrong, by the cells of the form."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from uuid import UUID

from app.doors.order_inbox.forms.records import InboxFormStatus, ReceivedForm
from app.doors.order_inbox.mail.records import ReceivedMail
from app.ground.errors import FieldProblem

MOST_TOLD = 50
"""Problems, and warnings, that an answer lists of one form."""
HOW_TO = (
    "To order, attach the order form: the sheet (.xlsx) that your rep or your supplier's office sends you, filled in\n"
    "and saved, or the same as a CSV file. Forms within the text of a mail cannot be read.\n"
)


def answer_to(
    mail: ReceivedMail,
    forms: Sequence[ReceivedForm],
    reason: str | None,
    *,
    sender: str,
    message_id: UUID,
    at: datetime,
) -> bytes:
    """The mail that answers `mail`, ready to be sent; `reason`: why its forms were not looked at.

    Its Message-ID is derived from the answered mail's: if it is sent twice, it is recognised as the same mail.
    """
    answer = EmailMessage(policy=SMTP)
    answer["From"] = sender
    answer["To"] = mail.senders[0]
    answer["Subject"] = _subject(mail, forms, reason)
    answer["Date"] = format_datetime(at)
    answer["Message-ID"] = f"<{message_id}.answer@{sender.rpartition('@')[2].rstrip('>')}>"
    if mail.message_id and _is_id(mail.message_id):
        answer["In-Reply-To"] = mail.message_id
        answer["References"] = mail.message_id
    answer["Auto-Submitted"] = "auto-replied"
    answer["X-Auto-Response-Suppress"] = "All"
    answer.set_content("\n".join(_lines(mail, forms, reason)), charset="utf-8")
    return answer.as_bytes()


def _is_id(message_id: str) -> bool:
    return message_id.startswith("<") and message_id.endswith(">") and message_id.isascii() and " " not in message_id


def _subject(mail: ReceivedMail, forms: Sequence[ReceivedForm], reason: str | None) -> str:
    about = " ".join(mail.subject.split())[:120] or "your mail"
    if reason is not None:
        return f"No order: {about}"
    if all(form.cancelled for form in forms):
        return f"Order was cancelled: {about}"
    taken = [
        form
        for form in forms
        if form.status in {InboxFormStatus.ACCEPTED, InboxFormStatus.DUPLICATE} and not form.cancelled
    ]
    if len(taken) == len(forms):
        return f"Order accepted: {about}"
    return f"Order refused: {about}" if not taken else f"Order partly refused: {about}"


def _lines(mail: ReceivedMail, forms: Sequence[ReceivedForm], reason: str | None) -> Iterator[str]:
    yield f"Your mail came to us on {mail.had_at:%Y-%m-%d at %H:%M:%S %Z}."
    yield ""
    if reason is not None:
        yield f"It holds no order that could be read: {reason}."
        yield ""
        yield HOW_TO
        return
    for form in forms:
        yield from _form_lines(form)
        yield ""
    if mail.left_out:
        yield f"{mail.left_out} more attachments were not looked at: send them in mails of their own."
        yield ""
    if any(form.status in {InboxFormStatus.REFUSED, InboxFormStatus.UNREADABLE} for form in forms):
        yield "Nothing was ordered by a form that was refused. Correct it and send it again: the same form, under"
        yield "the same number, is then accepted."


def _form_lines(form: ReceivedForm) -> Iterator[str]:
    name = " ".join(form.file_name.split())
    match form.status:
        case InboxFormStatus.ACCEPTED:
            yield f"{name}: accepted as order {form.order_id}."
            yield f"  Outlet {form.outlet_code}, delivery on {_delivery_day(form)}, total {form.total_value}."
            for warning in form.warnings[:MOST_TOLD]:
                yield f"  Please note{_at(form, str(warning.get('pointer', '')))}: {warning.get('message')}"
        case InboxFormStatus.DUPLICATE if form.cancelled:
            yield f"{name}: this form was taken already, as order {form.order_id}, which was CANCELLED since."
            yield "  Nothing is ordered by it. To order, ask for a new form: each orders once."
        case InboxFormStatus.DUPLICATE:
            yield f"{name}: this form was taken already, as order {form.order_id}. Nothing was ordered twice."
            yield "  To order again, ask for a new form: each orders once."
        case InboxFormStatus.REFUSED | InboxFormStatus.UNREADABLE:
            what = "refused" if form.status is InboxFormStatus.REFUSED else "could not be read"
            yield f"{name}: {what}."
            for problem in form.problems[:MOST_TOLD]:
                yield f"  {_problem(form, problem)}"
            if len(form.problems) > MOST_TOLD:
                yield f"  … and {len(form.problems) - MOST_TOLD} more."


def _problem(form: ReceivedForm, problem: FieldProblem) -> str:
    cell = form.cells.get(problem.pointer)
    return f"{cell}: {problem.message}" if cell else problem.message


def _at(form: ReceivedForm, pointer: str) -> str:
    cell = form.cells.get(pointer)
    return f" ({cell})" if cell else ""


def _delivery_day(form: ReceivedForm) -> str:
    return form.form.delivery_date.isoformat() if form.form is not None else ""
