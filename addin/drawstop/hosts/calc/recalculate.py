"""Recalculate a workbook in headless LibreOffice, and read every formula's value back in full precision.

The user's file is only read; the user's own LibreOffice and its profile are not touched.
"""

from __future__ import annotations

import datetime as dt
import itertools
import os
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeAlias

from xlsxwriter.utility import xl_cell_to_rowcol

from drawstop.hosts.calc import addin
from drawstop.hosts.calc.names import resolved_copy
from drawstop.hosts.calc.office import TIME_LIMIT, CalcError, Office, private_profile
from drawstop.serials import serial_of

Value: TypeAlias = float | bool | str
Values: TypeAlias = dict[str, dict[str, Value]]
Input: TypeAlias = float | bool | str | dt.date | None


def recalculate(path: str | os.PathLike[str], changes: Mapping[str, Mapping[str, Input]] | None = None) -> Values:
    """Values of all formula cells of a workbook, by sheet and reference, with some inputs changed first.

    A number is a float, and so is a date: its serial number. TRUE and FALSE are bool in cells whose stored value is
    one, since Calc itself gives 1 and 0. An error is its code as Excel writes it, such as "#N/A".

    Raises:
        CalcError: LibreOffice is missing, or cannot open or calculate the file.
    """
    with Session() as session:
        book = session.open(path)
        book.set(changes or {})
        return book.calculate()


class Session:
    """One LibreOffice for many recalculations.

    Example::

        with Session() as session:
            book = session.open("lender_model.xlsx")
            for price in (300, 340, 380):
                book.set({"Market": {"B5": price}})
                values = book.calculate()

    Args:
        time_limit: seconds after which a step is abandoned.
    """

    def __init__(self, time_limit: float = TIME_LIMIT) -> None:
        self._office = Office(lambda folder: private_profile(folder, addin.parts()), time_limit=time_limit)
        self._copies = itertools.count(1)
        try:
            self._office.ask("check")
        except BaseException:
            self.close()
            raise

    def open(self, path: str | os.PathLike[str]) -> Book:
        """Open a copy of a workbook."""
        return Book(self._office, Path(path), self._office.folder / f"book{next(self._copies)}.xlsx")

    def evaluate(self, cells: Mapping[str, Input], formulas: Mapping[str, str]) -> dict[str, Any]:
        """Type values and formulas into an empty sheet, as a person would, and read what the formulas show.

        Formulas are in Calc's own writing, arguments separated by semicolons. One for a range ("B2:D2") is typed as an
        array formula, and gives rows.
        """
        plain = {reference: _plain(value) for reference, value in cells.items()}
        shown = self._office.ask("evaluate", cells=plain, formulas=dict(formulas))
        return {reference: rows if ":" in reference else rows[0][0] for reference, rows in shown.items()}

    def close(self) -> None:
        """End LibreOffice."""
        self._office.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class Book:
    """A copy of a workbook, open in a session's LibreOffice."""

    def __init__(self, office: Office, path: Path, copy: Path) -> None:
        self._office = office
        self._formulas = resolved_copy(path, copy)
        cells = {sheet: list(map(xl_cell_to_rowcol, references)) for sheet, references in self._formulas.items()}
        try:
            self._number = office.ask("open", path=str(copy), formulas=cells)
        except CalcError as error:
            raise CalcError(f"{path}: {error}") from error

    def set(self, changes: Mapping[str, Mapping[str, Input]]) -> None:
        """Put inputs into cells, by sheet and reference; None leaves a cell blank."""
        cells = {sheet: {ref: _plain(value) for ref, value in values.items()} for sheet, values in changes.items()}
        self._office.ask("set", number=self._number, cells=cells)

    def calculate(self) -> Values:
        """Recalculate every formula, and read all their values."""
        answer = self._office.ask("calculate", number=self._number)
        return {
            sheet: {
                reference: bool(value) if flag and value in {0.0, 1.0} else value
                for (reference, flag), value in zip(self._formulas[sheet].items(), values, strict=True)
            }
            for sheet, values in answer.items()
        }

    def close(self) -> None:
        """Close the copy, to make room for another."""
        self._office.ask("close", number=self._number)


def _plain(value: Input) -> Any:
    """An input for JSON; a date as its serial number."""
    return float(serial_of(value)) if isinstance(value, dt.date) else value
