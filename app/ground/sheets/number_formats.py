"""How a number format shows a whole number that stands for a code, or a share (ECMA-376, 18.8.30).

`00000` shows 123 as 00123, `0%` shows 0.35 as 35%.
"""

import re
from decimal import Decimal, InvalidOperation
from functools import lru_cache

_COLOUR_OR_CONDITION = re.compile(r"\[[^\]]*\]")
_TOKEN = re.compile(r'"[^"]*"|\\.|_.|\*.|[0#]|[- /():.]|.', re.DOTALL)
_PLACES = frozenset("0#")
_LITERALS = frozenset("- /():")
_LONGEST = 64
_PERCENT = re.compile(r"[#,]*0(?:\.(?P<places>[0#]{1,10}))?\s?%")


def shown(value: str, number_format: str) -> str:
    """The digits of a whole number as its format shows them; "" where it shows them as they are, or is no such format.

    A format of digits and fixed signs alone: `00000`, `"PAT-"0000`, `000-000`; or one of percent, for any number.
    Fractions, thousands, dates are others.
    """
    if (percent := _PERCENT.fullmatch(number_format.split(";", maxsplit=1)[0])) is not None:
        return _percent(value, len(percent["places"] or ""))
    tokens = _tokens(number_format)
    value = _whole(value)
    if not tokens or not value:
        return ""
    places = [index for index, token in enumerate(tokens) if token in _PLACES]
    digits = value.lstrip("0")
    texts: list[str] = []
    for index in range(len(tokens) - 1, -1, -1):
        if index not in places:
            texts.append(tokens[index][1:])
            continue
        # the first place takes all that is left
        own = digits if index == places[0] else digits[-1:]
        texts.append(own or tokens[index].strip("#"))
        digits = digits[: len(digits) - len(own)]
    return "".join(reversed(texts))


def _whole(value: str) -> str:
    """The digits of a whole number, also of one that a program stores as 123.0 or 1.23E2; "" for any other."""
    try:
        number = Decimal(value)
    except InvalidOperation:
        return ""
    if not number.is_finite() or number < 0 or number.adjusted() > _LONGEST or number != number.to_integral_value():
        return ""
    return f"{number:.0f}"


def _percent(value: str, places: int) -> str:
    try:
        return f"{Decimal(value) * 100:.{places}f}%"
    except InvalidOperation:
        return ""


@lru_cache(maxsize=256)
def _tokens(number_format: str) -> tuple[str, ...]:
    """Places of digits (`0`, `#`) and, with a `=` before them, fixed texts; none where nothing but digits is shown."""
    section = _COLOUR_OR_CONDITION.sub("", number_format.split(";", maxsplit=1)[0])
    tokens: list[str] = []
    for token in _TOKEN.findall(section)[:_LONGEST]:
        if token in _PLACES:
            tokens.append(token)
        elif token[0] == '"':
            tokens.append(f"={token[1:-1]}")
        elif token[0] == "\\":
            tokens.append(f"={token[1:]}")
        elif token[0] in "_*":
            continue  # the width of a sign, or what fills the cell
        elif token in _LITERALS:
            tokens.append(f"={token}")
        else:
            return ()
    places = [token for token in tokens if token in _PLACES]
    plain = len(places) == len(tokens) and places.count("0") <= 1
    return () if plain or not places else tuple(tokens)
