"""Reading the audit trail."""

from typing import Annotated

from fastapi import Query

from app.ground.audit import queries
from app.ground.audit.queries import EntryFilter
from app.ground.audit.rules import AuditChannel, AuditKind
from app.ground.audit.schemas import AuditEntryAnswer
from app.ground.web.access import Role, Scope, allow
from app.ground.web.dependencies import ReadSession
from app.ground.web.fields import Instant, ShortText
from app.ground.web.pagination import Page, Paging, instant_part
from app.ground.web.problems import problems
from app.ground.web.requests import router as make_router

router = make_router("audit")

LAST_ID = 2**63 - 1


def _entry_id(part: str) -> int:
    number = int(part)
    if not 0 <= number <= LAST_ID:
        raise ValueError(part)
    return number


@router.get(
    "/audit",
    operation_id="list_audit_entries",
    summary="Who changed what",
    dependencies=[allow(Role.ADMIN, scope=Scope.AUDIT_READ)],
    responses=problems(401, 403, 422),
)
async def list_audit_entries(
    session: ReadSession,
    paging: Paging,
    kind: Annotated[AuditKind | None, Query()] = None,
    code: Annotated[str | None, Query(max_length=400, description="of one record")] = None,
    actor: Annotated[ShortText | None, Query(examples=["user:anna"])] = None,
    channel: Annotated[AuditChannel | None, Query(description="by which door")] = None,
    request_id: Annotated[ShortText | None, Query(description="what one request changed")] = None,
    begin: Annotated[Instant | None, Query(alias="from", description="from this instant on")] = None,
    end: Annotated[Instant | None, Query(alias="to", description="before this instant")] = None,
) -> Page[AuditEntryAnswer]:
    """Every change of masters, terms, people, workdays, clients and devices, the newest first.

    Each entry says who, when, by which door, and the members that changed, from what and to what. Nothing takes an
    entry away; passwords and secrets stand in none.
    """
    entry_filter = EntryFilter(kind, code, actor, channel, request_id, begin, end)
    key = paging.key(instant_part, _entry_id)
    rows = await queries.entry_page(session, entry_filter, (key[0], key[1]) if key else None, paging.limit)
    page, cursor = paging.page(rows, lambda row: [row.at.isoformat(), row.id])
    return Page(items=[AuditEntryAnswer.model_validate(row) for row in page], next_cursor=cursor)
