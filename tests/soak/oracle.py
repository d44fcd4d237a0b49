"""What really happened, from what the programs kept themselves: their record of submissions, and every byte read."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from relay_tui.core.delivery.standing import is_rung
from relay_tui.core.model import SEEN, Delivery, Disposition, Evidence, Message, Mode, Reached
from relay_tui.demo.program.keys import KeyDecoder, Paste

_HEADER = re.compile(r"\[relay msg=(\d+)(?: thread=(\d+))? from=\S+ to=\S+( bell)? key=([0-9a-f]+)\]")
_DIGEST = re.compile(r"\[relay digest=(\d+) key=([0-9a-f]{8})\]")


@dataclass(slots=True)
class Taken:
    """One submission of a message to a program."""

    message_id: str
    nonce: str
    pid: int
    joined: bool
    """Something stood before it in the input box."""
    bell: bool = False
    """It was only told that the message waits."""


@dataclass(slots=True)
class Own:
    """One agent's own record."""

    taken: list[Taken] = field(default_factory=list[Taken])
    answered: list[str] = field(default_factory=list[str])
    """Dialogs that were answered by a key: never by ours."""
    ran: list[str] = field(default_factory=list[str])
    """Commands that a shell in its terminal ran."""
    pasted: Counter[str] = field(default_factory=Counter[str])
    """How often each attempt's text was read from the terminal, by nonce."""
    foreign: list[str] = field(default_factory=list[str])
    """Pastes that are no message of ours."""
    fetched: list[str] = field(default_factory=list[str])
    """Ids of messages that it read by itself."""
    got: list[str] = field(default_factory=list[str])
    """Ids of messages whose words it had, whole or read, in that order."""
    digests: int = 0
    """Inputs of several messages."""


def read(record: Path, pty_log: Path, ids: set[str]) -> Own:
    """`ids`: of every message that was sent; a header that quotes another is no message."""
    own = Own()
    for line in record.read_text("utf-8").splitlines() if record.exists() else ():
        entry = json.loads(line)
        match entry["what"]:
            case "submitted":
                taken = list(_messages(entry["text"], ids))
                own.digests += len(taken) > 1
                own.taken += [
                    Taken(found[1], found[4], entry["pid"], joined, bool(found[3])) for found, joined in taken
                ]
                own.got += [found[1] for found, _ in taken if not found[3]]
            case "answered":
                own.answered.append(entry["text"])
            case "fetched":
                own.fetched.append(entry["text"])
                own.got.append(entry["text"])
            case "ran":
                own.ran.append(entry["text"])
            case _:
                pass
    decoder = KeyDecoder()
    for event in decoder.feed(pty_log.read_bytes()) if pty_log.exists() else ():
        if isinstance(event, Paste):
            found = [header for header, joined in _messages(event.text, ids) if not joined]
            own.pasted.update(header[4] for header in found)
            if not found:
                own.foreign.append(event.text[:80])
    return own


def _messages(text: str, ids: set[str]) -> Iterator[tuple[re.Match[str], bool]]:
    """The headers of what an input says, and whether something stood before the whole of it.

    Read in another way than the program under test does it: a header counts by the key of what it stands in, and what
    a body quotes has another one.
    """
    digest, first = _DIGEST.search(text), _HEADER.search(text)
    if digest is not None and (first is None or digest.start() < first.start()):
        inside = [found for found in _HEADER.finditer(text) if len(found[4]) > 8 and found[4].startswith(digest[2])]
        if len(inside) == int(digest[1]):
            yield from ((found, digest.start() > 0) for found in inside if found[1] in ids)
    elif first is not None and first[1] in ids:
        yield first, first.start() > 0


def judge(
    sent: list[tuple[Message, Delivery]], owns: dict[str, Own], left: Collection[tuple[str, str]] = ()
) -> tuple[Counter[str], list[str]]:
    """How many deliveries ended how, and every contradiction between what is reported and what happened.

    `left`: message and agent of what nobody can know and a person was told to decide, and of what waits for that.
    """
    counts: Counter[str] = Counter()
    faults: list[str] = []
    for message, delivery in sent:
        own = owns[delivery.agent_id]
        whole = [one for one in own.taken if one.message_id == message.id and not one.bell]
        got = message.id in own.got
        name = f"message {message.id} to {delivery.agent_id}: {delivery.word}"
        counts[delivery.word] += 1
        if delivery.reached >= Reached.DELIVERED and not delivery.unverified and not got:
            faults.append(f"{name}, but its program never got it ({delivery.how})")
        if delivery.word in {Disposition.FAILED, Disposition.DEAD, Disposition.EXPIRED} and got:
            faults.append(f"{name}, but its program got it ({delivery.reason})")
        told = any(one.bell and one.nonce == delivery.nonce for one in own.taken)
        if is_rung(delivery) and delivery.evidence in SEEN and not told:
            faults.append(f"{name}, and said to know that it waits, but its program was never told ({delivery.how})")
        elif is_rung(delivery) and told and not got:
            counts["told, not read yet"] += 1  # exactly so: the program was told, and left it at that
        elif (
            delivery.word in {"queued", "deferred", "held", "accepted"} and (message.id, delivery.agent_id) not in left
        ):
            faults.append(f"{name} at the end: {delivery.reason} {'(it has it)' if got else '(it has it not)'}")
        if delivery.word == "uncertain":
            counts["uncertain, got" if got else "uncertain, not got"] += 1
            # A program that keeps a record can be asked to its end: nothing of it is left to a person.
        if (message.id, delivery.agent_id) in left:
            counts["left to a person"] += 1
        elif delivery.word == "uncertain":
            faults.append(f"{name} at the end, although its record says it: {delivery.reason}")
        if delivery.evidence == Evidence.INBOX_READ:
            counts["read"] += 1
            if message.id not in own.fetched:
                faults.append(f"{name}, and said to be read, but its program never read it")
        if delivery.unverified:
            counts["unverified, got" if got else "unverified, not got"] += 1
        for pid, times in Counter(one.pid for one in whole).items():
            if times > 1:
                faults.append(f"{name}, submitted {times} times to program {pid}")
        if len({one.pid for one in whole}) > 1:
            counts["again after a death"] += 1
    faults += _order(sent, owns)
    for agent_id, own in owns.items():
        counts["digests"] += own.digests
        # A dialog that opens within the moment in which a program waits whether more follows an escape is rejected by
        # an interrupt. Nothing is ever approved.
        urgent = any(m.mode == Mode.IMMEDIATE and d.agent_id == agent_id for m, d in sent)
        approved = [said for said in own.answered if said != "None" or not urgent]
        counts["dialogs rejected by an interrupt"] += len(own.answered) - len(approved)
        faults += [f"agent {agent_id}: a dialog was answered by a key ({said})" for said in approved]
        faults += [f"agent {agent_id}: a shell ran {ran!r}" for ran in own.ran]
        faults += [f"agent {agent_id}: {times} pastes of attempt {n}" for n, times in own.pasted.items() if times > 1]
        faults += [f"agent {agent_id}: a paste that is no message: {text!r}" for text in own.foreign]
    return counts, faults


def _order(sent: list[tuple[Message, Delivery]], owns: dict[str, Own]) -> list[str]:
    """By sender and recipient, what was got first is what was sent first."""
    faults: list[str] = []
    senders = {message.id: message.sender_id for message, _ in sent}
    for agent_id, own in owns.items():
        last: dict[str, int] = {}
        seen: set[str] = set()
        for message_id in own.got:
            if message_id in seen or message_id not in senders:
                continue
            seen.add(message_id)
            sender = senders[message_id]
            if int(message_id) < last.get(sender, 0):
                faults.append(f"agent {agent_id}: message {message_id} came after {last[sender]} of the same sender")
            last[sender] = max(last.get(sender, 0), int(message_id))
    return faults
