"""The lender model, built once for all tests here, and figures of it that many of them need."""

import datetime as dt
import sys

import pytest

from lender_model import build, case, cli, model, refresh
from lender_model.risk.fingerprint import fingerprint

HISTORY = dt.date(1996, 9, 30)  # what happened to this date is published: facts and 10-Q


@pytest.fixture(scope="session")
def history(package):
    """The workbook refreshed as of the date at which its account fell short."""
    return refresh.calculate(package, as_of=HISTORY)


@pytest.fixture(scope="session")
def plain():
    """The workbook without results of simulation, break-evens and sensitivity, which take long to find."""
    inputs, notes = case.inputs()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(build, "_with_results", lambda v: v | {"risk.inputs": fingerprint(v)} | model.compare(v))
        return build.workbook(inputs, notes)


@pytest.fixture
def plain_book(plain, tmp_path):
    """A copy of it on the disk, for a test to change."""
    path = tmp_path / "plain.xlsx"
    path.write_bytes(plain)
    return path


@pytest.fixture
def run_command(run):
    """The command under a name of its own."""
    return run


@pytest.fixture
def run(monkeypatch, capsys):
    """Run the command in this process: exit code, lines on standard output, lines on standard error."""

    def command(*arguments):
        monkeypatch.setattr(sys, "argv", ["drawstop", *map(str, arguments)])
        try:
            cli.main()
            code = 0
        except SystemExit as exit_:
            code = exit_.code or 0
        said = capsys.readouterr()
        return code, said.out.splitlines(), said.err.splitlines()

    return command
