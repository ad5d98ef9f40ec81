r"""The prefixes that Excel adds to a function of ours in a formula, and the formula without them.

For a function from an add-in, Excel stores where the add-in was: in a file ``[1]!DSCR(…)``, where the number stands for
a link to the add-in's file; on screen, if that file is not found, ``'C:\…\drawstop.xlam'!DSCR(…)``. On another desk
both are broken. Excel may save an unknown function as ``_xludf.DSCR(…)``.
"""

from __future__ import annotations

import ntpath
import re
from collections.abc import Collection
from urllib.parse import unquote

from drawstop.functions import FUNCTIONS

ADDIN = "drawstop.xlam"
"""The add-in's file."""

_OURS = "|".join(sorted(FUNCTIONS, key=len, reverse=True))
_TOKEN = re.compile(
    rf"""
      "[^"]*"                                                 # a text
    | (?P<before> '(?:[^']|'')*'! | [^\s'"!(){{}}+\-*/^&=<>,;@]+! | (?<![\w.])(?:_xludf|_xll)\. ) (?=(?:{_OURS})\()
    | '(?:[^']|'')*'                                          # a sheet's name
    """,
    re.VERBOSE | re.IGNORECASE,
)
_MARK = re.compile(r"\[\d|drawstop\.xlam|_xludf\.|_xll\.", re.IGNORECASE)
_CALL = re.compile(rf""""[^"]*"|'(?:[^']|'')*'|(?<![\w.])(?:_xludf\.|_xll\.)?(?P<call>{_OURS})\(""", re.IGNORECASE)


def plain(formula: str, links: Collection[int] = ()) -> str:
    r"""The formula as typed, without the location of an add-in.

    Args:
        formula: as Excel shows it, or as stored in a file.
        links: in a file, the numbers of the links to our add-in; other links are kept.

    >>> plain("SUM([1]!DSCR(A1,B1),[2]!DSCR(A1,B1))", {1})
    'SUM(DSCR(A1,B1),[2]!DSCR(A1,B1))'
    >>> plain(r"='C:\Users\A B\XLSTART\drawstop.xlam'!DSCR(A1,B1)")
    '=DSCR(A1,B1)'
    >>> plain("=@drawstop.xlam!DSCR(A1:A9,B1)")
    '=@DSCR(A1:A9,B1)'
    >>> plain('"[1]!DSCR("&_xludf.DSCR(A1,B1)', {1})
    '"[1]!DSCR("&DSCR(A1,B1)'
    """

    def without(found: re.Match[str]) -> str:
        before = (found["before"] or "").lower()
        place = before.removesuffix("!").strip("'")
        number = re.fullmatch(r"\[(\d+)\]", place)
        if (number and int(number[1]) in links) or ADDIN in place or before in {"_xludf.", "_xll."}:
            return ""
        return found[0]

    return _TOKEN.sub(without, formula) if _MARK.search(formula) else formula


def calls(formula: str) -> bool:
    """Whether a formula calls a function of ours, with or without a prefix.

    >>> calls("=IF(A1>0,[1]!dscr(A1,B1),0)"), calls("_xludf.DSCR(A1,B1)"), calls('="DSCR("'), calls("=MYDSCR(A1)")
    (True, True, False, False)
    """
    return bool(called(formula))


def called(formula: str) -> set[str]:
    """The functions of ours that a formula calls.

    >>> sorted(called("=IF(A1>0,[1]!dscr(A1,B1),_xludf.LLCR(B1))"))
    ['DSCR', 'LLCR']
    """
    return {found["call"].upper() for found in _CALL.finditer(formula) if found["call"]}


def is_addin(target: str) -> bool:
    r"""Whether the target of a link is our add-in's file, wherever it was.

    >>> is_addin("file:///C:\\Users\\A%20B\\drawstop.xlam"), is_addin("drawstop.xlam"), is_addin("plan.xlsx")
    (True, True, False)
    """
    return ntpath.basename(unquote(target)).lower() == ADDIN
