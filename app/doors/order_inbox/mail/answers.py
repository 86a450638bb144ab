"""The answer to a mail, in words: what was ordered, or what is wrong, by the cells of the form."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from uuid import UUID

from app.doors.order_inbox.mail.records import FormOutcome, InboxFormStatus, ReceivedMail
from app.ground.errors import FieldProblem

MOST_TOLD = 50
"""Problems, and warnings, that an answer lists of one form."""
HOW_TO = (
    "To order, attach the order form: the sheet (.xlsx) that your rep or your supplier's office sends you, filled in\n"
    "and saved, or the same as a CSV file. Forms within the text of a mail cannot be read.\n"
)


def answer_to(
    mail: ReceivedMail,
    outcomes: Sequence[FormOutcome],
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
    answer["Subject"] = _subject(mail, outcomes, reason)
    answer["Date"] = format_datetime(at)
    answer["Message-ID"] = f"<{message_id}.answer@{sender.rpartition('@')[2].rstrip('>')}>"
    if mail.message_id and _is_id(mail.message_id):
        answer["In-Reply-To"] = mail.message_id
        answer["References"] = mail.message_id
    answer["Auto-Submitted"] = "auto-replied"
    answer["X-Auto-Response-Suppress"] = "All"
    answer.set_content("\n".join(_lines(mail, outcomes, reason)), charset="utf-8")
    return answer.as_bytes()


def _is_id(message_id: str) -> bool:
    return message_id.startswith("<") and message_id.endswith(">") and message_id.isascii() and " " not in message_id


def _subject(mail: ReceivedMail, outcomes: Sequence[FormOutcome], reason: str | None) -> str:
    about = " ".join(mail.subject.split())[:120] or "your mail"
    if reason is not None:
        return f"No order: {about}"
    if all(outcome.cancelled for outcome in outcomes):
        return f"Order was cancelled: {about}"
    taken = [
        outcome
        for outcome in outcomes
        if outcome.status in {InboxFormStatus.ACCEPTED, InboxFormStatus.DUPLICATE} and not outcome.cancelled
    ]
    if len(taken) == len(outcomes):
        return f"Order accepted: {about}"
    return f"Order refused: {about}" if not taken else f"Order partly refused: {about}"


def _lines(mail: ReceivedMail, outcomes: Sequence[FormOutcome], reason: str | None) -> Iterator[str]:
    yield f"Your mail came to us on {mail.had_at:%Y-%m-%d at %H:%M:%S %Z}."
    yield ""
    if reason is not None:
        yield f"It holds no order that could be read: {reason}."
        yield ""
        yield HOW_TO
        return
    for outcome in outcomes:
        yield from _form_lines(outcome)
        yield ""
    if mail.left_out:
        yield f"{mail.left_out} more attachments were not looked at: send them in mails of their own."
        yield ""
    if any(form.status in {InboxFormStatus.REFUSED, InboxFormStatus.UNREADABLE} for form in outcomes):
        yield "Nothing was ordered by a form that was refused. Correct it and send it again: the same form, under"
        yield "the same number, is then accepted."


def _form_lines(outcome: FormOutcome) -> Iterator[str]:
    name = " ".join(outcome.file_name.split())
    match outcome.status:
        case InboxFormStatus.ACCEPTED:
            yield f"{name}: accepted as order {outcome.order_id}."
            yield f"  Outlet {outcome.outlet_code}, delivery on {outcome.delivery_date}, total {outcome.total_value}."
            for warning in outcome.warnings[:MOST_TOLD]:
                yield f"  Please note{_at(outcome, str(warning.get('pointer', '')))}: {warning.get('message')}"
        case InboxFormStatus.DUPLICATE if outcome.cancelled:
            yield f"{name}: this form was taken already, as order {outcome.order_id}, which was CANCELLED since."
            yield "  Nothing is ordered by it. To order, ask for a new form: each orders once."
        case InboxFormStatus.DUPLICATE:
            yield f"{name}: this form was taken already, as order {outcome.order_id}. Nothing was ordered twice."
            yield "  To order again, ask for a new form: each orders once."
        case InboxFormStatus.REFUSED | InboxFormStatus.UNREADABLE:
            what = "refused" if outcome.status is InboxFormStatus.REFUSED else "could not be read"
            yield f"{name}: {what}."
            for problem in outcome.problems[:MOST_TOLD]:
                yield f"  {_problem(outcome, problem)}"
            if len(outcome.problems) > MOST_TOLD:
                yield f"  … and {len(outcome.problems) - MOST_TOLD} more."


def _problem(outcome: FormOutcome, problem: FieldProblem) -> str:
    cell = outcome.cells.get(problem.pointer)
    return f"{cell}: {problem.message}" if cell else problem.message


def _at(outcome: FormOutcome, pointer: str) -> str:
    cell = outcome.cells.get(pointer)
    return f" ({cell})" if cell else ""
