"""The UNO side: run by a Python that has the bridge, it starts LibreOffice and carries out requests.

Usage: ``python worker.py FOLDER SOFFICE.BIN [ARGUMENT…]``. Requests and answers are lines of JSON on standard input
and output. When its input ends it ends LibreOffice, so that none is left running whatever happens to the caller.
"""

from __future__ import annotations

import itertools
import json
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import uno
import unohelper
from com.sun.star.beans import PropertyValue
from com.sun.star.connection import NoConnectException
from com.sun.star.task import XInteractionHandler
from com.sun.star.ucb import XCommandEnvironment

RESTART = 81  # LibreOffice's exit code when a new profile asks it to restart
CONTENT = 1 | 2 | 4 | 16  # com.sun.star.sheet.CellFlags: VALUE, DATETIME, STRING, FORMULA

MARGIN = 300  # hundredths of a millimetre
IS_OPEN = "LibreOffice is open: close it, then try again"

# Errors of Calc with Excel's codes; any other, such as Err:504, is an input of the wrong kind.
EXCEL_ERRORS = {
    503: "#NUM!",
    521: "#NULL!",
    523: "#NUM!",
    524: "#REF!",
    525: "#NAME?",
    530: "#NAME?",
    531: "#NAME?",
    532: "#DIV/0!",
    32767: "#N/A",
}


class Failure(Exception):  # noqa: N818 - a message for the caller, not an error in here
    """What went wrong, in words for the user."""


def properties(**values: Any) -> tuple[Any, ...]:
    """Named values as UNO takes them."""
    return tuple(PropertyValue(Name=name, Value=value) for name, value in values.items())


class Consent(unohelper.Base, XCommandEnvironment, XInteractionHandler):  # type: ignore[misc]  # UNO has no types
    """Says yes to what LibreOffice asks when it installs an extension, such as whether to replace an older one."""

    def getInteractionHandler(self) -> Consent:  # noqa: N802 - UNO's name
        """Part of XCommandEnvironment."""
        return self

    def getProgressHandler(self) -> None:  # noqa: N802 - UNO's name
        """Part of XCommandEnvironment: none."""

    def handle(self, request: Any) -> None:
        """Part of XInteractionHandler."""
        approve = uno.getTypeByName("com.sun.star.task.XInteractionApprove")
        for choice in request.Continuations:
            if choice.queryInterface(approve):
                choice.select()
                return


class Calc:
    """A LibreOffice and the books that are open in it."""

    def __init__(self, pipe: str, program: str, arguments: list[str]) -> None:
        self.pipe = pipe
        self.command = [program, *arguments, "--headless", "--norestore", "--nologo", "--nodefault"]
        self.command.append(f"--accept=pipe,name={self.pipe};urp;")
        self.books: dict[int, Any] = {}
        self.formulas: dict[int, dict[str, list[list[int]]]] = {}
        self.numbers = itertools.count(1)
        self.context = self._connect()
        self.desktop = self.service("com.sun.star.frame.Desktop")
        if self.desktop.Frames.Count:  # a LibreOffice that already runs in this profile has taken over our start
            raise Failure(IS_OPEN)

    def _connect(self) -> Any:
        local = uno.getComponentContext()
        resolver = local.ServiceManager.createInstanceWithContext("com.sun.star.bridge.UnoUrlResolver", local)
        self.process = self._start()
        while True:
            try:
                return resolver.resolve(f"uno:pipe,name={self.pipe};urp;StarOffice.ComponentContext")
            except NoConnectException:
                ended = self.process.poll()
                if ended == RESTART:
                    self.process = self._start()
                elif ended == 0:
                    raise Failure(IS_OPEN) from None
                elif ended is not None:
                    raise Failure(f"LibreOffice could not start (it ended with {ended})") from None
                time.sleep(0.02)

    def _start(self) -> subprocess.Popen[bytes]:
        quiet = subprocess.DEVNULL  # our own input and output are only for requests and answers
        return subprocess.Popen(self.command, stdin=quiet, stdout=quiet)  # noqa: S603 - a path found by the caller

    def service(self, name: str) -> Any:
        """A service of LibreOffice."""
        return self.context.ServiceManager.createInstanceWithContext(name, self.context)

    # ---- requests ---------------------------------------------------------------------------------------------

    def check(self) -> None:
        """Fail unless the add-in is loaded, and drawstop behind it."""
        functions = self.service("com.sun.star.sheet.FunctionAccess")
        if functions is None:
            raise Failure("this LibreOffice has no Calc")
        try:
            answer = functions.callFunction("DRAWSTOP.EXPLAIN", ("EXPLAIN", "EXPLAIN"))
        except Exception:  # noqa: BLE001 - UNO only says that it knows no such function
            raise Failure("this LibreOffice has not loaded drawstop's functions") from None
        if answer != "OK":
            raise Failure(answer)

    def open(self, path: str, formulas: dict[str, list[list[int]]]) -> int:
        """Open a file without running or fetching anything; ``formulas`` are its formula cells as row and column."""
        book = self._load(path)
        book.enableAutomaticCalculation(False)
        number = next(self.numbers)
        self.books[number], self.formulas[number] = book, formulas
        return number

    def _load(self, path: str) -> Any:
        options = properties(Hidden=True, MacroExecutionMode=0, UpdateDocMode=0)  # no macro, no link
        book = self.desktop.loadComponentFromURL(Path(path).as_uri(), "_blank", 0, options)
        if book is None or not hasattr(book, "Sheets"):
            raise Failure("LibreOffice cannot open it as a workbook")
        return book

    def set(self, number: int, cells: dict[str, dict[str, Any]]) -> None:
        """Put values into cells."""
        sheets = self.books[number].Sheets
        for name, values in cells.items():
            if not sheets.hasByName(name):
                raise Failure(f"there is no sheet {name!r}")
            sheet = sheets.getByName(name)
            for reference, value in values.items():
                put(cell_at(sheet, reference), value)

    def calculate(self, number: int) -> dict[str, list[Any]]:
        """Recalculate every formula; the values by sheet, in the order of the formula cells."""
        book = self.books[number]
        book.calculateAll()
        return {name: read(book.Sheets.getByName(name), cells) for name, cells in self.formulas[number].items()}

    def evaluate(self, cells: dict[str, Any], formulas: dict[str, str]) -> dict[str, list[list[Any]]]:
        """Type values and formulas into an empty sheet, as a person would; the formulas' values, by cell or range."""
        book = self.desktop.loadComponentFromURL("private:factory/scalc", "_blank", 0, properties(Hidden=True))
        try:
            sheet = book.Sheets.getByIndex(0)
            for reference, value in cells.items():
                put(sheet.getCellRangeByName(reference), value)
            for reference, formula in formulas.items():
                area = sheet.getCellRangeByName(reference)
                (area.setArrayFormula if ":" in reference else area.setFormula)(formula)
            book.calculateAll()
            return {reference: values(sheet.getCellRangeByName(reference)) for reference in formulas}
        finally:
            book.close(True)

    def install(self, path: str) -> None:
        """Install an extension for the user, in place of an older one."""
        self.extensions().addExtension(Path(path).as_uri(), (), "user", None, Consent())

    def uninstall(self, identifier: str) -> bool:
        """Remove an extension of the user; whether there was one."""
        extension = self._installed(identifier)
        if extension is not None:
            self.extensions().removeExtension(identifier, extension.Name, "user", None, Consent())
        return extension is not None

    def installed(self, identifier: str) -> str | None:
        """The version of an extension of the user, if there is one."""
        extension = self._installed(identifier)
        return extension and str(extension.Version)

    def _installed(self, identifier: str) -> Any:
        extensions = self.extensions().getDeployedExtensions("user", None, Consent())
        return next((found for found in extensions if found.Identifier.Value == identifier), None)

    def extensions(self) -> Any:
        """The manager of extensions."""
        return self.context.getValueByName("/singletons/com.sun.star.deployment.ExtensionManager")

    def pages(self, path: str, folder: str, sheets: list[str] | None, whole: bool) -> list[list[str]]:
        """Save sheets as PDF, each in a file of its own; ``whole``: on one page as large as the sheet.

        Returns:
            The sheets' names and their files.
        """
        book = self._load(path)
        try:
            shown = [sheet for sheet in book.Sheets if (sheet.Name in sheets if sheets else sheet.IsVisible)]
            if missing := set(sheets or ()) - {sheet.Name for sheet in shown}:
                raise Failure(f"there is no sheet {', '.join(map(repr, sorted(missing)))}")
            book.calculateAll()  # until then TRUE is shown as 1
            saved = []
            for number, sheet in enumerate(shown, 1):
                area = printed(sheet)
                if whole:
                    grow_page(book, sheet, area)
                target = Path(folder, f"{number}.pdf")
                chosen = uno.Any("[]com.sun.star.beans.PropertyValue", properties(Selection=area))
                book.storeToURL(target.as_uri(), properties(FilterName="calc_pdf_Export", FilterData=chosen))
                saved.append([sheet.Name, str(target)])
            return saved
        finally:
            book.close(True)

    def close(self, number: int) -> None:
        """Close a book without saving it."""
        del self.formulas[number]
        self.books.pop(number).close(True)

    def end(self) -> None:
        """End LibreOffice, by force if necessary; but not the user's own that has taken over our start."""
        if self.process.poll() is not None:
            return
        try:
            self.desktop.terminate()
            self.process.wait(10)
        except Exception:  # noqa: BLE001 - whatever its state, it has to end
            self.process.kill()
            self.process.wait()


def printed(sheet: Any) -> Any:
    """The part of a sheet that is printed: its print area, or all cells and charts."""
    if sheet.PrintAreas:
        area = sheet.PrintAreas[0]
        return sheet.getCellRangeByPosition(area.StartColumn, area.StartRow, area.EndColumn, area.EndRow)
    cursor = sheet.createCursor()
    cursor.gotoEndOfUsedArea(False)
    column, row = cursor.RangeAddress.EndColumn, cursor.RangeAddress.EndRow
    for shape in sheet.DrawPage:
        right, bottom = shape.Position.X + shape.Size.Width, shape.Position.Y + shape.Size.Height
        while sheet.getCellByPosition(column, 0).Position.X + sheet.Columns.getByIndex(column).Width < right:
            column += 1
        while sheet.getCellByPosition(0, row).Position.Y + sheet.Rows.getByIndex(row).Height < bottom:
            row += 1
    return sheet.getCellRangeByPosition(0, 0, column, row)


def grow_page(book: Any, sheet: Any, area: Any) -> None:
    """Make a sheet's page as large as the area that it prints, without header and footer."""
    page = book.StyleFamilies.getByName("PageStyles").getByName(sheet.PageStyle)
    page.IsLandscape = page.HeaderIsOn = page.FooterIsOn = False
    page.LeftMargin = page.RightMargin = page.TopMargin = page.BottomMargin = MARGIN
    page.Width, page.Height = area.Size.Width + 3 * MARGIN, area.Size.Height + 3 * MARGIN  # a third for the lines
    page.ScaleToPagesX = page.ScaleToPagesY = 1  # smaller, where no paper is large enough


def read(sheet: Any, cells: list[list[int]]) -> list[Any]:
    """The values of some cells of a sheet; the whole sheet is fetched, which is faster."""
    if not cells:
        return []
    grid = values(sheet.getCellRangeByPosition(0, 0, max(column for _, column in cells), max(row for row, _ in cells)))
    return [grid[row][column] for row, column in cells]


def values(area: Any) -> list[list[Any]]:
    """The values of a range: numbers, texts, and errors as their codes."""
    return [
        [error_code(area.getCellByPosition(column, row)) if cell is None else cell for column, cell in enumerate(cells)]
        for row, cells in enumerate(area.getDataArray())
    ]


def error_code(cell: Any) -> str:
    """The error of a cell as Excel writes it."""
    return EXCEL_ERRORS.get(cell.getError(), "#VALUE!")


def cell_at(sheet: Any, reference: str) -> Any:
    """A cell by its reference."""
    try:
        return sheet.getCellRangeByName(reference).getCellByPosition(0, 0)
    except Exception:  # noqa: BLE001 - UNO only says that something went wrong
        raise Failure(f"there is no cell {reference!r} on sheet {sheet.Name!r}") from None


def put(cell: Any, value: Any) -> None:
    """Set a cell: number, text, TRUE or FALSE as Calc has them, or None for a blank."""
    if value is None:
        cell.clearContents(CONTENT)
    elif isinstance(value, str):
        cell.setString(value)
    else:
        cell.setValue(float(value))


def serve(calc: Calc) -> None:
    """Answer requests until there are no more."""
    for line in sys.stdin:
        request = json.loads(line)
        try:
            value = getattr(calc, request.pop("do"))(**request)
            answer = {"value": value}
        except Failure as failure:
            answer = {"error": str(failure)}
        except Exception as error:  # noqa: BLE001 - any exception of UNO becomes the caller's
            answer = {"error": f"LibreOffice failed: {type(error).__name__}: {' '.join(str(error).split())}"}
        say(answer)


def say(answer: dict[str, Any]) -> None:
    """Write one answer."""
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


def main(folder: str, program: str, *arguments: str) -> None:
    """Start LibreOffice, serve, end it, and remove the folder if the caller has not."""
    try:
        calc = Calc(Path(folder).name, program, list(arguments))
    except Failure as failure:
        say({"error": str(failure)})
        return
    try:
        say({"value": None})
        serve(calc)
    finally:
        calc.end()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
