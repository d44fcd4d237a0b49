from __future__ import annotations

from dataclasses import FrozenInstanceError, asdict, field, replace

import pytest
from pydantic import TypeAdapter

from relay_tui.core.record import record


@record
class Place:
    name: str
    rows: list[int] = field(default_factory=list[int])
    seen: int = field(default=0, compare=False)
    secret: str = field(default="", repr=False)


@record
class Room(Place):
    """One with a sentence of its own."""

    doors: int = 1


@record
class Nothing: ...


def test_records_are_equal_when_every_field_that_is_compared_is() -> None:
    assert Place("a", [1], seen=1) == Place("a", [1], seen=2)
    assert Place("a") != Place("b")
    assert Place("a") != Place("a", [1])
    assert Nothing() == Nothing()


def test_records_of_two_classes_are_never_equal() -> None:
    assert Room("a") != Place("a")
    assert Place("a") != Room("a")
    assert Room("a", doors=2) != Room("a")
    assert Place("a") != "a"


def test_a_record_says_its_fields_but_no_secret_one() -> None:
    assert repr(Room("a", [1], 3, "hush")) == "Room(name='a', rows=[1], seen=3, doors=1)"
    assert repr(Nothing()) == "Nothing()"


def test_a_record_is_a_dataclass_with_slots_that_can_change_and_is_not_hashed() -> None:
    place = Place("a")
    place.name = "b"
    assert replace(place, seen=1).seen == 1
    assert asdict(place) == {"name": "b", "rows": [], "seen": 0, "secret": ""}
    assert TypeAdapter(Place).validate_json('{"name": "b"}') == place
    with pytest.raises(AttributeError):
        place.colour = "red"  # type: ignore[attr-defined]
    with pytest.raises(TypeError):
        hash(place)


def test_a_frozen_record_can_be_a_key_and_never_changes() -> None:
    @record(frozen=True)
    class Spot:
        row: int
        note: str = field(default="", compare=False)
        rows: list[int] = field(default_factory=list[int], hash=False)

    assert {Spot(1, "a"): "found"}[Spot(1, "b")] == "found"
    assert Spot(1) != Spot(2)
    assert hash(Spot(1, rows=[1])) == hash(Spot(1))
    with pytest.raises(FrozenInstanceError):
        Spot(1).row = 2  # type: ignore[misc]


def test_what_a_record_says_of_itself_stays() -> None:
    @record
    class Own:
        name: str

        def __eq__(self, other: object) -> bool:
            return True

        def __repr__(self) -> str:
            return "mine"

    assert (Own("a") == Own("b"), repr(Own("a"))) == (True, "mine")
    assert Room.__doc__ == "One with a sentence of its own."
