"""What goes out of the audit trail."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from app.ground.audit.rules import AuditChannel, AuditKind

_ENTRY: dict[str, Any] = {
    "id": 4711,
    "at": "2026-11-23T10:00:00Z",
    "actor": "client:erp",
    "actor_id": "0193577f-5a3c-7a55-8f3f-6d1f6f0e7d01",
    "channel": "import",
    "kind": "product",
    "code": "CHO-100",
    "before": {"list_price": "1.15"},
    "after": {"list_price": "1.20"},
    "request_id": "5c1f6c0e2f9b4c6b",
}


class AuditEntryAnswer(BaseModel):
    """One change of one record: who, when, by which door, from what and to what."""

    model_config = ConfigDict(from_attributes=True, json_schema_extra={"examples": [_ENTRY]})

    id: int
    at: datetime
    actor: str = Field(description="`user:…`, `client:…`, `device:…`, `cli` (the command line) or `system`")
    actor_id: str | None = Field(description="which one, should another get that name")
    channel: AuditChannel
    kind: AuditKind
    code: str = Field(description="what the record is known by: a code, a name, an id")
    before: dict[str, Any] | None = Field(description="the members that changed, as they were; null: it was made")
    after: dict[str, Any] = Field(description="the same members as they are since; all of what was made")
    request_id: str | None = Field(description="the request that did it, as in the log")
