"""How anything is drawn at all: lines of spans with roles, signs, colours, emoji. No widget, no record."""
