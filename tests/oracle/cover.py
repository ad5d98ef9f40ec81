"""The Lender's ratios and the sponsor's return."""

from __future__ import annotations

import datetime as dt
import math

from .days import years
from .given import Given
from .lines import CENT, DASH, START, Lines
from .project import present_value


def opening(given: Given, out: Lines) -> None:
    """What the sponsor had spent before signing."""
    out["ratio.sponsor"][START] = -given["plan.capital_before"]


def calculate(given: Given, out: Lines, month: dt.date) -> None:
    """Cover of debt service and of the loan in a month; the next month's lock-up reads it."""
    maturity, rate = out.one("ratio.maturity"), given["plan.discount_rate"]
    year = [other for other in out.months if other <= month][-12:]
    cash_year, tax_year = (math.fsum(out[key][other] for other in year) for key in ("ops.cfads", "ops.tax"))
    # at the margins agreed: what a default adds to them follows the cover of the month before
    out["ratio.service"][month] = out["loan.debt_service"][month] - out["loan.held_due"][month]
    service_year = math.fsum(out["ratio.service"][other] for other in year)
    covers = out["time.instalment_no"][month] > 0 and service_year > 0
    account, cash = out["proceeds.closing"][month], out["ops.cfads"][month]
    owed = out["loan.closing"][month] + out["wf.lender_close"][month]
    debt, ahead = owed if owed > CENT else 0.0, month >= out.one("time.position")
    to_maturity = present_value(out, "ops.project_cash", month, rate, maturity) + account
    for_life = present_value(out, "ops.project_cash", month, rate) + account
    construction = out["ops.capex"][month] * out["time.complete"][month]
    put_in = sum(out[key][month] for key in ("fund.contribution", "fund.equity", "fund.note", "wf.guaranty_call"))
    dscr = cash_year / service_year if covers else DASH
    llcr = to_maturity / debt if debt and month < maturity else DASH
    out.month(
        month,
        ratio_cfads=cash, ratio_cfads_year=cash_year,
        ratio_service_year=service_year, ratio_dscr=dscr, ratio_dscr_ahead=dscr if ahead else DASH,
        ratio_tax_year=tax_year, ratio_dscr_pretax=(cash_year + tax_year) / service_year if covers else DASH,
        ratio_target_line=given["ratio.target"],
        ratio_cash_to_maturity=cash - construction if month <= maturity else 0.0, ratio_debt=debt, ratio_llcr=llcr,
        ratio_llcr_ahead=llcr if ahead else DASH, ratio_plcr=for_life / debt if debt else DASH,
        ratio_sponsor=out["fund.company"][month] - put_in,
    )  # fmt: skip


def results(given: Given, out: Lines) -> None:
    """Single figures."""
    maturity, rate = out.one("ratio.maturity"), given["plan.discount_rate"]
    for key in ("dscr", "llcr"):
        out.put(f"ratio.min_{key}", min((x for x in out.all(f"ratio.{key}_ahead") if x != DASH), default=DASH))
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
