"""Problems as people read them: a page, or a message within the page where a part of it was asked for."""

from collections.abc import Sequence

from fastapi import Request
from fastapi.responses import HTMLResponse

from app.doors.console.preferences import preferences_of
from app.doors.console.rendering import rendered

TITLES = {
    400: "This cannot be read",
    403: "This is for others",
    404: "There is no such thing here",
    409: "Something else has happened meanwhile",
    412: "Somebody has changed this meanwhile",
    413: "This is too large",
    422: "Something is not as it must be",
    429: "Too much at once",
    500: "Something went wrong here",
    503: "The service is busy, or a part of it is away",
}
"""By status; translated where they are shown."""


def error_page(request: Request, status: int, detail: str, errors: Sequence[dict[str, str]] = ()) -> HTMLResponse:
    """A problem as a page, or for a script as a message that goes where messages stand."""
    preferences = preferences_of(request)
    content = {
        "status": status,
        "title": TITLES.get(status, TITLES[500] if status >= 500 else TITLES[400]),
        "detail": detail,
        "errors": list(errors),
        "request_id": request.scope.get("request_id", ""),
        "theme": preferences.theme,
    }
    if request.headers.get("hx-request") == "true":
        headers = {"HX-Retarget": "#messages", "HX-Reswap": "innerHTML"}
        return HTMLResponse(rendered(preferences.language, "message.html", content), status, headers)
    return HTMLResponse(rendered(preferences.language, "error.html", content), status)
