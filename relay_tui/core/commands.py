"""What can be asked of a workspace. Pydantic, because commands come from outside; plain data once accepted.

A command is decided completely or refused completely. `client_id` makes it safe to send twice: the same caller, command
and `client_id` is done once and gets its first answer again; with another payload it is refused.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from relay_tui.core.commands_base import AGENT_NAME as AGENT_NAME
from relay_tui.core.commands_base import CHANNEL_NAME as CHANNEL_NAME
from relay_tui.core.commands_base import MAX_TEXT as MAX_TEXT
from relay_tui.core.commands_base import AgentName, ChannelName, Command, Id, Moment, empty
from relay_tui.core.commands_delivery import DropDelivery as DropDelivery
from relay_tui.core.commands_delivery import FlushDeliveries as FlushDeliveries
from relay_tui.core.commands_delivery import FreezeApprovals as FreezeApprovals
from relay_tui.core.commands_delivery import HoldDeliveries as HoldDeliveries
from relay_tui.core.commands_delivery import RecordInterrupt as RecordInterrupt
from relay_tui.core.commands_delivery import RecordOwnCommand as RecordOwnCommand
from relay_tui.core.commands_delivery import RedirectDelivery as RedirectDelivery
from relay_tui.core.commands_delivery import RetryDelivery as RetryDelivery
from relay_tui.core.commands_delivery import RuleDoorbell as RuleDoorbell
from relay_tui.core.commands_delivery import ThawApprovals as ThawApprovals
from relay_tui.core.commands_delivery import WithdrawClaim as WithdrawClaim
from relay_tui.core.commands_log import MAX_WITHHELD as MAX_WITHHELD
from relay_tui.core.commands_log import WithholdEntries as WithholdEntries
from relay_tui.core.commands_rules import ChangeRule as ChangeRule
from relay_tui.core.commands_rules import CreateRule as CreateRule
from relay_tui.core.commands_rules import RemoveRule as RemoveRule
from relay_tui.core.commands_rules import RunRule as RunRule
from relay_tui.core.commands_rules import SwitchRule as SwitchRule
from relay_tui.core.commands_talk import MAX_FILE as MAX_FILE
from relay_tui.core.commands_talk import AddReaction as AddReaction
from relay_tui.core.commands_talk import BeginUpload as BeginUpload
from relay_tui.core.commands_talk import CancelScheduled as CancelScheduled
from relay_tui.core.commands_talk import CompleteUpload as CompleteUpload
from relay_tui.core.commands_talk import Content as Content
from relay_tui.core.commands_talk import DeleteMessage as DeleteMessage
from relay_tui.core.commands_talk import EditMessage as EditMessage
from relay_tui.core.commands_talk import MarkThreadRead as MarkThreadRead
from relay_tui.core.commands_talk import MuteChannel as MuteChannel
from relay_tui.core.commands_talk import PinMessage as PinMessage
from relay_tui.core.commands_talk import RemoveFile as RemoveFile
from relay_tui.core.commands_talk import RemoveReaction as RemoveReaction
from relay_tui.core.commands_talk import ScheduleMessage as ScheduleMessage
from relay_tui.core.commands_talk import SendScheduled as SendScheduled
from relay_tui.core.commands_talk import SetRole as SetRole
from relay_tui.core.commands_talk import UnarchiveChannel as UnarchiveChannel
from relay_tui.core.commands_talk import UnpinMessage as UnpinMessage
from relay_tui.core.commands_talk import WaiveReply as WaiveReply
from relay_tui.core.model import AgentType, Disposition, Evidence, Json, Reached, State


class RegisterAgent(Command):
    """→ `Agent`. The caller keeps the token; only its hash is given here."""

    name: AgentName
    type: AgentType = "agent"
    persona: str = Field(default="", max_length=10_000)
    metadata: Json = Field(default_factory=empty)
    token_hash: str = ""
    auto_join_general: bool = True


class UpdateAgent(Command):
    """→ `Agent`. Metadata is merged; a key set to None is removed."""

    agent_id: Id
    persona: str | None = Field(default=None, max_length=10_000)
    metadata: Json | None = None


class RemoveAgent(Command):
    """→ `Agent`. Its messages stay; its name is free again; what was due to it is cancelled."""

    agent_id: Id


class SetToken(Command):
    """→ `Agent`. A new hash replaces the old one, which is dead at once."""

    agent_id: Id
    kind: Literal["agent", "node"]
    token_hash: str = Field(min_length=64, max_length=64)


class CreateChannel(Command):
    """→ `Channel`. The caller is its owner and first member."""

    name: ChannelName
    topic: str = Field(default="", max_length=1_000)
    metadata: Json = Field(default_factory=empty)


class UpdateChannel(Command):
    """→ `Channel`. None leaves a field as it is."""

    channel_id: Id
    topic: str | None = Field(default=None, max_length=1_000)
    metadata: Json | None = None


class ArchiveChannel(Command):
    """→ `Channel`."""

    channel_id: Id


class JoinChannel(Command):
    """→ `Member`. `agent_id` None: the caller itself; else an invitation by a member, the only way into a group."""

    channel_id: Id
    agent_id: Id | None = None


class LeaveChannel(Command):
    """→ `Channel`. `agent_id` None: the caller itself; else by an owner of it or a person."""

    channel_id: Id
    agent_id: Id | None = None


class OpenGroup(Command):
    """→ `Channel` of kind group: the caller and the named agents, two others at least."""

    participants: list[AgentName] = Field(min_length=2, max_length=50)
    name: str = Field(default="", max_length=80)


class SendMessage(Command, Content):
    """→ `Message`. `to` is `#channel`, `@agent`, or the id of a channel or conversation."""

    to: str = Field(min_length=1, max_length=200)


class Reply(Command, Content):
    """→ `Message`, in the thread of `message_id` (threads have one level)."""

    message_id: Id


class MarkRead(Command):
    """→ `Member`. Everything in the channel up to the message counts as read by the caller."""

    channel_id: Id
    message_id: Id


class StartSession(Command):
    """→ `Session`. `same_program`: the relay found the program again; the generation stays."""

    agent_id: Id
    harness: str
    address: Json = Field(default_factory=empty)
    state: State = State.STARTING
    evidence: str = ""
    same_program: bool = False


class RecordState(Command):
    """→ `Session`. Refused when `generation` is not the current one."""

    agent_id: Id
    generation: int
    state: State
    evidence: str
    exact: bool = True
    detail: str = Field(default="", max_length=2_000)


class DispatchDelivery(Command):
    """→ `Delivery`. Written before anything is handed over, so that a crash leaves a trace."""

    message_id: Id
    agent_id: Id
    route: str
    generation: int
    nonce: str = ""
    offset: int = Field(default=0, ge=0, le=2**53)


class RaiseDelivery(Command):
    """→ `Delivery`. Late evidence raises it whatever its disposition; a lower rung than it has is no news."""

    message_id: Id
    agent_id: Id
    reached: Reached
    evidence: Evidence
    how: str = Field(default="", max_length=500)
    steps: list[Json] = Field(default_factory=list[dict[str, Any]])


class SettleDelivery(Command):
    """→ `Delivery` with another disposition: deferred, uncertain, failed, active again."""

    message_id: Id
    agent_id: Id
    disposition: Disposition
    reason: str = Field(default="", max_length=2_000)
    until: Moment | None = None
    steps: list[Json] = Field(default_factory=list[dict[str, Any]])
    unless_flushed: bool = False
    """Leave it as it is where a person has said meanwhile that it may go."""


class AckWire(Command):
    """→ `Agent`. The wire's cumulative acknowledgement: moves the cursor, and proves acceptance only."""

    agent_id: Id
    up_to_seq: int = Field(ge=0)


class RegisterAction(Command):
    """→ `Action`. A second registration under the name replaces the first."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*$", max_length=100)
    description: str = Field(max_length=2_000)
    input_schema: Json
    output_schema: Json = Field(default_factory=empty)


class InvokeAction(Command):
    """→ `Invocation`: denied, awaiting approval, or approved and about to run."""

    action: str = Field(max_length=100)
    input: Json = Field(default_factory=empty)


class DecideApproval(Command):
    """→ `Approval`. Refused unless it is open and `request_hash` is the hash of what was shown."""

    approval_id: Id
    request_hash: str
    approve: bool
    words: str = Field(default="", max_length=2_000)


class ExpireApproval(Command):
    """→ `Approval`. Its time is over; the invocation ends as expired."""

    approval_id: Id


class StartInvocation(Command):
    """→ `Invocation`. Written before the handler runs: an invocation runs at most once, also over a crash."""

    invocation_id: Id


class FinishInvocation(Command):
    """→ `Invocation`. An output, or an error code with its words."""

    invocation_id: Id
    output: Json | None = None
    error_code: str = ""
    error: str = Field(default="", max_length=10_000)
