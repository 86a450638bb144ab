"""What a page says after something was done. An address names a notice by its code, never by its text."""

NOTICES = {
    "saved": "Saved.",
    "signed_out": "You have signed out.",
    "signed_out_everywhere": "You have signed out everywhere.",
    "sign_in_ended": "The sign-in has ended.",
    "second_factor_removed": "Your second factor is removed.",
    "sign_ins_ended": "All of their sign-ins have ended.",
    "excused": "The visit is excused.",
    "reviewed": "The review is recorded.",
    "several_reviewed": "The reviews are recorded.",
    "decided": "The decision is recorded.",
    "approved": "The plan is approved.",
    "returned": "The plan is returned to the rep.",
    "submitted": "The plan is submitted.",
    "moved": "The visit is moved.",
    "handed_over": "The day is handed over.",
    "optimised": "The day's order is the best that was found.",
    "generating": "The plans are being generated.",
    "cancelled": "It is cancelled.",
    "order_taken": "The order is taken.",
    "call_recorded": "The call is recorded.",
    "released": "The task is given back.",
    "created": "It is made.",
    "revoked": "It is revoked.",
    "imported": "The file is imported.",
    "closed": "It is closed.",
    "reopened": "It is open again.",
    "voided": "The run is void.",
    "password_changed": "The password is changed. Sign in with the new one.",
    "nothing_waits": "No call waits at the moment.",
}
"""By code; translated where they are shown."""


def notice_of(code: str | None) -> str | None:
    """The notice of a code; None for what is none."""
    return NOTICES.get(code or "")
