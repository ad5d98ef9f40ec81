"""The ribbon's buttons: what each runs is registered by the package that does the work, as an entry point.

So the add-in knows no workbook: it names the button, and the installed packages say what that is.
"""

from __future__ import annotations

from importlib.metadata import entry_points

from drawstop.hosts.excel.program import ExcelError

GROUP = "drawstop.buttons"
"""The group of entry points (pyproject.toml)."""


def press(button: str) -> None:
    """Do what a button of the ribbon stands for.

    Raises:
        ExcelError: no installed package provides it.

    >>> press("polish")
    Traceback (most recent call last):
    drawstop.hosts.excel.program.ExcelError: no button 'polish'; install drawstop again: python -m pip install drawstop
    """
    found = [*entry_points(group=GROUP, name=button)]
    if not found:
        raise ExcelError(f"no button {button!r}; install drawstop again: python -m pip install drawstop")
    found[0].load()()
