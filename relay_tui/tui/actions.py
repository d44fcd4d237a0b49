"""Every verb of the screen, once: its id, its keys in each mode, its words, and when it works.

Bindings, footer, keys screen, palette and need card are read from here. A key that changes the world (`changes`) has
one meaning in the whole application; a test holds that, and that quit has a key in every mode.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from relay_tui.tui.rooms import PLACES


class KeyMode(StrEnum):
    """What keys mean now. Only the operator changes it."""

    LISTS = "lists"
    TYPING = "typing"


LISTS, TYPING = KeyMode.LISTS, KeyMode.TYPING


@dataclass(slots=True)
class TalkNow:
    """What verbs on messages and channels depend on."""

    message: str = ""
    """The message that verbs are about, by its sender and time; empty: none."""
    place: str = ""
    """The channel that verbs are about, `#release`."""
    standing: bool = False
    """The message under the cursor says something: it was not deleted."""
    mine: bool = False
    """It is the operator's own, and stands."""
    turn: bool = False
    """It may be in the transcript of somebody, or the cursor is on a transcript."""
    pinned: bool = False
    """Something is pinned in the conversation that is open."""
    undo: bool = False
    sending: bool = True
    """What is being written is a message, not an edit nor the words of a denial."""
    channel: bool = False
    """A named channel is open, or under the rail's cursor; the others say how it stands."""
    group: bool = False
    member: bool = False
    muted: bool = False
    archived: bool = False


@dataclass(slots=True)
class Now:
    """What verbs depend on: a snapshot that `check` answers from."""

    mode: KeyMode = LISTS
    columns: int = 2
    needs: int = 0
    snoozed: bool = False
    card: str = ""
    """Kind of the card that is shown: `approval`, `agent`, `delivery`; empty: none, or nothing to do with it."""
    message: bool = False
    delivery: bool = False
    """The message has recipients whose ladder can be shown."""
    agent: bool = False
    pane: bool = False
    """The agent has a terminal to open."""
    explains: bool = False
    """There is something under the cursor whose state can be explained."""
    agents: int = 0
    before: bool = False
    """There is a view to go back to."""
    row: bool = False
    card_shown: bool = False
    conversation: bool = False
    markable: bool = False
    """What is under the cursor can be marked, to write to several at once."""
    attached: bool = False
    """Something came along with the message under the cursor."""
    can: frozenset[str] = frozenset()
    """Ids of verbs that fit the delivery and the agent under the cursor: `retry`, `cancel`, `hold`, `interrupt` …"""
    list: bool = False
    """A list that can be narrowed and marked as a whole is shown."""
    several: bool = False
    """What is being written goes to more than one that were marked."""
    talk: TalkNow = field(default_factory=TalkNow)


def _always(now: Now) -> bool:
    return True


@dataclass(slots=True, frozen=True)
class Act:
    id: str
    title: str
    """In the palette and on the keys screen: `noun: verb`."""
    group: str
    keys: tuple[tuple[KeyMode, str], ...] = ()
    label: str = ""
    """In the footer; empty: not there."""
    short: str = ""
    """In the footer of a narrow screen; empty: the same."""
    changes: bool = False
    """It changes the world, not only the view."""
    palette: bool = True
    rank: int = 0
    """Place in the footer, small first; 0: not there."""
    check: Callable[[Now], bool] = _always

    @property
    def agent(self) -> bool:
        """It is about the agent under the cursor, as all of its group but what makes a new one."""
        return self.group == "agents" and self.id not in ("create", "adopt")

    def key(self, mode: KeyMode) -> str:
        """Its first key in a mode, or empty."""
        return next((key for where, key in self.keys if where is mode), "")


def _in(mode: KeyMode, *keys: str) -> tuple[tuple[KeyMode, str], ...]:
    return tuple((mode, key) for key in keys)


def _both(*keys: str) -> tuple[tuple[KeyMode, str], ...]:
    return _in(LISTS, *keys) + _in(TYPING, *keys)


def _fits(id: str) -> Callable[[Now], bool]:
    return lambda now: id in now.can


def _deciding(now: Now) -> bool:
    return now.card == "approval"


ACTS: tuple[Act, ...] = (
    # needs
    Act(
        "next_need", "need: next", "needs", (*_in(LISTS, "n"), *_both("ctrl+n")), "next need", "next", rank=10,
        check=lambda now: now.needs > 0 or now.card_shown,
    ),
    Act("previous_need", "need: previous", "needs", _in(LISTS, "N"), check=lambda now: now.needs > 0),
    Act(
        "approve", "need: approve once", "needs", _in(LISTS, "a"), "once", changes=True, palette=False,
        check=_deciding,
    ),
    Act(
        "deny", "need: deny, with words", "needs", _in(LISTS, "d"), "deny", changes=True, palette=False,
        check=_deciding,
    ),
    Act("waive", "need: wait no longer for that reply", "needs", changes=True, check=lambda now: now.card == "reply"),
    Act("snooze", "need: snooze for ten minutes", "needs", _in(LISTS, "s"), "snooze", check=lambda now: bool(now.card)),
    Act("unsnooze", "need: take back what is snoozed", "needs", check=lambda now: now.snoozed),
    # talk
    Act("message", "message: write", "talk", _in(LISTS, "m"), "message", rank=20, check=lambda now: now.conversation),
    Act("reply", "message: reply in its thread", "talk", _in(LISTS, "r"), "reply",
        check=lambda now: now.message or now.card in ("owed", "reply")),
    Act("thread", "message: its thread", "talk", _in(LISTS, "t"), "thread", rank=40, check=lambda now: now.message),
    Act(
        "react", "message: react", "talk", _in(LISTS, "plus"), "react", changes=True,
        check=lambda now: now.talk.standing,
    ),
    Act("edit", "message: edit", "talk", _in(LISTS, "e"), changes=True, check=lambda now: now.talk.mine),
    Act("delete", "message: delete", "talk", changes=True, check=lambda now: now.talk.standing),
    Act("pin_message", "message: pin or unpin", "talk", changes=True, check=lambda now: now.talk.standing),
    Act("about", "message: who read it, who reacted", "talk", check=lambda now: now.message),
    Act("versions", "message: its versions", "talk", check=lambda now: now.message),
    Act("pinned", "go: what is pinned here", "talk", check=lambda now: now.talk.pinned),
    Act("threads", "go: threads", "talk"),
    Act("send", "composer: send", "talk", _in(TYPING, "enter"), "send", rank=10, changes=True, palette=False),
    Act(
        "newline", "composer: new line; also \\ and enter", "talk", _in(TYPING, "ctrl+j", "alt+enter"), "new line",
        rank=30, palette=False,
    ),
    Act("when", "composer: when it is shown to them", "talk", _in(TYPING, "ctrl+t"), "when", rank=40, palette=False,
        check=lambda now: now.talk.sending),
    Act(
        "together", "composer: to several: a message to each, or one conversation", "talk", _in(TYPING, "alt+g"),
        palette=False, check=lambda now: now.several,
    ),
    Act(
        "reply_by", "composer: a reply is wanted by", "talk", _in(TYPING, "ctrl+r"), "wants reply", rank=50,
        palette=False, check=lambda now: now.talk.sending,
    ),
    Act("editor", "composer: in $EDITOR", "talk", _in(TYPING, "ctrl+o"), "editor", rank=60, palette=False),
    Act("scheduled", "message: what waits to be said", "talk"),
    Act("attached", "attachment: open", "talk", check=lambda now: now.attached),
    Act("history_back", "composer: what was sent before", "talk", _in(TYPING, "alt+up"), palette=False),
    Act("history_on", "composer: what was sent after", "talk", _in(TYPING, "alt+down"), palette=False),
    # many
    Act(
        "mark", "mark: what is under the cursor, to write to several", "many", _in(LISTS, "space"),
        check=lambda now: now.markable,
    ),
    Act("find", "find: messages by their words", "many", _in(LISTS, "slash"), "find", rank=80),
    Act("go", "go: to a channel or an agent", "many", _in(LISTS, "colon")),
    Act("rules", "rules: what the relay does by itself", "know"),
    Act("inbox", "inbox: what you have not read, and who waits for you", "know"),
    Act("activity", "activity: what is said everywhere", "know"),
    # know
    Act("ladder", "delivery: ladder", "know", _in(LISTS, "i"), "ladder", rank=50, check=lambda now: now.delivery),
    Act("why", "explain: why is it so", "know", _in(LISTS, "w"), "why", rank=60, check=lambda now: now.explains),
    Act("copy_row", "copy: what is under the cursor", "know", _in(LISTS, "y"), check=lambda now: now.row),
    Act("copy_as", "copy: the message, as a quote, JSON", "know", _in(LISTS, "Y"), check=lambda now: now.talk.standing),
    Act("turn", "message: its turn, and back", "know", _in(LISTS, "b"), check=lambda now: now.talk.turn),
    # channels
    Act("new_channel", "channel: make a new one", "channels", changes=True),
    Act("topic", "channel: topic", "channels", changes=True,
        check=lambda now: now.talk.channel and not now.talk.archived),
    Act("mute", "channel: mute", "channels", changes=True,
        check=lambda now: (now.talk.channel or now.talk.group) and now.talk.member and not now.talk.muted),
    Act("unmute", "channel: unmute", "channels", changes=True,
        check=lambda now: (now.talk.channel or now.talk.group) and now.talk.muted),
    Act("members", "channel: members, who is in it", "channels", check=lambda now: now.talk.channel or now.talk.group),
    Act("invite", "channel: add members, to a group too", "channels", changes=True,
        check=lambda now: (now.talk.channel and not now.talk.archived) or now.talk.group),
    Act("remove_member", "channel: remove a member, of a group too", "channels", changes=True,
        check=lambda now: now.talk.channel or now.talk.group),
    Act("role", "channel: owners", "channels", changes=True,
        check=lambda now: now.talk.channel and not now.talk.archived),
    Act("metadata", "channel: metadata, what is to be known of it", "channels", changes=True,
        check=lambda now: now.talk.channel and not now.talk.archived),
    Act("join", "channel: join", "channels", changes=True,
        check=lambda now: now.talk.channel and not now.talk.member and not now.talk.archived),
    Act("leave", "channel: leave", "channels", changes=True, check=lambda now: now.talk.channel and now.talk.member),
    Act("archive", "channel: archive", "channels", changes=True,
        check=lambda now: now.talk.channel and not now.talk.archived),
    Act("unarchive", "channel: bring back from the archive", "channels", changes=True),
    # agents
    Act("pane", "agent: open its pane", "agents", _in(LISTS, "o"), "pane", rank=70, check=lambda now: now.pane),
    Act("pin", "agent: pin its transcript", "agents", _in(LISTS, "p"), check=lambda now: now.agents > 0),
    Act("raw", "agent: transcript as cards or raw", "agents", _in(LISTS, "v"), check=lambda now: now.agents > 0),
    Act("create", "agent: start a new one", "agents", _in(LISTS, "c")),
    Act("adopt", "agent: adopt one that runs in your tmux", "agents"),
    Act("restart", "agent: restart its program", "agents", changes=True, check=lambda now: now.agent),
    Act("release", "agent: release", "agents", changes=True, check=lambda now: now.agent),
    Act("remove_agent", "agent: remove, its name is free again", "agents", changes=True,
        check=lambda now: now.agent),
    Act("groups", "agent: its groups, for mentions", "agents", changes=True, check=lambda now: now.agent),
    Act("doorbell", "agent: doorbell or whole words, by sender", "agents", changes=True,
        check=lambda now: now.agent),
    Act("hold", "agent: hold what is due to it", "agents", _in(LISTS, "H"), "hold", changes=True, check=_fits("hold")),
    Act("flush", "agent: flush what is held", "agents", _in(LISTS, "F"), "flush", rank=54, changes=True,
        check=_fits("flush")),
    Act(
        "interrupt", "agent: interrupt its program", "agents", _in(LISTS, "I"), "interrupt", changes=True,
        check=_fits("interrupt"),
    ),
    # mail
    Act(
        "retry", "delivery: try it again", "mail", _in(LISTS, "R"), "retry", rank=55, changes=True,
        check=_fits("retry"),
    ),
    Act(
        "redirect", "delivery: redirect to another agent", "mail", _in(LISTS, "greater_than_sign"), "redirect", rank=56,
        changes=True, check=_fits("redirect"),
    ),
    Act(
        "cancel", "delivery: cancel before it leaves", "mail", _in(LISTS, "x"), "cancel", rank=57, changes=True,
        check=_fits("cancel"),
    ),
    Act("drop", "delivery: drop, it is given up", "mail", changes=True, check=_fits("drop")),
    Act("faults", "mail: faults only", "mail", _in(LISTS, "f"), "faults", rank=30, check=lambda now: now.list),
    Act("narrow", "mail: narrow to a state, an agent, a channel", "mail", check=lambda now: now.list),
    Act("zoom", "mail: how deliveries went, per agent", "mail", _in(LISTS, "z"), check=lambda now: now.list),
    Act("mark_all", "mark: all that the list shows", "many", _in(LISTS, "asterisk"), check=lambda now: now.list),
    # move
    Act("down", "move: down", "move", _in(LISTS, "j", "down"), palette=False),
    Act("up", "move: up", "move", _in(LISTS, "k", "up"), palette=False),
    Act("left", "move: column to the left", "move", _in(LISTS, "h", "left"), palette=False),
    Act("right", "move: column to the right", "move", _in(LISTS, "l", "right"), palette=False),
    Act("first", "move: first", "move", _in(LISTS, "g", "home"), palette=False),
    Act("last", "move: last, and follow", "move", _in(LISTS, "G", "end"), palette=False),
    Act("page_down", "move: half a page down", "move", _in(LISTS, "ctrl+d", "pagedown"), palette=False),
    Act("page_up", "move: half a page up", "move", _in(LISTS, "ctrl+u", "pageup"), palette=False),
    Act("open", "move: open what is under the cursor", "move", _in(LISTS, "enter"), "open", palette=False),
    Act("before", "move: the view before", "move", _in(LISTS, "minus"), check=lambda now: now.before),
    # everywhere
    Act("column", "move: next column", "everywhere", _both("tab"), "column", palette=False, rank=30),
    Act("column_back", "move: column before", "everywhere", _both("shift+tab"), palette=False),
    Act(
        "back", "move: one step back", "everywhere", (*_both("escape"), *_in(LISTS, "q")), "lists", palette=False,
        rank=20,
    ),
    Act("undo", "undo: what was done last", "everywhere", _in(LISTS, "u"), changes=True,
        check=lambda now: now.talk.undo),
    Act("palette", "palette: every verb, and where to go", "everywhere", _both("ctrl+p"), "palette", "go", rank=85,
        palette=False),
    Act("copy", "copy: what is selected; twice: quit", "everywhere", _both("ctrl+c"), palette=False),
    Act("sounds", "sounds: mute them, or hear them", "everywhere", _in(LISTS, "M")),
    Act("redraw", "screen: redraw", "everywhere", _both("ctrl+l")),
    Act("theme", "screen: theme, dark or light", "everywhere"),
    Act("keys", "help: keys", "everywhere", (*_in(LISTS, "question_mark"), *_both("f1")), "keys", rank=90),
    Act("stop", "stop: hold all, interrupt, freeze; or resume", "everywhere", _both("ctrl+g"), "stop"),
    Act("quit", "quit", "everywhere", _both("ctrl+q"), "quit"),
    *(Act(f"room_{place.id}", f"go: {place.id}, {place.title}", "everywhere", _in(LISTS, str(place.number)))
      for place in PLACES),
)  # fmt: skip
ON_MESSAGE = frozenset(
    {"reply", "thread", "react", "edit", "delete", "pin_message", "about", "versions", "copy_as", "turn"}
)
ON_CHANNEL = frozenset(
    {"topic", "mute", "unmute", "members", "invite", "remove_member", "role", "metadata", "join", "leave", "archive"}
)
BY_ID = {act.id: act for act in ACTS}
GROUPS = {
    "needs": "what needs you",
    "talk": "talk",
    "many": "many",
    "know": "know",
    "channels": "channels",
    "agents": "agents",
    "mail": "mail",
    "move": "move",
    "everywhere": "everywhere",
}
_ON_CARDS = {
    "approval": ("approve", "deny", "why", "snooze"),
    "agent": ("pane", "why", "snooze"),
    "delivery": ("retry", "redirect", "ladder", "open", "why", "snooze"),
    "due": ("why", "pane", "ladder", "open", "snooze"),
    "reply": ("reply", "open", "why", "snooze"),
    "owed": ("reply", "open", "why", "snooze"),
    "notice": ("why", "snooze"),
    "storage": ("why", "snooze"),
    "policy": ("why", "snooze"),
}
CARD_ACTS = {kind: tuple(id for id in ids if id in BY_ID) for kind, ids in _ON_CARDS.items()}
"""What the need card offers, by its kind."""

_KEY_WORDS = {
    "question_mark": "?",
    "plus": "+",
    "slash": "/",
    "colon": ":",
    "minus": "-",
    "greater_than_sign": ">",
    "asterisk": "*",
    "escape": "esc",
    "pagedown": "pgdn",
    "pageup": "pgup",
    "f1": "F1",
    "up": "↑",
    "down": "↓",
    "left": "←",
    "right": "→",
}


def key_word(key: str, ascii_only: bool = False) -> str:
    """A key as the screen writes it: `^n`, `esc`, `?`."""
    if key.startswith("ctrl+"):
        return f"^{key[5:]}"
    if "+" in key:
        head, _, tail = key.rpartition("+")
        return f"{head}+{key_word(tail, ascii_only)}"
    word = _KEY_WORDS.get(key, key)
    return key if ascii_only and not word.isascii() else word


def footer_acts(now: Now) -> list[Act]:
    """What works now, in the order in which the footer says it."""
    ranked = [act for act in ACTS if act.rank and act.key(now.mode) and act.check(now)]
    if now.mode is LISTS:
        ranked = [
            act for act in ranked if act.id not in ("back", "palette") and (act.id != "column" or now.columns == 1)
        ]
    typing = now.mode is TYPING
    return sorted(ranked, key=lambda act: (typing and act.group != "talk" and act.id != "back", act.rank))


def bound(acts: Iterable[Act] = ACTS) -> list[tuple[str, Act]]:
    """(key, act) of everything that has a key, each key once per act."""
    return [(key, act) for act in acts for key in dict.fromkeys(key for _, key in act.keys)]
