"""A mailbox on an IMAP server (RFC 3501), with MOVE (RFC 6851) and, where the server has it, IDLE (RFC 2177).

By IMAPClient (decision 31).
"""

import contextlib
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

from imapclient import IMAPClient
from imapclient.exceptions import IMAPClientError

from app.doors.order_inbox.mail.access_tokens import TokenSource
from app.doors.order_inbox.mail.mail_heads import MOST_HEAD_BYTES
from app.doors.order_inbox.mail.mailboxes import MailboxUnavailable, Waiting
from app.ground.mail_servers import Encryption, MailServer

TIMEOUT_SECONDS = 30.0
UIDS_A_COMMAND = 200
FIRST_IDLE_SECONDS, LONGEST_IDLE_SECONDS = 1.0, 28 * 60.0
"""Servers may log out a client that is silent for half an hour."""

P = ParamSpec("P")
T = TypeVar("T")


def _report_unavailable(
    method: Callable[Concatenate["ImapMailbox", P], T],
) -> Callable[Concatenate["ImapMailbox", P], T]:
    """Raise what goes wrong with the server as MailboxUnavailable, and give up the connection."""

    @wraps(method)
    def wrapper(self: "ImapMailbox", /, *args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return method(self, *args, **kwargs)
        except Exception as error:  # whatever a server says, and a library makes of it, is the server's state
            self.close()
            raise MailboxUnavailable(f"{self.server.host}:{self.server.port}: {error}") from error

    return wrapper


class ImapMailbox:
    """Connects when it is first needed, and again after it was closed."""

    def __init__(self, server: MailServer, folders: Sequence[str]) -> None:
        self.server = server
        self._tokens = TokenSource(server.oauth) if server.oauth else None
        self._folders = folders
        self._client: Any = None
        self._validity = ""
        self._state: Any = None
        """What the server last said of the folder: this changes once a mail has come."""
        self._interrupted = threading.Event()

    @_report_unavailable
    def describe(self) -> str:
        """Logs in, and makes the folders that are missing."""
        idles = self._open().has_capability("IDLE")
        how = "tells of new mails by itself (IDLE)" if idles else "is asked for new mails (it has no IDLE)"
        server, folders = self.server, ", ".join(self._folders)
        return f"mailbox: {server.username} on {server.host}, folder {server.folder}; {how}; folders: {folders}"

    @_report_unavailable
    def waiting(self) -> list[Waiting]:
        """By the server's INTERNALDATE: when it received a mail, which no sender can choose."""
        client = self._open()
        self._state = self._select(client)
        mails: list[Waiting] = []
        for uids in _chunks(client.search()):
            for uid, mail in client.fetch(uids, ["INTERNALDATE", "RFC822.SIZE"]).items():
                had_at, size = mail.get(b"INTERNALDATE"), mail.get(b"RFC822.SIZE")
                if had_at is not None and size is not None:
                    mails.append(Waiting(f"{self._validity}/{uid}", had_at, size))
        return sorted(mails, key=lambda mail: mail.had_at)

    @_report_unavailable
    def fetch(self, uids: Sequence[str]) -> Mapping[str, bytes]:
        """By PEEK: what a person has not read stays unread."""
        return self._contents(uids, "BODY.PEEK[]", b"BODY[]")

    @_report_unavailable
    def head(self, uid: str) -> bytes:
        """The headers, as far as they are looked at: a mail may be nothing else."""
        most = MOST_HEAD_BYTES + 1
        return self._contents([uid], f"BODY.PEEK[HEADER]<0.{most}>", b"BODY[HEADER]<0>").get(uid, b"")

    @_report_unavailable
    def move(self, uids: Sequence[str], folder: str) -> None:
        """By UID MOVE alone, which is one step on the server: a copy and a deletion could be torn apart."""
        client = self._open()
        for chunk in _chunks(self._still_valid(uids)):
            client.move(chunk, folder)

    @_report_unavailable
    def wait(self, seconds: float) -> None:
        """By IDLE; a server without it is left alone for so long. Returns at once where a mail came since `waiting`."""
        client = self._open()
        if self._select(client) != self._state:
            return
        if client.has_capability("IDLE"):
            _idle(client, seconds)
        else:
            self._interrupted.wait(seconds)

    def interrupt(self) -> None:
        """Cut the connection: whoever waits for the server gets an error instead."""
        self._interrupted.set()
        if (client := self._client) is not None:
            with contextlib.suppress(OSError):
                client.socket().shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Hang up. There is nothing on the server that a logout would save."""
        self._interrupted.clear()
        client, self._client = self._client, None
        if client is not None:
            with contextlib.suppress(OSError, IMAPClientError):
                client.shutdown()

    def _contents(self, uids: Sequence[str], part: str, name: bytes) -> Mapping[str, bytes]:
        client, contents = self._open(), {}
        for chunk in _chunks(self._still_valid(uids)):
            for uid, mail in client.fetch(chunk, [part]).items():
                if (content := mail.get(name)) is not None:
                    contents[f"{self._validity}/{uid}"] = content
        return contents

    def _still_valid(self, uids: Sequence[str]) -> list[int]:
        """The server's own uids, without those from before it renumbered its mails."""
        return [int(uid.partition("/")[2]) for uid in uids if uid.startswith(f"{self._validity}/")]

    def _select(self, client: Any) -> tuple[Any, Any]:
        """Look at the folder anew: how many mails are in it, and the number that the next one will get.

        No other command reports all mails that have come: a mail that a server reports at the end of another command is
        not reported again.
        """
        folder = client.select_folder(self.server.folder)
        self._validity = str(folder.get(b"UIDVALIDITY", ""))
        return folder[b"EXISTS"], folder.get(b"UIDNEXT")

    def _log_in(self, client: Any) -> None:
        server = self.server
        if self._tokens is not None:
            self._log_in_by_token(client, self._tokens)
        elif client.has_capability("AUTH=PLAIN"):
            client.plain_login(server.username, server.password)  # any character may be in either
        else:
            client.login(server.username, server.password)

    def _log_in_by_token(self, client: Any, tokens: TokenSource) -> None:
        answer = f"user={self.server.username}\1auth=Bearer {tokens.token()}\1\1"
        try:
            # a refusal is a challenge that holds the reason, and expects an empty answer
            client.sasl_login("XOAUTH2", lambda challenge: b"" if challenge else answer)
        except IMAPClientError:
            tokens.forget()
            raise

    def _open(self) -> Any:
        if self._client is not None:
            return self._client
        self._client = client = _connect(self.server)
        if self.server.encryption is Encryption.STARTTLS:
            client.starttls(ssl.create_default_context())
        self._log_in(client)
        if not client.has_capability("MOVE"):
            raise ValueError("the server has no MOVE (RFC 6851), without which mails could be lost between two folders")
        for folder in self._folders:
            if not client.folder_exists(folder):
                client.create_folder(folder)
        self._state = self._select(client)
        return client


def _connect(server: MailServer) -> Any:
    client = IMAPClient(server.host, server.port, ssl=server.encryption is Encryption.TLS, timeout=TIMEOUT_SECONDS)
    client.normalise_times = False  # or INTERNALDATE comes as this machine's local time, without a zone
    client._imap.debug = 0  # noqa: SLF001 # or every answer is formatted for a log that nobody keeps
    return client


def _idle(client: Any, seconds: float) -> None:
    """Return once the server reports mails, after so many seconds at the latest.

    What comes in the same packet as the start of IDLE stays in imaplib's buffer until IDLE ends. Therefore the first
    IDLE is short, and each is as long as all before it: such a mail waits no longer than the folder was quiet.
    """
    deadline, longest = time.monotonic() + seconds, FIRST_IDLE_SECONDS
    while (left := deadline - time.monotonic()) > 0:
        client.idle()
        answers = client.idle_check(min(left, longest))
        answers += client.idle_done()[1]
        if any(b"EXISTS" in answer for answer in answers):
            return
        longest = min(longest * 2, LONGEST_IDLE_SECONDS)


def _chunks(uids: Sequence[int]) -> Iterator[Sequence[int]]:
    for first in range(0, len(uids), UIDS_A_COMMAND):
        yield uids[first : first + UIDS_A_COMMAND]
