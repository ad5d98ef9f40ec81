"""``python -m lender_model`` is the command ``drawstop``."""

from lender_model.cli import main

main()
