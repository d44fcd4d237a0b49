"""Where the facts are kept.

`base` is the seam, `sqlite` with its one `writer` thread the log of this machine; the others open the file, prove that
nobody changed it, and look after it.
"""
