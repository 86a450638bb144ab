"""The answer to a mail, in words: what was ordered, or what is wrong, by the cells of the form."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from email.utils import format_datetime
from uuid import UUID

from app.doors.order_inbox.forms.records import InboxFormStatus, ReceivedForm
from app.doors.order_inbox.mail.answer_words import ENGLISH, AnswerWords, words_in
from app.doors.order_inbox.mail.records import ReceivedMail
from app.doors.order_inbox.mail.translations import in_language
from app.ground.errors import FieldProblem

_TAKEN = frozenset({InboxFormStatus.ACCEPTED, InboxFormStatus.DUPLICATE})
MOST_TOLD = 50
"""Problems, and warnings, that an answer lists of one form."""
NO_FORMS = frozenset({"no_order_table", "not_a_text_file"})
"""Problems of files that nobody meant as a form, where another one is."""


def answer_to(
    mail: ReceivedMail,
    forms: Sequence[ReceivedForm],
    reason: str | None,
    *,
    sender: str,
    message_id: UUID,
    at: datetime,
    language: str = ENGLISH,
) -> bytes:
    """The mail that answers `mail`, ready to be sent; `reason`: why its forms were not looked at.

    Its Message-ID is derived from the answered mail's: if it is sent twice, it is recognised as the same mail.
    """
    letter = _Letter(words_in(language), language, mail, *_meant(forms))
    # an address with letters beyond ASCII has no other form (RFC 6532)
    answer = EmailMessage(policy=SMTP if mail.senders[0].isascii() else SMTPUTF8)
    answer["From"] = sender
    answer["To"] = mail.senders[0]
    answer["Subject"] = letter.subject(reason)
    answer["Date"] = format_datetime(at)
    answer["Message-ID"] = f"<{message_id}.answer@{sender.rpartition('@')[2].rstrip('>')}>"
    if mail.message_id and _is_id(mail.message_id):
        answer["In-Reply-To"] = mail.message_id
        answer["References"] = mail.message_id
    if language != ENGLISH:
        answer["Content-Language"] = language
    answer["Auto-Submitted"] = "auto-replied"
    answer["X-Auto-Response-Suppress"] = "All"
    answer.set_content("\n".join(letter.lines(reason)), charset="utf-8")
    return answer.as_bytes()


def _is_id(message_id: str) -> bool:
    return message_id.startswith("<") and message_id.endswith(">") and message_id.isascii() and " " not in message_id


def _meant(forms: Sequence[ReceivedForm]) -> tuple[Sequence[ReceivedForm], Sequence[ReceivedForm]]:
    """The files that were meant as forms, and those that lie beside one: a text, a price list."""
    others = [form for form in forms if _is_no_form(form)]
    return (forms, ()) if len(others) == len(forms) else ([form for form in forms if form not in others], others)


def _is_no_form(form: ReceivedForm) -> bool:
    if form.status is not InboxFormStatus.UNREADABLE:
        return False
    # of a text that was read as a form every problem has its cell
    is_text = form.file_name.lower().endswith(".txt") and not form.cells
    return is_text or any(problem.code in NO_FORMS for problem in form.problems)


@dataclass(frozen=True, slots=True)
class _Letter:
    """An answer as text: what became of the forms of a mail, in one language. `others`: files that are none."""

    words: AnswerWords
    language: str
    mail: ReceivedMail
    forms: Sequence[ReceivedForm]
    others: Sequence[ReceivedForm]

    def subject(self, reason: str | None) -> str:
        """What became of it in a few words, and the subject of the mail."""
        # it is decoded: what looks like an encoded word by now is its text, and would be decoded again
        about = " ".join(self.mail.subject.replace("=?", "= ?").split())[:120] or self.words.your_mail
        return f"{self._outcome(reason)}: {about}"

    def _outcome(self, reason: str | None) -> str:
        words, forms = self.words, self.forms
        if reason is not None:
            return words.no_order
        if all(form.cancelled for form in forms):
            return words.cancelled
        taken = [form for form in forms if form.status in _TAKEN and not form.cancelled]
        if len(taken) < len(forms):
            return words.partly_refused if taken else words.refused
        return words.accepted_but.format(count=self.mail.left_out) if self.mail.left_out else words.accepted

    def lines(self, reason: str | None) -> Iterator[str]:
        """The text, line by line."""
        words, at = self.words, self.mail.had_at
        yield words.came.format(day=f"{at:%Y-%m-%d}", time=f"{at:%H:%M:%S %Z}")
        yield ""
        if reason is not None:
            yield words.no_form.format(reason=in_language(reason, self.language))
            yield ""
            yield words.how_to
            return
        for form in self.forms:
            yield from self._form_lines(form)
            yield ""
        if self.mail.left_out:
            yield words.left_out.format(count=self.mail.left_out)
            yield ""
        if names := [*(" ".join(form.file_name.split()) for form in self.others), *self.mail.foreign]:
            yield words.no_forms.format(names=", ".join(names))
            yield ""
        if any(form.status in {InboxFormStatus.REFUSED, InboxFormStatus.UNREADABLE} for form in self.forms):
            yield words.correct_it

    def _form_lines(self, form: ReceivedForm) -> Iterator[str]:
        words, name = self.words, " ".join(form.file_name.split())
        match form.status:
            case InboxFormStatus.ACCEPTED:
                yield words.taken.format(name=name, order=form.order_id)
                yield words.details.format(outlet=form.outlet_code, day=_delivery_day(form), total=form.total_value)
                for warning in form.warnings[:MOST_TOLD]:
                    at, message = _at(form, str(warning.get("pointer", ""))), str(warning.get("message"))
                    yield words.note.format(at=at, message=in_language(message, self.language))
            case InboxFormStatus.DUPLICATE if form.cancelled:
                yield words.duplicate_cancelled.format(name=name, order=form.order_id)
                yield words.nothing_ordered
            case InboxFormStatus.DUPLICATE:
                yield words.duplicate.format(name=name, order=form.order_id)
                yield words.order_again
            case InboxFormStatus.REFUSED | InboxFormStatus.UNREADABLE:
                refused = form.status is InboxFormStatus.REFUSED
                yield (words.form_refused if refused else words.form_unreadable).format(name=name)
                for problem in form.problems[:MOST_TOLD]:
                    yield f"  {self._problem(form, problem)}"
                if len(form.problems) > MOST_TOLD:
                    yield words.more.format(count=len(form.problems) - MOST_TOLD)

    def _problem(self, form: ReceivedForm, problem: FieldProblem) -> str:
        cell, message = form.cells.get(problem.pointer), in_language(problem.message, self.language)
        return f"{cell}: {message}" if cell else message


def _at(form: ReceivedForm, pointer: str) -> str:
    cell = form.cells.get(pointer)
    return f" ({cell})" if cell else ""


def _delivery_day(form: ReceivedForm) -> str:
    return form.form.delivery_date.isoformat() if form.form is not None else ""
