"""Sheets as pictures and pages, with the values that the file holds."""

import os
import shutil
import struct
import subprocess

import pytest
import xlsxwriter

from drawstop.hosts.calc import CalcError, print_sheet, render


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    path = tmp_path_factory.mktemp("pictures") / "book.xlsx"
    with xlsxwriter.Workbook(path) as book:
        money = book.add_format({"num_format": "#,##0"})
        loan = book.add_worksheet("Loan")
        loan.write_array_formula("A1:B1", "{=PROCEEDS_MIN(A3:B3,0,0,0)}", money, 1_750_000)
        loan.write_number("B1", 2_500_000, money)
        loan.write_formula("A2", "=COVENANT_CURRENT_RATIO(2,1)", None, True)
        loan.write_formula("B2", '=MILESTONE(1,1)&""', None, "met late")
        wide = book.add_worksheet("A & B")
        wide.write_row("A1", range(200))
        chart = book.add_chart({"type": "line"})
        chart.add_series({"values": "='A & B'!$A$1:$GR$1"})
        wide.insert_chart("C30", chart)
        book.add_worksheet("Hidden").hide()
    return path


@pytest.fixture
def pdftotext():
    """A program that reads PDF: without it these tests are skipped, unless DRAWSTOP_REQUIRE_CALC is set."""
    program = shutil.which("pdftotext")
    if not program and not os.environ.get("DRAWSTOP_REQUIRE_CALC"):
        pytest.skip("pdftotext is missing: apt-get install poppler-utils")
    return program


def size(picture):
    return struct.unpack(">II", picture.read_bytes()[16:24])


@pytest.mark.usefixtures("calc", "pdftotext")
def test_one_picture_for_each_sheet_that_shows(book, tmp_path):
    pictures = render(book, tmp_path)
    assert [picture.name for picture in pictures] == ["Loan.png", "A _ B.png"]
    width, height = size(pictures[1])
    assert width > 10_000  # 200 columns of some 64 pixels at 96 dots per inch
    assert height > 600  # 30 rows, and the chart below them
    assert [file.name for file in book.parent.iterdir()] == ["book.xlsx"]


@pytest.mark.usefixtures("calc")
def test_a_page_shows_the_stored_values(book, tmp_path, pdftotext):
    print_sheet(book, "Loan", tmp_path / "loan.pdf")
    command = [pdftotext, tmp_path / "loan.pdf", "-"]
    text = subprocess.run(command, capture_output=True, text=True, check=True).stdout  # noqa: S603 - a path found above
    assert text.split() == ["1,750,000", "2,500,000", "TRUE", "met", "late"]


@pytest.mark.usefixtures("calc")
def test_an_unknown_sheet_is_named(book, tmp_path):
    with pytest.raises(CalcError, match=r"book\.xlsx: there is no sheet 'Note'"):
        render(book, tmp_path, ["Loan", "Note"])


@pytest.mark.usefixtures("calc")
def test_without_poppler_a_picture_is_a_pdf(book, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    [picture] = render(book, tmp_path, ["Loan"])
    assert picture.name == "Loan.pdf"
    assert picture.read_bytes().startswith(b"%PDF")
