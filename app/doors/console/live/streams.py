"""Server-sent events for a page: for as long as the person may see it, and no longer."""

from collections.abc import AsyncIterator, Callable, Iterable

from sse_starlette import EventSourceResponse, ServerSentEvent

from app.doors.console.live.feed import LiveFeed, Watcher
from app.doors.console.pages import ConsolePage
from app.ground import clock
from app.ground.errors import Unauthenticated
from app.ground.web.access import Caller

LOOK_SECONDS = 15.0
"""So often it is asked whether the person may still look; the same beat keeps proxies from cutting the stream."""

RETRY_MS = 3000
_RETRY = ServerSentEvent(retry=RETRY_MS).encode()
_ENDED = ServerSentEvent(event="ended", data="").encode()

Tell = Callable[[Watcher, Caller], Iterable[ServerSentEvent]]
"""What a page is told of what has happened."""


def stream(page: ConsolePage, watcher: Watcher, tell: Tell) -> EventSourceResponse:
    """A page's stream. It ends with the login, and where the person sees the territory no longer."""
    feed: LiveFeed = page.request.app.state.feed

    def told(happened: Watcher, caller: Caller) -> bytes:
        with feed.telling():
            return b"".join(event.encode() for event in tell(happened, caller))

    async def events() -> AsyncIterator[bytes]:
        async with feed.watching(watcher):
            # what happened between the page and its stream, or while a network was away, nobody would tell
            yield told(Watcher(whole_day=True, call_task=True), page.caller) + _RETRY
            while True:
                happens = await watcher.happening(LOOK_SECONDS)
                caller = await _still(page, watcher)
                if caller is None:
                    yield _ENDED
                    return
                if happens:
                    yield told(watcher.taken(), caller)

    return EventSourceResponse(events(), ping=int(LOOK_SECONDS), headers={"Cache-Control": "no-store"})


async def _still(page: ConsolePage, watcher: Watcher) -> Caller | None:
    """The person, for as long as the login lives and the territory is in sight."""
    if clock.now() >= page.session.claims.expires_at:
        return None
    try:
        caller = await page.recognised()
    except Unauthenticated:
        return None
    if caller.role is not page.caller.role or caller.restricted:
        return None
    in_sight = watcher.territory_id is None or caller.may_see(watcher.territory_id)
    return caller if in_sight else None
