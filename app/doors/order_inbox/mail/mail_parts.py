"""The attachments of a mail. Runs in the process with limits (`mail_process`): nothing here bounds what a mail costs.

What bounds it is that process, which a mail may end. Only mails whose sender may order come so far.
"""

import binascii
import re
import struct
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from email import message_from_bytes
from email.errors import MessageError
from email.message import Message
from email.policy import compat32
from email.utils import collapse_rfc2231_value
from itertools import count

import orjson

from app.doors.order_inbox.forms.attachments import Attachment
from app.doors.order_inbox.mail.mail_heads import decoded, printable

MAIL = b"m"
"""What a request begins with that is a mail."""
MOST_FORMS = 10
"""Attachments of one mail that are read as forms; the answer says how many were not."""
MOST_FOREIGN = 20
MOST_PARTS = 500

_SHEETS = (".xlsx", ".xlsm", ".xltx", ".xlsb", ".xls", ".ods", ".csv", ".tsv", ".tab", ".txt")
_OTHERS = (
    *(".docx", ".docm", ".doc", ".odt", ".rtf", ".pptx", ".ppt", ".odp", ".pdf", ".zip", ".rar", ".7z", ".gz"),
    *(".eml", ".msg", ".htm", ".html", ".xml", ".json", ".ics", ".vcf", ".p7s", ".p7m", ".asc", ".url"),
    *(".jpg", ".jpeg", ".png", ".gif", ".heic", ".webp", ".bmp", ".tif", ".tiff", ".mp3", ".m4a", ".mp4", ".mov"),
)
_SHEET_TYPES = re.compile(r"spreadsheet|ms-excel|text/csv|text/tab-separated|comma-separated", re.IGNORECASE)
_SHEET_BEGINNINGS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
_FOOTERS = re.compile(r"ATT\d{3,}\.\w{1,5}", re.IGNORECASE)
"""Exchange makes files of what Apple's programs write below an attachment."""
_APPLE_TWIN = (b"\x00\x05\x16\x07", b"\x00\x05\x16\x00")
_TNEF = b"\x78\x9f\x3e\x22"
_SEALED = {
    "application/ms-tnef": "winmail.dat",
    "application/pkcs7-mime": "an encrypted or signed mail (smime.p7m)",
    "application/x-pkcs7-mime": "an encrypted or signed mail (smime.p7m)",
    "multipart/encrypted": "an encrypted mail",
}
_UNSEEN = ("text/calendar", "text/x-vcard", "application/pgp-signature", "application/pkcs7-signature")
_SHOWN = ("image/", "audio/", "video/", "text/html")
"""What programs show within the mail, unless it is attached."""
_SIZE = struct.Struct(">I")


@dataclass(frozen=True, slots=True)
class MailParts:
    """The attachments of a mail. `forms` may be order forms; `left_out` counts those beyond the limit.

    `foreign` names what is no form, and what a person may have meant as one (`winmail.dat`, a letter); `problem`: why
    the mail could not be taken apart.
    """

    forms: Sequence[Attachment] = ()
    left_out: int = 0
    foreign: Sequence[str] = ()
    problem: str | None = None

    def packed(self) -> bytes:
        """As bytes, for a pipe: the size of what it says of the forms, that as JSON, then the files themselves."""
        files = [(form.file_name, form.charset, len(form.content)) for form in self.forms]
        about = orjson.dumps([files, self.left_out, self.foreign, self.problem])
        return b"".join((_SIZE.pack(len(about)), about, *(form.content for form in self.forms)))

    @classmethod
    def unpacked(cls, content: bytes) -> "MailParts":
        """From bytes."""
        (size,) = _SIZE.unpack_from(content)
        files, left_out, foreign, problem = orjson.loads(content[_SIZE.size : _SIZE.size + size])
        forms, start = [], _SIZE.size + size
        for name, charset, length in files:
            forms.append(Attachment(name, content[start : start + length], charset))
            start += length
        return cls(forms, left_out, foreign, problem)


class _TooManyParts(ValueError):
    """A mail has more parts than any that holds an order."""


def _part_maker() -> Callable[..., Message]:
    """Makes the parts of one mail, up to a limit: what nests in depth is not even parsed to its end."""
    numbers = count(1)

    def make(*_: object, **__: object) -> Message:
        if next(numbers) > MOST_PARTS:
            raise _TooManyParts
        return Message()

    return make


def parts_of(raw: bytes) -> MailParts:
    """The attachments of a mail, those of forwarded mails among them. Any mail gives some, or the problem with it."""
    forms: list[Attachment] = []
    foreign: list[str] = []
    left_out = 0
    try:
        for part in _parts(raw):
            match _file_in(part):
                case Attachment() as attachment if len(forms) < MOST_FORMS:
                    forms.append(attachment)
                case Attachment():
                    left_out += 1
                case str() as name if len(foreign) < MOST_FOREIGN:
                    foreign.append(name)
    except _TooManyParts:
        return MailParts(problem=f"the mail has more than {MOST_PARTS} parts")
    except (MessageError, LookupError, ValueError, TypeError, AttributeError, RecursionError) as error:
        return MailParts(problem=f"the mail cannot be taken apart ({type(error).__name__})")
    return MailParts(forms, left_out, list(dict.fromkeys(foreign)))


def _parts(raw: bytes) -> Iterator[Message]:
    policy = compat32.clone(message_factory=_part_maker())
    mails = [message_from_bytes(raw, policy=policy)]
    while mails:
        for part in mails.pop().walk():
            yield part
            if (packed := _packed_mail(part)) is not None:
                mails.append(message_from_bytes(packed, policy=policy))


def _packed_mail(part: Message) -> bytes | None:
    """A forwarded mail in base64, which RFC 2046 forbids and some programs write all the same: it is parsed as text."""
    packed = str(part.get("content-transfer-encoding", "")).strip().lower() == "base64"
    if part.get_content_maintype() != "message" or not packed or not part.is_multipart():
        return None
    text = part.get_payload(0)
    content = text.get_payload() if isinstance(text, Message) else None
    return _unpacked(content) if isinstance(content, str) else None


def _unpacked(text: str) -> bytes | None:
    """Its bytes; None where it is none."""
    try:
        return binascii.a2b_base64(text.encode("ascii", "ignore"))
    except binascii.Error:
        return None


def _file_in(part: Message) -> Attachment | str | None:
    """A part that may be a form; the name of one that is none; or None for what nobody means as a file."""
    kind, name = part.get_content_type(), _file_name(part)
    if (sealed := _SEALED.get(kind)) is not None:
        return sealed
    if part.is_multipart() or kind in _UNSEEN or (not name and kind in {"text/plain", "text/html"}):
        return None
    if kind.startswith(_SHOWN) and not name.lower().endswith(_SHEETS):
        return name if name and part.get_content_disposition() == "attachment" else None
    if kind != "application/applefile" and (_FOOTERS.fullmatch(name) or name.lower().endswith(_OTHERS)):
        return name
    content = part.get_payload(decode=True)
    return _file_by_content(name, kind, content, part) if isinstance(content, bytes) else None


def _file_by_content(name: str, kind: str, content: bytes, part: Message) -> Attachment | str | None:
    if kind == "application/applefile" or content.startswith(_APPLE_TWIN):
        return f"{name} (what a Mac keeps beside a file)".strip()
    if name.lower() == "winmail.dat" or content.startswith(_TNEF):
        return "winmail.dat"
    if name.lower().endswith(_SHEETS) or _SHEET_TYPES.search(kind) or content.startswith(_SHEET_BEGINNINGS):
        return Attachment(name or "attachment", content, (part.get_content_charset("") or "")[:40])
    return name or None


def _file_name(part: Message) -> str:
    parameter = part.get_param("filename", None, "content-disposition") or part.get_param("name", None, "content-type")
    if not parameter:
        return ""
    try:
        text = collapse_rfc2231_value(parameter)
    except ValueError:  # RFC 2231: the name says that it is written in a charset that is none
        text = parameter[2] if isinstance(parameter, tuple) else parameter
    name = decoded(text)
    return printable(re.split(r"[/\\]", name)[-1])
