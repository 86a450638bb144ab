"""The console's pages as its menu has them: for whom each is."""

from dataclasses import dataclass, replace

from app.ground.web.access import Role

_SUPERVISORS = frozenset({Role.SUPERVISOR, Role.ADMIN})
_OPERATORS = frozenset({Role.OPERATOR, Role.ADMIN})
_ALL = frozenset(Role)
_ADMINS = frozenset({Role.ADMIN})


@dataclass(frozen=True, slots=True)
class MenuEntry:
    """A page in the menu. `word` is translated where it is shown; `icon`: a symbol of `static/icons.svg`."""

    path: str
    word: str
    icon: str
    roles: frozenset[Role]
    is_current: bool = False


MENU = (
    MenuEntry("/console/today", "Today", "today", _SUPERVISORS),
    MenuEntry("/console/map", "Map", "map", _SUPERVISORS),
    MenuEntry("/console/plans", "Plans", "plans", _SUPERVISORS),
    MenuEntry("/console/review", "Review", "review", _SUPERVISORS),
    MenuEntry("/console/calls", "Calls", "calls", _OPERATORS),
    MenuEntry("/console/orders", "Orders", "orders", _ALL),
    MenuEntry("/console/outlets", "Outlets", "outlets", _ALL),
    MenuEntry("/console/reports", "Reports", "reports", _SUPERVISORS),
    MenuEntry("/console/setup", "Setup", "setup", _SUPERVISORS),
)
"""In the order of the menu."""


def entries_for(role: Role, path: str) -> list[MenuEntry]:
    """The menu of a role, on the page of a path."""
    return [
        replace(entry, is_current=path == entry.path or path.startswith(f"{entry.path}/"))
        for entry in MENU
        if role in entry.roles
    ]


def first_page(role: Role) -> str:
    """Where a role begins."""
    return next(entry.path for entry in MENU if role in entry.roles)
