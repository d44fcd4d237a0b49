-- The log, and the views folded from it. Views are disposable: dropping and refolding them changes nothing.

CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;

-- `hash` covers the one before it, the envelope and the digest of `data`; `withheld` is that digest once `data` is
-- emptied: see log/chain.py.
CREATE TABLE log (
    seq       INTEGER PRIMARY KEY,
    id        TEXT    NOT NULL,
    type      TEXT    NOT NULL,
    v         INTEGER NOT NULL,
    at        INTEGER NOT NULL,
    actor     INTEGER NOT NULL,
    source    TEXT    NOT NULL,
    causation TEXT    NOT NULL,
    data      TEXT    NOT NULL,
    hash      BLOB    NOT NULL,
    withheld  BLOB
);

-- The entries at whose end the views can be had again as they were: see history.py.
CREATE TABLE keyframes (seq INTEGER PRIMARY KEY, message_id INTEGER NOT NULL);
INSERT INTO keyframes VALUES (0, 0);

-- A command that named itself is done once. `result` is what its first answer was about: `message:123`.
CREATE TABLE idempotency (
    client_id TEXT    NOT NULL,
    actor     INTEGER NOT NULL,
    scope     TEXT    NOT NULL,
    payload   BLOB    NOT NULL,
    result    TEXT    NOT NULL,
    PRIMARY KEY (client_id, actor, scope)
) WITHOUT ROWID;

CREATE TABLE workspace (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL, created_at INTEGER NOT NULL, key_hash TEXT NOT NULL
);

CREATE TABLE agents (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL, type TEXT NOT NULL, created_at INTEGER NOT NULL,
    persona TEXT NOT NULL, metadata TEXT NOT NULL, token_hash TEXT NOT NULL, node_token_hash TEXT NOT NULL,
    removed_at INTEGER, wire_seq INTEGER NOT NULL, acked_wire_seq INTEGER NOT NULL
);
CREATE INDEX agents_token ON agents (token_hash) WHERE token_hash <> '';
CREATE INDEX agents_node_token ON agents (node_token_hash) WHERE node_token_hash <> '';

CREATE TABLE sessions (
    agent_id INTEGER PRIMARY KEY, harness TEXT NOT NULL, generation INTEGER NOT NULL, address TEXT NOT NULL,
    state TEXT NOT NULL, since INTEGER NOT NULL, evidence TEXT NOT NULL, exact INTEGER NOT NULL,
    detail TEXT NOT NULL, started_at INTEGER NOT NULL
);

CREATE TABLE channels (
    id INTEGER PRIMARY KEY, kind TEXT NOT NULL, name TEXT NOT NULL, created_at INTEGER NOT NULL,
    created_by INTEGER NOT NULL, topic TEXT NOT NULL, metadata TEXT NOT NULL, archived_at INTEGER,
    last_seq INTEGER NOT NULL
);
CREATE INDEX channels_name ON channels (kind, name);

CREATE TABLE members (
    channel_id INTEGER NOT NULL, agent_id INTEGER NOT NULL, role TEXT NOT NULL, joined_at INTEGER NOT NULL,
    joined_seq INTEGER NOT NULL, left_seq INTEGER, muted INTEGER NOT NULL, read_seq INTEGER NOT NULL,
    dispatched_seq INTEGER NOT NULL, unread_mentions INTEGER NOT NULL, unread_own INTEGER NOT NULL,
    PRIMARY KEY (channel_id, agent_id, joined_seq)
) WITHOUT ROWID;
CREATE INDEX members_agent ON members (agent_id, channel_id);

CREATE TABLE messages (
    seq INTEGER PRIMARY KEY, id INTEGER NOT NULL, channel_id INTEGER NOT NULL, channel_seq INTEGER NOT NULL,
    sender_id INTEGER NOT NULL, text TEXT NOT NULL, created_at INTEGER NOT NULL, thread_id INTEGER,
    mode TEXT NOT NULL, mentions TEXT NOT NULL, kind TEXT NOT NULL, data TEXT, attachments TEXT, blocks TEXT,
    expects_reply INTEGER NOT NULL, reply_by INTEGER, edited_at INTEGER, deleted_at INTEGER
);
CREATE UNIQUE INDEX messages_id ON messages (id);
CREATE INDEX messages_channel ON messages (channel_id, channel_seq) WHERE channel_seq > 0;
CREATE INDEX messages_thread ON messages (thread_id, seq) WHERE thread_id IS NOT NULL;

CREATE INDEX messages_attachments ON messages (seq) WHERE attachments IS NOT NULL;

CREATE TABLE mentions (
    message_id INTEGER NOT NULL, agent_id INTEGER NOT NULL, PRIMARY KEY (message_id, agent_id)
) WITHOUT ROWID;

-- Which entries of the log changed a message: its history is read there.
CREATE TABLE edits (seq INTEGER PRIMARY KEY, message_id INTEGER NOT NULL);
CREATE INDEX edits_message ON edits (message_id, seq);

CREATE TABLE reactions (
    message_id INTEGER NOT NULL, agent_id INTEGER NOT NULL, emoji TEXT NOT NULL, to_id INTEGER NOT NULL,
    at INTEGER NOT NULL, seq INTEGER NOT NULL, removed_at INTEGER,
    PRIMARY KEY (message_id, agent_id, emoji)
) WITHOUT ROWID;
CREATE INDEX reactions_to ON reactions (to_id, seq) WHERE removed_at IS NULL;

CREATE TABLE pins (
    message_id INTEGER PRIMARY KEY, channel_id INTEGER NOT NULL, pinned_by INTEGER NOT NULL,
    pinned_at INTEGER NOT NULL, unpinned_at INTEGER
);
CREATE INDEX pins_channel ON pins (channel_id, pinned_at) WHERE unpinned_at IS NULL;

CREATE TABLE expectations (
    message_id INTEGER PRIMARY KEY, channel_id INTEGER NOT NULL, sender_id INTEGER NOT NULL,
    asked_at INTEGER NOT NULL, waiting_on TEXT NOT NULL, reply_by INTEGER, closed_at INTEGER, closed_by INTEGER
);
CREATE INDEX expectations_open ON expectations (reply_by) WHERE closed_at IS NULL;

CREATE TABLE scheduled (
    id INTEGER PRIMARY KEY, sender_id INTEGER NOT NULL, "to" TEXT NOT NULL, reply_to_id INTEGER,
    content TEXT NOT NULL, created_at INTEGER NOT NULL, due_at INTEGER, idle_agent_id INTEGER,
    status TEXT NOT NULL, ended_at INTEGER, message_id INTEGER, reason TEXT NOT NULL
);
CREATE INDEX scheduled_waiting ON scheduled (id) WHERE ended_at IS NULL;

CREATE TABLE files (
    id INTEGER PRIMARY KEY, filename TEXT NOT NULL, content_type TEXT NOT NULL, size_bytes INTEGER NOT NULL,
    uploaded_by INTEGER NOT NULL, created_at INTEGER NOT NULL, sha256 TEXT NOT NULL, stored_at INTEGER,
    removed_at INTEGER
);
CREATE INDEX files_hash ON files (sha256) WHERE sha256 <> '';

CREATE TABLE threads (
    root_id INTEGER PRIMARY KEY, participants TEXT NOT NULL, reply_count INTEGER NOT NULL,
    last_reply_at INTEGER, last_reply_by INTEGER
);

CREATE TABLE thread_reads (
    agent_id INTEGER NOT NULL, root_id INTEGER NOT NULL, read_replies INTEGER NOT NULL, PRIMARY KEY (agent_id, root_id)
) WITHOUT ROWID;

CREATE TABLE holds (
    agent_id INTEGER PRIMARY KEY, held_by INTEGER NOT NULL, since INTEGER NOT NULL, reason TEXT NOT NULL,
    lifted_at INTEGER, lifted_by INTEGER
);

CREATE TABLE interrupts (
    agent_id INTEGER PRIMARY KEY, generation INTEGER NOT NULL, asked_by INTEGER NOT NULL, asked_at INTEGER NOT NULL,
    seen_at INTEGER
);
CREATE TABLE doorbells (
    sender_id INTEGER NOT NULL, agent_id INTEGER NOT NULL, say TEXT NOT NULL, set_by INTEGER NOT NULL,
    set_at INTEGER NOT NULL,
    PRIMARY KEY (sender_id, agent_id)
) WITHOUT ROWID;

-- The only index by agent is on what is open: anything more costs half the rate of sending.
CREATE TABLE deliveries (
    message_id INTEGER NOT NULL, agent_id INTEGER NOT NULL, channel_id INTEGER NOT NULL,
    reached INTEGER NOT NULL, disposition TEXT NOT NULL, reason TEXT NOT NULL, until INTEGER,
    evidence TEXT NOT NULL, how TEXT NOT NULL, route TEXT NOT NULL, attempts INTEGER NOT NULL,
    wire_seq INTEGER NOT NULL, generation INTEGER NOT NULL, nonce TEXT NOT NULL, "offset" INTEGER NOT NULL,
    queued_at INTEGER NOT NULL, accepted_at INTEGER, delivered_at INTEGER, acknowledged_at INTEGER,
    answered_at INTEGER, updated_at INTEGER NOT NULL, open INTEGER NOT NULL, fault INTEGER NOT NULL,
    PRIMARY KEY (message_id, agent_id)
) WITHOUT ROWID;
CREATE INDEX deliveries_open ON deliveries (agent_id, message_id) WHERE open = 1;
CREATE INDEX deliveries_fault ON deliveries (message_id) WHERE fault = 1;

CREATE TABLE actions (
    name TEXT PRIMARY KEY, description TEXT NOT NULL, input_schema TEXT NOT NULL, output_schema TEXT NOT NULL,
    registered_by INTEGER NOT NULL, registered_at INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE invocations (
    id INTEGER PRIMARY KEY, action TEXT NOT NULL, caller_id INTEGER NOT NULL, input TEXT NOT NULL,
    status TEXT NOT NULL, created_at INTEGER NOT NULL, verdict TEXT NOT NULL, rule TEXT NOT NULL,
    reason TEXT NOT NULL, output TEXT, error_code TEXT NOT NULL, error TEXT NOT NULL, approval_id INTEGER,
    started_at INTEGER, finished_at INTEGER
);
CREATE INDEX invocations_unfinished ON invocations (status) WHERE finished_at IS NULL;

CREATE TABLE approvals (
    id INTEGER PRIMARY KEY, invocation_id INTEGER NOT NULL, action TEXT NOT NULL, caller_id INTEGER NOT NULL,
    request TEXT NOT NULL, request_hash TEXT NOT NULL, requested_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL, rule TEXT NOT NULL, reason TEXT NOT NULL, decision TEXT NOT NULL,
    decided_by INTEGER, decided_at INTEGER, words TEXT NOT NULL
);
CREATE INDEX approvals_open ON approvals (id) WHERE decision = '';

CREATE TABLE rules (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL, owner_id INTEGER NOT NULL, "when" TEXT NOT NULL,
    "then" TEXT NOT NULL, created_at INTEGER NOT NULL, enabled INTEGER NOT NULL, since_seq INTEGER NOT NULL,
    since_at INTEGER NOT NULL, after_seq INTEGER NOT NULL, per_minute INTEGER NOT NULL, reason TEXT NOT NULL,
    runs INTEGER NOT NULL, last_run_at INTEGER, window_at INTEGER NOT NULL, window_runs INTEGER NOT NULL,
    removed_at INTEGER
);

CREATE TABLE rule_runs (
    rule_id INTEGER NOT NULL, cause TEXT NOT NULL, seq INTEGER NOT NULL, at INTEGER NOT NULL,
    outcome TEXT NOT NULL, result TEXT NOT NULL, reason TEXT NOT NULL, chain TEXT NOT NULL,
    PRIMARY KEY (rule_id, cause)
) WITHOUT ROWID;
CREATE INDEX rule_runs_newest ON rule_runs (rule_id, seq);
