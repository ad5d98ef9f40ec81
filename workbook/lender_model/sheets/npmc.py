"""NPMC: shares issued, royalty with credit for advances, the production test, extensions, the back-in."""

from __future__ import annotations

from typing import Any

import numpy as np

from drawstop.core import completion, production, reserves, royalty
from drawstop.core.dates import MONTH, add_months
from drawstop.core.shares import shares_issued
from lender_model.grid import (
    COUNT,
    DATE,
    FLAG,
    INDEX,
    INPUT,
    OZ,
    SHARE,
    SHARES,
    TEXT,
    USD,
    Sheet,
    Values,
    balance,
    head,
    monthly,
    scalar,
)  # fmt: skip
from lender_model.sheets.twins import before

SHEET = Sheet(
    "NPMC",
    "The property agreement: shares issued, royalty, commercial production, extensions and the back-in (item 2).",
    [
        head("Shares", "8-K 2(a) Consideration"),
        scalar("npmc.first_shares", "Shares of the first payment", SHARES, "={consideration.first_shares}"),
        scalar("npmc.first_price", "Average price that they imply", "US$/share",
               "={consideration.first_payment}/{consideration.first_shares}"),
        scalar("npmc.second_shares", "Shares of the second payment", SHARES,
               "=SHARES_ISSUED({consideration.second_payment},{plan.npmc_price})", "R-31"),
        scalar("npmc.shares", "Shares issued", SHARES, "={npmc.first_shares}+{npmc.second_shares}", bold=True),
        scalar("npmc.ownership", "Part of the Company", SHARE, "=OWNERSHIP({npmc.shares},{plan.shares})"),
        scalar("npmc.stated_second", "As stated: shares of the second payment", SHARES, "={consideration.second_shares}"),
        scalar("npmc.stated_shares", "As stated: shares issued", SHARES, "={consideration.total_shares}"),
        scalar("npmc.stated_ownership", "As stated: part of the Company, about", SHARE, "={consideration.ownership}"),
        head("Royalty", "8-K 2(a) Royalty"),
        monthly("npmc.due", "Royalty due", USD, "=[ops.royalty]"),
        balance("npmc.credit_open", "Advance royalty to credit, opening", USD, "=[npmc.credit_close:-1]"),
        monthly("npmc.advance_paid", "+ advance royalty paid", USD,
                "=IF(AND({plan.extensions}>[npmc.extension_no:-1],[time.end]>=[npmc.next_deadline:-1]),"
                "{extension.advance_royalty}*[market.cpi:-1]/{npmc.cpi_base},0)",
                "8-K 2(a) Extension (R-33, R-37)"),
        monthly("npmc.credit_used", "- credited", USD, "=MIN([npmc.credit_open]+[npmc.advance_paid],[npmc.due])", "R-32"),
        balance("npmc.credit_close", "Advance royalty to credit, closing", USD,
                "=[npmc.credit_open]+[npmc.advance_paid]-[npmc.credit_used]"),
        monthly("npmc.payable", "Royalty payable", USD, "=[npmc.due]-[npmc.credit_used]", bold=True),
        head("Deadline and extensions", "8-K 2(a) Commercial Production, Extension, Termination"),
        balance("npmc.extension_no", "Extensions so far", COUNT,
                "=[npmc.extension_no:-1]+IF([npmc.advance_paid]>0,1,0)", start=INPUT),
        balance("npmc.next_deadline", "Deadline", DATE,
                "=EDATE({commercial_production.deadline},"
                "{extension.years}*{time.months_a_year}*[npmc.extension_no])",
                start="={commercial_production.deadline}"),
        scalar("npmc.deadline", "Deadline with the extensions planned", DATE,
               "=EDATE({commercial_production.deadline},{extension.years}*{time.months_a_year}*{plan.extensions})"),
        scalar("npmc.agreement", "Agreement effective", DATE, "={acquisition.agreement_date}"),
        scalar("npmc.cpi_base", "CPI-U, latest published at the agreement", INDEX, INPUT),
        scalar("npmc.cpi_deadline", "CPI-U, latest published at the deadline", INDEX,
               "=SUMPRODUCT(--([time.end:row]=EOMONTH({commercial_production.deadline},-1)),[market.cpi:row])", "R-33"),
        scalar("npmc.advance", "Advance royalty for an extension", USD,
               "=ADVANCE_ROYALTY({npmc.cpi_base},{npmc.cpi_deadline},{extension.advance_royalty})"),
        scalar("npmc.termination", "Agreement ends without commercial production", DATE, "={extension.termination}"),
        head("Commercial production", "8-K 2(a) Commercial Production (R-35, R-36)"),
        scalar("npmc.production", "First achieved", DATE,
               "=IFERROR(COMMERCIAL_PRODUCTION({daily.dates},{daily.used},{plan.capacity},"
               '{commercial_production.days},{commercial_production.threshold},{commercial_production.mode}),"–")',
               "by the days of sheet Daily"),
        scalar("npmc.milestone", "At the as-of date", TEXT,
               '=MILESTONE({cover.as_of},{npmc.deadline},IF(ISNUMBER({npmc.production}),{npmc.production},""))'),
        scalar("npmc.gold_loan", "Gold loan allowed at the as-of date", FLAG,
               '=IF(GOLD_LOAN_ALLOWED({cover.as_of},IF(ISNUMBER({npmc.production}),{npmc.production},"")),1,0)',
               "8-K 5(a) Gold Loan (R-20)"),
        head("Back-in", "8-K 2(a) Back-in"),
        scalar("npmc.back_in", "Back-in open", FLAG,
               "=IF(BACK_IN_OPEN({plan.reserve_oz},{plan.stated_oz},{back_in.threshold}),1,0)", "R-38"),
        scalar("npmc.back_in_oz", "Ounces still missing", OZ,
               "=MAX(0,{plan.stated_oz}+{back_in.threshold}-{plan.reserve_oz})"),
        scalar("npmc.back_in_price", "Price of the back-in, if all capital to date counted", USD,
               "=BACK_IN_PRICE(SUMPRODUCT(--([time.end:row]>{back_in.costs_after}),[time.actual:row],[ops.capex:row]),"
               "{back_in.interest},{back_in.multiple})"),
        head("Registration", "8-K 2(a) Registration"),
        scalar("npmc.registration", "Registration of NPMC's shares kept effective until", DATE, "={registration.until}",
               "R-41"),
    ],
    clauses=("8-K 2(a) Consideration", "8-K 2(a) Royalty", "8-K 2(a) Commercial Production", "8-K 2(a) Back-in"),
)  # fmt: skip


def calculate_extensions(v: Values) -> Values:
    """Extensions of the deadline as they are paid for, which no scenario moves."""
    first, planned = v["npmc.extension_no@start"], v["plan.extensions"]
    deadlines = _deadline(v, first + np.arange(max(0.0, planned - first) + 1))
    number, numbers = 0, []
    for end in v["time.end"][:, 0]:
        number += bool(first + number < planned and end >= deadlines[number])
        numbers.append(first + number)
    so_far = np.array(numbers)[:, None]
    advance = royalty.advance_royalty(
        v["extension.advance_royalty"], v["npmc.cpi_base"], before(v["market.cpi"], v["market.cpi@start"])
    )
    return {
        "npmc.advance_paid": (so_far - before(so_far, first)) * advance,
        "npmc.extension_no": so_far,
        "npmc.next_deadline": _deadline(v, so_far),
        "npmc.next_deadline@start": v["commercial_production.deadline"],
    }


def calculate_royalty(v: Values) -> Values:
    """Royalty and its credit month by month."""
    due, advance = v["ops.royalty"], v["npmc.advance_paid"]
    used, left = np.zeros((2, len(due), 1))
    payable = paid = due  # as a rule there is no advance: then no line is made over all scenarios
    if advance.any():
        used, left = royalty.credit_used(due, advance)
        payable = due - used
        paid = payable + advance
    return {
        "npmc.due": due,
        "npmc.credit_used": used,
        "npmc.credit_close": left,
        "npmc.payable": payable,
        "fund.royalty": paid,
    }


def calculate(v: Values) -> Values:
    """Shares, and the tests as of the as-of date."""
    production = _production(v)
    never = np.isnat(production)
    deadline = _deadline(v, v["plan.extensions"])
    cpi_deadline = _cpi_before(v, v["commercial_production.deadline"])
    second_shares = shares_issued(v["consideration.second_payment"], [v["plan.npmc_price"]])
    shares = v["consideration.first_shares"] + second_shares
    spent = (v["time.end"] > v["back_in.costs_after"]) * v["time.actual"] * v["ops.capex"]
    return {
        "npmc.credit_open": before(v["npmc.credit_close"]),
        "npmc.first_shares": v["consideration.first_shares"],
        "npmc.first_price": v["consideration.first_payment"] / v["consideration.first_shares"],
        "npmc.second_shares": second_shares,
        "npmc.shares": shares,
        "npmc.ownership": shares / v["plan.shares"],
        "npmc.stated_second": v["consideration.second_shares"],
        "npmc.stated_shares": v["consideration.total_shares"],
        "npmc.stated_ownership": v["consideration.ownership"],
        "npmc.agreement": v["acquisition.agreement_date"],
        "npmc.deadline": deadline,
        "npmc.cpi_deadline": cpi_deadline,
        "npmc.advance": royalty.advance_royalty(v["extension.advance_royalty"], v["npmc.cpi_base"], cpi_deadline),
        "npmc.termination": v["extension.termination"],
        "npmc.production": "–" if never else production,
        "npmc.milestone": str(completion.milestone(v["cover.as_of"], deadline, production)),
        "npmc.gold_loan": float(v["cover.as_of"] >= production),
        "npmc.back_in": float(
            reserves.back_in_open(v["plan.reserve_oz"], v["plan.stated_oz"], threshold=v["back_in.threshold"])
        ),
        "npmc.back_in_oz": max(0.0, v["plan.stated_oz"] + v["back_in.threshold"] - v["plan.reserve_oz"]),
        "npmc.back_in_price": reserves.back_in_price(
            spent, interest=v["back_in.interest"], multiple=v["back_in.multiple"]
        ),
        "npmc.registration": v["registration.until"],
    }


def _deadline(v: Values, extensions: Any) -> Any:
    months = v["extension.years"] * v["time.months_a_year"] * np.asarray(extensions)
    return add_months(v["commercial_production.deadline"], months.astype(int))


def _cpi_before(v: Values, day: Any) -> Any:
    """The index of the month before a date's, the latest published then."""
    wanted = v["time.end"].astype("datetime64[M]") == np.asarray(day).astype("datetime64[M]") - MONTH
    return (wanted * v["market.cpi"]).sum(axis=0)


def _production(v: Values) -> Any:
    test = production.first_steady_run if v["commercial_production.mode"] == "daily" else production.first_average_run
    level = v["commercial_production.threshold"] * v["plan.capacity"]
    return test(v["daily.date"], v["daily.used"], days=int(v["commercial_production.days"]), level=level)
