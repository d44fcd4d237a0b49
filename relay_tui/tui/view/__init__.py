"""What stands on the screen, as plain records; no Textual, and nothing is asked or decided here."""
