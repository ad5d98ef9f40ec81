"""Log: what each refresh has moved, the newest first; and, hidden below, what the last one found."""

from __future__ import annotations

from lender_model.grid import FIRST_ROW, KEY, Book, Sheet
from lender_model.writing import style
from lender_model.writing.page import Page

LINES = 240
"""A line for each figure or input that moved, some years of monthly refreshes; the oldest make room."""
KEYS = tuple(f"log.{number:03}" for number in range(1, LINES + 1))
PRINTED = 30
"""The newest of them, as many as fit on a page, are printed."""
STATE = "log.state"
"""The key of the hidden row; its cell holds inputs and key figures of the last refresh, as JSON."""
COLUMNS = ("Key", "Refreshed", "As of", "What moved", "Before", "Now")
TOLD = (
    "cover.account", "cover.minimum", "cover.shortfall", "cover.loan", "cover.arrears", "cov.first_breach",
    "ratio.min_dscr", "checks.alerts",
)  # fmt: skip
"""Keys of what an analyst wants to be told of."""

_LOOKS = (
    style.cell(text_wrap=True), style.cell("date", align="left"), style.cell(text_wrap=True), style.cell(align="right"),
    style.cell(align="right"),
)  # fmt: skip
_WIDTHS = {KEY: 3, 1: 46, 2: 10, 3: 64, 4: 18, 5: 18}


def _layout(page: Page, _book: Book) -> None:
    for row, key in enumerate((*KEYS, STATE), start=FIRST_ROW - 1):
        page.put(row, KEY, key, style.STYLES["key"] | {"align": "fill"})  # so that it ends with its column
        for column, look in enumerate(_LOOKS, start=1):
            page.put(row, column, None, look)
    page.last_row = FIRST_ROW - 2 + PRINTED
    page.sheet.set_row(FIRST_ROW - 1 + LINES, None, None, {"hidden": True})


SHEET = Sheet(
    "Log",
    "What each refresh has moved, the newest first: key figures, then the inputs that were asked for or typed.",
    (),
    monthly=False,
    widths=_WIDTHS,
    columns=COLUMNS,
    layout=_layout,
)
