"""Every code that a refusal can carry, what it means, and what to do. Codes never change; the sentence that comes with
one says it for the case at hand, and may bring a better hint. Programs branch on codes, people read sentences.

`relay_tui/server/envelope.py` says which HTTP status each one gets.
"""

from __future__ import annotations

from typing import NamedTuple


class Code(NamedTuple):
    meaning: str
    hint: str
    """What to do, where the refusal itself says nothing better."""


CODES: dict[str, Code] = {
    # Who asks
    "unauthorized": Code("A token is missing, or is nobody's.", "Send a token of this workspace."),
    "agent_token_invalid": Code(
        "This agent token is not known, or was replaced.", "Ask for a new token, or register again."
    ),
    "node_token_invalid": Code("This node token is not known, or was replaced.", "Ask for a new node token."),
    "observer_token_invalid": Code("This observer token is not known.", "Ask for a new observer token."),
    "agent_token_required": Code(
        "Only an agent can do this, not the holder of the workspace key.", "Send the token of an agent."
    ),
    "forbidden": Code("The caller may not do this.", "Ask a person who may."),
    "not_a_member": Code(
        "The caller, or who is named, is not a member of that channel or conversation.",
        "Join it, or ask a member to invite you.",
    ),
    "not_an_owner": Code("Only an owner of the channel, or a person, can do this.", "Ask an owner, or a person."),
    "agent_online": Code(
        "The agent is connected, so its token is not replaced by somebody else.",
        "Disconnect it first, or use the token that it has.",
    ),
    # What does not exist
    "not_found": Code("There is no such address on the server.", "Check the address."),
    "method_not_allowed": Code("The address is there, and does not take this method.", "Check the method."),
    "agent_not_found": Code("There is no agent of this name or id.", "`relay-tui agent list` says who is there."),
    "channel_not_found": Code(
        "There is no channel of this name or id, or it is a conversation where a channel is needed.",
        "`relay-tui channel list` says which there are.",
    ),
    "conversation_not_found": Code(
        "There is no conversation of this id that the caller is in.", "`relay-tui conversations` says which there are."
    ),
    "message_not_found": Code("There is no message of this id that the caller may see.", "Check its id."),
    "thread_not_found": Code("The message has no replies.", "Check its id, or reply first."),
    "reaction_not_found": Code("The caller has not reacted with this.", "Nothing is left to take back."),
    "pin_not_found": Code("The message is not pinned.", "Nothing is left to unpin."),
    "expectation_not_found": Code("The message asks for no reply.", "`relay-tui expected` says what is waited for."),
    "scheduled_not_found": Code(
        "There is no scheduled message of this id.", "`relay-tui schedule list` says which wait."
    ),
    "file_not_found": Code("There is no stored file of this id, or its content is gone.", "Upload it again."),
    "delivery_not_found": Code(
        "The message was not addressed to that agent.", "`relay-tui why MESSAGE` says who it went to."
    ),
    "action_not_found": Code("There is no action of this name.", "`GET /v1/actions` says which there are."),
    "rule_not_found": Code("There is no rule of this id.", "`relay-tui rule list` says which there are."),
    "invocation_not_found": Code("There is no invocation of this id.", "Check its id."),
    "approval_not_found": Code("There is no approval of this id.", "Ask for the open ones again."),
    "seq_not_found": Code("The log has no entry of this number.", "Give a number from 1 to the newest entry's."),
    "unknown_mention": Code(
        "The text names nobody, and the sender asked to be told.", "Write the name as it is registered."
    ),
    "unknown_channel": Code("The conversation on the screen is not there any more.", "Open another one."),
    "unknown_message": Code("The message on the screen is not there any more.", "Go back with `-`."),
    "unknown_type": Code(
        "The frame is of a type that this relay does not know.", "Send one of the types of the protocol."
    ),
    # What was asked for makes no sense
    "invalid_request": Code(
        "A field is missing, or has a value that it cannot have.", "Correct the field that is named, and ask again."
    ),
    "invalid_json": Code("The body is not JSON.", "Send a JSON object in UTF-8."),
    "invalid_idempotency_key": Code("An idempotency key is 1 to 255 visible ASCII characters.", "Use another key."),
    "invalid_text": Code("The text holds characters that are not Unicode text.", "Leave out NUL and lone surrogates."),
    "invalid_emoji": Code("A reaction is an emoji, or its name.", "Give one emoji, or a name like eyes."),
    "invalid_attachment": Code(
        "An attachment is of no known kind, or lacks something that its kind needs.",
        "Correct the attachment, and send again.",
    ),
    "invalid_blocks": Code(
        "The blocks are too many, too large, or lack something that their type needs.",
        "Correct the blocks, and send again.",
    ),
    "invalid_filename": Code("That is no name for a file.", "Use a plain file name without folders."),
    "invalid_deadline": Code("The deadline is over already.", "Give a time to come."),
    "invalid_schedule": Code(
        "The time is over, or it is not said when to send.", "Give a time to come, or an agent to wait for."
    ),
    "invalid_search": Code(
        "A filter of the search cannot be read.", "Correct the filter; there are from: in: before: has:."
    ),
    "invalid_predicate": Code(
        "What is to be waited for cannot be read, or makes no sense.", "Correct the field that is named."
    ),
    "invalid_rule": Code("What a rule is to do cannot be read.", "Correct the field that is named."),
    "rule_cycle": Code(
        "The rule would set itself off, alone or through other rules.",
        "Break the circle: leave out what sets the rule off.",
    ),
    "invalid_input": Code("The input does not fit the action's schema.", "Send what the action's schema asks for."),
    "invalid_output": Code(
        "The handler's output does not fit the action's schema.", "Mend the handler: what it did is not undone."
    ),
    "name_reserved": Code("The name means several people at once and cannot be one agent's.", "Choose another name."),
    "not_to_all": Code(
        "A message to several was not taken for all of them; it went to the others.", "Send it again: nobody gets two."
    ),
    "request_too_large": Code("The request's body is too large.", "Send less at once."),
    "message_too_large": Code("The message is too large.", "Send it in parts, or as a file."),
    "file_too_large": Code("The file is too large.", "Send a link, or less of it."),
    "group_full": Code("A group conversation has no room for more.", "Make a channel instead."),
    "too_many_rules": Code("There are as many rules as there may be.", "Remove one that is not needed."),
    "too_many_scheduled": Code("The sender has too many messages waiting.", "Cancel one, or wait until one was sent."),
    # What is not so any more, or not so yet
    "agent_already_exists": Code("The name is taken.", "Choose another name, or take that agent over with its token."),
    "channel_already_exists": Code("There is a channel of this name.", "Choose another name, or join that one."),
    "channel_archived": Code(
        "The channel is archived and takes nothing new.", "Unarchive it first, or use another one."
    ),
    "message_deleted": Code("The message was deleted.", "Nothing is left to change."),
    "last_owner": Code("The channel would have no owner.", "Make somebody else an owner first."),
    "upload_ended": Code("The file has its content already.", "Begin a new upload."),
    "upload_incomplete": Code("The file's bytes have not come yet.", "Send its bytes first."),
    "scheduled_ended": Code(
        "The scheduled message was sent, cancelled or given up.", "Nothing is left to change; schedule another one."
    ),
    "not_due": Code("The scheduled message is not due yet.", "Wait until it is."),
    "rule_off": Code("The rule is switched off.", "Switch it on first."),
    "delivery_ended": Code("The delivery has ended already.", "Retry it, or send another message."),
    "not_read": Code("The message was not read yet, so nothing can be confirmed.", "Read it first."),
    "on_hold": Code("A person put what is due to the agent on hold.", "Wait until it is let go."),
    "delivery_under_way": Code("The delivery is on its way right now.", "Wait until it has ended."),
    "already_addressed": Code("The message was sent to that agent already.", "Look at that delivery instead."),
    "already_delivered": Code("The message was handed over already.", "Nothing is left to do."),
    "stale_generation": Code("Another program stands behind the agent by now.", "Look again at what runs now."),
    "idempotency_key_reused": Code("The key was used before with another content.", "Use a new key for a new request."),
    "not_approved": Code("The invocation is not approved, so it does not run.", "Wait for the decision."),
    "not_running": Code("The invocation is not running.", "Look at the invocation again."),
    "approval_changed": Code(
        "The request that waits is not the one that was shown.", "Look at the request again, then decide."
    ),
    "approval_expired": Code("Nobody decided in time.", "Let it be asked for again."),
    "approval_stale": Code("The program that asked is gone.", "Nothing is left to decide."),
    "approval_taken": Code("The request was decided already.", "Nothing is left to decide."),
    "approvals_frozen": Code(
        "A person has stopped everything: no approval is decided until it is resumed.", "Resume, then decide."
    ),
    "approval_denied": Code("A person denied the request.", "Read the words that came with it."),
    "action_denied": Code("Policy denies the action to this caller.", "Ask a person to change the policy."),
    "handler_failed": Code("The action's handler failed.", "Its log says why."),
    "no_handler": Code(
        "Nothing here can run the action that was approved.", "Start what handles the action, and ask again."
    ),
    "interrupted": Code(
        "The relay stopped while the action ran; whether it took effect is not known.",
        "Check whether it took effect before you ask again.",
    ),
    "not_delivering": Code(
        "This socket does not carry the agent's messages.", "Read the agent's messages where they go."
    ),
    "node_id_mismatch": Code("The token is of another node.", "Register with the node that the token is for."),
    "provider_instance_conflict": Code(
        "Another live instance of this provider is connected.", "End the other instance first."
    ),
    # Programs and terminals
    "no_programs": Code("The relay starts no programs.", "Start the relay with `relay-tui` or `relay-tui up`."),
    "invalid_name": Code("That is no name for an agent.", "Use letters, digits, dots, dashes and underscores."),
    "name_taken": Code("The name is taken by somebody who is no such agent.", "Choose another name."),
    "not_working": Code("The agent's program does nothing that could be interrupted.", "Nothing is left to interrupt."),
    "not_commandable": Code(
        "Nothing here can type a command into the agent's program.", "Open its pane and type it there."
    ),
    "not_taken": Code(
        "The agent's program did not take the command, and it is not tried again.", "Look into its pane."
    ),
    "not_interruptible": Code("Nothing here can interrupt the agent's program.", "Go to where it runs."),
    "still_running": Code("The agent's program does not end.", "Open its pane and look."),
    "agent_running": Code("The agent's program runs already.", "Restart it, or leave it."),
    "launch_failed": Code("The agent's program was not started.", "Check the command and the folder."),
    "not_restartable": Code(
        "The agent was not started here, so it is not restarted here.", "Restart it where it was started."
    ),
    "no_pane": Code("There is no pane behind the agent.", "It runs elsewhere, or not at all."),
    "no_editor": Code("There is no editor to open it in, or what it left cannot be read.", "Set $EDITOR."),
    "no_desktop": Code(
        "There is no desktop that could show it, or it is no kind that a desktop only looks at.",
        "Open it in an editor.",
    ),
    "no_turn": Code(
        "The message is in no transcript that is kept here.", "Look at its ladder, which says how far it has come."
    ),
    "pane_not_found": Code("There is no such pane in that tmux server.", "`agent adopt --list` shows those there are."),
    "choose_pane": Code("There is not exactly one agent that could be taken in.", "Name its pane with --pane."),
    "not_adoptable": Code("What stands in the pane cannot be taken in.", "Start the agent there, then adopt it."),
    "tmux_not_running": Code("No tmux server of this user's answers there.", "Name another one with --socket."),
    "no_terminal": Code("The screen needs a terminal.", "Run it in a terminal, or use `relay-tui up`."),
    "tmux": Code("The terminal multiplexer refused, in its own words.", "Try it again; the log has the rest."),
    "tmux_missing": Code("The terminal multiplexer tmux is not installed, or too old.", "Install tmux 3.2 or newer."),
    # The relay, its server and its files
    "relay_closed": Code("The relay is closing.", "Ask again when it runs."),
    "relay_unreachable": Code(
        "No relay runs for the workspace, or it does not say where it answers.",
        "Start `relay-tui` or `relay-tui up` there.",
    ),
    "unreachable": Code("The relay does not answer.", "Check that it runs, and its address."),
    "not_delivered": Code(
        "The message is stored and did not come as far as was asked for in time.",
        "`relay-tui why MESSAGE` says what it waits for.",
    ),
    "transport_error": Code("The answer was none of a relay.", "Check the address: something else may listen there."),
    "timed_out": Code("It has not ended within the time that was given.", "Ask again, or wait longer."),
    "not_configured": Code(
        "The environment does not say where the relay is, or who this agent is.",
        "Set RELAY_BASE_URL and RELAY_AGENT_TOKEN.",
    ),
    "already_listening": Code("The client has a handler already.", "Use one handler for each client."),
    "not_serving": Code("The relay is not answering yet.", "Ask again in a moment."),
    "shutting_down": Code("The relay is going down.", "Ask again when it is back."),
    "server_failed": Code("The server ended before it began.", "Its log says why."),
    "not_up": Code("The relay runs behind a screen, and only the screen's own quit ends it.", "Press ctrl+q there."),
    "not_confirmed": Code("The operator did not confirm it; nothing was done.", "Ask again, with --yes."),
    "relay_still_running": Code(
        "The relay was told to end, and its process still runs.", "Wait; its log says what it waits for."
    ),
    "port_taken": Code("Another program listens on the port.", "Choose another port, or end that program."),
    "address_unusable": Code("The address cannot be listened on.", "Choose another address."),
    "upgrade_required": Code("The address is a WebSocket.", "Connect with a WebSocket client."),
    "storage_full": Code("The disk is full; nothing was stored.", "Free space, then ask again."),
    "storage_failed": Code("The disk cannot be written; nothing was stored.", "Check the disk, then ask again."),
    "internal_error": Code("A fault of the relay's own; its log has the details.", "Please report it, with the log."),
    "not_a_workspace": Code(
        "The folder or file is no workspace of relay-tui.", "Run `relay-tui` in your project's folder."
    ),
    "workspace_not_found": Code(
        "There is no workspace, or it has no log yet.", "Run `relay-tui` in your project's folder."
    ),
    "workspace_locked": Code("Another relay has the workspace open.", "Use that relay, or end it first."),
    "workspace_newer": Code("A newer relay-tui wrote the workspace.", "Install that version, or a newer one."),
    "workspace_older": Code(
        "An older relay-tui wrote the workspace, and it was not brought forward.",
        "Start `relay-tui` there, which brings it forward.",
    ),
    "workspace_damaged": Code(
        "An entry of the log is not what was written.",
        "Save what can be read with `relay-tui log backup`; `relay-tui log verify` says where the damage begins.",
    ),
    "workspace_unreadable": Code("The workspace's files cannot be read.", "Check who owns the files."),
    "target_exists": Code(
        "There is a file already where one is to be made.", "Choose another place, or remove it first."
    ),
    "retention_invalid": Code(
        "The retention rules cannot be read.", "Correct retention.toml; nothing is dropped until then."
    ),
}
