"""Which records a caller may be sent to: those whose routes admit it."""

from collections.abc import Mapping

from app.closing.explanations.explanation import ExplainedRecordType, RecordLink
from app.ground.web.access import READ_BY, Caller, CallerKind, Role, Scope

_SCOPES: Mapping[ExplainedRecordType, Scope] = {
    ExplainedRecordType.VISIT: Scope.VISITS_READ,
    ExplainedRecordType.CHECK_IN: Scope.VISITS_READ,
    ExplainedRecordType.ORDER: Scope.ORDERS_READ,
    ExplainedRecordType.DELIVERY: Scope.DELIVERIES_READ,
    ExplainedRecordType.RETURN: Scope.DELIVERIES_READ,
    ExplainedRecordType.CUTOFF_RUN: Scope.CUTOFF_READ,
}
_STAFF_ALONE = {ExplainedRecordType.CUTOFF_RUN, ExplainedRecordType.RISK_SIGNAL}
"""What no handheld reads."""
_OF_PEOPLE = {ExplainedRecordType.RISK_SIGNAL, ExplainedRecordType.APPEAL}
"""What no integration client reads."""


def readable_by(caller: Caller, link: RecordLink) -> bool:
    """Whether the route of a record admits the caller; whether the record is in sight was asked before."""
    match caller.kind:
        case CallerKind.CLIENT:
            scope = _SCOPES.get(link.type)
            return link.type not in _OF_PEOPLE and (scope is None or may_read(caller, scope))
        case CallerKind.DEVICE:
            return link.type not in _STAFF_ALONE
        case _:
            return caller.role in {Role.ADMIN, Role.SUPERVISOR}


def may_read(caller: Caller, scope: Scope) -> bool:
    """Whether what a scope opens to integration clients is open to the caller: to people and handhelds it is."""
    opened_by = {scope.value, *(wider.value for read, wider in READ_BY.items() if read is scope)}
    return caller.kind is not CallerKind.CLIENT or not opened_by.isdisjoint(caller.scopes)
