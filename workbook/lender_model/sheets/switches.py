"""Switches: the readings of the filing that decide a test, each with its options and what the loan comes to under each."""

from __future__ import annotations

from typing import NamedTuple

from drawstop.facility import readings
from lender_model.grid import (
    COUNT,
    FIRST_MONTH,
    FLAG,
    LABEL,
    NOTE,
    RATIO,
    TEXT,
    Row,
    Sheet,
    head,
    scalar,
)
from lender_model.sheets import scenarios

COUNTS = ("all", "above the minimum", "none")
"""How much of the Proceeds Account is a current asset: R-49 as chosen, and its alternatives."""
NO, YES = 0.0, 1.0


class Switch(NamedTuple):
    """A reading that an input decides.

    Attributes:
        reading: its number.
        key: of the input.
        label: what the input says.
        options: what it may hold, each with its name and what it means; the first is the reading as chosen.
    """

    reading: str
    key: str
    label: str
    options: tuple[tuple[str | float, str, str], ...]

    @property
    def row(self) -> Row:
        """The input's line."""
        texts = tuple(option for option, *_ in self.options if isinstance(option, str))
        return scalar(
            self.key, self.label, TEXT if texts else FLAG, note=readings()[self.reading].clause, choices=texts
        )


SWITCHES = (
    Switch("R-49", "cov.account_counts", "The Proceeds Account as a current asset", (
        ("all", "all", "The whole account counts, as chosen: it pays the Project's costs and debt service of the coming months."),
        ("above the minimum", "above the minimum", "Only what exceeds the minimum balance counts; the minimum is restricted."),
        ("none", "none", "The account is restricted cash and does not count."))),
    Switch("R-18", "fund.fill", "An advance may itself fill the account", (
        (NO, "no", "Nothing is advanced while the account is below its minimum, as chosen."),
        (YES, "yes", "What is not drawn yet counts with the account, so that an advance may bring it up to its minimum."))),
    Switch("R-01", "proceeds.over_cap", "Interest above the cap is an other payment to the Lender", (
        (NO, "no", "Interest above the cap of limb (II) counts in no limb, as chosen."),
        (YES, "yes", "It counts in limb (IV). Advances by need reckon with the cap all the same."))),
    Switch("R-63", "plan.pad_asset", "Ore on the pad is a current asset, at cost", (
        (NO, "no", "Its cost is expensed as it is mined, as chosen: nobody can sell it until it is leached."),
        (YES, "yes", "Its cost is a current asset until its ounces are recovered."))),
)  # fmt: skip
"""The switches, in the order of the columns of the results."""

COLUMNS = tuple((switch, option) for switch in SWITCHES for option, *_ in switch.options)
"""The columns of the results: a switch and what it holds, everything else being as it is in use."""
TITLES = tuple(f"{switch.reading}: {name}" for switch in SWITCHES for _, name, _ in switch.options)

_COMPARED = {key: (key, *rest) for key, *rest in scenarios.RESULTS}
RESULTS = (
    ("tests", "Covenant tests broken", COUNT, "=SUM([cov.breach:row])", ""),
    (*_COMPARED["breach"][:-1], "from the as-of date on"),
    ("ratio", "Lowest current ratio at a test", RATIO,
     '=IF(COUNT([cov.ratio_to_come:row])=0,"–",MIN([cov.ratio_to_come:row]))', "from the as-of date on"),
    _COMPARED["short"], _COMPARED["shortfall"],
    ("above", "Months in which more is drawn than the Lender must advance", COUNT, "=SUM([fund.above_limit:row])", ""),
    ("locked", "Months in which a lock-up keeps cash in the account", COUNT, "=SUM([comp.held_back:row])", ""),
    _COMPARED["default"], _COMPARED["dscr"], _COMPARED["irr"],
    (*_COMPARED["sum"][:-1], "whether the results are current"),
)  # fmt: skip
"""What a reading may decide: key, line, unit, formula for the readings in use, note."""


def _used(switch: Switch, option: str | float) -> tuple[str, str]:
    held = f'"{option}"' if isinstance(option, str) else f"{option:g}"
    return f"=IF({{{switch.key}}}={held},1,0)", FLAG


def _of(switch: Switch) -> list[Row]:
    """A switch and its options in plain English."""
    return [
        head(f"{switch.reading} {readings()[switch.reading].title}", "sheet Readings says why it was chosen"),
        switch.row,
        *(
            Row(f"words.{switch.key.replace('.', '_')}_{k}", name if isinstance(option, str) else f"{option:g}: {name}", note=means)
            for k, (option, name, means) in enumerate(switch.options)
        ),
    ]  # fmt: skip


SHEET = Sheet(
    "Switches",
    "Readings of the filing that decide a test: what the loan comes to under each, and the switches that choose.",
    [
        head("Result under each reading", "column E: the readings in use, now; beside it each one put in place of its own alone, at the last refresh"),
        scalar("switch.state", "Results of the readings", TEXT,
               '=IF(COUNT([switch.sum:across])=0,"not run yet",'
               "IF(SUMPRODUCT([switch.used:across]*(([switch.sum:across]>={switch.sum}+{checks.cent})"
               '+([switch.sum:across]<={switch.sum}-{checks.cent})))=0,"current","stale"))',
               "every refresh writes them", bold=True),
        Row("switch.used", "In use", FLAG, across=len(COLUMNS), each=tuple(_used(*column) for column in COLUMNS)),
        *(scalar(f"switch.{key}", label, unit, formula, note, results=len(COLUMNS))
          for key, label, unit, formula, note in RESULTS),
        *(row for switch in SWITCHES for row in _of(switch)),
    ],
    monthly=False,
    across_titles=TITLES,
    widths={LABEL: 54, NOTE: 60} | dict.fromkeys(range(FIRST_MONTH, FIRST_MONTH + len(COLUMNS)), 14),
    clauses=tuple(dict.fromkeys(readings()[switch.reading].clause for switch in SWITCHES)),
)  # fmt: skip
