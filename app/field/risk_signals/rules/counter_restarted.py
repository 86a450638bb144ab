"""A phone that began to count its events anew (V6)."""

from app.field.risk_signals.signals import DeviceNumbers, RiskRule, Signal


def counter_restarted(numbers: DeviceNumbers) -> Signal | None:
    """The doubt about a device that has just shown that its counter started over, or gave a number twice."""
    restart = numbers.restart
    if restart is None:
        return None
    lost = sum(hi - lo for lo, hi in restart.missing)
    if restart.sequence is None:
        proof = f"said later that it had recorded {restart.claimed_to}"
    else:
        proof = f"gave the number {restart.sequence}, which it had used, to another event"
    rest = f" Of what it had counted before, {lost} events never arrived." if lost else ""
    return Signal(
        RiskRule.COUNTER_RESTARTED,
        "device",
        numbers.device_id,
        {
            "sequence": restart.sequence,
            "claimed_to": restart.claimed_to,
            "known_to": restart.known_to,
            "missing": [[lo, hi - 1] for lo, hi in restart.missing[:100]],
            "missing_count": lost,
        },
        f"The phone had counted {restart.known_to} events, and {proof}: its counter started over, as it does when the"
        f" app is installed again or a backup is restored. What it had not sent by then may be lost.{rest}",
        numbers.business_date,
    )
