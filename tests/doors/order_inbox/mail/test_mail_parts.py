import base64
from email.message import EmailMessage
from email.mime.message import MIMEMessage
from email.mime.multipart import MIMEMultipart
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.doors.order_inbox.mail.mail_parts import MOST_FORMS
from app.doors.order_inbox.mail.records import ReceivedMail
from tests.doors.order_inbox.mail.mails import HAD_AT, SHOP, make_mail, take_apart

SHEET = b"PK\x03\x04 a sheet"


GOOD_PART = "Content-Type: text/csv; name=good-order.csv\n\nProduct code;Quantity\nB;1\n"


def taken(mail: EmailMessage | MIMEMultipart) -> ReceivedMail:
    return take_apart(mail.as_bytes(), HAD_AT)


def test_a_mail_gives_its_sender_its_subject_and_its_sheets() -> None:
    found = taken(make_mail(SHEET, sender="The Shop <Shop@Example.COM>", Message_ID="<1@example.com>"))
    assert (found.message_id, found.senders, found.subject) == ("<1@example.com>", [SHOP], "Our order")
    assert [(file.file_name, file.content) for file in found.forms] == [("order-1.xlsx", SHEET)]
    assert found.problem is None


def test_the_attachment_of_a_forwarded_mail_is_found() -> None:
    outer = MIMEMultipart()
    outer["From"] = "boss@example.com"
    outer.attach(MIMEMessage(make_mail(SHEET)))
    assert [file.content for file in taken(outer).forms] == [SHEET]


def test_the_attachment_of_a_mail_that_was_forwarded_in_base64_is_found() -> None:
    """RFC 2046 forbids it; some programs write it."""
    inner = make_mail(SHEET).as_bytes()
    for _ in range(2):
        packed = base64.encodebytes(inner).decode()
        head = f"From: {SHOP}\nContent-Type: multipart/mixed; boundary=x\n\n"
        part = f"--x\nContent-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\n{packed}"
        inner = f"{head}{part}--x\n{GOOD_PART}--x--\n".encode()
        found = take_apart(inner, HAD_AT)
        assert SHEET in [file.content for file in found.forms]
    broken = inner.replace(b"base64\n\n", b"base64\n\n?=x")
    assert "good-order.csv" in [file.file_name for file in take_apart(broken, HAD_AT).forms]


def test_a_file_name_is_read_whatever_way_it_is_written_and_never_as_a_path() -> None:
    mail = make_mail()
    mail.add_attachment(SHEET, maintype="application", subtype="octet-stream", filename="../../παραγγελία.xlsx")
    assert [file.file_name for file in taken(mail).forms] == ["παραγγελία.xlsx"]


def test_pictures_of_a_signature_are_no_forms() -> None:
    mail = make_mail()
    mail.add_attachment(b"\x89PNG", maintype="image", subtype="png", filename="logo.png")
    assert taken(mail).forms == []


def test_a_sheet_that_is_named_like_something_else_is_found_by_what_it_holds() -> None:
    mail = make_mail()
    mail.add_attachment(SHEET, maintype="application", subtype="octet-stream", filename="order.dat")
    assert [file.file_name for file in taken(mail).forms] == ["order.dat"]


def test_of_a_hundred_attachments_the_first_are_looked_at_and_the_others_counted() -> None:
    found = taken(make_mail(*(SHEET + bytes([number]) for number in range(100))))
    assert (len(found.forms), found.left_out) == (MOST_FORMS, 100 - MOST_FORMS)


def test_a_mail_of_html_alone_holds_no_form() -> None:
    mail = EmailMessage()
    mail["From"] = SHOP
    mail.set_content("<table><tr><td>CHO-100</td><td>12</td></tr></table>", subtype="html")
    assert (taken(mail).forms, taken(mail).problem) == ([], None)


def test_what_a_person_may_have_taken_for_a_form_is_named() -> None:
    mail = make_mail()
    mail.add_attachment(b"x\x9f>\x22", maintype="application", subtype="ms-tnef", filename="winmail.dat")
    assert taken(mail).foreign == ["winmail.dat"]


def test_the_same_mail_has_the_same_key_wherever_it_lies() -> None:
    mail = make_mail(SHEET)
    assert taken(mail).key == take_apart(b"Received: by another server\r\n" + mail.as_bytes(), HAD_AT).key


def test_two_forms_under_one_message_id_are_two_mails() -> None:
    first, second = make_mail(SHEET, Message_ID="<1@x>"), make_mail(SHEET + b"!", Message_ID="<1@x>")
    assert taken(first).key != taken(second).key


@given(st.binary(max_size=2_000))
def test_whatever_a_mail_holds_it_is_taken_apart(raw: bytes) -> None:
    found = take_apart(raw, HAD_AT)
    assert "\x00" not in found.subject
    assert all(sender.isprintable() for sender in found.senders)
    assert found.key


@pytest.mark.parametrize("header", [b"\xff\xfe", b"=?utf-8?B?!!!?=", b"=?no-such-charset?Q?abc?=", b"a\x00b"])
def test_broken_headers_break_nothing(header: bytes) -> None:
    raw = b"From: " + header + b" <shop@example.com>\r\nSubject: " + header + b"\r\n\r\nhello"
    assert take_apart(raw, HAD_AT).senders == [SHOP]


def attach(mail: EmailMessage, content: bytes, kind: str, **how: Any) -> EmailMessage:
    """A mail with one more file, and the type that its program gives it."""
    maintype, _, subtype = kind.partition("/")
    mail.add_attachment(content, maintype=maintype, subtype=subtype, **how)
    return mail


@pytest.mark.parametrize(
    ("kind", "name", "content", "told"),
    [
        ("text/plain", "ATT00001.txt", b"Sent from my iPhone", "ATT00001.txt"),
        ("application/octet-stream", "ATT00001.htm", b"<html>", "ATT00001.htm"),
        (
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            "letter.docx",
            SHEET,
            "letter.docx",
        ),
        ("application/octet-stream", "letter.docx", SHEET, "letter.docx"),
        ("application/pdf", "order.pdf", b"%PDF-1.7", "order.pdf"),
        ("application/octet-stream", "winmail.dat", b"x", "winmail.dat"),
        ("application/octet-stream", "unnamed", b"\x78\x9f\x3e\x22 TNEF", "winmail.dat"),
        ("application/ms-tnef", "whatever.bin", b"x", "winmail.dat"),
        ("application/octet-stream", "Fwd order.eml", b"From: shop", "Fwd order.eml"),
        ("application/octet-stream", "order.msg", b"\xd0\xcf\x11\xe0", "order.msg"),
        ("application/applefile", "order.xlsx", b"\x00\x05\x16\x07", "order.xlsx (what a Mac keeps beside a file)"),
        ("application/octet-stream", "order.xlsx", b"\x00\x05\x16\x07", "order.xlsx (what a Mac keeps beside a file)"),
        ("image/jpeg", "photo.jpg", b"\xff\xd8", "photo.jpg"),
    ],
)
def test_what_is_no_form_is_named_and_not_read(kind: str, name: str, content: bytes, told: str) -> None:
    found = taken(attach(make_mail(SHEET), content, kind, filename=name))
    assert ([file.file_name for file in found.forms], found.foreign) == (["order-1.xlsx"], [told])


@pytest.mark.parametrize(
    ("kind", "name", "content"),
    [
        ("application/octet-stream", "order.xlsx", SHEET),
        ("text/plain", "order.txt", b"Product code\tQuantity"),
        ("application/vnd.ms-excel", "order.csv", b"Product code;Quantity"),
        ("application/vnd.ms-excel", "order", b"Product code;Quantity"),
        ("application/octet-stream", "order.dat", SHEET),
    ],
)
def test_what_may_be_a_form_is_read_whatever_it_is_called(kind: str, name: str, content: bytes) -> None:
    found = taken(attach(make_mail(), content, kind, filename=name))
    assert ([file.content for file in found.forms], found.foreign) == ([content], [])


def test_a_picture_of_a_signature_is_not_even_named() -> None:
    assert (
        taken(attach(make_mail(SHEET), b"\x89PNG", "image/png", filename="logo.png", disposition="inline")).foreign
        == []
    )


def test_the_encoding_that_a_mail_declares_for_a_file_goes_with_it() -> None:
    mail = make_mail()
    mail.add_attachment("Σχόλιο;ναι".encode("cp1253"), maintype="text", subtype="csv", filename="order.csv")
    part = next(iter(mail.iter_attachments()))
    part.replace_header("Content-Type", 'text/csv; charset="windows-1253"')
    assert [file.charset for file in taken(mail).forms] == ["windows-1253"]


@pytest.mark.parametrize(
    "header",
    [
        "Content-Disposition: attachment; filename*=a%00b''order.csv",
        "Content-Disposition: attachment; filename*=undefined''order.csv",
        "Content-Disposition: attachment; filename*=idna''x..%FForder.csv",
        "Content-Disposition: attachment; filename*=x-none''order.csv",
        "Content-Disposition: attachment; filename*=hex''order.csv",
        # a mail program that takes the form for what it shows
        "Content-Type: image/jpeg; name=order.csv\nContent-Disposition: inline; filename=order.csv",
        "Content-Type: text/html; name=order.csv",
    ],
)
def test_neither_the_charset_of_a_name_nor_the_type_of_a_sheet_costs_any_form(header: str) -> None:
    part = f"{header}\n\nProduct code;Quantity\nA;1\n"
    raw = f"From: {SHOP}\nContent-Type: multipart/mixed; boundary=x\n\n--x\n{part}--x\n{GOOD_PART}--x--\n"
    found = take_apart(raw.encode(), HAD_AT)
    assert (found.problem, len(found.forms)) == (None, 2)
    assert all(file.file_name.endswith("order.csv") for file in found.forms)
