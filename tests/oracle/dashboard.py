"""The committee's page: the answer in words, each test against its limit, the position; and the years."""

from __future__ import annotations

import datetime as dt
import math
from typing import Any

from .covenants import NAMES
from .given import Given
from .lines import CENT, DASH, Lines
from .summary import MILESTONES

FLOWS = {
    "ounces": "ops.equivalent", "net_returns": "ops.net_returns", "cost": "ops.cost", "capex": "ops.capex",
    "cfads": "ops.cfads", "debt_service": "loan.debt_service", "company": "fund.company",
}  # fmt: skip
FIGURES = {"ratio": "cov.ratio", "equity": "cov.tangible", "liabilities": "cov.liabilities_ratio"}
LIMITS = {"ratio": "current_ratio", "equity": "tangible_equity", "liabilities": "liabilities"}
PRICED = (*NAMES, "short")
"""Tests whose gold price at failure the answer looks at."""
CHARTS = {
    "account": ("proceeds.closing", "proceeds.minimum"), "loan": ("loan.closing",), "gold": ("market.gold",),
    "headroom": ("cov.ratio_headroom", "cov.equity_headroom", "cov.liabilities_headroom"),
    "cover": ("ratio.dscr", "ratio.llcr"), "cash": ("ops.cfads", "loan.debt_service"),
}  # fmt: skip
OF_RISK = {
    "dash.answer", "dash.risk", "dash.account_ok", "dash.covenants_ok", "dash.test_account", "dash.test_account@across",
    *(f"dash.min_{key}@across" for key in ("dscr", "llcr")),
    *(f"dash.test_{key}{part}" for key in NAMES for part in ("", "@across")),
}  # fmt: skip
"""What also shows results of runs."""


def calculate(given: Given, out: Lines) -> None:
    _years(out)
    _marks(out)
    _to_come(out)
    _position(given, out)
    _deadlines(out)
    _lights(given, out)
    _tests(given, out)
    for key in ("dscr", "llcr"):
        _least(given, out, key)
    _workings(out)
    _answer(given, out)


def _numbers(line: list[Any]) -> list[float]:
    return [figure for figure in line if figure != DASH]


def _beside(figures: tuple[Any, ...]) -> dict[Any, Any]:
    """The cells beside a value, without those that are blank."""
    return {k: figure for k, figure in enumerate(figures) if figure is not None}


def _years(out: Lines) -> None:
    first, last = out.months[0].year, out.months[-1].year
    for k, year in enumerate(range(first, last + 1)):
        out["dash.year@across"][k] = year
        months = [month for month in out.months if month.year == year]
        for key, line in FLOWS.items():
            out[f"dash.year_{key}@across"][k] = sum(out[line][month] for month in months)
        for key, line in (("loan", "loan.outstanding"), ("arrears", "wf.lender_close")):
            out[f"dash.year_{key}@across"][k] = out[line][dt.date(year, 12, 31)]
    for key, line in FLOWS.items():
        out.put(f"dash.year_{key}", out.total(line))


def _marks(out: Lines) -> None:
    """The as-of date in each chart, as high as its figures."""
    for key, lines in CHARTS.items():
        high = max((figure for line in lines for figure in _numbers(out.all(line))), default=0.0)
        for month in out.months:
            out[f"chart.{key}"][month] = high if month == out.one("time.position") else 0.0


def _to_come(out: Lines) -> None:
    """Figures and headroom of the covenants at the tests from the as-of date on."""
    for month in out.months:
        ahead = out["cov.test"][month] and month >= out.one("time.position")
        for key, figure in FIGURES.items():
            out[f"cov.{key}_to_come"][month] = out[figure][month] if ahead else DASH
            out[f"cov.{key}_room"][month] = out[f"cov.{key}_headroom"][month] if ahead else DASH
        out["cov.cure_to_come"][month] = out["cov.cure"][month] if ahead else DASH


def _position(given: Given, out: Lines) -> None:
    for key in ("position", "loan", "arrears", "account", "minimum", "shortfall"):
        out.put(f"dash.{key}", out.one(f"cover.{key}"))
    for key in ("arrears", "shortfall"):
        out[f"dash.{key}"]["start"] = int(out.one(f"cover.{key}") <= CENT)
    reported = 0.5 if out.one("alert.unreported") else 1.0
    out["dash.payments"]["start"] = 0.0 if out.one("cover.arrears") > CENT else reported
    for key, figure in {
        "scenario": given["cover.scenario"], "irr": out.one("ratio.irr"), "payments": out.one("cover.payments"),
        "next_date": next((month for month in out.months if out["loan.pays"][month]), DASH),
        "test_date": out.one("cov.test_date"), "breach": out.one("cov.first_breach"),
    }.items():  # fmt: skip
        out.put(f"dash.{key}", figure)


def _deadlines(out: Lines) -> None:
    pending = {key: out.one(f"comp.{key}_deadline") for key in MILESTONES if out.one(f"comp.{key}") == "pending"}
    soonest = out.put("dash.next_deadline", min(pending.values(), default=DASH))
    for key in MILESTONES:
        comes_next = key in pending and pending[key] == soonest
        out[f"dash.{key}"]["start"] = ("next: " if comes_next else "") + out.one(f"comp.{key}")
        out.put(f"dash.{key}", out.one(f"comp.{key}_deadline"))


def _light(given: Given, out: Lines, event: str, *, fails: bool) -> float:
    """Red if it fails or too many paths do; amber from some paths on, and where nobody has looked."""
    if fails:
        return 0.0
    if out.one("risk.simulation_state") != "current":
        return 0.5
    share = out.one(f"risk.ever_{event}")
    if share == DASH:
        return 0.5
    return 0.0 if share >= given["risk.declined"] else 0.5 if share >= given["risk.watched"] else 1.0


def _lights(given: Given, out: Lines) -> None:
    alert = {key: out.one(f"alert.{key}") for key in ("short", "short_ahead", "covenant", "covenant_ahead", "default")}
    account = _light(given, out, "short", fails=bool(alert["short"] or alert["short_ahead"]))
    covenants = _light(given, out, "covenant", fails=bool(alert["covenant"] or alert["covenant_ahead"]))
    for key, light in {
        "account": account, "covenants": covenants,
        "payments": int(not alert["default"] and not out.one("alert.debt_left")),
        "milestones": int(not any(out.one(f"alert.{key}") for key in MILESTONES)), "checks": out.one("checks.ok"),
    }.items():  # fmt: skip
        out.put(f"dash.{key}_ok", light)


def _price(given: Given, test: str) -> Any:
    """The highest gold price at which a test fails in some year."""
    return max(given.results.prices.get(test, {}).values(), default=DASH)


def _tests(given: Given, out: Lines) -> None:
    """Each test: its figure and light, then limit, worst and least headroom to come, paths and gold price that fail."""
    current = out.one("risk.simulation_state") == "current"
    for key in NAMES:
        tested = out.put(f"dash.test_{key}", out.one(f"cert.{key}_figure"))
        worst = max if key == "liabilities" else min
        room = min(_numbers(out.all(f"cov.{key}_room")), default=DASH)
        out[f"dash.test_{key}"] |= {
            None: tested, "start": _light(given, out, key, fails=room != DASH and room < -CENT),
        }  # fmt: skip
        out[f"dash.test_{key}@across"] = _beside((
            given[f"covenants.{LIMITS[key]}"], worst(_numbers(out.all(f"cov.{key}_to_come")), default=DASH), room,
            out.one(f"risk.ever_{key}") if current else DASH, _price(given, key),
        ))  # fmt: skip
    out.put("dash.test_account", out.one("cover.account"))
    out["dash.test_account"]["start"] = out.one("dash.account_ok")
    out["dash.test_account@across"] = _beside((
        out.one("cover.minimum"), None, out.one("risk.least_headroom"),
        out.one("risk.ever_short") if current else DASH, _price(given, "short"),
    ))  # fmt: skip


def _least(given: Given, out: Lines, key: str) -> None:
    """The lowest of a ratio, in which month, and its light: green at the target, amber below it, red below one."""
    least = out.put(f"dash.min_{key}", out.one(f"ratio.min_{key}"))
    line = out[f"ratio.{key}_ahead"]
    out.put(f"dash.min_{key}_at", next((month for month in out.months if line[month] == least != DASH), DASH))
    light = 1.0 if least == DASH or least >= given["ratio.target"] else 0.5 if least >= 1 else 0.0
    out[f"dash.min_{key}"]["start"] = light
    out[f"dash.min_{key}@across"] = _beside((given["ratio.target"], None, None, None, _price(given, f"{key}_target")))


def _workings(out: Lines) -> None:
    out.put("dash.cure", max(_numbers(out.all("cov.cure_to_come")), default=0.0))
    least = out.one("risk.least_headroom")
    out.put("dash.short_most", 0.0 if least == DASH else max(0.0, -least))


# ---- in words ----------------------------------------------------------------------------------------------------


def rounded(figure: float, digits: int = 0) -> str:
    """Half away from zero, and no more decimals than it needs."""
    tens = 10**digits
    return f"{math.copysign(math.floor(abs(figure) * tens * (1 + 2**-50) + 0.5) / tens, figure):g}".replace("-0", "0")


def millions(amount: float) -> str:
    return f"US$ {rounded(amount / 1e6, 1)} million"


def _count(number: float, one: str, more: str) -> str:
    return f"{number:g} {one if number == 1 else more}"


def _answer(given: Given, out: Lines) -> None:
    """Whether the loan is in trouble, why, and what would mend it."""
    alert = {key.removeprefix("alert."): out.one(key) for key in list(out) if key.startswith("alert.")}
    arrears, short = out.one("cover.arrears") > CENT, out.one("cover.shortfall") > CENT
    now = any(alert[key] > 0 for key in ("short", "covenant", "called", "accelerated", "contribution"))
    ahead = any(alert[key] > 0 for key in ("short_ahead", "covenant_ahead", "default", "debt_left"))
    late = any(alert[key] > 0 for key in ("mechanical", "completion", "production"))
    watched = ahead or late or min(out.one("dash.account_ok"), out.one("dash.covenants_ok")) < 1
    words = "IN TROUBLE" if now else "TO BE WATCHED" if watched else "SOUND"
    out.put("dash.answer", "IN DEFAULT" if arrears else words)
    out.put("dash.why", _why(out, alert, arrears=arrears, short=short))
    out.put("dash.ahead", _ahead(out, alert, late=late))
    out.put("dash.risk", _risk(given, out))
    out.put("dash.mend", _mend(out, alert, arrears=arrears, short=short))


def _why(out: Lines, alert: dict[str, Any], *, arrears: bool, short: bool) -> str:
    said = f"{millions(out.one('cover.arrears'))} in arrears. " if arrears else "No arrears. "
    above = out.one("cover.account") - out.one("cover.minimum")
    said += (
        f"The account is {millions(out.one('cover.shortfall'))} below its minimum. " if short
        else f"The account is {millions(above)} above its minimum. "
    )  # fmt: skip
    broken = "A covenant is broken. " if alert["covenant"] else "No covenant is broken. "
    said += "No covenant was tested yet. " if out.one("cov.test_date") == DASH else broken
    said += "The equity contribution was missed. " if alert["contribution"] else ""
    rests = _count(alert["missing"], "month rests", "months rest")
    return (said + (f"{rests} on plan, not on actuals." if alert["missing"] else "")).strip()


def _ahead(out: Lines, alert: dict[str, Any], *, late: bool) -> str:
    short, default = (_count(alert[key], "month.", "months.") for key in ("short_ahead", "default"))
    tests = _count(alert["covenant_ahead"], "test date.", "test dates.")
    said = [
        f"The account falls below its minimum in {short}" if alert["short_ahead"] else "",
        f"{out.one('cov.first_name')}: broken on {tests}" if alert["covenant_ahead"] else "",
        f"The Lender is in arrears in {default}" if alert["default"] else "",
        "Loan is left at the end." if alert["debt_left"] else "",
        "A milestone comes late." if late else "",
    ]
    return " ".join(part for part in said if part) or "Every test is met, every payment made, in this scenario."


def _risk(given: Given, out: Lines) -> str:
    def share(event: str) -> str:
        return f"{rounded(100 * out.one(f'risk.ever_{event}'))}%"

    state = out.one("risk.simulation_state")
    said = f"Sheet Risk is {state}."
    if state == "current" and DASH not in [out.one(f"risk.ever_{event}") for event in ("covenant", "short", "default")]:
        said = (
            f"{share('covenant')} of the paths break a covenant, {share('short')} leave the account short, "
            f"{share('default')} end in arrears."
        )
    prices = _numbers([_price(given, test) for test in PRICED])
    if out.one("risk.breakeven_state") == "current" and prices:
        said += f" Below US$ {rounded(max(prices))} an ounce of gold a covenant breaks or the account falls short."
    return said


def _mend(out: Lines, alert: dict[str, Any], *, arrears: bool, short: bool) -> str:
    cure, most = out.one("dash.cure"), out.one("dash.short_most")
    said = [
        f"Pay the arrears of {millions(out.one('cover.arrears'))}." if arrears else "",
        f"Pay {millions(out.one('cover.shortfall'))} into the account." if short else "",
        f"Equity of {millions(cure)}, kept as cash, cures every covenant test." if cure > CENT else "",
        f"To hold the minimum to the end, the account needs {millions(most)} more."
        if most > CENT and alert["short_ahead"] else "",
    ]  # fmt: skip
    return " ".join(part for part in said if part) or "Nothing needs to be mended in this scenario."
