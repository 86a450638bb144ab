"""What a rep reads about what was taken back, or counts again: a small world for each note."""

from tests.closing.explanations import worlds
from tests.closing.explanations.told import (
    APPEAL_EVENING,
    LATE,
    NO_REVIEW,
    PLANNED,
    SMALLER,
    TAKES_BACK,
    Told,
)

TOLD = [
    Told(
        worlds.an_order_that_clears,
        ("missed_order", "REVERSAL", 10, "captured_before_cutoff"),
        f"{TAKES_BACK} {PLANNED} Your order of 16:58 came at 17:04; it was captured before the cutoff at "
        "17:00 (Europe/Athens). You checked in at 16:20, inside the outlet's fence.",
        [
            (
                "Without proof that the order was captured at Kiosk Nikos (PAT-0042) by 17:00 (Europe/Athens), it "
                "would count as a late one."
            ),
        ],
        ["visit", "order", "check_in", "points_entry", "points_policy"],
    ),
    Told(
        worlds.an_order_on_the_spot,
        ("missed_order", "REVERSAL", 10, "captured_before_cutoff"),
        f"{TAKES_BACK} {PLANNED} Your order of 16:58 came at 17:04; it was captured before the cutoff at "
        "17:00 (Europe/Athens). Its own position lies inside the fence of Kiosk Nikos (PAT-0042).",
        [
            (
                "Without proof that the order was captured at Kiosk Nikos (PAT-0042) by 17:00 (Europe/Athens), it "
                "would count as a late one."
            ),
        ],
        ["visit", "order", "points_entry", "points_policy"],
    ),
    Told(
        worlds.a_mail_that_was_read_late,
        ("missed_order", "REVERSAL", 10, "received_before_cutoff"),
        f"{TAKES_BACK} {PLANNED} The form of an order by mail of 16:12 had reached the system at 16:12, by "
        "the cutoff at 17:00 (Europe/Athens). That it was read, or accepted, only later is not your doing.",
        [
            "A form that came after the cutoff would count as a late order.",
        ],
        ["visit", "order", "points_entry", "points_policy"],
    ),
    Told(
        worlds.no_check_in,
        ("missed_order", "REVERSAL", 10, "late_order"),
        f"{TAKES_BACK} {PLANNED} {LATE} There is no check-in at Kiosk Nikos (PAT-0042) in the 2 hours before "
        f"16:58. {SMALLER}",
        [
            "With no order of the day within 72 hours, the visit to Kiosk Nikos (PAT-0042) would be missed.",
        ],
        ["visit", "order", "points_entry", "points_policy"],
    ),
    Told(
        worlds.a_late_order_that_was_cancelled_in_time,
        ("late_order", "REVERSAL", 3, "missed_order"),
        f"This takes back the −3 points by late order, booked at 17:04. {PLANNED} Your order of 16:58 was "
        "cancelled at 16:59. No order of the outlet counts for that day any more.",
        [
            "An order of Kiosk Nikos (PAT-0042) that stands at 17:00 (Europe/Athens).",
        ],
        ["visit", "order", "points_entry", "points_policy"],
    ),
    Told(
        worlds.a_late_order_that_was_cancelled_in_time,
        ("missed_order", "REVERSAL", -10, "missed_order"),
        f"What had been taken back at 17:04 counts again: −10 points by missed order. {PLANNED} Your order "
        "of 16:58 was cancelled at 16:59. No order of the outlet counts for that day any more.",
        [
            "An order of Kiosk Nikos (PAT-0042) that stands at 17:00 (Europe/Athens).",
            APPEAL_EVENING,
        ],
        ["visit", "order", "points_entry", "points_policy"],
    ),
    Told(
        worlds.an_excuse,
        ("missed_order", "REVERSAL", 10, "excused"),
        f"{TAKES_BACK} {PLANNED} A supervisor excused it at 18:00 on Monday 23 November: rep ill (Fever.). "
        "An excused visit costs nothing, whatever orders came or come.",
        [
            "Without the excuse it would have stood.",
        ],
        ["visit", "points_entry", "points_policy"],
    ),
    Told(
        worlds.a_void_run,
        ("missed_order", "REVERSAL", 10, "run_voided"),
        f"{TAKES_BACK} {PLANNED} The closing of that day was declared void: It was a holiday. What it had "
        "brought is taken back, what it cost and what it earned; the day may be closed anew.",
        [
            "A day that is closed anew is judged anew by the same rules.",
        ],
        ["visit", "points_entry", "points_policy"],
    ),
    Told(
        worlds.a_dumped_order,
        ("order_on_time", "REVERSAL", -1, "dumped_order"),
        f"This takes back the +1 point by order on time, booked at 17:00:02. {PLANNED} Your order of 15:10 "
        "was found to be dumped, so it earns nothing: All 12 lines are the mean of the last 4 orders. "
        "Somebody has confirmed that the order of this visit was averaged, or taken from afar.",
        [
            NO_REVIEW,
            "Another order of the visit in time, without such a doubt.",
            APPEAL_EVENING,
        ],
        ["visit", "order", "points_entry", "points_policy"],
    ),
    Told(
        worlds.an_order_in_time_that_was_cancelled_in_time,
        ("order_on_time", "REVERSAL", -1, "no_order_in_time"),
        f"This takes back the +1 point by order on time, booked at 17:00:02. {PLANNED} By what has become "
        "known since, no order of the visit was in time for the cutoff at 17:00 (Europe/Athens). Your order "
        "of 15:10 was cancelled at 16:00.",
        [
            "An order in the system by 17:00 (Europe/Athens) that stands, or one captured by then on the spot.",
            APPEAL_EVENING,
        ],
        ["visit", "order", "points_entry", "points_policy"],
    ),
    Told(
        worlds.a_due_time_that_was_kept_after_all,
        ("past_due_order", "REVERSAL", 1, "not_past_due"),
        f"This takes back the −1 point by past due order, booked at 17:00:02. {PLANNED} By what has become "
        "known since, no order counts that came only after its own due time, 14:00 (Europe/Athens). Your "
        "order of 14:06 was cancelled at 16:00.",
        [
            "A first order after the due time would still cost.",
        ],
        ["visit", "points_entry", "points_policy"],
    ),
    Told(
        worlds.an_excuse_of_an_order_past_its_due_time,
        ("past_due_order", "REVERSAL", 1, "excused"),
        f"This takes back the −1 point by past due order, booked at 17:00:02. {PLANNED} A supervisor excused it at "
        "18:00 on Monday 23 November: rep ill (Fever.). An excused visit costs nothing, whatever orders came or come.",
        ["Without the excuse it would have stood."],
        ["visit", "points_entry", "points_policy"],
    ),
    Told(
        worlds.a_shop_that_had_closed,
        ("order_on_time", "REVERSAL", -1, "nobody_answers"),
        f"This takes back the +1 point by order on time, booked at 17:00:02. {PLANNED} By the cutoff at 17:00 "
        "(Europe/Athens) you had left, or belonged to another territory than the outlet, or the outlet was closed. "
        "Nobody answers for such a visit: it costs nothing, and earns nothing.",
        ["Rep and outlet in the same territory at the cutoff, both of them active.", APPEAL_EVENING],
        ["visit", "points_entry", "points_policy"],
    ),
    Told(
        worlds.a_doubt_about_dumping_that_is_gone,
        ("order_on_time", "REVERSAL", 1, ""),
        f"What had been taken back at 18:00 counts again: +1 point by order on time. {PLANNED} Your order of "
        "15:10 counts for it. By all that is known now the rule holds after all.",
        [
            "Facts that come later may take it back once more.",
        ],
        ["visit", "order", "points_entry", "points_policy"],
    ),
    Told(
        worlds.a_doubt_about_dumping_that_is_gone,
        ("dumped_order", "REVERSAL", 10, "not_dumped"),
        "This takes back the −10 points by dumped order, booked at 18:00. It is about your order of 15:10 "
        "for Kiosk Nikos (PAT-0042): no confirmed doubt about the order stands any more.",
        [
            "A doubt that somebody confirms.",
        ],
        ["order", "points_entry", "points_policy"],
    ),
    Told(
        worlds.a_doubt_about_dumping_that_came_back,
        ("dumped_order", "REVERSAL", -10, "averaged_order"),
        "What had been taken back at 19:00 counts again: −10 points by dumped order. It is about your order "
        "of 15:10 for Kiosk Nikos (PAT-0042): a confirmed doubt about the order stands again.",
        [
            NO_REVIEW,
            "Still possible: an appeal, until 20:00 on Monday 7 December.",
        ],
        ["order", "points_entry", "points_policy"],
    ),
    Told(
        worlds.a_granted_appeal,
        ("missed_order", "REVERSAL", 10, "appeal_granted"),
        f"{TAKES_BACK} {PLANNED} An appeal against it was granted. No fact that comes later charges this again.",
        [
            "Without the appeal it would have stood.",
        ],
        ["visit", "appeal", "points_entry", "points_policy"],
    ),
]
