"""Commands that know the 1996 deal's own workbook alone refuse that of a deal's folder, by name and in one line."""

import pytest

from lender_model import cli


@pytest.fixture(scope="module")
def deal_book(tmp_path_factory):
    folder = tmp_path_factory.mktemp("doors") / "mine"
    for command in (["new", str(folder), "--months", "60", "--years", "4"], ["build", str(folder)]):
        with pytest.raises(SystemExit) as ended:
            cli.app(command)
        assert ended.value.code == 0
    return folder / "mine.xlsx"


@pytest.mark.parametrize("command", ["report", "breakeven", "sensitivity"])
def test_a_command_of_the_1996_workbook_says_what_else_there_is(deal_book, command, monkeypatch, capsys):
    before = deal_book.read_bytes()
    monkeypatch.setattr("sys.argv", ["drawstop", command, str(deal_book)])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    said = capsys.readouterr()
    assert (ended.value.code, said.out) == (1, "")
    [line] = said.err.splitlines()
    assert f"{command} is not available for a workbook of a deal's folder" in line
    assert deal_book.read_bytes() == before


@pytest.mark.parametrize(
    "options",
    [
        ["refresh", "--fail-on-alert"],
        ["refresh", "--engine", "calc"],
        ["refresh", "--json"],
        ["simulate", "--workers", "2"],
    ],
)
def test_an_option_is_refused_and_never_ignored(deal_book, options, monkeypatch, capsys):
    command, option, *value = options
    monkeypatch.setattr("sys.argv", ["drawstop", command, str(deal_book), option, *value])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 1
    assert f"{option}: not for a workbook of a deal's folder" in capsys.readouterr().err


def test_a_line_of_the_simulation_that_is_gone_is_named(deal_book, monkeypatch, capsys, tmp_path):
    from lender_model.package import Package  # noqa: PLC0415 - beside its use

    package = Package.read(deal_book)
    [(sheet, at)] = [
        (sheet, at)
        for sheet in package.sheet_names
        for at, cell in package.cells(sheet).items()
        if cell.value == "risk.price" and at.startswith("A")
    ]
    copy = tmp_path / "gone.xlsx"
    copy.write_bytes(package.patch({sheet: {at: None}}).to_bytes())
    monkeypatch.setattr("sys.argv", ["drawstop", "simulate", str(copy), "--paths", "10"])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 1
    assert "line risk.price is missing" in capsys.readouterr().err
