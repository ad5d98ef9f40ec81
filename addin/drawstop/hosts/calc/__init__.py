"""LibreOffice Calc: the add-in, headless recalculation, pictures of sheets.

Limits of Calc (7.4) that no add-in can remove:

- TRUE and FALSE arrive as 1 and 0, and are returned as 1 and 0. So a flag in place of a number is not an error, and
  SUM over flags counts them, which Excel's does not.
- A blank single cell arrives as 0. Where that would matter, the open documents are searched for the call
  that was made, and a zero that comes from a blank cell is a blank again (`blanks`). What remains: a blank inside a
  calculation (``D1*1``) is 0, as in Excel; if two calls differ only in a blank cell of one and a 0 of the other, both
  count as blank; and while a file is being opened, a blank is still 0.
- An argument left out between others counts as a blank; a required one left out at the end is #VALUE!.
- An error cell passed alone is the answer, also from EXPLAIN. An error inside a range: Err:504, without a call.
- A text in an array result equals no other until joined to an empty one: ``INDEX(COVENANT_REPORT(…),1,1)&""``. So
  MILESTONE takes single cells, and MILESTONE_ROWS ranges; the copies that we calculate are rewritten accordingly.
- Results do not spill: a result of several cells is entered as an array formula (Ctrl+Shift+Enter).
- A date is shown as its serial number until the cell has a date format.
- The function wizard lists all functions under Add-in, and treats every argument as optional.
- In an .xlsx opened by hand our array formulas show #NAME?; `open_book` opens a copy in which they work.
- drawstop must be installed for the version of LibreOffice's own Python. On Linux that is the system's; LibreOffice
  for Windows and macOS has its own, often older: it may not work there, and `status` says so.
"""

from drawstop.hosts.calc.installed import install, open_book, status, uninstall
from drawstop.hosts.calc.office import CalcError
from drawstop.hosts.calc.pictures import print_sheet, render
from drawstop.hosts.calc.recalculate import Book, Session, recalculate

__all__ = [
    "Book",
    "CalcError",
    "Session",
    "install",
    "open_book",
    "print_sheet",
    "recalculate",
    "render",
    "status",
    "uninstall",
]
