"""What codes of the API are called on the pages of one's own account, and its sentences there."""

from collections.abc import Mapping

LABELS: Mapping[str, Mapping[str, str]] = {
    "login_door": {"api": "API", "console": "console"},
    "sentence": {
        "too_many_logins": "Too many logins with this name, or from here, have failed.",
        "too_many_codes": "Too many codes with this name were wrong. A recovery code is taken nevertheless.",
        "nothing_changed": "Nothing is changed yet.",
        "wrong_password": "This is not your password.",
        "differs": "This is not what you typed above it.",
        "wrong_code": "The code is wrong, or was used before. Wait for the next one.",
        "code_needed": "Type a code of your second factor, or a recovery code.",
        "not_shown": "Type the six digits that the authenticator shows now.",
        "phone_clock": "The code is wrong. Is the phone's clock right?",
        "begin_anew": "Begin anew.",
        "set_up_already": "It is set up already.",
        "one_already": "Remove the one that you have first.",
        "none_to_remove": "There is none to remove.",
        "new_password": "The user cannot be changed like this.",
        "too_short": "Use at least {} characters.",
        "too_long": "Use at most {} characters.",
        "is_username": "Use something else than the username.",
        "one_character": "Use more than one character.",
        "common": "This is one of the passwords that are tried first.",
    },
}
"""By context, then by code."""
