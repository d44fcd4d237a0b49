"""What can be chosen of a message before it leaves: when it is shown or said, by when a reply is wanted. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from relay_tui.core.model import Mode
from relay_tui.tui.view.deck import MODES, Arrival
from relay_tui.tui.view.entry import Entry
from relay_tui.tui.view.letter import Draft, Later, ReplyWanted
from relay_tui.tui.words.moments import moment, moment_words, until_words

MODE, AT, IDLE, NONE, SOME = "mode:", "at:", "idle:", "none", "some"
AHEAD = ("10m", "30m", "1h", "4h", "tomorrow 9:00")
IDLE_OFFERED = 5
"""Agents whose idleness can be waited for that are offered by name."""


def when_entries(arrivals: Mapping[Mode, Sequence[Arrival]], names: Sequence[str], now: int) -> list[Entry]:
    """`arrivals`: for each boundary what becomes of it at each recipient; `names`: of the recipients."""
    out = [Entry(f"{MODE}{mode.value}", f"shown: {words}", note=_honest(arrivals[mode])) for mode, words in MODES]
    out += [
        Entry(f"{IDLE}{name}", f"said later: once {name} is idle", note="until then nobody sees it")
        for name in names[:IDLE_OFFERED]
    ]
    return out + [at_entry(typed, now, "said later:") for typed in AHEAD]


def _honest(arrivals: Sequence[Arrival]) -> str:
    """What of it the recipients cannot do."""
    short = [arrival.name for arrival in arrivals if arrival.words.endswith("the nearest it can")]
    if not short:
        return ""
    who = short[0] if len(short) == 1 else f"{len(short)} of {len(arrivals)}"
    return f"{who}: when idle"


def reply_entries(now: int) -> list[Entry]:
    return [
        Entry(NONE, "no reply is asked for"),
        Entry(SOME, "a reply: some time", note="no deadline"),
        *(at_entry(typed, now, "a reply: by") for typed in AHEAD),
    ]


def typed_entry(typed: str, now: int, lead: str) -> Entry | None:
    """What was typed as a moment; None: it is none."""
    return at_entry(typed, now, lead) if moment(typed, now) is not None else None


def at_entry(typed: str, now: int, lead: str) -> Entry:
    at = moment(typed, now)
    assert at is not None, f"{typed} is a moment"
    return Entry(f"{AT}{at}", f"{lead} {moment_words(at, now)}", note=until_words(at - now))


def choose_when(draft: Draft, chosen: str) -> None:
    if chosen.startswith(MODE):
        draft.mode, draft.later = Mode(chosen.removeprefix(MODE)), None
    elif chosen.startswith(AT):
        draft.later = Later(int(chosen.removeprefix(AT)))
    elif chosen.startswith(IDLE):
        draft.later = Later(idle_of=chosen.removeprefix(IDLE))


def choose_reply(draft: Draft, chosen: str) -> None:
    if chosen.startswith(AT):
        draft.reply = ReplyWanted(int(chosen.removeprefix(AT)))
    elif chosen in (NONE, SOME):
        draft.reply = ReplyWanted() if chosen == SOME else None


def later_words(later: Later, now: int) -> str:
    """`14:30`, `once builder is idle`."""
    parts = [moment_words(later.at, now)] if later.at is not None else []
    parts += [f"once {later.idle_of} is idle"] if later.idle_of else []
    return ", ".join(parts)


def reply_words(reply: ReplyWanted, now: int) -> str:
    return f"reply by {moment_words(reply.by, now)}" if reply.by is not None else "reply wanted"
