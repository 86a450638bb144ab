"""Paths: a code may hold a slash, which comes percent-encoded and is part of its segment then (RFC 3986, 2.2).

Servers decode a path before it is routed, and `/v1/reps/A%2Fworkday` would be the workday of rep A. So a slash that
came encoded is routed as a character that no text has, and is a slash again where the route's parameters are read.
"""

from typing import Any
from urllib.parse import quote, unquote

from starlette.types import Scope

SLASH = "\ufdd0"
"""One of Unicode's noncharacters: nobody may send it."""


def keep_segments(scope: Scope) -> None:
    """Let the segments of a path be those that were sent. Before anything is routed."""
    raw: bytes = scope.get("raw_path") or b""
    if b"%2f" in raw.lower():
        segments = raw.decode("latin-1").split("/")
        scope["path"] = "/".join(unquote(segment).replace("/", SLASH) for segment in segments)


def restore_slashes(scope: Scope) -> None:
    """Give the parameters of a path the slashes that were sent within them. Where a route has been found."""
    # a parameter that the route reads itself (`{id:uuid}`) is no text, and has no slash
    parameters: dict[str, Any] = scope.get("path_params", {})
    if any(isinstance(value, str) and SLASH in value for value in parameters.values()):
        scope["path_params"] = {
            name: value.replace(SLASH, "/") if isinstance(value, str) else value for name, value in parameters.items()
        }


def sent_path(scope: Scope) -> str:
    """The path as it was sent, in ASCII: for a link, and for the log."""
    raw: bytes = scope.get("raw_path") or quote(scope["path"]).encode()
    return raw.partition(b"?")[0].decode("latin-1")


def attachment(filename: str) -> str:
    """A Content-Disposition for a file to be saved (RFC 6266), whatever script its name is in.

    Slashes and quotes would not survive as names of files. Programs that read no `filename*` get what ASCII has of it.
    """
    name = "".join("_" if character in '/\\:*?"<>|' else character for character in filename)
    plain = "".join(character if character.isascii() else "_" for character in name)
    extended = "" if plain == name else f"; filename*=UTF-8''{quote(name, safe='')}"
    return f'attachment; filename="{plain}"{extended}'
