"""The add-in on a user's own Windows: copied to where Excel loads it from, and removed again. Neither needs Excel."""

from __future__ import annotations

from pathlib import Path

from drawstop.hosts.excel import addin
from drawstop.hosts.excel.program import ExcelError, addin_path, require_windows

IS_OPEN = "Excel is open and has loaded the add-in: close it, then try again"


def install(*, described: bool = True) -> list[str]:
    """Make the add-in for this Python environment and put it into Excel's start folder, replacing an older one.

    Args:
        described: with help for Excel's function wizard.

    Returns:
        What was done, in lines for the user.

    Raises:
        ExcelError: not Windows, or Excel has an older add-in open.
    """
    require_windows()
    target = addin_path()
    target.parent.mkdir(parents=True, exist_ok=True)
    _put(addin.build(described=described), target)
    return [
        f"The add-in is installed: {target}",
        "When Excel next starts, its functions are in every workbook and its buttons on the drawstop tab.",
        "To check that Excel finds everything it needs, run: drawstop excel doctor",
    ]


def uninstall() -> list[str]:
    """Remove the add-in; nothing else was installed. See `install`."""
    require_windows()
    target = addin_path()
    if not target.exists():
        return [f"There is no add-in: {target} does not exist."]
    try:
        target.unlink()
    except PermissionError:
        raise ExcelError(IS_OPEN) from None
    return [f"The add-in is removed: {target}"]


def _put(content: bytes, target: Path) -> None:
    """Write beside the target and swap, so that the add-in is there complete or not at all."""
    beside = target.with_name(f"~{target.name}.new")
    try:
        beside.write_bytes(content)
        beside.replace(target)
    except PermissionError:
        raise ExcelError(IS_OPEN) from None
    except OSError as error:
        raise ExcelError(
            f"{target}: {error.strerror}; check your rights to the folder and the room on the disk"
        ) from error
    finally:
        beside.unlink(missing_ok=True)
