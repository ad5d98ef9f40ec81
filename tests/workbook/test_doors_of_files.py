"""Files and terminals that a command meets: none makes it hang, end in a traceback or take what cannot be meant."""

import io
import os
import subprocess
import sys
import zipfile

import pytest

from drawstop.opc import PackageError
from lender_model import case, refresh
from lender_model.case import CaseError
from lender_model.locate import Places, WorkbookError
from lender_model.xlsx.package import Package


def typed(package, key, value, month=None):
    """The workbook with a figure typed into a line."""
    places = Places(package)
    sheet, at = places.value_at(key) if month is None else list(places.months_at(key))[month]
    return package.patch({sheet: {at: value}})


@pytest.mark.parametrize(
    ("key", "month", "value", "words"),
    [
        ("market.gold_actual", 3, 3246.0, "3246 follows 383.*decimal point"),  # 324.6 was meant
        ("market.gold_actual", 3, 32.46, "32.46 follows"),
        ("market.gold_actual", 3, None, "is blank, though later months have it"),
        ("market.cpi_actual", 2, 1573.0, "1573 follows"),  # 157.3
        ("market.libor_actual", 2, 0.5625, "0.5625 follows"),  # 5.625%
        ("plan.advance", 0, 25e6, "Drawdown of the loan comes to 25,000,000, above the credit of 19,500,000"),
        ("plan.recovery", None, 1.85, "must be between 0 and 1"),
        ("plan.tax_rate", None, 1.5, "must be between 0 and 1"),
    ],
)
def test_a_figure_that_cannot_be_meant_is_refused_with_its_cell(package, key, month, value, words):
    with pytest.raises(WorkbookError, match=words) as caught:
        refresh.calculate(typed(package, key, value, month))
    assert "!" in str(caught.value).partition(":")[0]


def test_a_volatility_above_one_is_taken(package):
    assert refresh.calculate(typed(package, "note.volatility", 1.2)).values["note.volatility"] == 1.2


def test_every_published_history_explains_itself():
    """No real month or day of 1994 to 2001 is taken for a slip."""
    case.market()
    for series in case.DAILY_FILES:
        case.fixings(series)


@pytest.mark.parametrize(
    ("prices", "is_rate", "place"),
    [
        ([1.55, 0.01, 0.02], False, 1),  # a price that falls to a hundredth
        ([0.0155, 0.0001, 0.0002], True, None),  # what dollar rates did in March 2020
        ([10, 14.9, 10, 15.1, 10], False, 3),  # half more is a move, more than half is not
        ([5], False, None),
        ([], True, None),
    ],
)
def test_a_slip_is_told_from_a_move(prices, is_rate, place):
    assert case.slip(prices, is_rate=is_rate) == place


def test_a_column_headed_twice_is_refused(tmp_path):
    for name in case.MARKET_FILES:
        text = (case.CASE / "market" / name).read_text(encoding="utf-8")
        (tmp_path / name).write_text(
            text.replace("cpi_u_nsa_1982_84_100", "cpi_u_nsa_1982_84_100,month"), encoding="utf-8"
        )
    with pytest.raises(CaseError, match="line 1: column month is duplicated"):
        case.market(tmp_path)


def test_a_pipe_in_place_of_a_file_does_not_hang(tmp_path):
    pipe = tmp_path / "model.xlsx"
    os.mkfifo(pipe)
    with pytest.raises(PackageError, match="is not a file"):
        Package.read(pipe)
    for name in case.MARKET_FILES:
        os.mkfifo(tmp_path / name)
    with pytest.raises(CaseError, match="is not a file"):
        case.market(tmp_path)


@pytest.mark.parametrize("part", ["../evil.xml", "/etc/passwd", "xl\\..\\..\\evil.xml", "C:evil.xml"])
def test_a_part_outside_the_file_is_refused(part):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(part, b"<a/>")
    with pytest.raises(PackageError, match="points outside the file"):
        Package(buffer.getvalue())


@pytest.mark.parametrize("part", ["_rels/.rels", "[Content_Types].xml", "docProps/app.xml"])
def test_a_doctype_is_refused_in_whatever_part(package, part):
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(package.data)) as source, zipfile.ZipFile(buffer, "w") as archive:
        for name in source.namelist():
            content = source.read(name)
            archive.writestr(name, b"<!DOCTYPE a [<!ENTITY b 'c'>]>" + content if name == part else content)
    with pytest.raises(PackageError, match="holds a DOCTYPE"):
        Package(buffer.getvalue())


@pytest.mark.parametrize("page", ["cp1252", "cp437", "ascii"])
def test_a_log_in_any_code_page_is_written(book, page):
    """The signs that it lacks come in plain ones; the refresh has changed the file by then."""
    command = [sys.executable, "-m", "lender_model", "refresh", str(book), "--as-of", "1996-10-31"]
    done = subprocess.run(  # noqa: S603 - our own command
        command, capture_output=True, check=False, env={**os.environ, "PYTHONIOENCODING": page}
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert "31-Jul-1996 -> 31-Oct-1996" in done.stdout.decode(page)
