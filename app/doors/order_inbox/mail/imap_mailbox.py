"""A mailbox on an IMAP server (RFC 3501), with MOVE (RFC 6851) and, where the server has it, IDLE (RFC 2177)."""

import contextlib
import imaplib
import re
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

from imap_tools import BaseMailBox, MailBox, MailBoxStartTls, MailBoxUnencrypted
from imap_tools.errors import ImapToolsError
from imap_tools.utils import encode_folder

from app.doors.order_inbox.mail.access_tokens import TokenSource
from app.doors.order_inbox.mail.mailboxes import MailboxUnavailable, Waiting
from app.ground.mail_servers import Encryption, MailServer

TIMEOUT_SECONDS = 30.0
UIDS_A_COMMAND = 200
LONGEST_IDLE_SECONDS = 28 * 60.0
"""Servers may log out who is silent for half an hour."""

_UID = re.compile(rb"\bUID (\d+)")
_SIZE = re.compile(rb"\bRFC822\.SIZE (\d+)")
_DATE = re.compile(rb'\bINTERNALDATE "([ \d]?\d)-(\w{3})-(\d{4} \d\d:\d\d:\d\d [+-]\d{4})"')
_MONTHS = (b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec")

P = ParamSpec("P")
T = TypeVar("T")


def _told_in_words(method: Callable[Concatenate["ImapMailbox", P], T]) -> Callable[Concatenate["ImapMailbox", P], T]:
    """What goes wrong on the way to a server as MailboxUnavailable; the connection is given up then."""

    @wraps(method)
    def told(self: "ImapMailbox", /, *args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return method(self, *args, **kwargs)
        except (OSError, imaplib.IMAP4.error, ImapToolsError, ValueError) as error:
            self.close()
            raise MailboxUnavailable(f"{self.server.host}:{self.server.port}: {error}") from error

    return told


class ImapMailbox:
    """Connects when it is first needed, and again after it was closed."""

    def __init__(self, server: MailServer, folders: Sequence[str]) -> None:
        self.server = server
        self._tokens = TokenSource(server.oauth) if server.oauth else None
        self._folders = folders
        self._box: BaseMailBox | None = None
        self._can_idle = False
        self._validity = ""
        self._seen: frozenset[str] = frozenset()
        self._interrupted = threading.Event()

    @_told_in_words
    def describe(self) -> str:
        """Logged in, folders made where there were none."""
        self._open()
        how = "tells of new mails by itself (IDLE)" if self._can_idle else "is asked for new mails (it has no IDLE)"
        server, folders = self.server, ", ".join(self._folders)
        return f"mailbox: {server.username} on {server.host}, folder {server.folder}; {how}; folders: {folders}"

    @_told_in_words
    def waiting(self) -> list[Waiting]:
        """By the server's INTERNALDATE: when it received a mail, which no sender can choose."""
        box = self._open()
        found: list[Waiting] = []
        box.client.noop()  # a server may look for new mails at the end of a command: the search would miss them
        there = box.uids("ALL")
        self._seen = frozenset(there)
        for uids in _chunks(there):
            for told in _parts(box.client.uid("FETCH", ",".join(uids), "(UID INTERNALDATE RFC822.SIZE)"), "FETCH"):
                uid, size, had_at = _UID.search(told[0]), _SIZE.search(told[0]), _DATE.search(told[0])
                if uid and size and had_at:
                    found.append(Waiting(f"{self._validity}/{uid[1].decode()}", _instant(had_at), int(size[1])))
        return sorted(found, key=lambda mail: mail.had_at)

    @_told_in_words
    def fetch(self, uids: Sequence[str]) -> Mapping[str, bytes]:
        """By PEEK: what a person has not read stays unread."""
        return self._contents(uids, "BODY.PEEK[]")

    @_told_in_words
    def head(self, uid: str) -> bytes:
        """The headers, as long as the server lets them be."""
        return self._contents([uid], "BODY.PEEK[HEADER]").get(uid, b"")

    @_told_in_words
    def move(self, uids: Sequence[str], folder: str) -> None:
        """By UID MOVE alone, which is one step on the server: a copy and a deletion could be torn apart."""
        box = self._open()
        for some in _chunks(self._still_valid(uids)):
            _parts(box.client.uid("MOVE", ",".join(some), encode_folder(folder).decode()), "MOVE")

    @_told_in_words
    def wait(self, seconds: float) -> None:
        """By IDLE; a server without it is left alone for so long."""
        box = self._open()
        if self._has_come(box):
            return
        if self._can_idle:
            box.idle.wait(timeout=min(seconds, LONGEST_IDLE_SECONDS))
        else:
            self._interrupted.wait(seconds)

    def interrupt(self) -> None:
        """Cut the connection: whoever waits for the server gets an error instead."""
        self._interrupted.set()
        if (box := self._box) is not None:
            with contextlib.suppress(OSError):
                box.client.sock.shutdown(2)

    def close(self) -> None:
        """Hang up. There is nothing on the server that a logout would save."""
        self._interrupted.clear()
        box, self._box = self._box, None
        if box is not None:
            with contextlib.suppress(OSError, imaplib.IMAP4.error):
                box.client.shutdown()

    def _has_come(self, box: BaseMailBox) -> bool:
        """Whether a mail came since `waiting`: servers that have told of it, with another answer, tell it no more."""
        box.client.untagged_responses.pop("EXISTS", None)
        return not self._seen.issuperset(box.uids("ALL")) or "EXISTS" in box.client.untagged_responses

    def _contents(self, uids: Sequence[str], part: str) -> Mapping[str, bytes]:
        box, found = self._open(), {}
        for some in _chunks(self._still_valid(uids)):
            for told, content in _parts(box.client.uid("FETCH", ",".join(some), f"(UID {part})"), "FETCH"):
                uid = _UID.search(told)
                if uid and content is not None:
                    found[f"{self._validity}/{uid[1].decode()}"] = content
        return found

    def _still_valid(self, uids: Sequence[str]) -> list[str]:
        """The server's own uids: without those that it knows no more, for it has numbered its mails anew since."""
        return [uid.partition("/")[2] for uid in uids if uid.startswith(f"{self._validity}/")]

    def _log_in(self, box: BaseMailBox) -> None:
        server = self.server
        if self._tokens is None:
            login = box.login if (server.username + server.password).isascii() else box.login_utf8
            login(server.username, server.password, initial_folder=None)
            return
        token = self._tokens.token()
        try:
            box.xoauth2(server.username, token, initial_folder=None)
        except (imaplib.IMAP4.error, ImapToolsError):
            self._tokens.forget()
            raise

    def _open(self) -> BaseMailBox:
        if self._box is not None:
            return self._box
        server = self.server
        self._box = box = _connect(server)
        self._log_in(box)
        # what imaplib knows it was told before the login, and servers tell the half of it then
        _, told = box.client.capability()
        box.client.capabilities = tuple(told[-1].decode().upper().split())
        self._can_idle = "IDLE" in box.client.capabilities
        if "MOVE" not in box.client.capabilities:
            raise ValueError("the server has no MOVE (RFC 6851), without which mails could be lost between two folders")
        for folder in self._folders:
            if not box.folder.exists(folder):
                box.folder.create(folder)
        box.folder.set(server.folder)
        _, validity = box.client.response("UIDVALIDITY")
        self._validity = validity[0].decode() if validity and validity[0] else ""
        return box


def _connect(server: MailServer) -> BaseMailBox:
    match server.encryption:
        case Encryption.TLS:
            return MailBox(server.host, server.port, TIMEOUT_SECONDS, ssl_context=ssl.create_default_context())
        case Encryption.STARTTLS:
            return MailBoxStartTls(server.host, server.port, TIMEOUT_SECONDS, ssl.create_default_context())
        case Encryption.NONE:
            return MailBoxUnencrypted(server.host, server.port, TIMEOUT_SECONDS)


def _parts(response: tuple[str, Any], command: str) -> list[tuple[bytes, bytes | None]]:
    """What imaplib makes of a response: its text, and the literal that came with it, for each mail. Raises ValueError.

    Servers may tell the UID before the literal or behind it.
    """
    status, data = response
    if status != "OK":
        raise ValueError(f"{command}: {status} {data!r:.200}")
    parts: list[tuple[bytes, bytes | None]] = []
    for item in data or ():
        if isinstance(item, tuple):
            parts.append((item[0], item[1]))
        elif item is not None and parts and parts[-1][1] is not None and item[:1] in b" )":
            parts[-1] = (parts[-1][0] + item, parts[-1][1])
        elif item is not None:
            parts.append((item, None))
    return parts


def _instant(found: "re.Match[bytes]") -> datetime:
    """INTERNALDATE with its offset. By hand: strptime knows the months of the process's own language."""
    month = _MONTHS.index(found[2].title()) + 1
    return datetime.strptime(f"{int(found[1])} {month} {found[3].decode()}", "%d %m %Y %H:%M:%S %z")


def _chunks(uids: Sequence[str]) -> Iterator[Sequence[str]]:
    for first in range(0, len(uids), UIDS_A_COMMAND):
        yield uids[first : first + UIDS_A_COMMAND]
