"""A file that came by mail. Apart from `records`: the process that takes mails apart knows no orders."""

import hashlib
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file within a mail; `charset`: the encoding that the mail declares for it, "" for none."""

    file_name: str
    content: bytes
    charset: str = ""

    @property
    def digest(self) -> bytes:
        """SHA-256 of the file: the same file is the same form, in whatever mail."""
        return hashlib.sha256(self.content).digest()
