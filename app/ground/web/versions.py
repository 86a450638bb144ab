"""ETags of single resources: `If-Match` guards a change, `If-None-Match: *` a creation."""

from typing import Annotated

from fastapi import Depends, Header, Response

from app.ground.errors import StaleVersion


def etag(version: int) -> str:
    """The ETag of a version."""
    return f'"{version}"'


class Precondition:
    """What the caller believes about the resource that it is about to change."""

    def __init__(
        self,
        if_match: Annotated[str | None, Header(description='the ETag that was read, e.g. "3"')] = None,
        if_none_match: Annotated[str | None, Header(description="* where the resource must not exist yet")] = None,
    ) -> None:
        self.if_match = if_match
        self.if_none_match = if_none_match

    def check(self, current: int | None) -> None:
        """Raise StaleVersion where the current version (None: no such resource) is not what the caller believes."""
        if self.if_match is not None and not self._matches(self.if_match, current):
            raise StaleVersion("If-Match names another version.", current=None if current is None else etag(current))
        if self.if_none_match is not None and self._matches(self.if_none_match, current):
            raise StaleVersion("The resource exists already.", current=None if current is None else etag(current))

    @staticmethod
    def _matches(header: str, current: int | None) -> bool:
        if current is None:
            return False
        tags = {tag.strip().removeprefix("W/") for tag in header.split(",")}
        return "*" in tags or etag(current) in tags


IfMatch = Annotated[Precondition, Depends()]


def set_etag(response: Response, version: int) -> None:
    """Tell the caller which version it got."""
    response.headers["ETag"] = etag(version)
