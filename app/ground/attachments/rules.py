"""What is taken as an attachment, under which name, and for how long it is kept."""

import unicodedata
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from app.ground.attachments.file_formats import AttachmentType, Unfit, type_of
from app.ground.errors import FieldProblem, Invalid

MOST_ALONE = 30
"""So many files of a rep may be attached to nothing: nobody fills the store with what no record needs."""
KEPT_ALONE = timedelta(days=1)
"""How long a file is kept that was attached to nothing."""
KEPT_ATTACHED = timedelta(days=731)
"""How long it is kept once it is part of a record: two years."""
LONGEST_NAME = 120

_ENDINGS = {
    AttachmentType.JPEG: (".jpg", ".jpeg"),
    AttachmentType.PNG: (".png",),
    AttachmentType.WEBP: (".webp",),
    AttachmentType.PDF: (".pdf",),
}


@dataclass(frozen=True, slots=True)
class SentAttachment:
    """An attachment as it is told. `record_id`: of what it is attached to (`attached_to`), None where to nothing."""

    id: UUID
    rep_id: int
    name: str
    media_type: str
    size_bytes: int
    sha256: bytes
    sent_at: datetime
    sent_by: str
    in_database: bool
    stored_at: datetime | None
    attached_to: str | None
    record_id: UUID | None
    doomed: bool


def judged(content: bytes, declared: str) -> AttachmentType | FieldProblem:
    """Why a file is not taken, or its type where it is whole, of a type that is taken, and of the declared one.

    A type of `application/octet-stream`, or none, declares nothing.
    """
    declared = declared.partition(";")[0].strip().lower()
    try:
        media_type = type_of(content)
    except Unfit as unfit:
        return FieldProblem("/file", unfit.code, unfit.message)
    if declared not in {media_type.value, "", "application/octet-stream"}:
        message = f"The file is {media_type.value}, and was declared as {declared[:LONGEST_NAME]}."
        return FieldProblem("/file", "declared_type", message)
    return media_type


def not_attachable(ids: Sequence[UUID], attached: Collection[UUID], sent: Collection[UUID]) -> Invalid:
    """What is wrong with those of `ids` that were not attached. `sent`: those that the rep has sent."""
    problems = []
    for place, id_ in enumerate(ids):
        if id_ not in attached:
            code, message = (
                ("attached_elsewhere", "This file is part of another record, or did not come whole: send it again.")
                if id_ in sent
                else ("unknown_attachment", "You have sent no such file within a day.")
            )
            problems.append(FieldProblem(f"/attachment_ids/{place}", code, message))
    return Invalid("Not all of the files can be attached.", errors=problems)


def safe_name(filename: str, media_type: AttachmentType) -> str:
    """The name under which a file is handed out: no path, nothing that cannot be seen, the ending of its type."""
    last = unicodedata.normalize("NFC", filename).replace("\\", "/").rpartition("/")[2]
    shown = "".join(character if character.isprintable() and character not in '<>:"|?*%' else "_" for character in last)
    stem, endings = shown.strip(" ."), _ENDINGS[media_type]
    ending = next((own for own in endings if stem.lower().endswith(own)), "")
    stem = stem[: len(stem) - len(ending)].strip(" .") or "attachment"
    return stem[:LONGEST_NAME] + (ending.lower() or endings[0])
