"""What the report on a deal's workbook says, from the deal's own lines: the answer first, then its figures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from lender_model.books.moved import Move
from lender_model.commands.report import day, dollars
from lender_model.compose.facts import figure
from lender_model.compose.found import Lines
from lender_model.compose.operations import COMPARED
from lender_model.compose.risk import METAL, study_of
from lender_model.grid import RATIO, USD, Values
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
from lender_model.risk.study import Study
from lender_model.sheets.risk import MOST_COVER

_LATE = frozenset({"missed", "late"})
_STATES = (("default", "An event of default stands."), ("lockup", "Distributions are locked up."),
           ("sweep", "A cash sweep is in force."))  # fmt: skip
_QUARTER = 3


def story(lines: Lines, v: Values, found: Mapping[str, Any], moved: Sequence[Move], notes: Sequence[str]) -> Story:
    """The report on a deal's workbook.

    Args:
        lines: the workbook.
        v: every figure of it.
        found: the position, as :func:`lender_model.compose.facts.facts` gives it.
        moved: what has moved since the refresh before: what, before, now.
        notes: what the figures rest on, where that is not the model as it was built.
    """
    return _Report(lines, v, found).story(moved, notes)


class _Report:
    """The report being told."""

    def __init__(self, lines: Lines, v: Values, found: Mapping[str, Any]) -> None:
        self.lines, self.v, self.found, self.currency = lines, v, found, found["currency"]
        self.ahead = v["time.actual"][:, 0] != 1
        months = np.flatnonzero(v["time.as_of"][:, 0] == 1)
        self.at = int(months[0]) if len(months) else None
        rows = lines.figures.rows
        self.study: Study | None = study_of(rows, self.currency) if METAL in rows else None

    def story(self, moved: Sequence[Move], notes: Sequence[str]) -> Story:
        reasons = list(self._troubles())
        ahead = [] if reasons else list(self._leads_to())
        state: State = "red" if reasons else "amber" if ahead or self.found["alerts"] else "green"
        words = {"red": "in trouble", "amber": "performing, and needs watching", "green": "performing"}[state]
        sections = [
            self._position(), self._covenants(), self._accounts(), self._falls_due(), self._debt(), self._milestones(),
            self._waterfall(), what_moved(moved), self._scenarios(), *(risks(self.v, self.study) if self.study else []),
            basis(self.found, notes),
        ]  # fmt: skip
        return Story(
            title=self.found["deal"],
            subtitle=f"Lender's report at {day(self.found['as_of'])}, scenario {self.found['scenario']}",
            state=state,
            answer=f"The loan is {words}.",
            reasons=reasons or ahead or [f"{alert['label']}: {alert['count']}." for alert in self.found["alerts"]],
            remedies=list(self._remedies()),
            tiles=list(self._tiles()),
            sections=[section for section in sections if section],
        )

    def _amount(self, amount: float | None) -> str:
        return "–" if amount is None else millions(amount, self.currency)

    def _figure(self, value: float | None, unit: str) -> str:
        return self._amount(value) if unit == USD else figure(value, unit)

    # ---- the answer --------------------------------------------------------------------------------------------------

    def _troubles(self) -> Iterator[str]:
        """What is wrong at the as-of date, the worst first."""
        loan = self.found["loan"]
        if loan["in_arrears"]:
            yield f"{self._amount(loan['arrears'])} that fell due to the lenders is unpaid."
        for test in self._tests():
            if test["complies"] is False:
                actual, required = (self._figure(test[part], test["unit"]) for part in ("actual", "required"))
                yield f"{test['name']}: {actual} where {test['sense']} {required} is required."
        for account in self._short():
            short, target = self._amount(account["shortfall"]), self._amount(account["target"])
            yield f"{account['name']}: {short} below its target of {target}."
        for stone in self.found["milestones"]:
            if stone["state"] == "missed":
                yield f"{stone['name']} was due by {day(stone['deadline'])} and is missed."
        for key, words in _STATES:
            if self.at is not None and self.v[f"state.{key}"][self.at, 0] == 1:
                yield words
        for label in self.found["checks_failed"]:
            yield f"A check of the model fails: {label[0].lower()}{label[1:]}."

    def _short(self) -> list[dict[str, Any]]:
        """The reserve accounts below their targets."""
        return [a for a in self.found["cash"]["accounts"] if (a["shortfall"] or 0) > self.v["checks.cent"]]

    def _tests(self) -> list[dict[str, Any]]:
        tests: list[dict[str, Any]] = self.found["covenants"]["tests"]
        return tests

    def _leads_to(self) -> Iterator[str]:
        """What the plan leads to after the as-of date."""
        breaches = [(t, test["name"]) for test in self._tests() for t in self._first(f"covenant.{test['key']}.breach")]
        if breaches:
            t, name = min(breaches)
            yield f"{name} breaks first, on {day(self.v['time.end'][t, 0])}."
        for t in self._first("fund.unfunded"):
            yield f"Construction is not funded in full from {self._month(t)} on."
        for t in self._first("arrears.all"):
            yield f"The lenders are not paid in full from {self._month(t)} on."
        for stone in self.found["milestones"]:
            if stone["state"] == "late":
                expected, longstop = day(stone["expected"]), day(stone["deadline"])
                yield f"{stone['name']} is expected on {expected}, after its longstop date of {longstop}."

    def _first(self, key: str) -> list[int]:
        """The first month after the as-of date in which a line has something, if there is one."""
        if key not in self.v:
            return []
        found: list[int] = np.flatnonzero((line(self.v, key) > self.v["checks.cent"]) & self.ahead).tolist()
        return found[:1]

    def _month(self, t: int) -> str:
        return day(self.v["time.end"][t, 0])[3:]

    def _remedies(self) -> Iterator[str]:
        """What would mend it, in money."""
        loan = self.found["loan"]
        if loan["in_arrears"]:
            yield f"Pay the arrears of {self._amount(loan['arrears'])}."
        for account in self._short():
            yield f"Pay {self._amount(account['shortfall'])} into {account['name']}."
        for test in self._tests():
            cure = f"covenant.{test['key']}.cure"
            if test["complies"] is False and cure in self.v:
                equity = self._amount(-(test["headroom"] or 0.0))
                yield f"New equity of {equity}, kept as cash, would cure {test['name']}."

    # ---- tiles -------------------------------------------------------------------------------------------------------

    def _tiles(self) -> Iterator[Tile]:
        loan, cash, tests = self.found["loan"], self.found["cash"], self._tests()
        arrears = f"arrears {self._amount(loan['arrears'])}" if loan["in_arrears"] else "no arrears"
        yield Tile("Debt outstanding", self._amount(loan["outstanding"]), arrears, "red" if loan["in_arrears"] else "")
        yield Tile(
            "Cash in all accounts",
            self._amount(cash["total"]),
            f"{len(cash['accounts'])} reserve accounts" if len(cash["accounts"]) != 1 else "1 reserve account",
        )
        payment = loan["next_payment"]
        yield Tile(
            "Next payment",
            self._amount(payment["amount"]) if payment else "none",
            day(payment["date"]) if payment else "",
        )
        broken, tested = [t for t in tests if t["complies"] is False], [t for t in tests if t["test_date"]]
        words = ", ".join(t["name"] for t in broken) or (
            f"tested {day(self.found['covenants']['test_date'])}" if tested else "not yet tested"
        )
        state: State = "red" if broken else "green" if tested else ""
        yield Tile("Covenants", f"{len(broken)} of {len(tests)} broken" if tested else "–", words, state)
        for key, label, by_month in (
            ("dash.dscr_12", "Lowest DSCR to come", "metric.dscr_12.ahead"),
            ("dash.llcr", "Lowest LLCR to come", "metric.llcr.ahead"),
        ):
            lowest = self.v[key]
            value = None if isinstance(lowest, str) or np.isnan(lowest) else float(lowest)
            months = np.flatnonzero(line(self.v, by_month) == value)
            when = f"in {self._month(int(months[0]))}" if len(months) else ""
            yield Tile(label, ratio(value), when, "" if value is None else "red" if value < 1 else "green")
        yield from self._risk_tiles()

    def _risk_tiles(self) -> Iterator[Tile]:
        """How near the next breach or unpaid date is, if it has been looked for."""
        v, study = self.v, self.study
        if study is None:
            return
        stale = {
            kind: "" if v[f"risk.{kind}_state"] == "current" else "; stale" for kind in ("breakeven", "simulation")
        }
        if v["risk.breakeven_state"] != "not run yet":
            lever, _, unit = study.levers[0]
            case, tests = line(v, METAL), [each for each in study.tests if each[0] == "arrears" or "." in each[0]]
            found = [
                (line(v, f"risk.{lever}_{test}"), name if "." in test else "arrears to the lenders")
                for test, name in tests
            ]
            points = [
                (p[t] / case[t], int(t), name) for p, name in found for t in np.flatnonzero(~np.isnan(p) & self.ahead)
            ]
            if points:
                part, t, name = max(points)
                note = f"{name}, {int(v['time.year'][t, 0])}; in the case {case[t]:,.0f}{stale['breakeven']}"
                label = f"Break-even price of {self.lines.label(METAL).lower()}"
                yield Tile(label, f"{part * case[t]:,.0f} {unit}", note, "red" if part >= 1 else "")
        if v["risk.simulation_state"] != "not run yet":
            any_covenant = "covenant" if any(key == "covenant" for key, _ in study.events) else study.events[0][0]
            for key, label in study.events:
                if key in {any_covenant, "arrears"}:
                    note = f"of {v['risk.simulation_run']}{stale['simulation']}"
                    yield Tile(label, f"{float(v[f'risk.ever_{key}']):.0%}", note)

    # ---- sections ----------------------------------------------------------------------------------------------------

    def _chart(
        self, title: str, unit: str, *series: tuple[str, np.ndarray, Kind], months: np.ndarray | None = None
    ) -> Chart:
        scale, suffix = {USD: (1e6, f", {self.currency} million"), "fraction": (0.01, ", per cent")}.get(
            unit, (1.0, "")
        )
        dates = self.v["time.end"][:, 0].astype("datetime64[D]")
        found = [Series(label, values / scale, kind) for label, values, kind in series]
        return Chart(title + suffix, dates, found, self.v["cover.as_of"], months)

    def _owed(self) -> np.ndarray:
        """The months in which debt is drawn or owed; all if none ever is."""
        owed: np.ndarray = line(self.v, "debt.opening") + line(self.v, "debt.drawn") > self.v["checks.cent"]
        return owed if owed.any() else np.ones_like(owed)

    def _position(self) -> Section:
        """Debt by tranche, and cash."""
        rows = []
        for tranche in self.found["loan"]["tranches"]:
            k = f"tranche.{tranche['key']}"
            rate = self._at(f"{k}.rate") if f"{k}.rate" in self.v else None
            final = self.v.get(f"{k}.final")
            rows.append(
                [
                    tranche["name"],
                    dollars(tranche["outstanding"]),
                    *([figure(rate, "per year")] if rate is not None else []),
                    day(final) if isinstance(final, np.datetime64) else "–",
                ]
            )
        heads = (
            "Tranche",
            f"Outstanding, {self.currency}",
            *(("Rate",) if any(len(row) == 4 for row in rows) else ()),
            "Final maturity",
        )
        total = [
            "In all",
            dollars(self.found["loan"]["outstanding"]),
            *[""] * (len(heads) - 3),
            day(self.found["loan"]["maturity"]),
        ]
        return Section("Debt", [self.found["answer"]], Table(heads, [*rows, total] if len(rows) > 1 else rows))

    def _at(self, key: str) -> float | None:
        return None if self.at is None else float(line(self.v, key)[self.at])

    def _covenants(self) -> Section | None:
        rows, states, charts = list[list[str]](), list[State](), list[Chart]()
        for test in self._tests():
            told, unit = (test if test["test_date"] else test["next_test"] or test), test["unit"]
            verdict = {None: "no test to come", True: "complies", False: "BROKEN"}[
                test["complies"] if test["test_date"] else None
            ]
            if not test["test_date"] and test["next_test"]:
                verdict = "expected to comply" if told["complies"] else "EXPECTED TO BREAK"
            date = told["test_date"] if test["test_date"] else told.get("date")
            required = "–" if told["required"] is None else f"{test['sense']} {figure(told['required'], unit)}"
            rows.append(
                [
                    test["name"],
                    day(date),
                    figure(told["actual"], unit),
                    required,
                    figure(told["headroom"], unit),
                    verdict,
                ]
            )
            states.append("red" if verdict.isupper() else "")
            charts.append(self._covenant_chart(test))
        if not rows:
            return None
        breach = self.found["covenants"]["first_breach"]
        words = [
            f"First breach: {breach['name']}, {day(breach['date'])}." if breach["date"] else "No breach is expected."
        ]
        return Section(
            "Covenants", words, Table(("Covenant", "Test", "Actual", "Required", "Headroom", ""), rows, states), charts
        )

    def _covenant_chart(self, test: Mapping[str, Any]) -> Chart:
        """A covenant between its tests as the last one has it, against its limit."""
        c, side = f"covenant.{test['key']}", "minimum" if test["sense"] == "at least" else "maximum"
        actual, limit = line(self.v, f"{c}.actual"), line(self.v, f"{c}.{side}_now")
        tested = ~np.isnan(actual)
        last = np.maximum.accumulate(np.where(tested, np.arange(len(actual)), -1))
        ends = np.flatnonzero(tested)
        within = (np.arange(len(actual)) <= ends[-1]) & (last >= 0) if len(ends) else np.zeros(len(actual), bool)
        held = np.where(within, actual[np.maximum(last, 0)], np.nan)
        wanted = within if within.any() else self._owed()
        return self._chart(
            test["name"],
            test["unit"],
            ("Actual", held, "line"),
            ("Limit", np.where(wanted, limit, np.nan), "limit"),
            months=wanted,
        )

    def _accounts(self) -> Section | None:
        accounts = self.found["cash"]["accounts"]
        if not accounts:
            return None
        rows = [
            [a["name"], dollars(a["balance"]), dollars(a["target"]), dollars(a["shortfall"]) if a["shortfall"] else ""]
            for a in accounts
        ]
        rows = [[word if word != "in error" else "–" for word in row] for row in rows]
        states: list[State] = ["red" if a["shortfall"] else "" for a in accounts]
        charts = [
            self._chart(
                a["name"],
                USD,
                ("Balance", line(self.v, f"account.{a['key']}.closing"), "bar"),
                ("Target", line(self.v, f"account.{a['key']}.target"), "line"),
                months=self._owed(),
            )
            for a in accounts
            if f"account.{a['key']}.closing" in self.v
        ]
        return Section(
            "Reserve accounts",
            (),
            Table(("Account", f"Balance, {self.currency}", "Target", "Short"), rows, states),
            charts,
        )

    def _debt(self) -> Section:
        v = self.v
        tranches: list[tuple[str, np.ndarray, Kind]] = [
            (t["name"], line(v, f"tranche.{t['key']}.closing"), "bar") for t in self.found["loan"]["tranches"]
        ]
        owed = self._owed()
        debt = self._chart(
            "Debt and arrears", USD, *tranches, ("Arrears", line(v, "arrears.all"), "alarm"), months=owed
        )
        cash = self._chart(
            "Cash available and debt service",
            USD,
            ("CFADS", line(v, "ops.cfads"), "bar"),
            ("Debt service due", line(v, "debt.service"), "mark"),
            months=owed,
        )
        dscr, llcr = (np.minimum(line(v, key), MOST_COVER) for key in ("metric.dscr_12.ahead", "metric.llcr.ahead"))
        even = np.ones(len(owed))
        cover = self._chart(
            f"Debt service and loan life cover, up to {MOST_COVER:.0f}x",
            RATIO,
            ("DSCR, 12 months", dscr, "line"),
            ("LLCR", llcr, "second"),
            ("1.00x", even, "limit"),
            months=owed,
        )
        return Section("Debt and cover", (), None, [debt, cash, cover])

    def _falls_due(self) -> Section | None:
        """None for a workbook that was built before it had a calendar."""
        return falls_due(self.v, self.currency) if "cal.1" in self.v else None

    def _milestones(self) -> Section | None:
        stones = self.found["milestones"]
        if not stones:
            return None
        rows = [[s["name"], day(s["deadline"]), day(s["expected"]), s["state"]] for s in stones]
        states: list[State] = ["red" if s["state"] in _LATE else "" for s in stones]
        return Section(
            "Milestones", (), Table(("Milestone", "Longstop date", "Reached or expected", ""), rows, states, words=True)
        )

    def _waterfall(self) -> Section | None:
        """The cash of the quarter that ends with the as-of month, in order of priority."""
        if self.at is None:
            return None
        v, lines = self.v, self.lines
        months = slice(max(0, self.at - _QUARTER + 1), self.at + 1)
        rows = [["Opening balance", dollars(float(v["wf.opening"][months, 0][0])), ""]]
        for key in lines.keys(r"(wf\.in\.\d+)"):
            received = float(v[key][months, 0].sum())
            rows += [[lines.label(key), dollars(received), ""]] if abs(received) > v["checks.cent"] else []
        for key in lines.keys(r"(wf\..+)_due"):
            if v[f"{key}_due"][months, 0].any():
                paid = float(v[f"{key}_paid"][months, 0].sum())
                left = float((v[f"{key}_due"] - v[f"{key}_paid"])[months, 0][-1])
                label = lines.label(f"{key}_paid").removesuffix(", paid")
                rows.append([f"{label}, paid", dollars(-paid), dollars(left) if left > v["checks.cent"] else ""])
        paid_out = float(v["wf.distribution"][months, 0].sum())
        rows += [
            ["To the owners", dollars(-paid_out), ""],
            ["Closing balance", dollars(float(v["cash.closing"][self.at, 0])), ""],
        ]
        count = self.at + 1 - months.start
        when = f"{count} months to {day(v['time.end'][self.at, 0])}" if count > 1 else "first month"
        return Section(f"Cash waterfall, {when}", (), Table(("In order of priority", self.currency, "Unpaid"), rows))

    def _scenarios(self) -> Section:
        v = self.v
        names = [str(name) for name in v["scenario.name@across"]]
        several = (
            [] if v["cover.scenario"] in names or "scenario.used" not in self.lines.home else [v["cover.scenario"]]
        )

        def figures(key: str, line: str) -> list[Any]:
            return [*np.ravel(v[f"compare.{key}@across"]).tolist(), *(np.ravel(v[line]).item() for _ in several)]

        rows = [
            [label, *(scenario_figure(x, unit, self.currency) for x in figures(key, line))]
            for key, (label, unit, line) in COMPARED.items()
            if f"compare.{key}@across" in v
        ]
        return Section("Scenarios", (), Table(("", *names, *several), rows))
