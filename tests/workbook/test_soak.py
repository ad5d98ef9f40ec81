"""A few refreshes in a row; ``tests/long`` runs five hundred."""

import runpy
from pathlib import Path

SCRIPT = runpy.run_path(str(Path(__file__).parents[1] / "soak.py"))


def test_refreshes_in_a_row_leave_nothing_behind(monkeypatch, built):
    """The checks are the script's own: parts, files, backups and memory."""
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "0")  # the script sets it: put back what was there
    assert len(SCRIPT["main"](times=4, workbook=built)) == 2
