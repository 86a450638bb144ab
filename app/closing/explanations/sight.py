"""Which records a caller may be sent to: those whose routes admit it."""

from collections.abc import Mapping

from app.closing.explanations.records import RecordLink
from app.ground.web.access import READ_BY, Caller, CallerKind, Role, Scope

_SCOPES: Mapping[str, Scope] = {
    "visit": Scope.VISITS_READ,
    "check_in": Scope.VISITS_READ,
    "order": Scope.ORDERS_READ,
    "delivery": Scope.DELIVERIES_READ,
    "cutoff_run": Scope.CUTOFF_READ,
}
_STAFF_ALONE = {"cutoff_run", "risk_signal"}
"""What no handheld reads."""
_OF_PEOPLE = {"risk_signal", "appeal"}
"""What no integration client reads."""


def readable_by(caller: Caller, link: RecordLink) -> bool:
    """Whether the route of a record admits the caller; whether the record is in sight was asked before."""
    match caller.kind:
        case CallerKind.CLIENT:
            scope = _SCOPES.get(link.type)
            return link.type not in _OF_PEOPLE and (scope is None or not _opened_by(scope).isdisjoint(caller.scopes))
        case CallerKind.DEVICE:
            return link.type not in _STAFF_ALONE
        case _:
            return caller.role in {Role.ADMIN, Role.SUPERVISOR}


def _opened_by(scope: Scope) -> set[str]:
    return {scope.value, *(wider.value for read, wider in READ_BY.items() if read is scope)}
