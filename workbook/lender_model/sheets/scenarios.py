"""Scenarios: what changes against the base, a column each, and the one in use, or several together."""

from __future__ import annotations

from lender_model.grid import (
    COUNT,
    DATE,
    FIRST_MONTH,
    FLAG,
    INDEX,
    INPUT,
    NOTE,
    PRICE,
    RATE,
    RATIO,
    SHARE,
    TEXT,
    USD,
    Row,
    Sheet,
    head,
    scalar,
)  # fmt: skip
from lender_model.sheets import together
from lender_model.sheets.together import ADD, FIRST, LOSSES, MULTIPLY, PARTS, Way

NAMES = ("Base", "Low price", "High cost", "Late completion", "Drought", "Unhedged", "Combined downside", "Tight funding",
         "Last price held")  # fmt: skip

CHANGES = (
    ("scenario.price", "Prices after the as-of date", COUNT, "1: assumed, 2: the plan's, 3: the last published held (R-59)", FIRST),
    ("scenario.gold", "Change of the gold price", PRICE, "added to the assumption after the as-of date", ADD),
    ("scenario.libor", "Change of LIBOR", RATE, "added to the assumption after the as-of date", ADD),
    ("scenario.costs", "Change of operating costs", SHARE, "of unit and site costs after the as-of date", MULTIPLY),
    ("scenario.capex", "Change of capital still to spend", SHARE, "of the plan's capital after the as-of date", MULTIPLY),
    ("scenario.delay", "Delay of Completion", "months", "of Completion, Mechanical and final, and its tests: each only if it is still to come", ADD),
    ("scenario.water", "Loss of leaching", SHARE, "in the year without water after the as-of date; it leaches later", LOSSES),
    ("scenario.hedge", "Part of the hedge book in force", SHARE, "it was signed with the loan: in force unless a scenario says otherwise (R-60)", PARTS),
    ("scenario.standby", "Part of the standby equity that is paid", SHARE, "sheet Plan: the committee's condition", PARTS),
)  # fmt: skip

_LAST_OWED = "SUMPRODUCT(MAX(([ratio.debt:row]>0)*[time.no:row]))"
RESULTS = (
    ("dscr", "Lowest DSCR", RATIO, "={ratio.min_dscr}", ""),
    ("llcr", "Lowest LLCR", RATIO, "={ratio.min_llcr}", ""),
    ("breach", "First covenant breach", DATE, "={cov.first_breach}", ""),
    ("short", "Months with the account below its minimum", COUNT, "=SUM([proceeds.short:row])", ""),
    ("shortfall", "Largest shortfall of the account", USD, "=MAX([proceeds.shortfall:row])", ""),
    ("default", "Months with arrears to the Lender", COUNT, "=SUM([wf.default:row])", ""),
    ("left", "Loan and arrears at the end", USD, "=INDEX([ratio.debt:row],1,COLUMNS([ratio.debt:row]))", ""),
    ("repaid", "Repaid on", DATE, f'=IF({{compare.left}}>0,"–",INDEX([time.end:row],1,{_LAST_OWED}+1))',
     "the month-end from which nothing is owed any more"),
    ("irr", "Sponsor's return, a year", SHARE, "={ratio.irr}", ""),
    ("sum", "Sum of main lines", USD, "={risk.sum}", "with the line below: whether they are current"),
    ("changes", "Sum of changes, year without water and its month", INDEX,
     "=" + "+".join(f"SUM([{key}:across])" for key, *_ in CHANGES)
     + "+COLUMNS([scenario.names:across])*({scenario.water_year}+{scenario.thaw})", "column E: of all scenarios"),
)  # fmt: skip
"""What a reader compares: key, line, unit, formula for the scenario in use, note."""
_CURRENT = (
    "AND(ABS(IF({scenario.count}=1,INDEX([compare.sum:across],1,{scenario.number}),SUM([compare.together:across]))"
    "-{compare.sum})<{checks.cent},"
    "ABS(SUM([compare.changes:across])-{compare.changes})<{checks.cent}*{checks.cent}*{checks.cent})"
)  # the last is far below a basis point of LIBOR, and far above what the order of summation leaves


def _in_use(key: str, label: str, unit: str, note: str, way: Way) -> Row:
    formula = together.formula(key, way, "scenario.number")
    return scalar(key, label, unit, formula, f"{note}; {way.words}", across=len(NAMES))


SHEET = Sheet(
    "Scenarios",
    "What each scenario changes against the base case, and what it comes to; in use is the one that the Cover names, or several together.",
    [
        head("In use", f"for several at once type on the Cover, for example: {NAMES[1]}{together.AND}{NAMES[3]}"),
        scalar("scenario.name", "Scenario", TEXT, "={cover.scenario}", "chosen on the Cover"),
        Row("scenario.names", "Names", TEXT, across=NAMES),
        *together.rows("scenario.names", "scenario.number", len(NAMES)),
        head("Changes", "each column changes only what it names, and nothing up to the as-of date; column E holds what the model reads: of several scenarios in use together, as each note says"),
        *(_in_use(*change) for change in CHANGES),
        head("What it needs"),
        scalar("scenario.water_year", "Year without water", "year", INPUT),
        scalar("scenario.thaw", "First month of leaching after the thaw, from which that year runs", COUNT),
        scalar("scenario.changed", "Anything changed", FLAG, "=IF(AND({scenario.count}=1,{scenario.number}=1),0,1)",
               "1 unless the Base alone is in use"),
        head("Results side by side", "column E: the scenario in use, now; beside it each scenario at the last refresh"),
        scalar("compare.state", "Results of the scenarios", TEXT,
               f'=IF(COUNT([compare.sum:across])=0,"not run yet",IF({_CURRENT},"current","stale"))',
               "every refresh writes them, whichever scenario is in use", bold=True),
        *(scalar(f"compare.{key}", label, unit, formula, note, results=len(NAMES))
          for key, label, unit, formula, note in RESULTS),
        Row("compare.together", "Sum of main lines in use at the last refresh", USD, results=1,
            note="with several scenarios together, whether the results are current"),
    ],
    monthly=False,
    across_titles=NAMES,
    widths={NOTE: 54} | dict.fromkeys(range(FIRST_MONTH, FIRST_MONTH + len(NAMES)), 14),
)  # fmt: skip
