from __future__ import annotations

from relay_tui.core.model import Delivery, Disposition, Member, Reached
from relay_tui.core.views import rows


def test_what_no_record_of_a_batch_has_is_left_out_and_what_one_has_is_not() -> None:
    stays = [Member("1", "2", "member", 5, 0), Member("1", "3", "member", 5, 0)]
    statement, written = rows.MEMBERS.write(stays)
    assert '"left_seq"' not in statement
    stays[1].left_seq = 7
    statement, written = rows.MEMBERS.write(stays)
    assert '"left_seq"' in statement
    assert [row[statement.split("(")[1].split(", ").index('"left_seq"')] for row in written] == [None, 7]


def test_values_are_plain_so_that_nothing_is_adapted() -> None:
    delivery = Delivery("1", "2", "3", reached=Reached.ACCEPTED, disposition=Disposition.HELD)
    _, [row] = rows.DELIVERIES.write([delivery])
    assert {type(value) for value in row} == {str, int}
