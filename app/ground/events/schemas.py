"""What goes out of the outbox."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class FeedEventAnswer(BaseModel):
    """One thing that happened."""

    model_config = ConfigDict(from_attributes=True)

    id: int = Field(examples=[4711])
    type: str = Field(examples=["device.enrolled"])
    territory_code: str | None = Field(examples=["PAT"])
    occurred_at: datetime
    payload: dict[str, Any] = Field(examples=[{"rep_code": "PAT-R1"}])


class EventFeedAnswer(BaseModel):
    """Events in order, and where to go on."""

    items: list[FeedEventAnswer]
    after: str = Field(description="send it as `after` next time, also where `items` is empty", examples=["WyI3NDIi…"])
