"""Values that are frozen for the type checker alone are told apart as frozen dataclasses are."""

from dataclasses import fields, replace

import pytest

from app.ground.values import value


@value(frozen=True, slots=True)
class Fence:
    """A value as they are made."""

    radius_m: int
    name: str = ""


@value(frozen=True, slots=True)
class Named:
    """A value that is told by its name alone in sets."""

    name: str
    radius_m: int

    def __hash__(self) -> int:
        return hash(self.name)


def test_values_of_the_same_fields_are_one() -> None:
    assert Fence(80, "a") == Fence(80, "a") != Fence(81, "a")
    assert {Fence(80, "a"), Fence(80, "a"), Fence(81, "a")} == {Fence(80, "a"), Fence(81, "a")}


def test_a_value_keeps_a_hash_of_its_own() -> None:
    assert hash(Named("a", 80)) == hash("a")


def test_a_value_is_a_dataclass_with_slots() -> None:
    assert replace(Fence(80), radius_m=90) == Fence(90)
    assert [field.name for field in fields(Fence)] == ["radius_m", "name"]
    with pytest.raises(AttributeError):
        setattr(Fence(80), "radius", 1)  # noqa: B010 # the type checker knows that there is none
