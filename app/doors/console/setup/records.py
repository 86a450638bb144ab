"""Records as forms: what a form shows, and what others have changed since it was opened.

A form carries the version that it was opened with and the record as it was then. When another has changed the record in
the meantime, the API answers 412: the form is shown again with what was typed over the record as it is now, beside what
others changed.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import orjson

from app.doors.console.api_calls import ApiRefusal, Json
from app.doors.console.forms import SentForm
from app.doors.console.pages import ConsolePage
from app.doors.console.setup.changes import MemberChange, differences
from app.ground.web.access import Role

_ANSWERED_BY_THE_FORM = frozenset({400, 409, 412, 413, 422})
_STALE = 412
NEVER_SET = "0"
"""The version of what has values before anybody set some, as a workday."""


@dataclass(frozen=True, slots=True)
class RecordForm:
    """A record's form. `values`: the record as the form shows it, as it is or as it was typed; `version` and `seen`:
    what it was opened with (None: for a new record); `changes`: what others changed since, and `author`: who.
    """

    values: Json
    version: str | None = None
    seen: Json = None
    problem: ApiRefusal | None = None
    changes: list[MemberChange] | None = None
    author: str | None = None
    status: int = 200

    @property
    def is_new(self) -> bool:
        """Whether it makes a record."""
        return self.version is None


def opened(record: Json) -> RecordForm:
    """The form of a record as it is."""
    return RecordForm(record, str(record.get("version", "")), record)


def blank(**values: Any) -> RecordForm:
    """The form for a new record. `values`: what it begins with."""
    return RecordForm(values)


async def put(
    page: ConsolePage,
    path: str,
    body: Json,
    form: SentForm,
    *,
    audited: tuple[str, str] | None = None,
    read: Callable[[], Awaitable[Json]] | None = None,
    **query: Any,
) -> RecordForm | None:
    """Put what was typed. None where it is saved, else the form to show again.

    `audited`: kind and code of the record in the audit trail, for naming who changed it; `read`: asks for the record as
    it is now, where that is no GET of the path. Raises ApiRefusal where there is nothing to correct.
    """
    version = form.text("version")
    try:
        await page.api.put(path, body, version=version, is_new=version in {None, NEVER_SET}, **query)
    except ApiRefusal as refusal:
        must_be_answered_by_the_form(refusal)
        if version is None or refusal.status != _STALE:
            before = seen(form)
            return RecordForm(before | body, version, before, refusal, status=refusal.status)
        record = await (read() if read is not None else page.api.get(path))
        author = await _author(page, audited)
        changes = differences(seen(form), record)
        values = merged(record, body, seen(form))
        return RecordForm(values, str(record["version"]), record, changes=changes, author=author, status=refusal.status)
    return None


def must_be_answered_by_the_form(refusal: ApiRefusal) -> None:
    """Raise a refusal again that typing something else would not help against."""
    if refusal.status not in _ANSWERED_BY_THE_FORM:
        raise refusal


def seen(form: SentForm) -> dict[str, Any]:
    """The record as it was when the form was opened; nothing where the form does not say it."""
    try:
        record = orjson.loads(form.raw("seen") or "{}")
    except orjson.JSONDecodeError:
        return {}
    return record if isinstance(record, dict) else {}


def merged(record: Json, body: Json, before: Json) -> dict[str, Any]:
    """A record as it is now with what was typed over it, as far as that is another than before."""
    values = dict(record)
    for name, typed in body.items():
        was = before.get(name)
        if isinstance(typed, dict) and isinstance(record.get(name), dict):
            values[name] = merged(record[name], typed, was or {})
        elif isinstance(typed, list) and isinstance(record.get(name), list) and isinstance(was, list):
            values[name] = [each for each in record[name] if each in typed or each not in was]
            values[name] += [each for each in typed if each not in was and each not in record[name]]
        elif (typed or None) != (was or None):
            values[name] = typed
    return values


async def _author(page: ConsolePage, audited: tuple[str, str] | None) -> str | None:
    if audited is None or page.role is not Role.ADMIN:
        return None
    kind, code = audited
    entries = await page.api.get("/v1/audit", kind=kind, code=code, limit=1)
    return next((str(entry["actor"]) for entry in entries["items"]), None)
