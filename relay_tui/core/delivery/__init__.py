"""From a stored message to proof that it was read, one queue per live session.

sessions, recipient       the live sessions, and the queue of each; what a look at it goes by is in `order`, `sweep`,
                          `behind`, `holding` and `standing`
boundary, routing         when a session may be shown a message, and which way it takes
forms, ringing, fetching  words typed whole or a doorbell, how often it is rung, and reading what it was rung for
courier, ledger           one attempt, written down before it begins and after it ends
proofs, claims, expiry    what proves it, what is looked for again, what ends in time by the rules of `deadlines`
notices                   telling the sender
why, forecast             why it stands there, and when it is tried next: the same for screen and command line
desk, stopping            what a person does about it, in plain words and plain data; `doorbells` is part of `desk`
"""
