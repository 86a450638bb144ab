"""Amounts of money and numbers of units, as bodies have them: exact decimals, bounded on their way in.

They may come as strings or numbers, and leave as strings. What leaves is bounded by nothing: an answer shows what the
tables hold (`StoredMoney`, `StoredQuantity`).
"""

import re
from decimal import Decimal
from math import isfinite, ulp
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, PlainSerializer, WithJsonSchema
from pydantic_core import PydanticCustomError

MOST_AMOUNT = Decimal("999999999.9999")
DECIMAL_PLACES = 4
NOISE_ULPS = 16
"""As many units in the last place a sum of a few floats may be off."""

_DECIMAL = re.compile(r"-?[0-9]{1,9}(\.[0-9]{1,4}0{0,16})?")


def _plain_decimal(value: Any) -> Any:
    if isinstance(value, str):
        if _DECIMAL.fullmatch(value):
            return value
        raise PydanticCustomError(
            "decimal_text", "a decimal is written like 12 or 1.15: 9 digits and 4 decimals at most"
        )
    if isinstance(value, bool):
        raise PydanticCustomError("decimal_type", "a decimal is a number or a text like 1.15")
    return without_noise(value) if isinstance(value, float) else value


def without_noise(value: float) -> float | Decimal:
    """A number of at most 4 decimals as it was meant: 3.4499999999999997 is 3.45, as far as a program's sums are off.

    What has more decimals than that stays as it is, to be refused.
    """
    if not isfinite(value):
        return value
    meant = round(value, DECIMAL_PLACES)
    return Decimal(repr(meant)) if abs(value - meant) <= NOISE_ULPS * ulp(value) else value


def decimal_text(value: Decimal) -> str:
    """A decimal as it leaves: no exponent, no zeros at its end."""
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def money_text(value: Decimal) -> str:
    """An amount as it leaves: two decimals at least."""
    whole, _, fraction = decimal_text(value).partition(".")
    return f"{whole}.{fraction:0<2}"


_UNSIGNED = {"type": "string", "pattern": "^[0-9]{1,9}(\\.[0-9]{1,4}0{0,16})?$", "examples": ["1.15"]}
_SIGNED = {"type": "string", "pattern": "^-?[0-9]{1,9}(\\.[0-9]{1,4}0{0,16})?$", "examples": ["12"]}
_AMOUNT = {"type": "number", "minimum": 0, "maximum": 999_999_999}

Quantity = Annotated[
    Decimal,
    Field(ge=-MOST_AMOUNT, le=MOST_AMOUNT, decimal_places=DECIMAL_PLACES, allow_inf_nan=False),
    BeforeValidator(_plain_decimal),
    PlainSerializer(decimal_text, return_type=str, when_used="json"),
    WithJsonSchema({"anyOf": [_SIGNED, _AMOUNT | {"minimum": -999_999_999}], "examples": ["12"]}, mode="validation"),
    WithJsonSchema(_SIGNED, mode="serialization"),
]
"""A number of units. Its sign is for rules to judge (O2), so that they can tell every problem at once."""

Money = Annotated[
    Decimal,
    Field(ge=0, le=MOST_AMOUNT, decimal_places=DECIMAL_PLACES, allow_inf_nan=False),
    BeforeValidator(_plain_decimal),
    PlainSerializer(money_text, return_type=str, when_used="json"),
    WithJsonSchema({"anyOf": [_UNSIGNED, _AMOUNT], "examples": ["1.15"]}, mode="validation"),
    WithJsonSchema(_UNSIGNED, mode="serialization"),
]
_PART = {"type": "string", "pattern": "^(0(\\.[0-9]{1,4}0{0,16})?|1(\\.0{1,20})?)$", "examples": ["0.35"]}

Proportion = Annotated[
    Decimal,
    Field(ge=0, le=1, decimal_places=DECIMAL_PLACES, allow_inf_nan=False),
    BeforeValidator(_plain_decimal),
    PlainSerializer(decimal_text, return_type=str, when_used="json"),
    WithJsonSchema({"anyOf": [_PART, _AMOUNT | {"maximum": 1}], "examples": ["0.35"]}, mode="validation"),
    WithJsonSchema(_PART, mode="serialization"),
]
"""A part of a whole: 0.35 is 35 %."""

_STORED = {"type": "string", "pattern": "^-?[0-9]+(\\.[0-9]+)?$"}
StoredQuantity = Annotated[
    Decimal,
    PlainSerializer(decimal_text, return_type=str, when_used="json"),
    WithJsonSchema(_STORED | {"examples": ["12"]}, mode="serialization"),
]
"""A number of units in an answer."""

StoredMoney = Annotated[
    Decimal,
    PlainSerializer(money_text, return_type=str, when_used="json"),
    WithJsonSchema(_STORED | {"examples": ["1.15"]}, mode="serialization"),
]
"""An amount in an answer."""
