"""What goes wrong at a terminal, in words."""

from pydantic import ValidationError

from app.ground.db.outages import is_outage
from app.ground.errors import AppError, Told


def in_words(error: Exception) -> list[str]:
    """Lines for the terminal; none for what nobody foresaw."""
    match error:
        case AppError():
            return [error.detail or error.title(), *(f"  {e.pointer}: {e.message}" for e in error.errors)]
        case ValidationError(title="Settings"):
            return [f"{_setting(e['loc'])}{e['msg']}" for e in error.errors()]
        case Told():
            return [str(error)]
    if is_outage(error):
        return [f"The database does not answer: {error}"]
    cause = getattr(error, "orig", None) or error  # the driver's own words
    # 28: the login is refused; 3D: there is no such database
    if str(getattr(cause, "sqlstate", "")).startswith(("28", "3D")):
        return [f"The database cannot be used: {cause}"]
    return []


def _setting(loc: tuple[int | str, ...]) -> str:
    """The setting's name; none where several do not go together."""
    return f"FIELDPROOF_{str(loc[0]).upper()}: " if loc else ""
