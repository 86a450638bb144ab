"""Which language an `Accept-Language` header asks for (RFC 9110, 12.5.4)."""

from collections.abc import Collection
from typing import Annotated

from fastapi import Header

from app.ground.web.preferences import weighted

AcceptLanguage = Annotated[
    str, Header(description="in which language; without it the territory's", examples=["el"], max_length=1000)
]


def best_language(header: str, offered: Collection[str]) -> str | None:
    """The language of those offered that a client likes best, by the first part of its name: `el-GR` is Greek.

    None where it names none of them: `*` names none.
    """
    named = [(range_.partition("-")[0], weight) for range_, weight in weighted(header) if weight > 0]
    liked = [(language, weight) for language, weight in named if language in offered]
    return max(liked, key=lambda liking: liking[1])[0] if liked else None
