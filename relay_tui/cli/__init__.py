"""The commands, a module per group: it adds its parsers and does what they ask.

`main` runs them, `commands` lists them, `relay_at` asks the relay that runs here, `wording` makes lines of the answers.
"""
