"""Reading events one by one: one that is malformed never costs another."""

import json
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from fastapi import Request, Response
from fastapi.routing import APIRoute
from pydantic import ValidationError

from app.doors.handheld.upload.event_schemas import AnyEvent, CheckInEvent, NoOrderEvent, OrderEvent
from app.ground.errors import FieldProblem
from app.ground.web.problems import field_problems

MOST_PROBLEMS = 100
"""As many problems of one event are told."""
LONGEST_ECHO = 64
LONGEST_INTEGER = 40
HIGHEST_SEQUENCE = 2**53

_EVENTS: dict[Any, type[AnyEvent]] = {"check_in": CheckInEvent, "order": OrderEvent, "no_order": NoOrderEvent}


@dataclass(frozen=True, slots=True)
class ReadEvent:
    """One event of an upload: read, or with the problems that kept it from being read.

    Its id and its sequence are told wherever they could be made out: what was rejected has arrived all the same.
    """

    id: str | None
    sequence: int | None
    event: AnyEvent | None = None
    problems: Sequence[FieldProblem] = ()


def read_events(raw: Sequence[Any]) -> list[ReadEvent]:
    """Read parsed JSON values as events; pointers of problems are relative to the event."""
    return [read_event(one) for one in raw]


def read_event(raw: Any) -> ReadEvent:
    """Read one parsed JSON value as an event."""
    if not isinstance(raw, dict):
        return ReadEvent(None, None, problems=[FieldProblem("", "not_an_object", "An event is a JSON object.")])
    kind = raw.get("type")
    model = _EVENTS.get(kind) if isinstance(kind, str) else None
    if model is None:
        told = "The type must be one of: " + ", ".join(_EVENTS) + "."
        return _unreadable(raw, [FieldProblem("/type", "unknown_type", told)])
    try:
        event = model.model_validate(raw)
    except ValidationError as error:
        found = error.errors(include_url=False, include_context=False, include_input=False)
        return _unreadable(raw, field_problems(found[:MOST_PROBLEMS]))
    return ReadEvent(str(event.id), event.sequence, event)


def _unreadable(raw: dict[str, Any], problems: Sequence[FieldProblem]) -> ReadEvent:
    id_, sequence = raw.get("id"), raw.get("sequence")
    known_id = isinstance(id_, str) and len(id_) <= LONGEST_ECHO and id_.isascii()
    known_sequence = type(sequence) is int and 1 <= sequence <= HIGHEST_SEQUENCE
    return ReadEvent(id_ if known_id else None, sequence if known_sequence else None, problems=problems)


class ForgivingRequest(Request):
    """A request whose JSON may hold NaN and infinities, so that one bad number rejects its event and not the upload.

    Text with a NUL is refused field by field.
    """

    async def json(self) -> Any:
        """The parsed body. Raises JSONDecodeError, which FastAPI answers with a 422."""
        if not hasattr(self, "_json"):
            body = await self.body()
            try:
                self._json = orjson.loads(body)
            except json.JSONDecodeError as strict:
                self._json = _forgiving_loads(body, strict)
        return self._json


def _forgiving_loads(body: bytes, strict: json.JSONDecodeError) -> Any:
    try:
        return json.loads(body, parse_int=_bounded_int)
    except (ValueError, RecursionError):
        raise strict from None


def _bounded_int(digits: str) -> int | float:
    """A whole number; past what any field takes a float, since int() gives up on thousands of digits."""
    return int(digits) if len(digits) <= LONGEST_INTEGER else float(digits)


class ForgivingRoute(APIRoute):
    """A route whose bodies are read by `ForgivingRequest`."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The route's handler, as FastAPI asks for it."""
        handler = super().get_route_handler()

        async def handle(request: Request) -> Response:
            return await handler(ForgivingRequest(request.scope, request.receive))

        return handle
