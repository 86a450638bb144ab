"""Routes that take one event at a time: what cannot be read is refused, and kept as in an upload (T7)."""

from collections.abc import Callable, Coroutine
from typing import Any, Protocol

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError

from app.ground.web.access import Caller, admitted
from app.ground.web.requests import ForgivingRoute

EVENT_TYPES = {"/v1/check-ins": "check_in", "/v1/orders": "order"}
"""What is posted to a path. A change of an order is no event of its own."""


class KeepsUnread(Protocol):
    """Where an event of a handheld's is kept that cannot be read."""

    async def keep_unread(self, caller: Caller, event: dict[str, Any]) -> None:
        """Keep it; it is committed when this returns."""


class EventRoute(ForgivingRoute):
    """A route whose bodies are read by `ForgivingRequest`, and which keeps a handheld's event that cannot be read."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The route's handler, as FastAPI asks for it."""
        handler = super().get_route_handler()
        event_type = EVENT_TYPES.get(self.path) if "POST" in (self.methods or ()) else None

        async def handle(request: Request) -> Response:
            try:
                return await handler(request)
            except RequestValidationError as error:
                caller = admitted(request)
                if event_type and _is_event(error.body) and caller is not None and caller.device_id is not None:
                    door: KeepsUnread = request.app.state.handheld_door
                    await door.keep_unread(caller, {"type": event_type, **error.body})
                raise

        return handle


def _is_event(body: Any) -> bool:
    """Whether a body is about something: it names itself, or an outlet."""
    return isinstance(body, dict) and not body.keys().isdisjoint({"id", "outlet_code"})
