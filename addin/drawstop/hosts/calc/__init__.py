"""LibreOffice Calc: the add-in, recalculation without a screen, pictures of sheets."""

from drawstop.hosts.calc.install import install, open_book, status, uninstall
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
