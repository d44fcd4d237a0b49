"""The terminal and the desktop around us, and what we touch of Textual that it does not promise."""
