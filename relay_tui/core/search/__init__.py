"""Finding messages by their words: an index behind the log, thrown away and made anew at will."""
