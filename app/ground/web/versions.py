"""ETags of single resources: `If-Match` guards a change, `If-None-Match: *` a creation."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Annotated, Any, TypeVar

from fastapi import Depends, Header, Request, Response

from app.ground.errors import StaleVersion

_MARK = "changes_by_itself"

F = TypeVar("F", bound=Callable[..., Any])


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


def unchanged(request: Request, response: Response) -> Response:
    """`response`, or a 304 without content where the client has this version (`If-None-Match`) already."""
    tag, header = response.headers.get("ETag"), request.headers.get("If-None-Match")
    if request.method != "GET" or response.status_code != HTTPStatus.OK or tag is None or header is None:
        return response
    if not {"*", tag} & {candidate.strip().removeprefix("W/") for candidate in header.split(",")}:
        return response
    headers = {name: value for name, value in response.headers.items() if name in {"etag", "cache-control", "vary"}}
    return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)


def changes_by_itself(endpoint: F) -> F:
    """Mark the function of a route whose answer changes without a new version (decision 49): it is always sent."""
    setattr(endpoint, _MARK, True)
    return endpoint


def is_the_versions(endpoint: Callable[..., Any]) -> bool:
    """Whether a route's answer changes with its version alone."""
    return not getattr(endpoint, _MARK, False)


IfMatch = Annotated[Precondition, Depends()]


def set_etag(response: Response, version: int) -> None:
    """Tell the caller which version it got."""
    response.headers["ETag"] = etag(version)
