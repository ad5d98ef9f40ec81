"""The month's report to the lender: one page of HTML with charts, from a workbook in its current state."""

from __future__ import annotations

from pathlib import Path

from lender_model import refresh
from lender_model.compose import refresh as deal_refresh
from lender_model.compose.facts import facts
from lender_model.kinds import kind_of
from lender_model.monthly_report.charts import svg
from lender_model.monthly_report.deal_story import story as deal_story
from lender_model.monthly_report.parts import Story
from lender_model.monthly_report.story import story
from lender_model.moved import Lines, Move, last
from lender_model.refresh import Calculated
from lender_model.risk import RiskError
from lender_model.xlsx.package import Package


def page(book: Path) -> str:
    """The report on a workbook, which is calculated in memory and not changed.

    Raises:
        PackageError, WorkbookError: the workbook is faulty, as for a refresh.
        RiskError: the extra pictures is not installed.
    """
    package = Package.read(book)
    result = kind_of(package).calculate(package, None, None, None, "python")
    told = _of_deal(result) if isinstance(result, deal_refresh.Refreshed) else _of_1996(result)
    by = result.values["cover.refreshed"].partition(",")[0]
    return rendered(told, f"Calculated by {by} from {book.name}.")


def _of_1996(result: Calculated) -> Story:
    assert isinstance(result, refresh.Refreshed)  # noqa: S101 - of this kind
    cell = result.package.cells(result.package.sheet_names[0]).get("B2")  # the deal's name stands below the heading
    title = str(cell.value) if cell and cell.value else "Lender's report"
    return story(title, result.values, _moves(result, result.places), result.notes)


def _of_deal(result: deal_refresh.Refreshed) -> Story:
    found = facts(result.lines, result.values)
    return deal_story(result.lines, result.values, found, _moves(result, result.lines), result.notes)


def _moves(result: Calculated, lines: Lines) -> list[Move]:
    """What has moved; or what the last refresh that moved anything has left on the sheet Log."""
    return [*result.moved.figures, *result.moved.inputs] or last(lines)


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
