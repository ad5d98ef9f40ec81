"""A refresh killed at two hundred random moments, and five hundred refreshes in one process."""

from tests import kill_refresh, soak


def test_whenever_a_refresh_is_killed_the_workbook_is_whole(monkeypatch, built):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "0")  # the script sets it: put back what was there
    found = kill_refresh.main(times=200, workbook=built)
    assert found["old"] + found["new"] == 200
    assert found["killed"] >= 100


def test_refreshes_in_a_row_leave_nothing_behind(monkeypatch, built):
    """The checks are the script's own: parts, files, backups and memory."""
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "0")  # the script sets it: put back what was there
    assert len(soak.main(times=500, workbook=built)) == 2
