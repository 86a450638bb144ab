"""Events that a device recorded and never sent (V6)."""

from app.field.risk_signals.signals import DeviceNumbers, RiskRule, Signal


def sequence_gap(numbers: DeviceNumbers) -> Signal | None:
    """The doubt about a device whose events have not all arrived; None where nothing is missing."""
    ranges = [(lo, hi) for lo, hi in numbers.missing if lo < hi]
    if not ranges:
        return None
    count = sum(hi - lo for lo, hi in ranges)
    listing = ", ".join(str(lo) if hi - lo == 1 else f"{lo}–{hi - 1}" for lo, hi in ranges[:10])
    return Signal(
        RiskRule.SEQUENCE_GAP,
        "device",
        numbers.device_id,
        {
            "missing": [[lo, hi - 1] for lo, hi in ranges[:100]],
            "missing_count": count,
            "sequence_to": numbers.sequence_to,
        },
        f"The phone says it recorded {numbers.sequence_to} events, but {count} of them never arrived (numbers {listing}"
        f"{', …' if len(ranges) > 10 else ''}).",
        numbers.business_date,
    )
