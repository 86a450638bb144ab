"""A source of a timeline's items: to whom they are open, what they tell, and where the record is read."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select

from app.doors.timelines.lookups import LookUp
from app.ground.web.access import READ_BY, Caller, CallerKind, Role, Scope

OF_SUPERVISORS = frozenset({Role.ADMIN, Role.SUPERVISOR})
OF_OPERATORS = OF_SUPERVISORS | {Role.OPERATOR}


@dataclass(frozen=True, slots=True, eq=False)
class TimelineSource:
    """A statement that finds items. `facts`: what they tell, each in words. `look_up`: makes the facts of a page whole,
    where they lie in other tables. `scope`: what opens them to integration clients; None: nothing does.

    `href`: where the record is read, with members of the item and its facts in braces; None: nowhere by itself.
    `href_scope`: where fewer may read it there than are told of it, the scope; of people admins alone do.
    """

    items: Callable[[], Select[*tuple[Any, ...]]]
    facts: Mapping[str, str]
    href: str | None = None
    roles: Collection[Role] = OF_SUPERVISORS
    scope: Scope | None = None
    href_scope: Scope | None = None
    look_up: LookUp | None = None

    def open_to(self, caller: Caller) -> bool:
        """Whether the caller may read records of this kind at all."""
        if caller.kind is CallerKind.CLIENT:
            return self.scope is not None and may_read(caller, self.scope)
        return caller.kind is CallerKind.USER and caller.role in self.roles

    def href_for(self, caller: Caller) -> str | None:
        """Where the caller reads the record."""
        if self.href_scope is None or caller.role is Role.ADMIN:
            return self.href
        return self.href if caller.kind is CallerKind.CLIENT and may_read(caller, self.href_scope) else None


def may_read(caller: Caller, scope: Scope) -> bool:
    """Whether a client has a scope, or one that includes it."""
    return not caller.scopes.isdisjoint({scope, READ_BY.get(scope, scope)})
