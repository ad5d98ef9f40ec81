"""Scenarios: what changes against the base, a column each, and the one in use."""

from __future__ import annotations

from lender_model.grid import COUNT, FLAG, INPUT, PRICE, RATE, SHARE, TEXT, Row, Sheet, Values, head, scalar

NAMES = ("Base", "Low price", "High cost", "Late completion", "Drought", "Hedged")

CHANGES = (
    ("scenario.gold", "Change of the gold price", PRICE, "added to the assumption after the as-of date"),
    ("scenario.libor", "Change of LIBOR", RATE, "added to the assumption after the as-of date"),
    ("scenario.costs", "Change of operating costs", SHARE, "of unit and site costs"),
    ("scenario.capex", "Change of capital still to spend", SHARE, "of the plan's capital expenditure"),
    ("scenario.delay", "Delay of Completion", "months", "Mechanical and final Completion"),
    ("scenario.water", "Loss of leaching", SHARE, "of the plan's leaching in the year without water"),
    ("scenario.hedge", "Part of the hedge book in force", SHARE, "of the plan's hedge book"),
)


def _in_use(key: str, label: str, unit: str, note: str) -> Row:
    return scalar(key, label, unit, f"=INDEX([{key}:across],1,{{scenario.number}})", note, across=len(NAMES))


SHEET = Sheet(
    "Scenarios",
    "Changes against the base case; the scenario chosen on the Cover is in use. Column E holds what the model reads.",
    [
        head("In use"),
        scalar("scenario.name", "Scenario", TEXT, "={cover.scenario}", "chosen on the Cover"),
        scalar("scenario.number", "Column", COUNT, "=MATCH({scenario.name},[scenario.names:across],0)"),
        Row("scenario.names", "Names", TEXT, across=NAMES),
        head("Changes", "each column changes only what it names"),
        *(_in_use(*change) for change in CHANGES),
        head("What it needs"),
        scalar("scenario.water_year", "Year without water", "year", INPUT),
        scalar("scenario.changed", "Anything changed", FLAG, "=IF({scenario.number}=1,0,1)"),
    ],
    monthly=False,
    across_titles=NAMES,
)  # fmt: skip


def number(name: str) -> int:
    """A scenario's column, counted from 1.

    Raises:
        ValueError: there is no such scenario.
    """
    for i, known in enumerate(NAMES):
        if known.lower() == name.lower():
            return i + 1
    known = ", ".join(NAMES)
    raise ValueError(f"scenario {name!r} is not one of {known}")


def calculate(v: Values) -> Values:
    """The changes of the scenario in use."""
    column = number(v["cover.scenario"])
    chosen = {key: v[f"{key}@across"][column - 1] for key, *_ in CHANGES}
    return {
        "scenario.name": v["cover.scenario"],
        "scenario.number": float(column),
        "scenario.changed": float(column != 1),
    } | chosen
