"""What it takes to run an agent program.

`spec` says it as data, `terminal` runs one in a pane of ours, `adopted` takes in one that ran before we came; the
others read its screen and hand messages over to it.
"""
