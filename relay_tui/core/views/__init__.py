"""What the facts come to.

The projector (with `fold_*`) changes the records of `state`, `rows` puts them into tables, `queries` reads them;
`history` and `past` answer as of an earlier entry, `refold` makes all of it anew.
"""
