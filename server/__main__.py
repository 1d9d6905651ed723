"""`python -m server` is the command `visavis`."""

from server.cli import main

main()
