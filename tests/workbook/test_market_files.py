"""Market files that cannot be meant: each fault is refused in one line with file and line, and nothing is guessed."""

import shutil

import pytest

from lender_model import case
from lender_model.case import CaseError

METALS, LIBOR = "metals_monthly_lbma.csv", "usd_libor_monthly.csv"


@pytest.fixture
def folder(tmp_path):
    for name in case.MARKET_FILES:
        shutil.copy(case.CASE / "market" / name, tmp_path)
    return tmp_path


def changed(path, change):
    """Change the fields of August 1996; gives the number of its line."""
    lines = path.read_text(encoding="utf-8").splitlines()
    at = next(i for i, line in enumerate(lines) if line.startswith("1996-08,"))
    lines[at : at + 1] = change(lines[at])
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return at + 1


def field(column, text):
    """Another text in a column of a line."""
    return lambda line: [",".join(text if i == column else part for i, part in enumerate(line.split(",")))]


FAULTS = {
    "a month missing": (METALS, lambda _: [], "month 1996-09 found where 1996-08 must follow 1996-07", 0),
    "a month twice": (METALS, lambda line: [line, line], "month 1996-08 found where 1996-09 must follow", 1),
    "months out of order": (METALS, field(0, "1996-07"), "month 1996-07 found where 1996-08", 0),
    "a month written otherwise": (METALS, field(0, "08/1996"), "month '08/1996' must be written as 1996-09", 0),
    "a decimal comma": (METALS, field(1, '"387,25"'), "'387,25' must be a positive number with a decimal point", 0),
    "a decimal comma without quotes": (METALS, field(1, "387,25"), "must have 7 fields", 0),
    "thousands separated": (METALS, field(1, '"1,387.25"'), "'1,387.25' must be a positive number", 0),
    "an underscore": (METALS, field(1, "1_387"), "'1_387' must be a positive number", 0),
    "a negative price": (METALS, field(1, "-387.25"), "'-387.25' must be a positive number", 0),
    "a price of zero": (METALS, field(1, "0"), "'0' must be a positive number", 0),
    "not a number": (METALS, field(1, "nan"), "'nan' must be a positive number", 0),
    "a formula": (METALS, field(1, "=1+1"), "'=1.1' must be a positive number", 0),
    "a fraction in a per-cent column": (LIBOR, field(3, "0.056875"), "'0.056875' must be .* from 0.1 to 50", 0),
    "a price a hundred times too high": (METALS, field(1, "38725"), "38725 follows 383.*decimal point right", 0),
    "a price that drops to a tenth": (METALS, field(1, "38.72"), "38.72 follows 383.*decimal point right", 0),
    "a rate a hundred times too high": (LIBOR, field(3, "568.75"), "'568.75' must be .* from 0.1 to 50", 0),
}


@pytest.mark.parametrize(("name", "change", "words", "further"), FAULTS.values(), ids=FAULTS.keys())
def test_a_fault_is_refused_with_its_line(folder, name, change, words, further):
    line = changed(folder / name, change)
    with pytest.raises(CaseError, match=rf"{name}, line {line + further}: .*{words}") as caught:
        case.market(folder)
    assert "\n" not in str(caught.value)


def test_a_blank_before_the_end_is_refused(folder):
    changed(folder / METALS, field(1, ""))
    with pytest.raises(CaseError, match="is missing for 1996-08, though later months have it"):
        case.market(folder)


def test_a_fault_before_the_model_s_months_is_refused_too(folder):
    path = folder / METALS
    path.write_text(path.read_text(encoding="utf-8").replace("\n1995-03,", "\n1995-03,abc"), encoding="utf-8")
    with pytest.raises(CaseError, match=rf"{METALS}, line 16: .*'abc.*' must be a positive number"):
        case.market(folder)


def test_semicolons_are_named(folder):
    path = folder / METALS
    path.write_text(path.read_text(encoding="utf-8").replace(",", ";"), encoding="utf-8")
    with pytest.raises(CaseError, match=r"line 1: no column .*; its fields must be separated by commas"):
        case.market(folder)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-32"])
def test_another_encoding_is_refused(folder, encoding):
    path = folder / METALS
    path.write_text(path.read_text(encoding="utf-8"), encoding=encoding)
    with pytest.raises(CaseError, match=METALS):
        case.market(folder)


def test_nul_bytes_are_refused(folder):
    changed(folder / METALS, field(1, "387\0"))
    with pytest.raises(CaseError, match=METALS):
        case.market(folder)


def test_a_byte_order_mark_is_accepted(folder):
    path = folder / METALS
    path.write_text(path.read_text(encoding="utf-8"), encoding="utf-8-sig")
    given, read = case.market(), case.market(folder)
    assert all((given[key] == read[key])[~(given[key] != given[key])].all() for key in given)
