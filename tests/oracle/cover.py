"""The Lender's ratios and the sponsor's return."""

from __future__ import annotations

import datetime as dt

from .days import years
from .facility import CENT
from .given import Given
from .lines import DASH, START, Lines
from .project import present_value


def calculate(given: Given, out: Lines) -> None:
    """Cover of debt service and of the loan by month, then single figures."""
    maturity, rate = out.one("ratio.maturity"), given["plan.discount_rate"]
    last_year: list[tuple[float, float]] = []
    out["ratio.sponsor"][START] = -given["plan.capital_before"]
    for month in out.months:
        cash, service = out["ops.cfads"][month], out["loan.debt_service"][month]
        last_year = [*last_year, (cash, service)][-12:]
        cash_year, service_year = sum(c for c, _ in last_year), sum(s for _, s in last_year)
        begun = out["time.instalment_no"][month] > 0
        account = out["proceeds.closing"][month]
        owed = out["loan.closing"][month] + out["wf.lender_close"][month]
        debt = owed if owed > CENT else 0.0
        to_maturity = present_value(out, "ops.project_cash", month, rate, maturity) + account
        for_life = present_value(out, "ops.project_cash", month, rate) + account
        construction = out["ops.capex"][month] * out["time.complete"][month]
        put_in = sum(out[f"fund.{key}"][month] for key in ("contribution", "equity", "note"))
        out.month(
            month,
            ratio_cfads=cash, ratio_service=service, ratio_cfads_year=cash_year, ratio_service_year=service_year,
            ratio_dscr=cash_year / service_year if begun and service_year > 0 else DASH,
            ratio_target_line=given["ratio.target"],
            ratio_cash_to_maturity=cash - construction if month <= maturity else 0.0, ratio_debt=debt,
            ratio_llcr=to_maturity / debt if debt and month < maturity else DASH,
            ratio_plcr=for_life / debt if debt else DASH, ratio_sponsor=out["fund.company"][month] - put_in,
        )  # fmt: skip
    for key in ("dscr", "llcr"):
        out.put(f"ratio.min_{key}", min((x for x in out.all(f"ratio.{key}") if x != DASH), default=DASH))
    least = out.one("ratio.min_dscr")
    out.put("ratio.above_target", least if least == DASH else least - given["ratio.target"])
    signing = given["facility.effective_date"]
    parts = list(zip(out["loan.instalment_dates"].values(), out["loan.instalment_amounts"].values(), strict=True))
    drawn = sum(amount for _, amount in parts)
    weighted = sum(amount * years(signing, day, "ACT/365") for day, amount in parts)
    out.put("ratio.average_life", weighted / drawn if drawn else DASH)
    after = sum(out["ops.recovered"][month] for month in out.months if month > maturity)
    ounces = out.total("ops.recovered")
    out.put("ratio.tail", after / ounces if ounces else DASH)
    capacity = present_value(out, "ratio.cash_to_maturity", signing, rate)
    out.put("ratio.capacity", capacity / given["ratio.target"])
    out.put("ratio.irr", yearly_return([out["ratio.sponsor"][START], *out.all("ratio.sponsor")]))


def yearly_return(flows: list[float]) -> float | str:
    """The rate a year, compounded monthly, at which flows by month are worth nothing; a dash where less comes out."""
    if sum(flows) <= 0:
        return DASH

    def worth(rate: float) -> float:
        value = 0.0
        for flow in reversed(flows):
            value = value / (1 + rate) + flow
        return value

    low, high = 0.0, 0.001  # at no rate more comes out than goes in
    while worth(high) > 0:
        low, high = high, high * 2
        if high > 1e6:
            return DASH
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if worth(middle) > 0 else (low, middle)
    return (1 + high) ** 12 - 1


def last_owed(out: Lines) -> dt.date | None:
    """The last month-end at which loan or arrears stand."""
    return max((month for month in out.months if out["ratio.debt"][month] > 0), default=None)
