"""The month's report to the lender: one page of HTML with charts, from a workbook in its current state."""

from __future__ import annotations

from pathlib import Path

from lender_model import moved
from lender_model.monthly_report.charts import svg
from lender_model.monthly_report.story import Story, story
from lender_model.package import Package
from lender_model.refresh import calculate
from lender_model.risk import RiskError


def page(book: Path) -> str:
    """The report on a workbook, which is calculated in memory and not changed.

    Raises:
        PackageError, WorkbookError: the workbook is faulty, as for a refresh.
        RiskError: the extra pictures is not installed.
    """
    package = Package.read(book)
    refreshed = calculate(package)
    moves = [*refreshed.moved.figures, *refreshed.moved.inputs] or moved.last(refreshed.places)
    told = story(_title(package), refreshed.values, moves, refreshed.notes)
    by = refreshed.values["cover.refreshed"].partition(",")[0]
    return rendered(told, f"Calculated by {by} from {book.name}.")


def rendered(told: Story, footer: str) -> str:
    """A story as a page.

    Raises:
        RiskError: the extra pictures is not installed.
    """
    try:
        import jinja2  # noqa: PLC0415 - an extra
        from markupsafe import Markup  # noqa: PLC0415 - comes with it
    except ImportError:
        raise RiskError("a report needs Jinja2 and matplotlib: install drawstop with the extra pictures") from None
    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined)
    environment.globals["svg"] = lambda chart: Markup(svg(chart))  # noqa: S704 - drawn by us, its texts escaped
    template = environment.from_string(Path(__file__).with_name("page.html").read_text(encoding="utf-8"))
    return template.render(story=told, footer=footer)


def _title(package: Package) -> str:
    """The deal's name, from below the heading of the first sheet."""
    cell = package.cells(package.sheet_names[0]).get("B2")
    return str(cell.value) if cell and cell.value else "Lender's report"
