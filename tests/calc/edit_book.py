"""Run under LibreOffice's Python: edit a workbook as a person would, and save it as .xlsx.

Usage: ``python edit_book.py WORKER_FOLDER SOFFICE PROFILE SOURCE TARGET ROW``; ROW of sheet Plan is moved away.
For ``deal`` in place of a row, SOURCE is a deal's workbook.
"""

import os
import sys
from pathlib import Path

workers, soffice, profile, source, target, row = sys.argv[1:]
sys.path.insert(0, workers)

import uno  # noqa: E402 - only found from here on
from worker import Calc, properties  # noqa: E402 - as above


def main():
    calc = Calc(f"edit{os.getpid()}", soffice, [f"-env:UserInstallation={Path(profile).as_uri()}"])
    try:
        book = calc.desktop.loadComponentFromURL(Path(source).as_uri(), "_blank", 0, properties(Hidden=True))
        edit_deal(book) if row == "deal" else edit(book)
        saved = properties(FilterName="Calc MS Excel 2007 XML")
        book.storeToURL(Path(target).as_uri(), saved)
        book.close(True)
    finally:
        calc.end()


def edit(book):
    sheets = book.Sheets
    loan, waterfall, plan = (sheets.getByName(name) for name in ("Loan", "Waterfall", "Plan"))
    loan.Rows.insertByIndex(5, 3)  # above the first line
    loan.getCellRangeByName("B6").setString("Our own heading")
    waterfall.Columns.insertByIndex(6, 1)  # before the months
    waterfall.getCellRangeByName("G5").setString("Our remarks")
    waterfall.getCellRangeByName("G8").setString("see the bank's letter")
    move(plan, int(row) - 1, 150)
    plan.getCellRangeByName("B160").setFormula("=E151*2")
    sheets.insertNewByName("Ours", 0)
    ours = sheets.getByName("Ours")
    ours.getCellRangeByName("A1").setString("Transport of two ounces")
    ours.getCellRangeByName("B1").setFormula("=SUM($Plan.E151:F151)*2")  # inputs: this LibreOffice lacks our functions


def edit_deal(book):
    operations, dashboard = (book.Sheets.getByName(name) for name in ("Operations", "Dashboard"))
    operations.Rows.insertByIndex(5, 2)  # above the first line
    operations.Columns.insertByIndex(6, 1)  # before the months
    operations.setName("Our mine")
    dashboard.Rows.insertByIndex(7, 1)
    book.Sheets.moveByName("Cover", 3)


def move(sheet, old, new):
    """Cut a row and paste it elsewhere; what refers to it follows."""
    area = sheet.getCellRangeByPosition(0, old, 120, old).getRangeAddress()
    place = uno.createUnoStruct("com.sun.star.table.CellAddress")
    place.Sheet, place.Column, place.Row = area.Sheet, 0, new
    sheet.moveRange(place, area)


main()
