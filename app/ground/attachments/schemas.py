"""What goes in and out of the routes of attachments."""

from datetime import datetime
from typing import Self
from uuid import UUID

from fastapi import UploadFile
from pydantic import BaseModel, Field

from app.ground.attachments.file_formats import AttachmentType
from app.ground.attachments.rules import SentAttachment


class AttachmentBody(BaseModel):
    """A form with a file in it."""

    file: UploadFile = Field(description="a JPEG, PNG, WebP or PDF of 10 MiB at most")
    id: UUID | None = Field(
        default=None,
        description="made by the client, so that sending again is safe; else the server makes one",
        examples=["0193a6e2-f0c1-7d0c-9a51-6e0f5b1d2c3b"],
    )


class AttachmentAnswer(BaseModel):
    """A file that was sent. Its bytes are at `/v1/attachments/{id}/content`."""

    id: UUID = Field(examples=["0193a6e2-f0c1-7d0c-9a51-6e0f5b1d2c3b"])
    name: str = Field(description="made safe, with the ending of its type", examples=["shutter.jpg"])
    media_type: AttachmentType = Field(description="as its bytes say", examples=["image/jpeg"])
    size_bytes: int = Field(examples=[284113])
    sha256: str = Field(
        description="of its bytes, in hex",
        examples=["9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"],
    )
    sent_at: datetime = Field(examples=["2026-11-24T07:12:00Z"])
    sent_by: str = Field(examples=["device:PAT-R1"])

    @classmethod
    def of(cls, attachment: SentAttachment) -> Self:
        """An attachment as it leaves."""
        return cls(
            id=attachment.id,
            name=attachment.name,
            media_type=AttachmentType(attachment.media_type),
            size_bytes=attachment.size_bytes,
            sha256=attachment.sha256.hex(),
            sent_at=attachment.sent_at,
            sent_by=attachment.sent_by,
        )
