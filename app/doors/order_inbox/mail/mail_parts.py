"""Takes a mail apart. Any mail gives a `ReceivedMail`, if need be with the problem that kept it from being read."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from email import message_from_bytes
from email.errors import MessageError
from email.header import decode_header, make_header
from email.message import Message
from email.policy import compat32
from email.utils import collapse_rfc2231_value, getaddresses

from app.doors.order_inbox.forms.records import Attachment
from app.doors.order_inbox.mail.records import ReceivedMail

MOST_FORMS = 10
"""Attachments of one mail that are read as forms; the answer says how many were not."""
MOST_PARTS = 500
LONGEST_TEXT = 300

_DECIDING = (
    *("auto-submitted", "precedence", "list-id", "list-unsubscribe", "x-autoreply", "x-autorespond", "return-path"),
    *("authentication-results", "content-type", "in-reply-to", "references"),
)
_SHEETS = (".xlsx", ".xlsm", ".xltx", ".xls", ".ods", ".csv", ".tsv", ".txt")
_SHEET_TYPES = re.compile(r"spreadsheet|ms-excel|text/csv|text/tab-separated|comma-separated", re.IGNORECASE)
_BEGINNINGS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
_NO_FORMS = ("image/", "audio/", "video/", "text/calendar", "text/html", "text/x-vcard", "application/pgp-signature")
_SEALED = {
    "application/ms-tnef": "winmail.dat",
    "application/pkcs7-mime": "an encrypted or signed mail (smime.p7m)",
    "application/x-pkcs7-mime": "an encrypted or signed mail (smime.p7m)",
    "multipart/encrypted": "an encrypted mail",
}
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f\ud800-\udfff]+")


def take_apart(raw: bytes, had_at: datetime) -> ReceivedMail:
    """A mail of a few megabytes at the most; `had_at`: when the mail server received it."""
    message = message_from_bytes(raw, policy=compat32)
    forms: list[Attachment] = []
    foreign: list[str] = []
    left_out, problem = 0, None
    try:
        for part in _parts(message):
            if (sealed := _SEALED.get(part.get_content_type())) is not None:
                foreign.append(sealed)
            elif (attachment := _form_in(part)) is not None and len(forms) < MOST_FORMS:
                forms.append(attachment)
            elif attachment is not None:
                left_out += 1
    except (MessageError, LookupError, ValueError, RecursionError) as error:
        problem = f"the mail cannot be taken apart ({type(error).__name__})"
    return ReceivedMail(
        had_at,
        _text(str(message["Message-ID"] or "")) or None,
        _senders(message),
        _decoded(message["Subject"]),
        {name: [str(value) for value in message.get_all(name, [])] for name in _DECIDING},
        forms,
        left_out,
        foreign,
        problem,
    )


def too_large(head: bytes, had_at: datetime, size: int) -> ReceivedMail:
    """A mail that is too large to be fetched: only its headers are known."""
    problem = f"the mail is too large ({size / 1024 / 1024:.0f} MiB)"
    return replace(take_apart(head, had_at), forms=(), foreign=(), problem=problem)


def _parts(message: Message) -> Iterator[Message]:
    """The parts in their order, those of forwarded mails among them."""
    for number, part in enumerate(message.walk()):
        if number >= MOST_PARTS:
            return
        yield part


def _form_in(part: Message) -> Attachment | None:
    """The part as a file that may be a form, or None."""
    kind = part.get_content_type()
    if part.is_multipart() or kind.startswith(_NO_FORMS):
        return None
    name = _file_name(part)
    named = name.lower().endswith(_SHEETS) or _SHEET_TYPES.search(kind)
    if kind == "text/plain" and not name:
        return None
    content = part.get_payload(decode=True)
    if not isinstance(content, bytes) or not (named or content.startswith(_BEGINNINGS)):
        return None
    return Attachment(name or "attachment", content)


def _file_name(part: Message) -> str:
    parameter = part.get_param("filename", None, "content-disposition") or part.get_param("name", None, "content-type")
    if not parameter:
        return ""
    name = _decoded(collapse_rfc2231_value(parameter))
    return _text(re.split(r"[/\\]", name)[-1])


def _senders(message: Message) -> list[str]:
    """The addresses that a mail says it is from, normalised for comparison."""
    raw = [_decoded(value) for value in message.get_all("From", [])]
    addresses = [address.strip() for _, address in getaddresses(raw)[:10]]
    return list(dict.fromkeys(_comparable(address) for address in addresses if "@" in address))


def _comparable(address: str) -> str:
    local, _, domain = address.casefold().rpartition("@")
    try:
        return _text(f"{local}@{domain.encode('idna').decode()}")
    except UnicodeError:
        return _text(f"{local}@{domain}")


def _decoded(value: object) -> str:
    """A header's text (RFC 2047), as well as it can be read."""
    text = str(value or "")
    try:
        return _text(str(make_header(decode_header(text))))
    except (MessageError, LookupError, ValueError):
        return _text(text)


def _text(value: str) -> str:
    """Text that a database and a terminal take: no control characters, no halves of characters, bounded."""
    return _UNPRINTABLE.sub(" ", value.encode("utf-8", "replace").decode())[:LONGEST_TEXT].strip()
