"""What the codes of reviews are called for people."""

from collections.abc import Mapping

LABELS: Mapping[str, Mapping[str, str]] = {
    "signal_subject": {"check_in": "check-in", "order": "order", "device": "handheld"},
    "place_kind": {"arrival": "arrival", "departure": "departure", "order": "order", "check_in": "check-in"},
    "told_by": {"phone": "the phone's clock", "counted": "the time that counts", "arrived": "arrival at the server"},
    "position_provider": {
        "gps": "satellites",
        "fused": "satellites and networks",
        "network": "networks",
        "wifi": "Wi-Fi",
        "cell": "mobile network",
    },
    "stretch": {"from": "from", "to": "to"},
    "precision_period": {
        "last_30_days": "30 days",
        "last_90_days": "90 days",
        "last_year": "a year",
        "always": "always",
    },
    "evidence_member": {"lat": "latitude", "lon": "longitude"},
    "rule_meaning": {
        "mock_location": "The phone says that an app made the position up.",
        "stale_fix": "The position was older than two minutes when it was recorded.",
        "repeated_fix": "The same coordinates to the last digit, at two outlets or on two days.",
        "impossible_speed": "More than 50 m/s from one record to the next.",
        "clock_changed": "The phone's clock was not right, or its clocks contradict each other.",
        "sequence_gap": "Records that the phone has counted and never sent.",
        "remote_order": "Captured over a kilometre from the outlet, or without a check-in there.",
        "averaged_order": "The mean of the outlet's last four orders, and not shown to be taken there.",
        "two_devices": "One handheld was used between two records of another.",
        "shared_device": "One phone worked for two reps on a day.",
        "one_spot": "Check-ins for outlets that lie apart, made from one spot.",
        "no_position": "A day on which most of the arrivals have no position.",
        "unproven_time": "Nothing proves when it was.",
        "unseen_boot": "It rests on a start of the phone that was first heard of after the cutoff.",
        "counter_restarted": "The phone began to count its records anew.",
    },
}
"""By context, then by code."""
