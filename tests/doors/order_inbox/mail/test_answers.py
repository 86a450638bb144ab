"""Answers as they leave: whatever the mail says about itself."""

from dataclasses import replace
from email import message_from_bytes, policy
from email.message import EmailMessage
from uuid import UUID

import pytest

from app.doors.order_inbox.forms.attachments import Attachment
from app.doors.order_inbox.forms.records import InboxFormStatus, ReceivedForm, unreadable
from app.doors.order_inbox.mail.answers import answer_to
from app.ground.errors import FieldProblem
from tests.doors.order_inbox.mail.mails import HAD_AT, make_mail, take_apart

ORDER = UUID("0193565e-0000-7000-8000-000000000001")
ACCEPTED = ReceivedForm("a.xlsx", b"a", InboxFormStatus.ACCEPTED, order_id=ORDER, total_value="1.00")


def answer(
    sender: str = "shop@example.com", subject: str = "Our order", *forms: ReceivedForm
) -> tuple[bytes, EmailMessage]:
    mail = replace(take_apart(make_mail().as_bytes(), HAD_AT), senders=[sender], subject=subject)
    about = {"sender": "Orders <orders@ours.example>", "message_id": ORDER, "at": HAD_AT}
    content = answer_to(mail, forms, None if forms else "no order form attached", **about)  # type: ignore[arg-type]
    return content, message_from_bytes(content, EmailMessage, policy=policy.default)


@pytest.mark.parametrize(
    "subject",
    [
        "=?utf-8?Q?a=0D=0ABcc:_somebody@else.example=0D=0A=0D=0Aother_words?=",
        "=?utf-8?Q?a=00b?=",
        "=?utf-8?B?a?= =?hex?Q?a=0Ab?=",
    ],
)
def test_a_subject_that_looks_encoded_once_it_is_decoded_is_the_text_that_it_shows(subject: str) -> None:
    content, sent = answer("shop@example.com", subject)
    assert b"\x00" not in content
    assert sent["Subject"] == f"No order: {subject.replace('=?', '= ?')}"
    assert sent["Bcc"] is None


def test_an_address_with_letters_of_any_script_is_written_as_it_is() -> None:
    content, _ = answer("ιωάννης@kiosk.example")
    assert "To: ιωάννης@kiosk.example".encode() in content


def test_a_text_that_is_a_form_with_a_mistake_is_refused_by_its_cell_beside_one_that_is_accepted() -> None:
    file = Attachment("order.txt", b"x")
    problem = FieldProblem("/lines/0/quantity", "ambiguous_number", "“1.200” may mean two.")
    _, sent = answer("a@b.c", "x", ACCEPTED, unreadable(file, problem, cells={problem.pointer: "line 4, quantity"}))
    assert sent["Subject"] == "Order partly refused: x"
    assert "line 4, quantity: “1.200” may mean two." in str(sent.get_content())
    letter = FieldProblem("", "broken_csv", "Look at the quotation marks.")
    _, sent = answer("a@b.c", "x", ACCEPTED, unreadable(file, letter))
    assert sent["Subject"] == "Order accepted: x"
