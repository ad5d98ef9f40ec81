"""The deals' tests find the deals drawn at random, which lie beside them; and shipped deals' workbooks, built once."""

import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

import lender_model
from lender_model import cli

sys.path.insert(0, str(Path(__file__).parent))
DEALS = Path(lender_model.__file__).parent / "deals"


@pytest.fixture(scope="session")
def delivered(tmp_path_factory):
    """Gives a shipped deal's workbook as the command builds it, as bytes."""
    folder, done = tmp_path_factory.mktemp("delivered"), {}

    def build(name):
        if name not in done:
            told = CliRunner().invoke(cli.app, ["build", str(DEALS / name), str(folder / f"{name}.xlsx")])
            assert told.exit_code == 0, told.output
            done[name] = (folder / f"{name}.xlsx").read_bytes()
        return done[name]

    return build


@pytest.fixture
def eagle(delivered, tmp_path):
    """A copy of Eagle's workbook, for a test to change."""
    path = tmp_path / "eagle.xlsx"
    path.write_bytes(delivered("eagle_2018"))
    return path


@pytest.fixture
def run(monkeypatch, capsys):
    """Run the command in this process: exit code, standard output, standard error."""

    def command(*arguments):
        monkeypatch.setattr(sys, "argv", ["drawstop", *map(str, arguments)])
        try:
            cli.main()
            code = 0
        except SystemExit as exit_:
            code = exit_.code or 0
        said = capsys.readouterr()
        return code, said.out, said.err

    return command
