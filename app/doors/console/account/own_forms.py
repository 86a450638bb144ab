"""What is wrong with a form about one's own account, at the field that it is about."""

from app.doors.console.api_calls import ApiRefusal

_AT_FIELDS = {
    "wrong-credentials": ("/current_password", "This is not your password."),
    "wrong-code": ("/code", "The code is wrong, or was used before. Wait for the next one."),
    "second-factor-needed": ("/code", "Type a code of your second factor, or a recovery code."),
}
"""By the problem's slug: what the API says of the whole request is about one field here."""
NOTHING_CHANGED = "Nothing is changed yet."
_OF_THE_FORM = frozenset({409, 422, 429, 503})


def shown_in_form(refusal: ApiRefusal) -> ApiRefusal:
    """A refusal as the form shows it. Raises ApiRefusal where it is none of the form's: the login has ended, say."""
    if refusal.slug in _AT_FIELDS:
        pointer, message = _AT_FIELDS[refusal.slug]
        return wrong_at(pointer, refusal.slug, message, status=refusal.status)
    if refusal.status not in _OF_THE_FORM:
        raise refusal
    return refusal


def wrong_at(pointer: str, code: str, message: str, *, status: int = 422) -> ApiRefusal:
    """What is wrong with one field, as the API would say it."""
    return ApiRefusal(
        status, {"detail": NOTHING_CHANGED, "errors": [{"pointer": pointer, "code": code, "message": message}]}
    )
