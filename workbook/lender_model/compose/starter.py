"""A commented deal and case to start from: what ``drawstop new`` writes."""

from __future__ import annotations

import calendar
import datetime as dt
from dataclasses import dataclass
from pathlib import Path

from drawstop.deal import DealError, Fault
from lender_model.compose.schema import schema


@dataclass(frozen=True)
class Choices:
    """The command's options."""

    name: str
    borrower: str
    signing: dt.date
    commitment: float
    margin: float
    years: int
    months: int
    metal: str
    fixed: bool = False
    hedge: bool = False
    stream: bool = False
    standby: bool = False


def write(folder: Path, choices: Choices) -> list[Path]:
    """Write ``deal.toml`` and ``case.toml`` into a new folder.

    Raises:
        DealError: the folder already holds a deal.
    """
    if (folder / "deal.toml").exists() or (folder / "case.toml").exists():
        raise DealError([Fault(str(folder), 0, "", "already holds a deal; choose another folder")])
    folder.mkdir(parents=True, exist_ok=True)
    files = {folder / "deal.toml": _deal(choices), folder / "case.toml": _case(choices)}
    files |= {folder / f"{name}.schema.json": schema(name) for name in ("deal", "case")}
    for path, text in files.items():
        path.write_text(text, encoding="utf-8")
    return list(files)


def _end(day: dt.date, months: int) -> dt.date:
    """The month-end a number of months later."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return dt.date(year, month + 1, calendar.monthrange(year, month + 1)[1])


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _deal(c: Choices) -> str:
    life = c.years * 12
    build, first_repaid, final = _end(c.signing, life // 4), _end(c.signing, life // 4 + 6), _end(c.signing, life)
    base = "" if c.fixed else 'base = "sofr"            # a series of the market in case.toml\nfloor = 0.0\n'
    parts = [f"""# The agreement. Every key is described by deal.schema.json, which an editor reads from the next line.
#:schema ./deal.schema.json

name = {_quoted(c.name)}
borrower = {_quoted(c.borrower)}
signing = {c.signing}
currency = "US$"
source = "write here the document that the terms are taken from"
funding_until = "completion"   # after it, nothing is drawn for construction

[[party]]
name = {_quoted(c.borrower)}
role = "Borrower"

[[party]]
name = "Example Bank"
role = "Lender"

# What the mine sells; the price is a series of the market in case.toml.
[[product]]
key = "{c.metal}"
price = "{c.metal}"

# Dates that other clauses depend on. case.toml says when each is reached or expected.
[[milestone]]
key = "completion"
title = "Completion"
longstop = {_end(build, 12)}

[[milestone.test]]
key = "throughput"
title = "Ninety days at 90% of the design throughput"

# Money of the owners comes first (rank 1), the loan after it (rank 2).
[[equity]]
key = "sponsor"
title = "Sponsor equity"
rank = 1
amount = {c.commitment * 0.5:.2f}

[[tranche]]
key = "senior"
title = "Senior loan"
commitment = {c.commitment:.2f}
final = {final}
draw = {{ rank = 2, last = "completion" }}
payment = {{ every = 3, first = {_end(c.signing, 3)} }}
source = "clause of the agreement"

[tranche.rate]
{base}margin = [{{ value = {c.margin} }}, {{ from = "completion", value = {max(0.0, c.margin - 0.005):.6g} }}]
default_margin = 0.02
basis = "ACT/360"

[tranche.repayment]
method = "equal"             # or table, shares, balloon, level, bullet, sculpted, target
dates = {{ every = 3, first = {first_repaid} }}
"""]  # fmt: skip
    if c.standby:
        parts.append(f"""
[[tranche]]
key = "standby"
title = "Standby facility"
kind = "standby"
commitment = {c.commitment * 0.1:.2f}
final = {final}
draw = {{ rank = 3, last = "completion" }}
payment = {{ every = 3, first = {_end(c.signing, 3)} }}
rate = {{ {'base = "sofr", ' if not c.fixed else ""}margin = {c.margin + 0.02:.6g} }}
repayment = {{ method = "equal", dates = {{ every = 3, first = {first_repaid} }} }}
""")
    parts.append(f"""
[[fee]]
key = "upfront"
kind = "upfront"
tranche = "senior"
rate = 0.02

[[fee]]
key = "commitment"
kind = "commitment"
tranche = "senior"
rate = 0.01
payment = {{ every = 3, first = {_end(c.signing, 3)} }}

# Three months of debt service, built up from the cash flow after Completion.
[[account]]
key = "dsra"
title = "Debt service reserve"
months_of_service = 3
tranches = ["senior"]
starts = "completion"
ends = {final}
pays = ["interest.senior", "principal.senior"]

[[sweep]]
key = "excess"
tranches = ["senior"]
share = [{{ value = 0.0 }}, {{ from = "completion", value = 0.25 }}]
dates = {{ every = 6, first = {_end(c.signing, 6)} }}
minimum_cash = 5_000_000

[[covenant]]
key = "dscr"
metric = "dscr"
months = 12
minimum = 1.20
dates = {{ every = 3, first = {_end(first_repaid, 9)} }}
consequence = ["lockup"]

[[covenant]]
key = "llcr"
metric = "llcr"
minimum = 1.25
dates = {{ every = 3, first = {first_repaid} }}
consequence = ["lockup"]
""")
    if c.hedge:
        parts.append(f"""
[[hedge]]
key = "collar"
title = "Collar"
kind = "collar"
price = "{c.metal}"
volume = [{{ value = 0 }}, {{ from = {_end(build, 1)}, value = 1_000 }}, {{ from = {_end(build, 25)}, value = 0 }}]
floor = 1_600
cap = 2_400
""")
    if c.stream:
        parts.append(f"""
[[stream]]
key = "stream"
title = "Stream"
product = "{c.metal}"
deposit = [{{ date = {_end(c.signing, 1)}, amount = {c.commitment * 0.1:.2f} }}]
tiers = [{{ until = 100_000, share = 0.05 }}, {{ share = 0.03 }}]
price_share = 0.20
""")
    parts.append("""
# The order in which cash is paid. Claims left out follow, in the usual order.
[waterfall]
order = ["arrears.trade", "operating", "capital", "royalty", "tax", "arrears", "fee", "hedge", "interest", "principal", "account", "sweep"]

[distribution]
from = "completion"
barred_in = ["lockup", "default"]
""")
    return "".join(parts)


def _case(c: Choices) -> str:
    life = c.years * 12
    build = life // 4
    produced = c.commitment / 10_000
    start, stop = _end(c.signing, build), _end(c.signing, max(c.months - 6, life + 6))
    rate = (
        ""
        if c.fixed
        else """
[market.sofr]
unit = "per year"
value = 0.04
assumption = "held; put monthly figures into market.csv instead, with a column month and a column sofr"
"""
    )
    return f"""#:schema ./case.schema.json
# The case: plan, market and dates. Monthly figures may be in plan.csv, actuals.csv and market.csv beside it.

opening_cash = 0.0
minimum_cash = 2_000_000
tax_rate = 0.20
discount_rate = 0.08

[model]
first = {_end(c.signing, 0)}
months = {c.months}
as_of = {_end(c.signing, 0)}
scenario = "Base"

[milestones]
completion = {start}

[market.{c.metal}]
unit = "US$/oz"
value = 1_800
assumption = "held"
{rate}
# A line of the plan is a figure a month, or steps by date.
[plan.{c.metal}]
unit = "oz"
value = [{{ value = 0 }}, {{ from = {_end(start, 0)}, value = {produced * 0.5:.0f} }}, {{ from = {_end(stop, 1)}, value = 0 }}]
assumption = "steady output"

[plan.operating_cost]
value = [{{ value = 0 }}, {{ from = {_end(start, 0)}, value = {produced * 0.5 * 900:.0f} }}, {{ from = {_end(stop, 1)}, value = 0 }}]
assumption = "US$ 900 an ounce"

[plan.capital]
value = [{{ value = {c.commitment * 1.25 / max(1, build):.0f} }}, {{ from = {_end(start, 0)}, value = 0 }}]
assumption = "spread evenly over construction"

[[scenario]]
name = "Low price"
price = -0.15

[[scenario]]
name = "High cost"
costs = 0.15
capital = 0.10

[[scenario]]
name = "Late"
delay = 6
"""
