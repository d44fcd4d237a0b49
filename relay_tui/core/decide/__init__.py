"""Command and current state to events, or a refusal. One module per aggregate; pure rules, nothing is changed here."""

from __future__ import annotations

from collections.abc import Callable

from relay_tui.core import commands as c
from relay_tui.core.decide import (
    actions,
    agents,
    channels,
    deliveries,
    doorbells,
    files,
    holds,
    mail,
    marks,
    messages,
    retention,
    revisions,
    rules,
    schedule,
    stopping,
)
from relay_tui.core.decide.context import Asked, Decision, Ref
from relay_tui.core.views.state import State

__all__ = ["Asked", "Decision", "Ref", "decide"]

_rules: dict[type[c.Command], Callable[[State, Asked], Decision]] = {
    c.RegisterAgent: agents.register,
    c.UpdateAgent: agents.update,
    c.RemoveAgent: agents.remove,
    c.SetToken: agents.set_token,
    c.StartSession: agents.start_session,
    c.RecordState: agents.record_state,
    c.CreateChannel: channels.create,
    c.UpdateChannel: channels.update,
    c.ArchiveChannel: channels.archive,
    c.JoinChannel: channels.join,
    c.LeaveChannel: channels.leave,
    c.OpenGroup: channels.open_group,
    c.MarkRead: channels.mark_read,
    c.SendMessage: messages.send,
    c.Reply: messages.reply,
    c.EditMessage: revisions.edit,
    c.DeleteMessage: revisions.delete,
    c.AddReaction: marks.react,
    c.RemoveReaction: marks.unreact,
    c.PinMessage: marks.pin,
    c.UnpinMessage: marks.unpin,
    c.WaiveReply: marks.waive,
    c.MarkThreadRead: marks.mark_thread_read,
    c.UnarchiveChannel: channels.unarchive,
    c.SetRole: channels.set_role,
    c.MuteChannel: channels.mute,
    c.ScheduleMessage: schedule.schedule,
    c.CancelScheduled: schedule.cancel,
    c.SendScheduled: schedule.send_due,
    c.BeginUpload: files.begin,
    c.CompleteUpload: files.complete,
    c.RemoveFile: files.remove,
    c.DispatchDelivery: deliveries.dispatch,
    c.RaiseDelivery: deliveries.raise_,
    c.SettleDelivery: deliveries.settle,
    c.AckWire: deliveries.ack_wire,
    c.HoldDeliveries: holds.hold,
    c.FlushDeliveries: holds.flush,
    c.FreezeApprovals: stopping.freeze,
    c.ThawApprovals: stopping.thaw,
    c.RecordInterrupt: stopping.record_interrupt,
    c.RecordOwnCommand: stopping.record_own_command,
    c.RuleDoorbell: doorbells.rule,
    c.WithdrawClaim: deliveries.withdraw,
    c.RetryDelivery: mail.retry,
    c.RedirectDelivery: mail.redirect,
    c.DropDelivery: mail.drop,
    c.WithholdEntries: retention.withhold,
    c.CreateRule: rules.create,
    c.ChangeRule: rules.change,
    c.SwitchRule: rules.switch,
    c.RemoveRule: rules.remove,
    c.RunRule: rules.run,
    c.RegisterAction: actions.register,
    c.InvokeAction: actions.invoke,
    c.DecideApproval: actions.decide_approval,
    c.ExpireApproval: actions.expire_approval,
    c.StartInvocation: actions.start,
    c.FinishInvocation: actions.finish,
}
assert set(_rules) == set(c.Command.__subclasses__()), "every command has exactly one rule"


def decide(state: State, asked: Asked) -> Decision:
    """What happens when `asked` is done now. Raises `Refused`; changes nothing."""
    return _rules[type(asked.command)](state, asked)
