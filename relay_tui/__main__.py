"""`python -m relay_tui` is `relay-tui`."""

from relay_tui.cli.main import main

raise SystemExit(main())
