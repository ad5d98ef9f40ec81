"""A workbook without the path of the add-in on the desk that saved it."""

from __future__ import annotations

import functools

from drawstop.hosts.links import ADDIN, is_addin, plain
from lender_model.xlsx.package import Package

_EVERYWHERE = "xlStartup"
"""The kind of a link to a file in Excel's start folder, where the add-in is installed: it holds no desk's path."""

_MARKS = (b"_xludf.", b"_xll.", ADDIN.encode())
"""Other marks of an add-in's function."""


def without_addin_path(package: Package) -> Package:
    """Formulas without the path of an add-in, which does not exist on another desk.

    A link to the start folder stays: it works on every desk that has the add-in.
    """
    return _without(package, {n for n in _addin_links(package) if package.external_books[n][0] != _EVERYWHERE})


def without_addin(package: Package) -> Package:
    """A workbook without any link to the add-in, for those who do not have it."""
    return _without(package, _addin_links(package))


def _addin_links(package: Package) -> set[int]:
    return {number for number, (_, target) in package.external_books.items() if is_addin(target)}


def _without(package: Package, links: set[int]) -> Package:
    if not links and not any(map(package.holds, _MARKS)):
        return package
    plainly = package.reworded(functools.partial(plain, links=links))
    for number in sorted(links, reverse=True):
        plainly = plainly.without_external_book(number)
    return plainly
