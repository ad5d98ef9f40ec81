"""The command ``drawstop`` as people meet it: what a refresh says first, and one clear line for whatever is wrong."""

import datetime as dt
import importlib.metadata
import io
import os
import re
import subprocess
import sys
import zipfile

import numpy as np
import pytest
import xlsxwriter

from drawstop.functions import FUNCTIONS
from drawstop.functions.native import FORMULAS
from lender_model import cli, refresh
from lender_model.locate import Places
from lender_model.xlsx.package import Package


def spoiled(book, key, value):
    """The workbook with a value typed into a line."""
    package = Package.read(book)
    sheet, reference = Places(package).value_at(key)
    book.write_bytes(package.patch({sheet: {reference: value}}).to_bytes())


def refused(answer, words, code=1):
    """Nothing but one line, which says what is wrong; a wrong call of the command is preceded by its usage."""
    got, out, err = answer
    assert got == code, err
    assert out == []
    assert re.search(words, err[-1]), err
    if code == 1:
        assert len(err) == 1
        assert err[0].startswith("drawstop: ")
    assert not any("Traceback" in line for line in err)


# ---- what a refresh says ---------------------------------------------------------------------------------------------


def test_a_refresh_says_first_what_an_analyst_wants(run, book):
    """The history case: account, minimum by limbs, shortfall, loan, next payment, covenants, milestones, alerts."""
    code, out, err = run("refresh", book, "--as-of", "1996-09-30")
    assert (code, err) == (0, [])
    text = [re.sub(r"\s+", " ", line).strip() for line in out]
    order = [
        "As of 30-Sep-1996, scenario Base",
        "Balance 7,484,000",
        "(II) interest 250,000",  # the cap: a quarter's interest on 19.5 million is near 390,000
        "Minimum balance 8,984,000",
        "Shortfall 1,500,000",
        "Outstanding 19,500,000",
        "Arrears to the Lender 0",
        "Next payment, 31-Dec-1996",
        "Current ratio",
        "First breach 30-Sep-1996",
        "Equity contribution 30-Sep-1996",
        "! Proceeds Account below its minimum at the as-of date",
    ]
    found = [next((k for k, line in enumerate(text) if line.startswith(words)), None) for words in order]
    assert None not in found, list(zip(order, found, strict=True))
    assert found == sorted(found)
    assert any(line.startswith("Equity contribution") and line.endswith("missed") for line in text)
    assert any(line.startswith("Current ratio") and line.endswith("BROKEN") for line in text)
    assert text[-1].startswith(f"Refreshed {book}; the previous version is ")


def test_the_base_case_says_only_that_july_was_not_reported(run, book):
    code, out, _ = run("refresh", book)
    assert code == 0
    assert out[0] == "As of 31-Jul-1996, scenario Base"
    assert [re.sub(r"\s+", " ", line) for line in out if line.startswith("!")] == [
        "! Months up to the as-of date on plan, not on actuals",
        "! Payment dates up to the as-of date that the ledger does not report",
    ]


def test_a_refresh_is_stamped_and_can_be_repeated(run, book):
    run("refresh", book, "--as-of", "1996-09-30", "--scenario", "low price")
    code, out, _ = run("refresh", book)
    assert code == 0
    assert out[0] == "As of 30-Sep-1996, scenario Low price"
    package = Package.read(book)
    sheet, reference = Places(package).value_at("cover.refreshed")
    stamp = package.cells(sheet)[reference].value
    assert stamp.startswith(f"drawstop {importlib.metadata.version('drawstop')}, Python model, ")
    assert f"{dt.datetime.now(dt.UTC):%Y}" in stamp or "SOURCE_DATE_EPOCH" in os.environ


def test_a_line_typed_over_is_named(run, book, package):
    sheet, reference = list(Places(package).months_at("ops.mining"))[3]
    part = f"xl/worksheets/sheet{package.sheet_names.index(sheet) + 1}.xml"
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(package.to_bytes())) as source, zipfile.ZipFile(buffer, "w") as target:
        for name in source.namelist():
            xml = source.read(name)
            if name == part:
                xml = re.sub(rb'(<c r="%b"[^>]*>)<f>[^<]*</f>' % reference.encode(), rb"\1", xml)
            target.writestr(name, xml)
    book.write_bytes(buffer.getvalue())
    code, out, _ = run("refresh", book)
    assert code == 0
    assert [line for line in out if line.startswith(f"! {sheet}!{reference} ")]


def test_build_writes_a_workbook_and_keeps_what_stood_there(run, tmp_path, built, monkeypatch):
    path = tmp_path / "new.xlsx"
    assert run("build", path) == (0, [f"Built {path}"], [])
    assert path.read_bytes() == built
    monkeypatch.setattr("lender_model.build.build", lambda: built)  # once is enough
    path.write_bytes(b"something else")
    code, out, _ = run("build", path)
    assert code == 0
    assert out[0].startswith(f"Built {path}; the previous version is ")
    assert [file.read_bytes() for file in (tmp_path / "new.xlsx.backups").iterdir()] == [b"something else"]


def test_export_writes_values_in_place_of_our_functions(run, book, tmp_path):
    copy = tmp_path / "copy.xlsx"
    code, out, _ = run("export", book, copy)
    assert (code, len(out)) == (0, 1)
    places = Places(Package.read(copy))
    sheet, reference = next(iter(places.months_at("note.interest")))
    cell = Package.read(copy).cells(sheet)[reference]
    assert cell.formula is None
    assert cell.value == Package.read(book).cells(sheet)[reference].value
    sheet, reference = next(iter(places.months_at("loan.closing")))
    assert Package.read(copy).cells(sheet)[reference].formula  # a native formula stays


def test_export_leaves_texts_alone_and_names_what_has_no_value_to_leave(run, tmp_path):
    path, copy = tmp_path / "book.xlsx", tmp_path / "copy.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("Loan")
        sheet.write_formula("A1", "=DSCR(B1,B2)", None, 1.5)
        sheet.write_formula("A2", "=_xludf.DSCR(B1,B2)", None, 1.5)
        sheet.write_formula("A3", '="see DSCR(a)"&B1', None, "see DSCR(a)2")
        sheet.conditional_format("C1", {"type": "formula", "criteria": "=DSCR(C1,2)<1", "format": book.add_format()})
        sheet.data_validation("D1", {"validate": "custom", "value": "=DSCR(D1,3)>1"})
        sheet.data_validation("D2", {"validate": "custom", "value": '=D2<>"DSCR(a)"'})
        book.define_name("Cover", "=DSCR(Loan!$B$1,4)")
    code, out, err = run("export", path, copy)
    assert code == 0, err
    assert out[0].startswith("Wrote ")
    assert [line.removesuffix(" stays: it cannot be replaced by a value") for line in out[1:]] == [
        "! a defined name: DSCR(Loan!$B$1,4)",
        "! Loan: DSCR(C1,2)<1",
        "! Loan: DSCR(D1,3)>1",
    ]
    assert {ref: cell.formula for ref, cell in Package.read(copy).cells("Loan").items()} == {
        "A1": None,
        "A2": None,
        "A3": '"see DSCR(a)"&B1',
    }


def test_export_with_lambdas_keeps_formulas_and_names_what_cannot_be_one(run, book, tmp_path):
    copy = tmp_path / "copy.xlsx"
    code, out, err = run("export", book, copy, "--lambda")
    assert (code, err) == (0, [])
    assert out[0].startswith(f"Wrote {copy}: ")
    others = sorted(set(FUNCTIONS) - set(FORMULAS))
    assert [line.split(":")[0] for line in out[1:]] == [f"! {name} cannot be a LAMBDA" for name in others]
    before, after = Package.read(book), Package.read(copy)
    assert set(FORMULAS) <= set(after.defined_names) - set(before.defined_names)
    sheet, reference = next(iter(Places(before).months_at("loan.interest")))
    assert after.cells(sheet)[reference] == before.cells(sheet)[reference]._replace(
        array=after.cells(sheet)[reference].array
    )


def test_lambda_prints_a_formula_to_paste(run):
    code, out, _ = run("lambda", "dscr")
    assert code == 0
    assert len(out) == 1
    assert out[0].startswith("=LAMBDA(cash_available,debt_service,LET(")


def test_lambda_of_what_is_none(run):
    for name in set(FUNCTIONS) - set(FORMULAS):
        refused(run("lambda", name), rf"{name} cannot be a LAMBDA: it needs the add-in", code=2)
    refused(run("lambda", "dsrc"), r"there is no function 'dsrc'; did you mean ", code=1)


@pytest.mark.parametrize("command", [("export", "copy.xlsx"), ("certificate", "certificate.pdf")])
def test_figures_out_of_date_are_not_exported(run, book, tmp_path, command):
    package = Package.read(book)
    sheet, reference = next(iter(Places(package).months_at("actual.account")))
    book.write_bytes(package.patch({sheet: {reference: 1.0}}).to_bytes())
    refused(
        run(command[0], book, tmp_path / command[1]), r"figures are out of date in [\d,]+ cells .*run drawstop refresh"
    )
    assert not (tmp_path / command[1]).exists()


# ---- what is wrong is said in one line -------------------------------------------------------------------------------

COMMANDS = [
    ("refresh", "{}"),
    ("export", "{}", "copy.xlsx"),
    ("simulate", "{}"),
    ("breakeven", "{}"),
    ("sensitivity", "{}"),
]
CALCULATING = ("refresh", "simulate", "breakeven", "sensitivity")


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])
def test_a_file_that_is_not_there(run, tmp_path, command):
    path = tmp_path / "nowhere.xlsx"
    refused(run(*(part.format(path) for part in command)), r"nowhere\.xlsx: No such file or directory; check the path")


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])
def test_a_folder(run, tmp_path, command):
    refused(run(*(part.format(tmp_path) for part in command)), r"Is a directory; check the path")


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])
@pytest.mark.parametrize(
    "content", [b"", b"no zip at all", b"PK\x03\x04 and no more", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1old"]
)
def test_a_file_that_is_not_a_workbook(run, tmp_path, command, content):
    path = tmp_path / "other.xlsx"
    path.write_bytes(content)
    refused(run(*(part.format(path) for part in command)), r"other\.xlsx: (is incomplete or damaged|has a password)")


@pytest.mark.parametrize("command", CALCULATING)
def test_a_workbook_that_is_not_the_model(run, tmp_path, command):
    path = tmp_path / "budget.xlsx"
    with xlsxwriter.Workbook(path) as other:
        other.add_worksheet("Sheet1").write_row("A1", ["Key", "Budget", 1997])
    before = path.read_bytes()
    refused(run(command, path), r"budget\.xlsx: has no line of the lender model; is it a different workbook\?")
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("plan.recovery", "eighty-five", r"Plan!E7: 'eighty-five' must be a number \(fraction\)"),
        ("plan.completion", "autumn", r"Plan!E\d+: 'autumn' must be a date"),
        ("covenants.current_ratio", None, r"Terms!E\d+: is blank; it must be a number"),
        ("cover.scenario", "Boom", r"scenario 'Boom' is not one of Base"),
    ],
)
def test_a_wrong_input_in_the_workbook(run, book, key, value, words):
    spoiled(book, key, value)
    before = book.read_bytes()
    refused(run("refresh", book), words)
    assert book.read_bytes() == before


@pytest.mark.parametrize("command", CALCULATING)
def test_a_wrong_input_stops_every_calculation(run, book, command):
    spoiled(book, "plan.mining_cost", "1,40")
    before = book.read_bytes()
    refused(run(command, book), r"Plan!E\d+: '1,40' must be a number \(US\$/ton\)")
    assert book.read_bytes() == before


@pytest.mark.parametrize("text", ["abc", "30.9.1996", "1996-09-31", "1996", ""])
def test_an_as_of_date_that_is_none(run, book, text):
    refused(run("refresh", book, "--as-of", text), r"--as-of.* is not a valid date; write it as 1996-09-30", code=2)


@pytest.mark.parametrize("day", ["1996-07-30", "2002-01-01", "9999-12-31", "0001-01-01"])
def test_an_as_of_date_beyond_the_data(run, book, day):
    refused(run("refresh", book, "--as-of", day), rf"as-of date {day} must be between 1996-07-31 and 2001-12-31")


def test_a_scenario_that_is_not_there(run, book):
    refused(run("refresh", book, "--scenario", "Boom"), r"scenario 'Boom' is not one of Base, Low price")


def test_a_market_folder_that_is_not_there(run, book, tmp_path):
    refused(run("refresh", book, "--market", tmp_path / "none"), r"no such file; a market folder holds metals_monthly")
    (tmp_path / "file").write_text("no folder", encoding="utf-8")
    refused(run("refresh", book, "--market", tmp_path / "file"), r"file")


def test_a_folder_in_which_nothing_can_be_written(run, book, monkeypatch):
    """Root may write anywhere, so the refusal comes from the system call."""

    def no(*_arguments, **_named):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "open", no)
    refused(run("refresh", book), r"model\.xlsx: Permission denied; check the path, your rights to the folder")


def test_a_workbook_that_is_read_only(run, book):
    book.chmod(0o444)
    refused(run("refresh", book), r"model\.xlsx: is read-only; allow writing in its properties, or work on a copy")


def test_a_workbook_that_is_open_elsewhere(run, book):
    book.with_name("~$model.xlsx").write_bytes(b"")
    refused(run("refresh", book), r"is open in Excel; close it there")


def test_build_into_a_folder_that_is_not_there(run, tmp_path, built, monkeypatch):
    monkeypatch.setattr("lender_model.build.build", lambda: built)
    refused(run("build", tmp_path / "none" / "new.xlsx"), r"new\.xlsx: No such file or directory")
    refused(run("build", tmp_path), r"must end in \.xlsx", code=2)


def test_export_onto_the_workbook_itself(run, book):
    before = book.read_bytes()
    refused(run("export", book, book), r"is the workbook itself; name another file", code=2)
    assert book.read_bytes() == before


@pytest.mark.parametrize("command", ["certificate {book} {book}", "certificate {book} {other}",
                                     "export {book} {folder}/copy.pdf", "build {folder}/model.pdf",
                                     "simulate {book} --csv {book}", "simulate {book} --csv {other}",
                                     "simulate {book} --csv {folder}/nowhere/paths.csv",
                                     "certificate {book} {folder}/nowhere/c.pdf"])  # fmt: skip
def test_no_command_writes_over_a_workbook_or_into_no_folder(run, book, tmp_path, command):
    other = tmp_path / "other.xlsx"
    other.write_bytes(before := book.read_bytes())
    words = command.format(book=book, other=other, folder=tmp_path).split()
    code, said, errors = run(*words)
    assert (code, said) == (2, [])
    assert re.search(r"must end in \.|is the workbook itself|is not a folder", " ".join(errors))
    assert book.read_bytes() == other.read_bytes() == before
    assert not (tmp_path / "copy.pdf").exists()


def test_restoring_what_never_was(run, tmp_path):
    code, _, errors = run("restore", tmp_path / "modle.xlsx")
    assert code == 2
    assert "no such workbook, and no backups of it" in " ".join(errors)


@pytest.mark.parametrize("columns", [40, 80, 200])
def test_no_figure_is_cut_on_a_narrow_terminal(run, book, monkeypatch, columns):
    monkeypatch.setenv("COLUMNS", str(columns))
    for words in (["refresh", book], ["breakeven", book]):
        code, said, _ = run(*words)
        assert code == 0
        assert not any("…" in line for line in said if "Moved" not in line and "→" not in line)


def test_a_refresh_without_a_place_to_print(book, monkeypatch):
    monkeypatch.setattr(sys, "stdout", None)
    monkeypatch.setattr(sys, "argv", ["drawstop", "refresh", str(book), "--as-of", "1996-09-30"])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert not ended.value.code
    assert refresh.calculate(Package.read(book)).inputs["cover.as_of"] == np.datetime64("1996-09-30")


def test_a_function_that_is_not_there(run):
    refused(run("functions", "PROCEEDS_MAX"), r"there is no function 'PROCEEDS_MAX'")


@pytest.mark.parametrize("arguments", [("refresh",), ("frobnicate",), ("refresh", "a.xlsx", "--engine", "abacus")])
def test_a_command_that_is_none(run, arguments):
    refused(run(*arguments), r"^Error: ", code=2)


# ---- as a program ----------------------------------------------------------------------------------------------------


def program(*arguments, **environment):
    paths = os.pathsep.join(filter(None, sys.path))
    return subprocess.run(  # noqa: S603 - this interpreter, our own module
        [sys.executable, "-m", "lender_model", *map(str, arguments)], capture_output=True, check=False, text=True,
        encoding="utf-8", env={**os.environ, "PYTHONPATH": paths, "PYTHONIOENCODING": "utf-8", **environment},
    )  # fmt: skip


def test_help_lists_every_command():
    done = program("--help")
    assert (done.returncode, done.stderr) == (0, "")
    commands = [command.name or command.callback.__name__ for command in cli.app.registered_commands]
    assert {"refresh", "build", "export"} <= set(commands)
    assert all(re.search(rf"^\s*{command}\s+\S", done.stdout, re.MULTILINE) for command in commands)


@pytest.mark.parametrize("command", [c.name or c.callback.__name__ for c in cli.app.registered_commands])
def test_every_command_explains_itself(run, command):
    code, out, err = run(command, "--help")
    assert (code, err) == (0, [])
    assert len(out) > 3


def test_without_arguments_the_help_is_shown(run):
    _, out, err = run()
    assert any("refresh" in line for line in out + err)


def test_a_refused_refresh_as_a_program(tmp_path):
    done = program("refresh", tmp_path / "nowhere.xlsx", COLUMNS="40")
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1  # one line, however narrow the terminal
    assert done.stderr.startswith("drawstop: ")


def test_a_refresh_as_a_program(book):
    done = program("refresh", book, "--as-of", "1996-09-30", NO_COLOR="1")
    assert (done.returncode, done.stderr) == (0, "")
    assert "8,984,000" in done.stdout
    assert "\x1b" not in done.stdout  # no colours into a pipe
