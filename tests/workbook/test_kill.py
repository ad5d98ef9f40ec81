"""A refresh killed at a few random moments; ``tests/long`` kills two hundred."""

import runpy
from pathlib import Path

SCRIPT = runpy.run_path(str(Path(__file__).parents[1] / "kill_refresh.py"))


def test_whenever_a_refresh_is_killed_the_workbook_is_whole(monkeypatch, built):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "0")  # the script sets it: put back what was there
    found = SCRIPT["main"](times=4, workbook=built)
    assert found["old"] + found["new"] == 4
    assert found["killed"] >= 2
