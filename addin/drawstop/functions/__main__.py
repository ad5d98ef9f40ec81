"""Print the reference of the functions as Markdown: ``python -m drawstop.functions``."""

import sys

from drawstop.functions.reference import markdown

sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]  # a real standard output has it
sys.stdout.write(markdown())
