"""LibreOffice Calc: the add-in, recalculation without a screen, pictures of sheets.

What Calc (7.4) cannot give us, whatever the add-in does:

- TRUE and FALSE reach us as 1 and 0, and leave as 1 and 0. A flag where a number belongs is therefore no error, and
  SUM over flags counts them, which Excel's does not.
- A blank single cell reaches us as 0. Where that would make a difference, the open documents are searched for the call
  that was made, and a zero that comes from a blank cell is a blank again (`blanks`). What remains: a blank inside a
  calculation (``D1*1``) is 0, as in Excel; if two calls agree in every argument but that one has a blank cell where the
  other has a 0, both count as blank; and while a file is being opened, a blank is still 0.
- An argument left out between others counts as a blank; a required one left out at the end is #VALUE!.
- An error cell given alone is the answer, and EXPLAIN of it too. An error inside a range: Err:504, without a call.
- Texts in an array answer equal no other text, until joined to an empty one: ``INDEX(COVENANT_REPORT(…),1,1)&""``. So
  MILESTONE takes single cells, and MILESTONE_ROWS ranges; in the copies that we calculate this is done.
- Answers do not spill: an answer of several cells is entered as an array formula (Ctrl+Shift+Enter).
- A date is shown as its serial number until the cell is given a date format.
- The function wizard lists all functions under Add-in, and takes every argument for optional.
- In an .xlsx that is opened by hand our array formulas show #NAME?: `open_book` opens a copy in which they do not.
- drawstop must be installed for the version of LibreOffice's own Python. On Linux that is the system's; LibreOffice
  for Windows and macOS brings one, often older: there it may not work, and `status` says so.
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
