"""All tables of labels: those of all pages, and those of each group of pages."""

from collections.abc import Callable, Mapping

from babel.support import NullTranslations

from app.doors.console import labels
from app.doors.console.account import labels as account
from app.doors.console.map import labels as day_map
from app.doors.console.orders import labels as orders
from app.doors.console.outlets import labels as outlets
from app.doors.console.plans import labels as plans
from app.doors.console.reports import labels as reports
from app.doors.console.review import labels as review
from app.doors.console.search import labels as search
from app.doors.console.setup import labels as setup
from app.doors.console.today import labels as today

Tables = Mapping[str, Mapping[str, str]]

OF_GROUPS: Mapping[str, Tables] = {
    "account": account.LABELS,
    "setup": setup.LABELS,
    "plans": plans.LABELS,
    "review": review.LABELS,
    "today": today.LABELS,
    "map": day_map.LABELS,
    "outlets": outlets.LABELS,
    "search": search.LABELS,
    "reports": reports.LABELS,
    "orders": orders.LABELS,
}
"""By the group's folder: its `labels.LABELS`."""


def of_group(group: str | None) -> Tables:
    """The tables of a group; of all pages where it is None."""
    return labels.LABELS if group is None else OF_GROUPS.get(group, {})


def all_tables() -> Tables:
    """Every table by its name."""
    tables = dict(labels.LABELS)
    for group in OF_GROUPS.values():
        tables |= group
    return tables


def labeller(words: NullTranslations) -> Callable[[str | None, str], str]:
    """The filter of a language. A code that no table has is shown as it is, readable: `new_code` as new code."""
    tables = all_tables()

    def label(code: str | None, table: str) -> str:
        if code is None:
            return "–"
        text = tables[table].get(code)
        return code.replace("_", " ").lower() if text is None else str(words.pgettext(table, text))

    return label
