"""What changed between two states of a record, member by member."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from app.doors.console.api_calls import Json

_DERIVED = frozenset(
    {
        *("version", "updated_at", "updated_by", "changed_at", "changed_by", "calendar_from"),
        *("effective", "effective_terms", "location.version", "on"),
    }
)
"""What changes with the other members, or tells who changed them."""


@dataclass(frozen=True, slots=True)
class MemberChange:
    """A member that changed. `member`: with the part that it belongs to, as location.lat. Of a list, what came and
    went.
    """

    member: str
    before: Any
    after: Any
    added: list[Any] = field(default_factory=list)
    removed: list[Any] = field(default_factory=list)

    @property
    def parts(self) -> list[str]:
        """The names of the member, from the outside."""
        return self.member.split(".")

    @property
    def is_of_a_list(self) -> bool:
        """Whether it is told by what came and went."""
        return bool(self.added or self.removed)


def differences(before: Json, after: Json) -> list[MemberChange]:
    """The members that differ, in the order of the record as it is. `before` None: all of what was made."""
    was, becomes = _flat(before or {}), _flat(after or {})
    members = [*becomes, *(member for member in was if member not in becomes)]
    return [
        _difference(member, was.get(member), becomes.get(member))
        for member in members
        if was.get(member) != becomes.get(member) and member not in _DERIVED
    ]


def _flat(record: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in record.items():
        if isinstance(value, Mapping) and name != "fence":
            flat |= _flat(value, f"{prefix}{name}.")
        else:
            flat[prefix + name] = value
    return flat


def _difference(member: str, before: Any, after: Any) -> MemberChange:
    if not isinstance(before, list) or not isinstance(after, list):
        return MemberChange(member, before, after)
    added = [each for each in after if each not in before]
    removed = [each for each in before if each not in after]
    return MemberChange(member, before, after, added, removed)
