"""Shares as people type them: 35 for 0.35. What is no number goes on as it was typed."""

from decimal import Decimal, InvalidOperation


def fraction_of(percent: str | None) -> str | None:
    """A share of 1, as the API writes it, of what was typed in percent."""
    return None if percent is None else _scaled(percent, Decimal("0.01"))


def percent_of(fraction: str | None) -> str:
    """A share of 1 as it is typed in percent; empty where there is none."""
    return "" if fraction is None else _scaled(str(fraction), Decimal(100))


def _scaled(text: str, factor: Decimal) -> str:
    try:
        value = Decimal(text.strip().replace(",", ".")) * factor
    except InvalidOperation:
        return text
    return f"{value.normalize():f}" if value.is_finite() else text
