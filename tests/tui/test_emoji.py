from __future__ import annotations

from relay_tui.tui.drawing.emoji import USUAL, by_name, drawn, matching, name_of


def test_the_usual_ones_come_first_and_each_once() -> None:
    assert [name for name, _ in matching("")] == list(USUAL)
    assert matching(":thumbs")[0] == ("thumbsup", "👍")
    assert matching("+1")[0] == ("+1", "👍")
    for word in ("ey", "smil", "thumb", "1", "no such word"):
        found = [emoji for _, emoji in matching(word)]
        assert len(found) == len(set(found))
    assert "turkey" not in dict(matching("ey"))
    assert "face_with_rolling_eyes" in dict(matching("ey"))


def test_what_is_one_character_is_drawn_and_anything_else_is_named() -> None:
    assert all(len(emoji) == 1 for emoji in by_name().values())
    assert drawn("👀", True) == "👀"
    assert drawn("👀", False) == "eyes"
    assert drawn("❤️", True) == "❤"
    assert drawn("👩‍💻", True) == "woman_technologist"
    assert drawn("shipit", True) == "shipit"
    assert name_of("👍") == "thumbsup"
    assert name_of("shipit") == ""
