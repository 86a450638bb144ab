"""What a rep reads about what was earned or cost: a small world for each rule and each cause."""

from tests.closing.explanations import worlds
from tests.closing.explanations.told import (
    ANY_OTHER,
    APPEAL,
    APPEAL_EVENING,
    APPEAL_LATE,
    BOTH,
    EXCUSE,
    FOUR_MINUTES,
    IN_TIME,
    LATE,
    NO_ORDER,
    NO_REVIEW,
    ON_THE_SPOT,
    PLANNED,
    SILENT,
    UNSEEN,
    WAITING,
    Told,
)

TOLD = [
    Told(
        worlds.a_check_in_from_afar,
        ("missed_order", "PENALTY", -10, ""),
        f"{NO_ORDER} You checked in at 11:20, 430 m from the shop. {SILENT}",
        [
            IN_TIME,
            WAITING,
            ANY_OTHER,
            EXCUSE,
            APPEAL,
        ],
        ["visit", "check_in", "points_policy"],
    ),
    Told(
        worlds.a_reason_for_no_order,
        ("missed_order", "PENALTY", -10, ""),
        f"{NO_ORDER} You checked in at 11:20, inside the outlet's fence. The reason that you gave for no "
        "order: overstocked.",
        [
            IN_TIME,
            ANY_OTHER,
            EXCUSE,
            APPEAL,
        ],
        ["visit", "check_in", "points_policy"],
    ),
    Told(
        worlds.a_refused_form,
        ("missed_order", "PENALTY", -10, ""),
        f"{NO_ORDER} {UNSEEN} The order form that you sent, and that came at 16:12, was refused: An order "
        "needs at least one line. The penalty is provisional: an order form that was refused may still be "
        "sent again. It is final at 17:00 on Thursday 26 November at the latest.",
        [
            IN_TIME,
            (
                "The refused form of 16:12 without its problems: it can still be sent again with the same content, "
                "and where it is accepted by 17:00 on Thursday 26 November, it counts from 16:12."
            ),
            ANY_OTHER,
            EXCUSE,
            APPEAL,
        ],
        ["visit", "points_policy"],
    ),
    Told(
        worlds.a_silent_colleague,
        ("missed_order", "PENALTY", -10, ""),
        f"{NO_ORDER} {UNSEEN} The penalty is provisional: the handheld of a colleague who had the outlet in "
        "plan, too, has not told everything up to 17:00 yet. It is final at 17:00 on Thursday 26 November "
        "at the latest.",
        [
            IN_TIME,
            (
                "Still possible: an order captured at Kiosk Nikos (PAT-0042) by 17:00 (Europe/Athens) that waits on "
                "a colleague's handheld; coming by 17:00 on Thursday 26 November, with proof of the place, it takes "
                "the penalty back."
            ),
            ANY_OTHER,
            EXCUSE,
            APPEAL,
        ],
        ["visit", "points_policy"],
    ),
    Told(
        worlds.an_order_after_72_hours,
        ("missed_order", "PENALTY", -10, ""),
        f"{NO_ORDER} {UNSEEN} The penalty is final since 09:00 on Friday 27 November: 72 hours had passed "
        "since the cutoff.",
        [
            IN_TIME,
            (
                "An order captured at Kiosk Nikos (PAT-0042) by 17:00 (Europe/Athens) that came by 17:00 on Thursday "
                "26 November, with proof of the place: it would have cost nothing."
            ),
            (
                "Any other order of Monday 23 November that came by 17:00 on Thursday 26 November: it would have cost "
                "less."
            ),
            (
                "Your order of 16:58 coming within 72 hours of the cutoff, by 17:00 on Thursday 26 November: it "
                "came at 09:00 on Friday 27 November."
            ),
            EXCUSE,
            APPEAL,
        ],
        ["visit", "order", "points_policy"],
    ),
    Told(
        worlds.an_order_that_the_rep_cancelled,
        ("missed_order", "PENALTY", -10, ""),
        f"{NO_ORDER} Your order of 15:10 was cancelled at 16:20, before the cutoff, so it does not count. "
        f"{UNSEEN} {SILENT}",
        [
            IN_TIME,
            WAITING,
            ANY_OTHER,
            EXCUSE,
            APPEAL,
        ],
        ["visit", "order", "points_policy"],
    ),
    Told(
        worlds.no_check_in,
        ("late_order", "PENALTY", -3, ""),
        f"{NO_ORDER} {LATE} There is no check-in at Kiosk Nikos (PAT-0042) in the 2 hours before 16:58. "
        f"{UNSEEN} {BOTH} {SILENT}",
        [
            FOUR_MINUTES,
            ON_THE_SPOT,
            WAITING,
            EXCUSE,
            APPEAL_LATE,
        ],
        ["visit", "order", "points_policy"],
    ),
    Told(
        worlds.a_capture_after_the_cutoff,
        ("late_order", "PENALTY", -3, ""),
        f"{NO_ORDER} Your order of 17:08 came at 17:09, after the cutoff. It was captured 8 minutes after "
        f"the cutoff at 17:00 (Europe/Athens). {UNSEEN} {BOTH} {SILENT}",
        [
            "An order captured 8 minutes earlier, by 17:00 (Europe/Athens), with you at Kiosk Nikos (PAT-0042).",
            WAITING,
            EXCUSE,
            "Still possible: an appeal, until 17:09 on Monday 7 December.",
        ],
        ["visit", "order", "points_policy"],
    ),
    Told(
        worlds.a_clock_that_nothing_proves,
        ("late_order", "PENALTY", -3, ""),
        f"{NO_ORDER} {LATE} Nothing proves when it was captured: the handheld's clock could not be checked. "
        f"{UNSEEN} {BOTH} {SILENT}",
        [
            FOUR_MINUTES,
            (
                "A time that can be proved: the handheld has to reach the system once between being switched on and "
                "being switched off, before or after the order of 16:58."
            ),
            WAITING,
            EXCUSE,
            APPEAL_LATE,
        ],
        ["visit", "order", "points_policy"],
    ),
    Told(
        worlds.a_device_that_had_told_everything,
        ("late_order", "PENALTY", -3, ""),
        f"{NO_ORDER} {LATE} Before it came, its handheld had said that nothing from before 17:00 "
        f"(Europe/Athens) was left to send. {UNSEEN} {BOTH} {SILENT}",
        [
            FOUR_MINUTES,
            "The order coming no later than the upload by which its handheld said that nothing was left.",
            WAITING,
            EXCUSE,
            APPEAL_LATE,
        ],
        ["visit", "order", "points_policy"],
    ),
    Told(
        worlds.an_order_by_the_call_centre,
        ("late_order", "PENALTY", -3, ""),
        f"{NO_ORDER} An order by the call centre of 17:40 came at 17:40, after the cutoff. It was captured "
        "40 minutes after the cutoff at 17:00 (Europe/Athens). It was not taken on a handheld, so nothing "
        f"shows that somebody was at Kiosk Nikos (PAT-0042) by the cutoff. {UNSEEN} {BOTH} {SILENT}",
        [
            ("An order captured 40 minutes earlier, by 17:00 (Europe/Athens), with you at Kiosk Nikos (PAT-0042)."),
            "An order on your own handheld, captured at Kiosk Nikos (PAT-0042) by 17:00 (Europe/Athens).",
            WAITING,
            EXCUSE,
            "Still possible: an appeal, until 17:40 on Monday 7 December.",
        ],
        ["visit", "order", "points_policy"],
    ),
    Told(
        worlds.an_order_from_afar,
        ("late_order", "PENALTY", -3, ""),
        f"{NO_ORDER} {LATE} Its own position lies outside of the fence of Kiosk Nikos (PAT-0042), 2310 m "
        f"away. {UNSEEN} {BOTH} {SILENT}",
        [
            FOUR_MINUTES,
            "A position of the order itself inside the fence of Kiosk Nikos (PAT-0042).",
            WAITING,
            EXCUSE,
            APPEAL_LATE,
        ],
        ["visit", "order", "points_policy"],
    ),
    Told(
        worlds.a_check_in_elsewhere,
        ("late_order", "PENALTY", -3, ""),
        f"{NO_ORDER} {LATE} The last check-in before it was at Bakery Eleni (PAT-0007) at 16:40, not at "
        f"Kiosk Nikos (PAT-0042). You checked in at 16:10, inside the outlet's fence. {BOTH} {SILENT}",
        [
            FOUR_MINUTES,
            ON_THE_SPOT,
            WAITING,
            EXCUSE,
            APPEAL_LATE,
        ],
        ["visit", "order", "check_in", "check_in", "points_policy"],
    ),
    Told(
        worlds.a_departure,
        ("late_order", "PENALTY", -3, ""),
        f"{NO_ORDER} {LATE} You had left Kiosk Nikos (PAT-0042) at 16:30, more than 5 minutes before 16:58. "
        f"You checked in at 16:10, inside the outlet's fence. {BOTH} {SILENT}",
        [
            FOUR_MINUTES,
            ON_THE_SPOT,
            WAITING,
            EXCUSE,
            APPEAL_LATE,
        ],
        ["visit", "order", "check_in", "check_in", "points_policy"],
    ),
    Told(
        worlds.an_arrival_that_is_not_surely_there,
        ("late_order", "PENALTY", -3, ""),
        f"{NO_ORDER} {LATE} No check-in of the 2 hours before 16:58 was surely inside the fence of Kiosk "
        "Nikos (PAT-0042). You checked in at 16:10, where the position does not tell surely whether that "
        f"was inside the outlet's fence. {BOTH} {SILENT}",
        [
            FOUR_MINUTES,
            ON_THE_SPOT,
            WAITING,
            EXCUSE,
            APPEAL_LATE,
        ],
        ["visit", "order", "check_in", "points_policy"],
    ),
    Told(
        worlds.a_doubted_proof,
        ("late_order", "PENALTY", -3, ""),
        f"{NO_ORDER} {LATE} A doubt about what proves the place (mock location) had not been reviewed. You "
        f"checked in at 16:10, inside the outlet's fence. {BOTH} The penalty is provisional: a doubt about "
        "the proof against it is still to be reviewed. The penalty is provisional: your handheld has not "
        "told everything up to 17:00 yet, only up to 14:10.",
        [
            FOUR_MINUTES,
            (
                "The review of the doubt: dismissed, the penalty is taken back; confirmed, it stays. Where nobody "
                "has reviewed it when the month is closed, the penalty is taken back."
            ),
            WAITING,
            EXCUSE,
            APPEAL_LATE,
        ],
        ["visit", "order", "check_in", "points_policy"],
    ),
    Told(
        worlds.a_doubt_that_was_confirmed,
        ("late_order", "PENALTY", -3, ""),
        f"{NO_ORDER} {LATE} A doubt about what proves the place (mock location) was confirmed. You checked "
        f"in at 16:10, inside the outlet's fence. {BOTH} {SILENT}",
        [
            FOUR_MINUTES,
            "A proof without a doubt that somebody confirms.",
            WAITING,
            EXCUSE,
            APPEAL_LATE,
        ],
        ["visit", "order", "check_in", "points_policy"],
    ),
    Told(
        worlds.an_order_in_time,
        ("order_on_time", "AWARD", 1, ""),
        f"{PLANNED} Your order of 15:10 was in the system at 15:12, by the cutoff at 17:00 (Europe/Athens).",
        [
            (
                "Without an order of Kiosk Nikos (PAT-0042) in the system by 17:00 (Europe/Athens), nothing would "
                "have been earned."
            ),
            "It is taken back where somebody confirms a doubt that the order was averaged, or taken from afar.",
        ],
        ["visit", "order", "points_policy"],
    ),
    Told(
        worlds.an_order_that_clears,
        ("order_on_time", "AWARD", 1, "captured_before_cutoff"),
        f"{PLANNED} Your order of 16:58 came at 17:04, and counts as if it had been in the system at 17:00 "
        "(Europe/Athens): it was captured before that, on the spot. You checked in at 16:20, inside the "
        "outlet's fence.",
        [
            (
                "Without proof that the order was captured at Kiosk Nikos (PAT-0042) by 17:00 (Europe/Athens), "
                "nothing would have been earned."
            ),
            "It is taken back where somebody confirms a doubt that the order was averaged, or taken from afar.",
        ],
        ["visit", "order", "check_in", "points_policy"],
    ),
    Told(
        worlds.an_order_past_its_due_time,
        ("past_due_order", "PENALTY", -1, ""),
        "The visit to Kiosk Nikos (PAT-0042) was planned for Monday 23 November, and the outlet has an "
        "order due time of its own: 14:00 (Europe/Athens). Your order of 14:06 was in the system at 14:08, "
        "8 minutes later. It was in time for the cutoff at 17:00 (Europe/Athens), so the visit is not a "
        "missed one.",
        [
            (
                "8 minutes earlier, an order of Kiosk Nikos (PAT-0042) in the system by 14:00 (Europe/Athens) would "
                "have cost nothing."
            ),
            EXCUSE,
            APPEAL,
        ],
        ["visit", "order", "points_policy"],
    ),
    Told(
        worlds.a_dumped_order,
        ("dumped_order", "PENALTY", -10, "averaged_order"),
        "Your order of 15:10 for Kiosk Nikos (PAT-0042) on Monday 23 November was found to be dumped: its "
        "lines are the mean of the outlet's last orders, and it was not taken there. The doubt was "
        "confirmed at 18:00. All 12 lines are the mean of the last 4 orders. A doubt costs nothing by "
        "itself; a confirmed one of this kind does.",
        [
            "Quantities that the outlet asked for, or an order captured inside its fence.",
            NO_REVIEW,
            APPEAL_EVENING,
        ],
        ["order", "points_policy"],
    ),
]
