"""Timelines, out."""

from datetime import date, datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from app.doors.timelines.records import TimelineType
from app.doors.timelines.registry import REGISTRY

_ID = "0193a6e2-f0c1-7d0c-9a51-6e0f5b1d2c3a"
_ITEM: dict[str, Any] = {
    "type": "order",
    "id": _ID,
    "at": "2026-11-23T14:40:36Z",
    "business_date": "2026-11-23",
    "title": "order_accepted",
    "rep_code": "PAT-R1",
    "actor": "device:PAT-R1",
    "facts": {
        "channel": "HANDHELD",
        "value": "13.80",
        "lines": 1,
        "delivery_date": "2026-11-24",
        "version": 1,
        "cancelled": False,
    },
    "href": f"/v1/orders/{_ID}",
}
_FACTS = "; ".join(
    f"{type_}: {', '.join(dict.fromkeys(name for source in sources for name in source.facts))}"
    for type_, sources in REGISTRY.items()
)


class TimelineItemAnswer(BaseModel):
    """One thing that happened at an outlet."""

    model_config = ConfigDict(from_attributes=True, json_schema_extra={"examples": [_ITEM]})

    type: TimelineType
    id: str = Field(description="of the record: several items may be about one")
    at: datetime = Field(description="when it happened; a visit stands at the beginning of its local day")
    business_date: date
    title: str = Field(description="what happened, in one word that never changes: pages translate it")
    rep_code: str | None = Field(description="whose record it is")
    actor: str | None = Field(description="who did it: `user:…`, `client:…`, `device:…`, `cli`, `system`")
    facts: dict[str, Any] = Field(
        description=f"what is told of it, by type. {_FACTS}. Instants in UTC, amounts as strings."
    )
    href: str | None = Field(description="where the record is read, for this caller")
