"""What the report on the 1996 workbook says: the answer first, then the figures it rests on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from lender_model.books.moved import Move
from lender_model.commands.report import day, dollars, facts
from lender_model.grid import PRICE, RATIO, USD, Values
from lender_model.monthly_report.charts import Chart, Kind, Series
from lender_model.monthly_report.parts import (
    Section,
    State,
    Story,
    Table,
    Tile,
    basis,
    falls_due,
    line,
    millions,
    ratio,
    risks,
    scenario_figure,
    what_moved,
)
from lender_model.sheets import risk, scenarios, together
from lender_model.sheets.waterfall import CLAIMS


def story(title: str, v: Values, moved: Sequence[Move], notes: Sequence[str]) -> Story:
    """The report on a workbook.

    Args:
        title: the deal's name.
        v: every figure of the workbook.
        moved: what has moved since the previous refresh: what, before, now.
        notes: what the figures are based on, where that is not the model as built.

    Example:
        >>> from lender_model import case, model
        >>> told = story("Illinois Creek", model.run(case.inputs()[0]), [], [])
        >>> told.state in ("red", "amber", "green"), told.answer.startswith("The loan is")
        (True, True)
    """
    found = facts(v)
    reasons = list(_troubles(v, found))
    ahead = [] if reasons else list(_ahead(v))
    state: State = "red" if reasons else "amber" if ahead or found["alerts"] else "green"
    words = {"red": "in trouble", "amber": "performing, and needs watching", "green": "performing"}[state]
    sections = [
        _covenants(v, found), _account(v, found), falls_due(v), _debt(v), _waterfall(v), what_moved(moved),
        _scenarios(v), *risks(v, risk.STUDY), basis(found, notes),
    ]  # fmt: skip
    return Story(
        title=title,
        subtitle=f"Lender's report at {day(found['as_of'])}, scenario {found['scenario']}",
        state=state,
        answer=f"The loan is {words}." if state else "",
        reasons=reasons or ahead,
        remedies=list(_remedies(v, found)),
        tiles=list(_tiles(v, found)),
        sections=[section for section in sections if section],
    )


# ---- the answer ------------------------------------------------------------------------------------------------------


def _troubles(v: Values, found: Mapping[str, Any]) -> Any:
    """The problems at the as-of date, worst first."""
    if found["loan"]["in_arrears"]:
        yield f"{millions(found['loan']['arrears'])} that fell due to the Lender is unpaid."
    for test in found["covenants"]["tests"]:
        if test["complies"] is False:
            limit = f"{test['sense']} {ratio(test['required'])}"
            yield f"{test['name']}: {ratio(test['actual'])} where {limit} is required."
    short = found["account"]["shortfall"]
    if short > v["checks.cent"]:
        minimum = millions(found["account"]["minimum"])
        yield f"The Proceeds Account is {millions(short)} below its minimum of {minimum}."
    for stone in found["milestones"]:
        if stone["state"] == "missed":
            yield f"{stone['name']} was due by {day(stone['deadline'])} and is missed."
    for label in found["checks_failed"]:
        yield f"A check of the model fails: {label[0].lower()}{label[1:]}."


def _ahead(v: Values) -> Any:
    """The outcome of the plan after the as-of date."""
    if isinstance(v["cov.first_breach"], np.datetime64):
        yield f"{v['cov.first_name']} breaks first, on {day(v['cov.first_breach'])}."
    short = v["proceeds.shortfall"][:, 0] * (1 - v["time.actual"][:, 0])
    if short.max() > v["checks.cent"]:
        t = int(np.argmax(short > v["checks.cent"]))
        yield f"The Proceeds Account falls below its minimum in {day(v['time.end'][t, 0])[3:]}."
    late = np.flatnonzero(v["wf.lender_close"][:, 0] > v["checks.cent"])
    if len(late):
        yield f"The Lender is not paid in full from {day(v['time.end'][late[0], 0])[3:]} on."


def _remedies(v: Values, found: Mapping[str, Any]) -> Any:
    """The remedies, in dollars."""
    if found["loan"]["in_arrears"]:
        yield f"Pay the arrears of {millions(found['loan']['arrears'])}."
    short = found["account"]["shortfall"]
    if short > v["checks.cent"]:
        yield f"Pay {millions(short)} into the Proceeds Account."
    tests = np.flatnonzero((v["cov.test"] * v["time.actual"])[:, 0])
    if len(tests):
        cure = v["cov.cure"][tests[-1], 0]
        if not isinstance(cure, str) and cure > v["checks.cent"]:
            yield f"New equity of {millions(float(cure))}, kept as cash, would cure every covenant."


def _tiles(v: Values, found: Mapping[str, Any]) -> Any:
    loan, account = found["loan"], found["account"]
    arrears: State = "red" if loan["in_arrears"] else ""
    yield Tile("Loan outstanding", millions(loan["outstanding"]), f"arrears {millions(loan['arrears'])}", arrears)
    short = account["shortfall"] > v["checks.cent"]
    yield Tile(
        "Proceeds Account", millions(account["balance"]), f"minimum {millions(account['minimum'])}",
        "red" if short else "green",
    )  # fmt: skip
    tests = found["covenants"]["tests"]
    broken = [test["name"] for test in tests if test["complies"] is False]
    tested = found["covenants"]["test_date"]
    words = ", ".join(broken) if broken else f"tested {day(tested)}" if tested else "not yet tested"
    yield Tile(
        "Covenants", f"{len(broken)} of {len(tests)} broken" if tested else "–", words,
        "red" if broken else "green" if tested else "",
    )  # fmt: skip
    for key, label in (("dscr", "Lowest DSCR"), ("llcr", "Lowest LLCR")):
        lowest = v[f"ratio.min_{key}"]
        value = None if isinstance(np.ravel(lowest)[0], str) else float(np.ravel(lowest)[0])
        target = float(v["ratio.target"])
        state: State = "" if value is None else "red" if value < 1 else "amber" if value < target else "green"
        yield Tile(label, ratio(value), f"target {ratio(target)}", state)
    payment = loan["next_payment"]
    yield Tile(
        "Next payment", millions(payment["amount"]) if payment else "none", day(payment["date"]) if payment else ""
    )


# ---- sections --------------------------------------------------------------------------------------------------------


def _chart(v: Values, title: str, unit: str, *series: tuple[str, str, Kind], owed: bool = False) -> Chart:
    """A chart of lines by key, label and kind, over the months in which the Lender is owed, or all."""
    scale = 1e6 if unit == USD else 1.0
    found = [Series(label, line(v, key, scale), kind) for key, label, kind in series]
    suffix = {USD: ", US$ million", RATIO: "", PRICE: ", US$ an ounce"}.get(unit, "")
    return Chart(
        title + suffix, v["time.end"][:, 0].astype("datetime64[D]"), found, v["cover.as_of"], _owed(v) if owed else None
    )


def _owed(v: Values) -> np.ndarray:
    """The months in which the Lender is owed, and covenants are tested."""
    owed: np.ndarray = (v["cov.owed"][:, 0] > 0) & (v["bal.live"][:, 0] > 0)
    return owed


_COVENANT_LINES = {
    "Current ratio": ("cov.ratio", "cov.ratio_required", RATIO),
    "Tangible equity": ("cov.tangible", "cov.equity_required", USD),
    "Liabilities": ("cov.liabilities_ratio", "cov.liabilities_required", RATIO),
}


def _covenants(v: Values, found: Mapping[str, Any]) -> Section:
    rows, states = list[list[str]](), list[State]()
    for test in found["covenants"]["tests"]:
        headroom = "–" if test["headroom"] is None else dollars(test["headroom"])
        verdict = {None: "not yet tested", True: "complies", False: "BROKEN"}[test["complies"]]
        rows.append(
            [test["name"], ratio(test["actual"]), f"{test['sense']} {ratio(test['required'])}", headroom, verdict]
        )
        states.append("red" if test["complies"] is False else "")
    table = Table(("Covenant", "Actual", "Required", "Headroom, US$", ""), rows, states)
    charts = [
        _chart(v, name, unit, (actual, "Actual", "line"), (required, "Required", "limit"), owed=True)
        for name, (actual, required, unit) in _COVENANT_LINES.items()
    ]
    breach = found["covenants"]["first_breach"]
    lines = [f"First breach: {breach['name']}, {day(breach['date'])}." if breach["date"] else "No breach is expected."]
    return Section("Covenants", lines, table, charts)


def _account(v: Values, found: Mapping[str, Any]) -> Section:
    account = found["account"]
    rows = [[limb["label"], dollars(limb["amount"])] for limb in account["limbs"]]
    rows += [["Minimum balance", dollars(account["minimum"])], ["Balance", dollars(account["balance"])]]
    short = account["shortfall"] > 0
    no_state: State = ""
    last: State = "red" if short else no_state
    rows.append(["Shortfall" if short else "Excess", dollars(account["shortfall"] or account["excess"])])
    states = [*([no_state] * (len(rows) - 1)), last]
    chart = _chart(
        v, "Proceeds Account and its minimum", USD, ("proceeds.limb_1", "(I) floor or formula", "bar"),
        ("proceeds.limb_2", "(II) interest", "bar"), ("proceeds.limb_3", "(III) capital", "bar"),
        ("proceeds.limb_4", "(IV) other payments", "bar"), ("proceeds.closing", "Balance", "line"), owed=True,
    )  # fmt: skip
    return Section("Proceeds Account", (), Table(("", "US$"), rows, states), [chart])


def _debt(v: Values) -> Section:
    loan = _chart(v, "Loan and arrears", USD, ("loan.closing", "Loan", "bar"), ("wf.lender_close", "Arrears", "alarm"))
    cash = _chart(v, "Cash available and debt service", USD, ("ops.cfads", "CFADS", "bar"),
                  ("loan.debt_service", "Debt service due", "mark"), owed=True)  # fmt: skip
    cover = _chart(v, "Debt service and loan life cover", RATIO, ("ratio.dscr", "DSCR, 12 months", "line"),
                   ("ratio.llcr", "LLCR", "second"), ("ratio.target_line", "Target", "limit"), owed=True)  # fmt: skip
    return Section("Loan and cover", (), None, [loan, cash, cover])


def _waterfall(v: Values) -> Section:
    """The cash of the quarter that ends with the as-of month, in order of priority."""
    at = int(np.argmax(v["time.as_of"][:, 0]))
    months = slice(max(0, at - 2), at + 1)
    opening = float(v["proceeds.opening"][months, 0][0])
    sources = float(v["fund.sources"][months, 0].sum())
    rows = [["Opening balance", dollars(opening), ""], ["Sources", dollars(sources), ""]]
    rows += [
        [f"{label}, paid", dollars(-float(v[f"wf.{key}_paid"][months, 0].sum())), _unpaid(v, key, months)]
        for key, label, *_ in CLAIMS
        if v[f"wf.{key}_due"][months, 0].any()
    ]
    company = float(v["fund.company"][months, 0].sum())
    rows += [["To the Company", dollars(-company), ""], ["Closing balance", dollars(v["proceeds.closing"][at, 0]), ""]]
    count = at + 1 - months.start
    title = (
        f"Cash waterfall, {count} months to {day(v['time.end'][at, 0])}" if count > 1 else "Cash waterfall, first month"
    )
    return Section(title, (), Table(("In order of priority", "US$", "Unpaid"), rows))


def _unpaid(v: Values, key: str, months: slice) -> str:
    left = float((v[f"wf.{key}_due"] - v[f"wf.{key}_paid"])[months, 0][-1])
    return dollars(left) if left > v["checks.cent"] else ""


def _scenarios(v: Values) -> Section:
    shown = [row for row in scenarios.RESULTS if row[0] not in {"sum", "changes"}]
    names, several = list(scenarios.NAMES), together.AND in v["cover.scenario"]
    if several:
        names.append(v["cover.scenario"])

    def figures(key: str) -> list[Any]:
        in_use = np.ravel(v[f"compare.{key}"]).tolist() if several else []
        return [*np.ravel(v[f"compare.{key}@across"]).tolist(), *in_use]

    rows = [[label, *(scenario_figure(x, unit) for x in figures(key))] for key, label, unit, *_ in shown]
    lines = (
        [] if v["compare.state"] == "current" else [f"These results are {v['compare.state']}: refresh the workbook."]
    )
    return Section("Scenarios", lines, Table(("", *names), rows))
