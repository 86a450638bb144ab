"""What codes of plans are called for people."""

from collections.abc import Mapping

LABELS: Mapping[str, Mapping[str, str]] = {
    "board_standing": {
        "waiting": "waiting for you",
        "late": "late",
        "none": "not begun",
        "at_work": "at work",
        "approved": "approved",
    },
    "load_mark": {
        "too_long": "too long",
        "heavy": "heavy",
        "light": "light",
    },
    "day_closed": {
        "over": "This day is over: its plan cannot be changed any more.",
        "begun": "This day has begun: its plan stands since midnight. What is not visited can only be excused.",
    },
    "plan_note": {
        "not_a_working_day": "nobody works on the day",
        "day_too_long": "the day is too long",
        "no_location": "nobody knows where the outlet is",
        "closed_day": "no visit is welcome on the day",
        "outside_visiting_hours": "outside of the visiting hours",
        "planned_by_another_rep": "another rep goes there, too",
        "gap_too_short": "too soon after the visit before",
        "fewer_visits_than_agreed": "fewer visits than agreed",
        "day_frozen": "came too late to count",
        "inactive_outlet": "the outlet has closed",
        "outlet_of_another_territory": "the outlet is another territory's",
        "outlet_of_another_rep": "another rep looks after the outlet",
        "estimated_drive_times": "driving times are estimated",
        "outlets_dealt": "outlets were given to reps",
        "no_outlets": "the rep has no outlets",
        "no_frequency": "no frequency is agreed",
        "no_allowed_day": "no visit is welcome on any day",
        "visiting_hours": "the visiting hours do not fit",
        "no_time_left": "no time left",
    },
    "plan_action": {
        "put": "written",
        "generated": "generated",
        "optimised": "put into its best order",
        "submitted": "submitted",
        "approved": "approved",
        "returned": "returned",
        "changed": "changed",
        "granted": "changed at the rep's request",
        "handed_over": "handed over",
        "imported": "imported",
    },
    "plan_reason": {
        "outlet_closed": "the outlet is closed",
        "outlet_asks": "the outlet asks for it",
        "rep_ill": "the rep is ill",
        "rep_on_leave": "the rep is on leave",
        "vehicle": "the vehicle has broken down",
        "even_days": "to even out the days",
        "other": "another reason",
    },
    "request_status": {"open": "open", "granted": "granted", "refused": "refused"},
    "generation_status": {
        "queued": "in the queue",
        "running": "at work",
        "finished": "finished",
        "cancelled": "cancelled",
    },
    "generation_outcome": {"generated": "generated", "kept": "left as it was", "failed": "not made"},
    "plan_said": {
        "visit_moved": "The visit is moved.",
        "visit_out": "The visit is taken out of the plan.",
        "visit_added": "The visit is added.",
        "nowhere_to_go": "There is no place to move the visit to.",
    },
}
"""By context, then by code."""
