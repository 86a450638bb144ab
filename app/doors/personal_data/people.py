"""Who somebody is in the records, and who nobody is any more: plain values."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from uuid import UUID

NOBODY = -1
"""An id that no record has."""
_CODES = frozenset({"rep_code", "rep_codes"})


@dataclass(frozen=True)
class Person:
    """A rep (`code`) or a user (`username`), with everything by which records name one."""

    active: bool
    rep_id: int = NOBODY
    user_id: int = NOBODY
    code: str | None = None
    username: str | None = None
    emails: Sequence[str] = ()
    device_ids: Sequence[UUID] = ()

    @property
    def pseudonym(self) -> str:
        """What the person is called once erased."""
        return f"erased-user-{self.user_id}" if self.code is None else f"erased-rep-{self.rep_id}"

    @cached_property
    def renamed_actors(self) -> Mapping[str, str]:
        """What the person is called in records of who did what, and will be."""
        if self.code is None:
            return {f"user:{self.username}": f"user:{self.pseudonym}"}
        return {f"{kind}:{self.code}": f"{kind}:{self.pseudonym}" for kind in ("device", "rep")}

    def parameters(self) -> dict[str, Any]:
        """The bind parameters of the register's conditions."""
        return {
            "rep_id": self.rep_id,
            "user_id": self.user_id,
            "rep_code": self.code,
            "username": self.username,
            "emails": list(self.emails),
            "device_ids": [str(device_id) for device_id in self.device_ids],
            "actors": list(self.renamed_actors),
            "pseudonym": self.pseudonym,
        }

    @property
    def tokens(self) -> list[str]:
        """The strings of which one stands in every JSON document that names the person."""
        return [name for name in (self.code, self.username) if name is not None] + list(self.renamed_actors)

    def without_name(self, document: Any, member: str = "") -> Any:
        """A JSON document with the person under the pseudonym: where it names reps, users, and who did something."""
        if isinstance(document, dict):
            return {name: self.without_name(value, name) for name, value in document.items()}
        if isinstance(document, list):
            return [self.without_name(value, member) for value in document]
        if isinstance(document, str):
            own = self.code if member in _CODES else self.username if member == "username" else None
            return (
                self.pseudonym if own is not None and document == own else self.renamed_actors.get(document, document)
            )
        return document

    def without_code(self, sentence: str) -> str:
        """A sentence with the pseudonym in the code's place."""
        return (
            sentence if self.code is None else re.sub(rf"(?<!\w){re.escape(self.code)}(?!\w)", self.pseudonym, sentence)
        )


def without_members(document: Any, members: Sequence[str]) -> Any:
    """A JSON document with these members null, at any depth."""
    if isinstance(document, dict):
        return {name: None if name in members else without_members(value, members) for name, value in document.items()}
    if isinstance(document, list):
        return [without_members(value, members) for value in document]
    return document
