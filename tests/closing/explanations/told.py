"""What is told of an entry, and the sentences that many explanations share."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from tests.closing.explanations.conftest import Kiosk

NO_ORDER = (
    "The visit to Kiosk Nikos (PAT-0042) was planned for Monday 23 November, and no order of the outlet "
    "was in the system at 17:00 (Europe/Athens)."
)
PLANNED = "The visit to Kiosk Nikos (PAT-0042) was planned for Monday 23 November."
SILENT = (
    "The penalty is provisional: your handheld has not told everything up to 17:00 yet, only up to 14:10."
    " It is final at 17:00 on Thursday 26 November at the latest."
)
BOTH = "A late order costs −3 points instead of the −10 points of a missed one."
LATE = "Your order of 16:58 came at 17:04, after the cutoff."
UNSEEN = "No check-in of your visit there is known."
TAKES_BACK = "This takes back the −10 points by missed order, booked at 17:00:02."
SMALLER = "The smaller penalty for a late order takes its place."
IN_TIME = "An order of Kiosk Nikos (PAT-0042) in the system by 17:00 (Europe/Athens)."
FOUR_MINUTES = "4 minutes earlier, your order of 16:58 would have been in the system by 17:00 (Europe/Athens)."
ON_THE_SPOT = (
    "An arrival inside the fence of Kiosk Nikos (PAT-0042) in the 2 hours before 16:58, and no check-in "
    "elsewhere or departure after it; or a position of the order itself inside the fence."
)
WAITING = (
    "Still possible: an order captured at Kiosk Nikos (PAT-0042) by 17:00 (Europe/Athens) that waits on "
    "your handheld; coming by 17:00 on Thursday 26 November, with proof of the place, it takes the "
    "penalty back."
)
ANY_OTHER = (
    "Still possible: any other order of Monday 23 November that comes by 17:00 on Thursday 26 November; it costs less."
)
EXCUSE = "Still possible: an excuse of the visit by a supervisor; it takes the penalty back."
APPEAL = "Still possible: an appeal, until 17:00 on Monday 7 December."
APPEAL_LATE = "Still possible: an appeal, until 17:04 on Monday 7 December."
APPEAL_EVENING = "Still possible: an appeal, until 18:00 on Monday 7 December."
NO_REVIEW = "A review that dismisses the doubt."


@dataclass(frozen=True)
class Told:
    """An entry of a world, and what its rep is told: the text, the types of the records, what would have changed it."""

    world: Callable[[Kiosk], Awaitable[None]]
    entry: tuple[str, str, int, str]
    text: str
    would_have_changed_it: list[str]
    records: list[str]
