"""The ribbon's buttons: the package that does the work registers each as an entry point.

So the add-in does not depend on the workbook's code: it names the button, and an installed package provides it.
"""

from __future__ import annotations

from importlib.metadata import entry_points

from drawstop.hosts.excel.program import ExcelError

GROUP = "drawstop.buttons"
"""The group of entry points (pyproject.toml)."""


def press(button: str) -> None:
    """Run the action of a ribbon button.

    Raises:
        ExcelError: no installed package provides it.

    >>> press("polish")
    Traceback (most recent call last):
    drawstop.hosts.excel.program.ExcelError: no button 'polish'; reinstall drawstop: python -m pip install drawstop
    """
    found = [*entry_points(group=GROUP, name=button)]
    if not found:
        raise ExcelError(f"no button {button!r}; reinstall drawstop: python -m pip install drawstop")
    found[0].load()()
