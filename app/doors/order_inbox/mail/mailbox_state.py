"""What is known of the mailbox by whoever works it off: told with the scheduler's jobs, and read by whoever asks."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

JOB_ID = "read_order_mails"
"""The job that works it off."""


@dataclass(frozen=True, slots=True)
class MailboxState:
    """Whether the mailbox answered last, when it did, how many mails waited then, and what was wrong since.

    `connected` None: nobody has asked it yet. `stuck`: mails that a person has to look at where they are.
    """

    connected: bool | None = None
    read_at: datetime | None = None
    waiting: int | None = None
    stuck: int = 0
    trouble: str | None = None

    def as_json(self) -> dict[str, Any]:
        """It ready for JSON."""
        return {
            "connected": self.connected,
            "read_at": None if self.read_at is None else self.read_at.isoformat(),
            "waiting": self.waiting,
            "stuck": self.stuck,
            "trouble": self.trouble,
        }

    @classmethod
    def of(cls, members: Mapping[str, Any] | None) -> Self:
        """As `as_json` has it; nothing is known where nothing was said."""
        if members is None:
            return cls()
        read_at = members["read_at"]
        return cls(
            members["connected"],
            None if read_at is None else datetime.fromisoformat(read_at),
            members["waiting"],
            members["stuck"],
            members["trouble"],
        )
