"""Risk: what simulation and break-even search have found, and whether it still belongs to the inputs."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from typing import Any

from lender_model.grid import (
    COUNT,
    FIRST_ROW,
    FLAG,
    LABEL,
    PRICE,
    RATE,
    RATIO,
    RESULT,
    SHARE,
    START,
    TEXT,
    USD,
    VALUE,
    Row,
    Sheet,
    balance,
    head,
    scalar,
)  # fmt: skip
from lender_model.risk.study import Names, Study
from lender_model.sheets import charts
from lender_model.sheets.actuals import GROUPS
from lender_model.sheets.covenants import COVENANTS

SERIES = (("gold", "Gold"), ("silver", "Silver"), ("libor", "LIBOR"))
PAIRS = (("gold_silver", "Gold and silver"), ("gold_libor", "Gold and LIBOR"), ("silver_libor", "Silver and LIBOR"))
UNCERTAIN = (
    ("costs", "Operating costs, against plan", "change"),
    ("capex", "Capital still to spend, against plan", "change"),
    ("recovery", "Recovery", SHARE),
    ("delay", "Delay of Completion", "months"),
)
PERCENTILES = (5, 25, 50, 75, 95)
EVENTS = (
    *((c.key, f"{c.name} broken") for c in COVENANTS),
    ("covenant", "Any covenant broken"),
    ("short", "Proceeds Account below its minimum"),
    ("default", "Arrears to the Lender"),
)
FIGURES = (
    ("dscr", "Lowest DSCR", RATIO),
    ("llcr", "Lowest LLCR", RATIO),
    ("life", "Years to repayment", "years"),
    ("irr", "Sponsor's return, a year", RATE),
)
FANS = (
    ("gold", "Gold", PRICE),
    ("headroom", "Proceeds Account above its minimum", USD),
    ("dscr", "DSCR, twelve months", RATIO),
    ("llcr", "LLCR", RATIO),
)
MEASURES = (
    ("dscr", "Lowest DSCR", RATIO),
    ("llcr", "Lowest LLCR", RATIO),
    ("headroom", "Least account headroom", USD),
    ("irr", "Sponsor's return", RATE),
)
MOVES = (
    ("gold", "Gold price ±10%"),
    ("grade", "Grade ±10%"),
    ("costs", "Operating costs ±10%"),
    ("recovery", "Recovery ±5 points"),
    ("delay", "Start-up six months late"),
    ("capex", "Capital to spend ±10%"),
    ("discount", "Discount rate ±2 points"),
    ("tax", "Tax ±5 points"),
    ("silver", "Silver price ±10%"),
    ("libor", "LIBOR ±1 point"),
)
TESTS = (
    *((c.key, c.name) for c in COVENANTS),
    ("short", "Proceeds Account at its minimum"),
    ("default", "No arrears to the Lender"),
    ("dscr", "DSCR of 1.00x"),
    ("llcr", "LLCR of 1.00x"),
    ("dscr_target", "DSCR of the target cover"),
    ("llcr_target", "LLCR of the target cover"),
)
LEVERS = (
    ("gold", "Gold price", PRICE),
    ("costs", "Change of operating costs", "change"),
    ("delay", "Months of delay", "months"),
)


LINES = {
    "gold": "market.gold", "headroom": "risk.headroom", "dscr": "ratio.dscr", "llcr": "ratio.llcr",
}  # fmt: skip
"""The workbook's own line of each fan."""
SINGLE = {
    "dscr": "ratio.min_dscr", "llcr": "ratio.min_llcr", "life": "risk.life", "irr": "ratio.irr",
    "headroom": "risk.least_headroom",
}  # fmt: skip
"""The workbook's own figure of each figure and measure."""
_DAYS_A_YEAR = 365.25
_FAILS = {
    **{c.key: f"=[cov.{c.key}_broken]" for c in COVENANTS},
    "short": "=[proceeds.short]",
    "default": "=[wf.default]",
    "dscr": "=IF(ISNUMBER([ratio.dscr]),IF([ratio.dscr]<1,1,0),0)",
    "llcr": "=IF(ISNUMBER([ratio.llcr]),IF([ratio.llcr]<1,1,0),0)",
    "dscr_target": "=IF(ISNUMBER([ratio.dscr]),IF([ratio.dscr]<{ratio.target},1,0),0)",
    "llcr_target": "=IF(ISNUMBER([ratio.llcr]),IF([ratio.llcr]<{ratio.target},1,0),0)",
}
"""By test, whether it fails in a month."""


def _case() -> Iterator[Row]:
    """What a run looks at, of the workbook as it stands: the formulas that every path goes through."""
    yield head("What a run looks at, in the workbook as it stands", "every path goes through these formulas")
    for key, label in EVENTS:
        line = "cov.breach" if key == "covenant" else f"risk.fails_{key}"
        yield scalar(f"risk.first_{key}", f"First month: {label}", COUNT, f"=IFERROR(MATCH(1,[{line}:row],0),0)",
                     "counts from the month of signing; 0: never")  # fmt: skip
    yield scalar("risk.days_a_year", "Days in a year, on average", "number exact", _DAYS_A_YEAR)
    yield scalar("risk.life", "Years from signing to repayment", "years",
                 '=IFERROR(({compare.repaid}-{facility.effective_date})/{risk.days_a_year},"–")')  # fmt: skip
    yield scalar("risk.least_headroom", "Least account headroom to come", USD,
                 '=IF(COUNT([risk.headroom_ahead:row])=0,"–",MIN([risk.headroom_ahead:row]))')  # fmt: skip
    yield balance("risk.headroom", "Proceeds Account above its minimum", USD, "=[proceeds.closing]-[proceeds.minimum]")
    yield balance("risk.headroom_ahead", "the same, to come while it is required", USD,
                  '=IF(AND([time.actual]=0,[proceeds.live]=1),[risk.headroom],"–")')  # fmt: skip
    for key, label in TESTS:
        yield balance(f"risk.fails_{key}", f"Fails: {label}", FLAG, _FAILS[key])


def fingerprints(key: str, label: str, command: str) -> list[Row]:
    """The rows that tell whether results belong to the inputs."""
    current = f"AND({{risk.{key}_inputs}}={{risk.inputs}},ABS({{risk.{key}_sum}}-{{risk.sum}})<{{checks.cent}})"
    return [
        scalar(f"risk.{key}_state", label, TEXT, f'=IF({{risk.{key}_inputs}}="","not run yet",IF({current},"current","stale"))',
               f"drawstop {command} writes it", bold=True),
        scalar(f"risk.{key}_run", "Run", TEXT, RESULT),
        scalar(f"risk.{key}_inputs", "Fingerprint of its inputs", TEXT, RESULT),
        scalar(f"risk.{key}_sum", "Sum of main lines at the run", USD, RESULT),
    ]  # fmt: skip


def _triangles() -> Iterator[Row]:
    for key, label, unit in UNCERTAIN:
        for part, words in (("low", "lowest"), ("likely", "most likely"), ("high", "highest")):
            yield scalar(f"risk.{key}_{part}", f"{label}: {words}", unit)


def ever(events: Names) -> Iterator[Row]:
    """How often each event ever happens."""
    for key, label in events:
        share = f'=IF(COUNT([risk.by_{key}:row])=0,"–",MAX([risk.by_{key}:row]))'
        yield scalar(f"risk.ever_{key}", label, SHARE, share, bold=True)


def distribution(key: str, label: str, unit: str) -> Iterator[Row]:
    """Percentiles of a figure."""
    yield head(label, "blank where there is none")
    for p in PERCENTILES:
        yield scalar(f"risk.{key}_p{p}", f"P{p}: {p} in 100 paths are at or below", unit, RESULT)


def tornado(key: str, label: str, unit: str, moves: Names) -> Iterator[Row]:
    """What each move does to a measure."""
    yield head(
        f"{label}: change by a move of one input", "input lower, and beside it higher; blank where there is none"
    )
    for move, words in moves:
        yield scalar(f"risk.move_{key}_{move}", words, unit, RESULT, start=RESULT)


def fan(key: str, label: str, unit: str) -> Iterator[Row]:
    """Percentiles of a line."""
    yield head(label, "by month, the part of the paths at or below")
    for p in PERCENTILES:
        yield balance(f"risk.fan_{key}_p{p}", f"P{p}", unit, RESULT)


def break_even(key: str, label: str, unit: str, tests: Names) -> Iterator[Row]:
    """Where each test first fails."""
    yield head(f"{label} at which a test first fails", "by year, in its last month; blank where none was found")
    for test, words in tests:
        yield balance(f"risk.{key}_{test}", words, unit, RESULT)


CHART_SIZE, CHART_ROWS, _CHART_LINES, _ABREAST = (500, 295), 16, 3, 3
"""Size of a chart in pixels, and its height in rows; rows of charts above the tables, and charts in a row."""

SHEET = Sheet(
    "Risk",
    "How the facility fares in many futures, and how far each input may go; results stand here until the next run.",
    [
        *(Row("", "") for _ in range(CHART_ROWS * _CHART_LINES)),
        head("Paths in which it ever happens"),
        *ever(EVENTS),
        scalar("risk.watched", "Share of the paths from which the Dashboard's light is amber", SHARE),
        scalar("risk.declined", "Share of the paths from which it is red", SHARE),
        *(row for figure in FIGURES for row in distribution(*figure)),
        *(row for measure in MEASURES for row in tornado(*measure, MOVES)),
        head("Paths in which it has happened by the month"),
        *(balance(f"risk.by_{key}", label, SHARE, RESULT) for key, label in EVENTS),
        *(row for line in FANS for row in fan(*line)),
        *(row for lever in LEVERS for row in break_even(*lever, TESTS)),
        head("Prices and LIBOR", "the assumption of sheet Market times a lognormal factor of mean one; at start: what history gives"),
        *(scalar(f"risk.volatility.{key}", f"{label}: volatility, a year", "volatility", start=RESULT, note="blank: what history gives")
          for key, label in SERIES),
        *(scalar(f"risk.reversion.{key}", f"{label}: return to the assumption", "1/year") for key, label in SERIES),
        *(scalar(f"risk.correlation.{key}", f"Correlation: {label}", "correlation", start=RESULT, note="blank: what history gives")
          for key, label in PAIRS),
        head("The Project", "triangular distributions; what is past is not drawn"),
        *_triangles(),
        scalar("risk.water", "Leaching lost in the year without water, for each month of delay", SHARE),
        head("Whether the results belong to the inputs"),
        scalar("risk.inputs", "Fingerprint of the inputs at the last refresh", TEXT, RESULT),
        scalar("risk.sum", "Sum of main lines", USD, "=SUM([ops.cfads:row])+SUM([proceeds.closing:row])+SUM([bal.equity:row])",
               "changes with the inputs, before a refresh too"),
        *fingerprints("simulation", "Simulation", "simulate"),
        *fingerprints("breakeven", "Break-evens", "breakeven"),
        *fingerprints("sensitivity", "Sensitivity", "sensitivity"),
        *_case(),
    ],
    start_title="History, high",
    pages_wide=5,
)  # fmt: skip


def results() -> list[Row]:
    """The lines that a run writes."""
    return [row for row in SHEET.rows if row.is_result]


# ---- charts ----------------------------------------------------------------------------------------------------------

_BANDS = ("#9CC7E8", "#2680C2", "#102A43", "#2680C2", "#9CC7E8")
"""A percentile's colour: the same for the lower and the upper of a pair."""
_EVENT_COLOURS = ("#2680C2", "#C99A2E", "#9AA5B1", "#102A43", "#3F9142", "#BA2525")
_LOAN_LIFE = 54
"""Months to the last instalment."""
MOST_COVER = 8.0
"""Of a cover that is drawn, which may go to any height as the debt goes to nothing."""
_COVER_BOUNDS = {"min": 0, "max": MOST_COVER}
_TITLES = {
    "gold": ("Gold, US$/oz", "#,##0"),
    "headroom": ("Account above its minimum, US$ million", "#,##0.0,,"),
    "dscr": ("DSCR, twelve months", '0.0"x"'),
    "llcr": ("LLCR", '0.0"x"'),
}


def add_charts(book: Any, page: Any, place: charts.Place, months: int) -> None:
    """Fans, events over time and tornados, above the tables."""
    for k, (chart, title) in enumerate(drawn(book, place, STUDY, {"gold": months}, _LOAN_LIFE, months, CHART_SIZE)):
        down, beside = divmod(k, _ABREAST)
        left = (CHART_SIZE[0] + 6) * beside
        charts.insert(page, FIRST_ROW - 1 + CHART_ROWS * down, LABEL, chart, title, x_offset=left)


def drawn(
    book: Any,
    place: charts.Place,
    study: Study,
    lasts: Mapping[str, int],
    last: int,
    months: int,
    size: tuple[int, int],
) -> Iterator[tuple[Any, str]]:
    """The charts of a sheet Risk, each with its title.

    Args:
        book: as XlsxWriter has it.
        place: sheet and row of each line.
        study: what the sheet holds.
        lasts: the last month of some fans.
        last: that of the others.
        months: of the model.
        size: of a chart in pixels.
    """
    for key, *_ in study.fans:
        bounds = _COVER_BOUNDS if key in study.open_ended else {}
        yield _fan_chart(book, place, study.titles[key], key, lasts.get(key, last), size, bounds)
    yield _event_chart(book, place, study.events, months, size)
    for measure in sorted(study.measures[:2], key=lambda each: each[0] != study.ranked):
        yield _tornado_chart(book, place, measure, study.moves, size)


def _fan_chart(
    book: Any,
    place: charts.Place,
    words: tuple[str, str],
    key: str,
    last: int,
    size: tuple[int, int],
    bounds: Mapping[str, Any],
) -> tuple[Any, str]:
    parts = [
        (f"risk.fan_{key}_p{p}", f"P{p}", {"color": colour, "dash_type": "dash" if p > PERCENTILES[2] else "solid"})
        for p, colour in zip(PERCENTILES, _BANDS, strict=True)
    ]  # fmt: skip
    title, number_format = words
    chart, title = charts.line(book, place, last, parts), f"{title}: percentiles of the paths"
    return charts.finish_line(chart, title, number_format, size, **bounds), title


def _event_chart(book: Any, place: charts.Place, events: Names, months: int, size: tuple[int, int]) -> tuple[Any, str]:
    parts = [
        (f"risk.by_{key}", label, {"color": colour, "dash_type": "dash" if key == "covenant" else "solid"})
        for (key, label), colour in zip(events, itertools.cycle(_EVENT_COLOURS), strict=False)
    ]
    chart, title = charts.line(book, place, months, parts), "Paths in which it has happened by the month"
    return charts.finish_line(chart, title, "0%", size, min=0, max=1), title


def _tornado_chart(
    book: Any, place: charts.Place, measure: tuple[str, str, str], moves: Names, size: tuple[int, int]
) -> tuple[Any, str]:
    key, label, unit = measure
    first, last = (f"risk.move_{key}_{move}" for move in (moves[0][0], moves[-1][0]))
    parts = [("Input lower", VALUE, "#9CC7E8"), ("Input higher", START, "#102A43")]
    chart, title = charts.bars(book, place, (first, last), parts), f"{label}: change by a move of one input"
    number_format = {RATIO: '0.0"x"', USD: charts.MILLIONS}.get(unit, "0%")
    title += ", US$ million" if unit == USD else ""
    return charts.finish_bars(chart, title, number_format, size), title


STUDY = Study(
    EVENTS, FIGURES, FANS, MEASURES, MOVES, TESTS, LEVERS, UNCERTAIN, LINES, SINGLE, _TITLES,
    settled={"actual.ore": "ops.ore", "actual.ounces": "ops.recovered", "actual.cost": "ops.cost", "actual.capex": "ops.capex"},
    states=tuple(f"state.{group.key}" for group in GROUPS),
    published={"gold": "market.gold_actual"},
)  # fmt: skip
"""Of the workbook of 1996."""
