"""The screens of the application by number: the one list that digit keys, header and palette are made from."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True, frozen=True)
class Place:
    """A screen that can be gone to. Its verb is `room_<id>`."""

    number: int
    id: str
    title: str
    """What is seen there, for the palette."""


PLACES: tuple[Place, ...] = (
    Place(1, "deck", "conversations, what needs you, transcripts"),
    Place(3, "mail", "every delivery, and what became of it"),
)
