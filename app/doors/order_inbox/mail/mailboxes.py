"""Where mails wait until they are processed: the protocol of a mailbox, and a folder of files as one."""

import os
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from app.doors.order_inbox.mail.mail_heads import MOST_HEAD_BYTES
from app.ground.errors import Told


class MailboxUnavailable(Told):
    """The mailbox does not answer as it should: the reason in words, without the password. It may recover."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A mail that waits: its id in the mailbox, when the mail server received it, its size in bytes."""

    uid: str
    had_at: datetime
    size: int


class Mailbox(Protocol):
    """A mailbox. Its methods block: they are called in a thread, one at a time. All raise MailboxUnavailable.

    Nothing in it is ever deleted. Which mails were processed is known to the database alone, not by their folders.
    """

    def describe(self) -> str:
        """What it is, in words, once it has been opened."""

    def waiting(self) -> list[Waiting]:
        """The mails that wait, the longest first."""

    def fetch(self, uids: Sequence[str]) -> Mapping[str, bytes]:
        """The mails themselves, by uid; without those that are gone."""

    def head(self, uid: str) -> bytes:
        """A mail's headers alone."""

    def move(self, uids: Sequence[str], folder: str) -> None:
        """Move mails out of the way. Whatever is interrupted, each mail is in one of the two places."""

    def wait(self, seconds: float) -> None:
        """Return when a mail may have come, after so many seconds at the latest, or by `interrupt`."""

    def interrupt(self) -> None:
        """From another thread: end what blocks. The mailbox may have to be closed and reopened afterwards."""

    def close(self) -> None:
        """Close the mailbox; the next call opens it again. Raises nothing."""


class FolderMailbox:
    """A folder of `.eml` files, for trying things out: a file was received when it was last written to."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._interrupted = threading.Event()

    def describe(self) -> str:
        """The folder."""
        return f"mailbox: the folder {self._folder}"

    def waiting(self) -> list[Waiting]:
        """The files that end in `.eml`; what is still being written has another name."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            files = [(path, path.stat()) for path in self._folder.glob("*.eml") if path.is_file()]
        except OSError as error:
            raise MailboxUnavailable(f"{self._folder}: {error.strerror}") from error
        mails = [Waiting(path.name, datetime.fromtimestamp(stat.st_mtime, UTC), stat.st_size) for path, stat in files]
        return sorted(mails, key=lambda mail: (mail.had_at, mail.uid))

    def fetch(self, uids: Sequence[str]) -> Mapping[str, bytes]:
        """The files' contents."""
        try:
            return {uid: (self._folder / uid).read_bytes() for uid in uids if (self._folder / uid).is_file()}
        except OSError as error:
            raise MailboxUnavailable(f"{self._folder}: {error.strerror}") from error

    def head(self, uid: str) -> bytes:
        """The beginning of the file, as far as heads are looked at."""
        try:
            with (self._folder / uid).open("rb") as file:
                return file.read(MOST_HEAD_BYTES + 1)
        except OSError as error:
            raise MailboxUnavailable(f"{self._folder}: {error.strerror}") from error

    def move(self, uids: Sequence[str], folder: str) -> None:
        """Move the files into a folder within this one; a file of the same name there stays, this one gets a number."""
        try:
            target = self._folder / folder
            target.mkdir(exist_ok=True)
            for uid in uids:
                if (self._folder / uid).exists():
                    _move(self._folder / uid, target)
        except OSError as error:
            raise MailboxUnavailable(f"{self._folder}: {error.strerror}") from error

    def wait(self, seconds: float) -> None:
        """Nothing reports new files: they are looked for every two seconds."""
        self._interrupted.wait(min(seconds, 2.0))

    def interrupt(self) -> None:
        """End a wait."""
        self._interrupted.set()

    def close(self) -> None:
        """There is nothing to close."""
        self._interrupted.clear()


def _move(path: Path, folder: Path) -> None:
    number, target = 0, folder / path.name
    while True:
        try:
            os.link(path, target)  # fails where there is such a file, which rename would replace
            break
        except FileExistsError:
            if target.samefile(path):
                break  # linked by a process that was killed before the next step
            number += 1
            target = folder / f"{path.stem}-{number}{path.suffix}"
    path.unlink()
