"""How old a position was when it was recorded: by the clock that says the least of it (V2, V6).

A fix bears the time of the satellites or that of the phone, whichever the platform hands out: where the phone's clock
is off, an honest fix looks old, or ahead, by one of the two.
"""

from datetime import datetime, timedelta

ROLLOVER = timedelta(weeks=1024)
"""After so many weeks the satellites' week number starts over: an old receiver reports a date as far off."""

_ROLLED_OVER = (timedelta(0), ROLLOVER, 2 * ROLLOVER, -ROLLOVER)


def fix_age_s(
    fix_at: datetime, captured_at: datetime, corrected_at: datetime | None = None, *, rollovers: bool = True
) -> float:
    """Seconds from the fix to the capture, negative where it came after it: by the clock that is nearest to the fix.

    `captured_at` is by the device's clock, `corrected_at` by the server's. With `rollovers` a date that is off by 1,024
    weeks, either way, or twice that back, is known for what it is.
    """
    ages = [captured_at - fix_at]
    if corrected_at is not None:
        ages.append(corrected_at - fix_at)
    if rollovers and max(map(abs, ages)) > ROLLOVER / 2:
        ages = [age - off for age in ages for off in _ROLLED_OVER]
    return min(ages, key=abs).total_seconds()
