"""The formulas that the model has in a workbook as it stands now, to tell those that somebody has edited.

Rows that moved, columns put in and sheets renamed make no edit: a line's template is worded with the places that its
keys have in this workbook, as the spreadsheet program has reworded the formula itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeAlias

from lender_model.grid import FIRST_MONTH, START, Book, column_name, quoted

_TEXT = re.compile(r'("(?:[^"]|"")*")')
_NOISE = re.compile(r"""[\s$']|\[\d+\]!|_xl\w+\.""")  # signs without effect on a cell's figure; links to the add-in
_ADDRESS = re.compile(r"(?:[^-+*/&=<>,;:()!\"]+!)?(?<![\w.])[a-z]{1,3}\d+(?![\w(.])")  # with its sheet's name
_REFERENCE = re.compile(r"(?<![\w.$])(\$?)([A-Z]{1,3})(\$?)(\d{1,7})(?![\w(.!])")


_Piece: TypeAlias = str | tuple[str, Sequence[str], int, str]
"""Text; or a cell of the formula's own column: what stands before its letters, letters by column, offset, its row."""


class Home(NamedTuple):
    """Where a line stands now: its sheet, its row, and by column of a built workbook the letters of that column."""

    sheet: str
    row: int
    letters: Sequence[str]


class Template:
    """A line's formula in a workbook, worded once but for the letters of the column."""

    def __init__(self, text: str, key: str, book: Book, home: Callable[[str], Home]) -> None:
        """Word a template of :mod:`lender_model.grid` for the line of this key."""
        self._sheet = home(key).sheet
        self._pieces: list[_Piece] = []
        text = (f"=SUM([{key}:row])" if text == "sum" else text).removeprefix("=")
        end = 0
        for token in book.TOKEN.finditer(text):
            self._pieces += [text[end : token.start()], _reference(token, self._sheet, book, home)]
            end = token.end()
        self._pieces.append(text[end:])
        self._has_addresses = bool(_ADDRESS.search(_plain(book.TOKEN.sub("", text), self._sheet)))

    def at(self, column: int) -> str:
        """The formula in a column, counted from 0 as in a built workbook."""
        return "".join(
            piece if isinstance(piece, str) else f"{piece[0]}{piece[1][column + piece[2]]}{piece[3]}"
            for piece in self._pieces
        )

    def is_at(self, column: int, formula: str) -> bool:
        """Whether a formula is the one of this column, in whatever way a program has written it down.

        Of the few formulas that name addresses instead of keys, the addresses are not compared.
        """
        expected = self.at(column)
        if formula == expected:
            return True
        expected, found = _plain(expected, self._sheet), _plain(formula, self._sheet)
        if self._has_addresses:
            expected, found = _ADDRESS.sub("", expected), _ADDRESS.sub("", found)
        return expected == found


def _reference(token: re.Match[str], sheet: str, book: Book, home: Callable[[str], Home]) -> _Piece:
    """What a template's token becomes; a cell of the column itself is left open."""
    key, how, last, single = token.groups()
    if single:
        return book.names[single]
    place = home(key)
    prefix = "" if place.sheet == sheet else f"{quoted(place.sheet)}!"
    first, end = FIRST_MONTH, FIRST_MONTH + book.months - 1
    if how in {None, "-1"}:
        return prefix, place.letters, -1 if how else 0, f"${place.row}"
    if how == "start":
        return f"{prefix}${place.letters[START]}${place.row}"
    left, right = {
        "row": (first, end),
        "block": (first, end),
        "start_row": (START, end),
        "later": (first + 1, end),
        "earlier": (first, end - 1),
        "across": (first, first + book.row(key).width - 1),
    }[how]
    bottom = home(last).row if how == "block" else place.row
    return f"{prefix}${place.letters[left]}${place.row}:${place.letters[right]}${bottom}"


def same(expected: str, found: str, sheet: str) -> bool:
    """Whether two formulas of a sheet are one, in whatever way a program has written them down."""
    return expected == found or _plain(expected, sheet) == _plain(found, sheet)


def _plain(formula: str, sheet: str) -> str:
    """A formula without spaces, dollar signs, capitals and the name of its own sheet; texts in it stay.

    >>> _plain('IF( $G$6 > Loan!H$7, "Not yet", 0 )', "Loan")
    'if(g6>h7,"Not yet",0)'
    """
    own = f"{sheet}!".replace(" ", "").replace("'", "").casefold()
    parts = _TEXT.split(formula)
    parts[::2] = [_NOISE.sub("", part).casefold().replace(own, "") for part in parts[::2]]
    parts[::2] = [part.replace("true()", "true").replace("false()", "false") for part in parts[::2]]
    return "".join(parts)


def shifted(formula: str, rows: int, columns: int) -> str:
    """The formula of a cell that shares another's, so many rows and columns further on.

    >>> shifted('G$6*$E7+LOG10(H8)&"G6"', 1, 2)
    'I$6*$E8+LOG10(J9)&"G6"'
    """

    def moved(found: re.Match[str]) -> str:
        fixed, column, fixed_row, row = found.groups()
        letters = column if fixed else column_name(column_number(column) + columns)
        return f"{fixed}{letters}{fixed_row}{int(row) + (0 if fixed_row else rows)}"

    parts = _TEXT.split(formula)
    parts[::2] = [_REFERENCE.sub(moved, part) for part in parts[::2]]
    return "".join(parts)


def column_number(letters: str) -> int:
    """A column's place, counted from 0.

    >>> column_number("A"), column_number("CR")
    (0, 95)
    """
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1
