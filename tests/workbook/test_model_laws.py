"""What must hold in the model whatever its inputs, and what its own case must show.

The laws are in ``laws.py``. Loan and waterfall are lived through a second time here, in plain Python, from the
words of the agreement; interest and fees are held against LOAN_SCHEDULE too, which goes from event to event.
"""

import calendar
import datetime as dt
import functools

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st
from tests.workbook.laws import CENT, CLAIMS, LAWS, row

from drawstop.functions import LOAN_SCHEDULE
from lender_model import case, model
from lender_model.formulas.arrays import Arrays
from lender_model.risk.base import Case
from lender_model.sheets import checks, scenarios

# ---- generated cases -------------------------------------------------------------------------------------------------

MONTH_ENDS = case.months()
LAST_PRICES = MONTH_ENDS.index("2001-12-31")  # the market files end there
MAX_ADVANCES = 14  # months in which advances may fall: July 1996 to August 1997


def date(text):
    return np.datetime64(text, "D")


@st.composite
def changes(draw):
    """Changes to the case's inputs: prices, costs, drawdown, instalments, dates, scenario, as-of date."""
    factor = st.floats(0.5, 1.6)
    first = draw(st.sampled_from(["1997-09-30", "1997-12-31", "1998-09-30"]))
    return {
        "cover.as_of": date(draw(st.sampled_from(MONTH_ENDS[: LAST_PRICES + 1]))),
        "cover.scenario": draw(st.sampled_from(scenarios.NAMES)),
        "market.gold_forward": draw(st.floats(150, 700)),
        "market.libor_forward": draw(st.integers(0, 1500)) / 10_000,
        "plan.mining_cost": 1.40 * draw(factor),
        "plan.capex": draw(factor),
        "plan.equity": draw(factor),
        "plan.advance": [
            cents / 100 for cents in draw(st.lists(st.integers(0, 600_000_000), min_size=1, max_size=MAX_ADVANCES))
        ],
        "plan.mechanical": date(draw(st.sampled_from(MONTH_ENDS[6:16]))),
        "plan.completion": date(draw(st.sampled_from(MONTH_ENDS[10:40]))),
        "instalments.first": date(first),
        "instalments.count": float(draw(st.integers(1, 8))),
        "instalments.method": draw(st.sampled_from(["equal", "level"])),
        "plan.extensions": float(draw(st.integers(0, 2))),
        "proceeds_account.floor": draw(st.floats(0, 5e6)),
        "proceeds_account.interest_cap": draw(st.floats(0, 1e6)),
        "commitment_fee.rate": draw(st.integers(0, 200)) / 10_000,
    }


def run(changed):
    """Every figure of the case with these changes."""
    values, _ = case.inputs()
    drawdown = changed.get("plan.advance", [])
    advances = np.zeros((model.MONTHS, 1))
    advances[: len(drawdown), 0] = drawdown
    scaled = {key: values[key] * changed[key] for key in ("plan.capex", "plan.equity")}
    v = model.run(values | changed | scaled | {"plan.advance": advances})
    repaid = v["loan.repayment"]  # level service below the interest is refused by a refresh
    assume(repaid.dtype == float and repaid.min() >= 0)
    return v


def case_as_shipped(**changed):
    values, _ = case.inputs()
    return model.run(values | changed)


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.__name__)
@pytest.mark.parametrize("scenario", scenarios.NAMES)
@pytest.mark.parametrize("as_of", ["1996-07-31", "1996-09-30", "1998-06-30"])
def test_laws_in_every_scenario(law, scenario, as_of):
    law(_scenario(scenario, as_of))


@functools.cache
def _scenario(scenario, as_of):
    return case_as_shipped(**{"cover.scenario": scenario, "cover.as_of": date(as_of)})


@given(changes())
@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_laws_in_generated_cases(changed):
    v = run(changed)
    for law in LAWS:
        law(v)


# ---- the loan, day by day --------------------------------------------------------------------------------------------


def day_of(value):
    return value.astype("datetime64[D]").item()


def live_through(v):
    """Interest, fee, interest due and fee due of each month: every day of the loan in plain Python.

    A day bears interest on the balance after the advances and instalments of its own date. Days over 360; the
    fixing is the last before the interest period, the first period's that of signing.
    """
    ends = [day_of(end) for end in row(v, "time.end")]
    drawn = dict(zip(ends, row(v, "fund.advance").tolist(), strict=True))
    repaid = {day_of(d): a for d, a in zip(v["loan.instalment_dates"], v["loan.instalment_amounts"], strict=True) if d}
    fixings = dict(zip(ends, row(v, "market.libor").tolist(), strict=True))
    completed, fee_end = day_of(v["plan.completion_date"]), day_of(v["commitment_fee.end"])
    quarter_months, limit = set(v["interest.months"].tolist()), float(v["term_loan.max_credit"])
    at_signing = drawn.pop(ends[0])  # what is drawn in the month of signing
    day, balance, libor = day_of(v["facility.effective_date"]), at_signing, float(v["market.libor@start"])
    owed, fee_owed, rows = 0.0, 0.0, []
    for end in ends:
        interest = fee = 0.0
        while day < end:
            margin = v["interest.margin_after"] if day >= completed else v["interest.margin_before"]
            interest += balance * (libor + margin) / 360
            fee += (limit - balance) * v["commitment_fee.rate"] / 360 if day < fee_end else 0.0
            day += dt.timedelta(days=1)
        owed, fee_owed = owed + interest, fee_owed + fee
        pays = end.month in quarter_months
        rows.append((interest, fee, owed if pays else 0.0, fee_owed if pays else 0.0))
        owed, fee_owed = (0.0, 0.0) if pays else (owed, fee_owed)
        libor = fixings[end] if pays else libor
        balance += drawn.get(end, 0.0) - repaid.get(end, 0.0)
    return zip(*rows, strict=True)


def interest_and_fees_agree_with_the_days(v):
    for key, days in zip(("interest", "fee", "interest_due", "fee_due"), live_through(v), strict=True):
        assert row(v, f"loan.{key}") == pytest.approx(days, rel=1e-9, abs=1e-6), key


def interest_and_fees_agree_with_the_schedule(v):
    """LOAN_SCHEDULE has a row for each event and quarter-end; the sheet a column for each month."""
    ends = [day_of(end) for end in row(v, "time.end")]
    drawn = zip(ends, row(v, "fund.advance").tolist(), strict=True)
    instalments = [
        [day_of(d), a] for d, a in zip(v["loan.instalment_dates"], v["loan.instalment_amounts"], strict=True) if d
    ]
    signing = day_of(v["facility.effective_date"])
    advances = [[signing if end == ends[0] else end, amount] for end, amount in drawn if amount > 0]
    fixings = [[signing, v["market.libor@start"]], *([e, r] for e, r in zip(ends, row(v, "market.libor"), strict=True))]
    header, *table = LOAN_SCHEDULE(
        advances, instalments, fixings, signing, day_of(v["plan.completion_date"]), v["term_loan.max_credit"],
        v["interest.margin_before"], v["interest.margin_after"], v["commitment_fee.rate"],
        day_of(v["commitment_fee.end"]), "ACT/360",
    )  # fmt: skip
    found = {line[0]: dict(zip(header, line, strict=True)) for line in table}
    last = instalments[-1][0]
    for t, end in enumerate(ends):
        line = found.get(end, {})
        assert row(v, "loan.interest_due")[t] == pytest.approx(line.get("Interest paid", 0.0), rel=1e-9, abs=1e-6)
        if end <= last:
            assert row(v, "loan.fee_due")[t] == pytest.approx(line.get("Fee paid", 0.0), rel=1e-9, abs=1e-6)
        if line:
            assert row(v, "loan.closing")[t] == pytest.approx(line["Closing"], rel=1e-12, abs=1e-6)
            assert row(v, "loan.repayment")[t] == pytest.approx(line["Repayment"], rel=1e-12)


@given(changes())
@example({
    "plan.capex": 1.0, "plan.equity": 1.0, "plan.advance": [4e6, 3e6, 0, 5e6, 1e6, 0, 0, 2.5e6],
    "cover.as_of": date("1996-07-31"), "plan.completion": date("1997-11-30"), "instalments.count": 8.0,
})  # fmt: skip
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_the_loan_agrees_with_two_other_ways(changed):
    v = run(changed)
    if row(v, "fund.advance").sum() == 0:
        return  # no loan, no schedule
    interest_and_fees_agree_with_the_days(v)
    interest_and_fees_agree_with_the_schedule(v)


def test_the_first_periods_interest_by_hand(base):
    """19.5 million from 11-Jul to 30-Sep-1996, 81 days, at 5.6875% + 2.25%: 19,500,000 × 0.079375 × 81 ÷ 360."""
    assert row(base, "loan.interest_due")[2] == pytest.approx(19_500_000 * 0.079375 * 81 / 360, rel=1e-12)
    assert row(base, "loan.fees_due")[[0, 2]] == pytest.approx([292_500, 0], rel=1e-12)  # all is drawn at signing


# ---- the waterfall, by hand ------------------------------------------------------------------------------------------


def pay(cash, claims):
    """Cash paid on claims in order: what each gets, and what is left."""
    paid = []
    for claim in claims:
        paid.append(max(0.0, min(claim, cash)))
        cash -= paid[-1]
    return paid, cash


def waterfall_agrees(v, t):
    """One month's waterfall from its opening balances, its flows and the minimum."""
    before = t - 1
    carried = {
        key: v[key][before, 0] if t else 0.0 for key in ("proceeds.closing", "wf.trade_close", "wf.lender_close")
    }
    sources = sum(v[f"fund.{key}"][t, 0] for key in ("advance", "note", "contribution", "equity", "receipts", "hedge"))
    end, start = day_of(v["time.end"][t, 0]), day_of(v["time.start"][t, 0])
    completed = day_of(v["plan.completion_date"])
    held = v["loan.held_back"][t, 0] == 1  # a default stood, or the tests of Completion were not met
    late = 0 if held else max(0, (end - max(start, completed)).days)  # days at the lower margin
    libor = v["loan.libor"][t, 0]
    rate = (
        (libor + v["interest.margin_before"]) * ((end - start).days - late)
        + (libor + v["interest.margin_after"]) * late
    ) / 360
    royalty = v["npmc.payable"][t, 0] + v["npmc.advance_paid"][t, 0]
    due = [
        carried["wf.trade_close"],
        v["ops.cost"][t, 0] + v["ops.closure"][t, 0],
        v["ops.capex"][t, 0],
        royalty,
        v["ops.tax"][t, 0],
        carried["wf.lender_close"] * (1 + rate) - v["wf.guaranty_call"][t, 0],
        v["loan.fees_due"][t, 0],
        max(0.0, -v["ops.hedge"][t, 0]),
        v["loan.interest_due"][t, 0] + v["loan.held_due"][t, 0],
        v["loan.repayment"][t, 0],
    ]
    paid, left = pay(carried["proceeds.closing"] + sources, due)
    assert [v[f"wf.{claim}_paid"][t, 0] for claim in CLAIMS] == pytest.approx(paid, rel=1e-9, abs=1e-6)
    unpaid = sum(due[5:]) - sum(paid[5:])
    assert v["wf.lender_close"][t, 0] == pytest.approx(unpaid, rel=1e-9, abs=1e-6)
    stood = t > 0 and (v["cov.standing"][t - 1, 0] == 1 or v["comp.default"][t - 1, 0] == 1)
    excess = 0.0 if unpaid > CENT or stood else max(0.0, left - v["proceeds.minimum"][t, 0])
    interest = v["note.interest_due"][t, 0]
    available = excess if end >= completed else min(interest, excess)
    assert v["wf.available"][t, 0] == pytest.approx(available, rel=1e-9, abs=1e-6)
    assert v["wf.parent_interest_paid"][t, 0] == pytest.approx(min(interest, available), rel=1e-9, abs=1e-6)


@pytest.mark.parametrize("scenario", scenarios.NAMES)
def test_the_waterfall_agrees_with_one_by_hand(scenario):
    v = case_as_shipped(**{"cover.scenario": scenario})
    for t in range(model.MONTHS):
        waterfall_agrees(v, t)


def test_a_month_without_enough_cash(inputs):
    """No gold to sell: suppliers come first, the Lender waits, and what it waits for bears interest.

    The planned Completion is past by then, but in default the margin of 2.25% does not step down.
    """
    nothing = np.zeros((model.MONTHS, 1))
    inputs |= {"plan.ore": nothing, "plan.site_cost": nothing, "plan.closure": nothing}
    inputs |= {"plan.equity": nothing, "plan.contribution": nothing, "plan.hedge_oz": nothing}
    inputs |= {"actual.ounces": nothing, "cover.as_of": date("1996-07-31")}
    v = model.run(inputs)
    short = int(np.flatnonzero(row(v, "wf.lender_close") > 0)[0])
    assert row(v, "proceeds.closing")[short] == 0
    owed, end = row(v, "wf.lender_close")[short], row(v, "time.end")[short + 1]
    days = (end - row(v, "time.end")[short]) / np.timedelta64(1, "D")
    assert end > v["plan.completion_date"]
    rate = row(v, "loan.libor")[short + 1] + v["interest.margin_before"]
    assert row(v, "wf.lender_interest")[short + 1] == pytest.approx(owed * rate * days / 360, rel=1e-12)
    assert row(v, "wf.default")[short] == 1


def test_no_cover_of_the_loan_once_no_cash_counts(inputs):
    """Gold at 200 dollars: what is unpaid at the last instalment stands as arrears, which keep the minimum; no LLCR."""
    none = np.zeros(len(scenarios.NAMES))
    inputs |= {"market.gold_forward": 200.0, "scenario.gold@across": none}
    v = model.run(inputs | {"scenario.hedge@across": none, "scenario.standby@across": none})
    late = row(v, "time.end") >= date("2000-12-31")
    assert np.all(row(v, "ratio.debt")[late] == row(v, "wf.lender_close")[late])
    assert row(v, "ratio.debt")[late].min() > 1e6
    assert set(row(v, "ratio.llcr")[late]) == {"–"}
    assert v["ratio.min_llcr"] == min(row(v, "ratio.llcr")[~late])
    assert row(v, "proceeds.minimum")[late].min() >= v["proceeds_account.floor"]
    assert np.all(row(v, "proceeds.arrears")[late] > 1e6)


def test_the_lender_need_not_advance_without_its_conditions_or_in_default(inputs):
    """10 million in July, 5 in October; by the bank the account is well filled, so that nothing else is in the way."""
    months = [np.full((model.MONTHS, 1), x) for x in (0.0, np.nan, np.nan)]
    advances, account, conditions = months
    advances[[0, 3], 0] = 10e6, 5e6
    account[[1, 2, 3], 0] = 40e6
    inputs |= {"plan.advance": advances, "actual.account": account, "actual.conditions": conditions}
    contribution = inputs["actual.contribution"].copy()
    contribution[2, 0] = 1.5e6  # made, so that its default is not in the way
    inputs |= {"cover.as_of": date("1996-10-31"), "actual.contribution": contribution}
    met = model.run(inputs)
    assert (row(met, "fund.limit")[3], row(met, "fund.above_limit")[3], met["alert.advance"]) == (9.5e6, 0, 0)
    conditions[3, 0] = 0.0
    unmet = model.run(inputs)
    assert (row(unmet, "fund.limit")[3], row(unmet, "fund.above_limit")[3], unmet["alert.advance"]) == (0, 1, 1)
    conditions[3, 0], account[1, 0] = np.nan, 0.0  # nothing at the end of August: September's interest stays unpaid
    inputs |= {"actual.cost": np.full((model.MONTHS, 1), 40e6)}
    default = model.run(inputs)
    assert row(default, "wf.lender_close")[2] > 0
    assert row(default, "proceeds.closing")[2] == 40e6 > row(default, "proceeds.minimum")[2]
    assert (row(default, "fund.limit")[3], row(default, "fund.above_limit")[3]) == (0, 1)


# ---- the plan as published, and what happened ------------------------------------------------------------------------


def by_year(v, key):
    years = row(v, "time.year")
    return {int(year): row(v, key)[years == year].sum() for year in np.unique(years)}


def test_the_plan_is_the_published_one(base):
    """The Northern Miner, autumn 1996: tons, grades, ounces, capital; 218 dollars an ounce for the first ore."""
    assert row(base, "plan.ore").sum() == 6_000_000
    assert (row(base, "plan.ore") * row(base, "plan.grade")).sum() / 6e6 == pytest.approx(0.069, abs=5e-5)
    first = np.cumsum(row(base, "plan.ore")) <= 500_000
    assert row(base, "plan.ore")[first].sum() == 500_000
    assert (row(base, "plan.ore") * row(base, "plan.grade"))[first].sum() == pytest.approx(41_000, rel=0.02)
    assert base["plan.capital_before"] + row(base, "plan.capex").sum() == 36_700_000
    ounces = by_year(base, "ops.recovered")
    assert ounces[1996] == pytest.approx(20_000, rel=0.05)
    assert [ounces[year] for year in range(1997, 2002)] == pytest.approx([60_000] * 5, rel=0.1)
    assert 210 <= base["ops.cost_per_oz"] <= 218
    assert row(base, "plan.offering_shares").sum() == 6_000_000
    assert base["plan.strip"] == 2.5


def test_what_construction_takes_by_hand(base):
    """36.7 million of capital as published; 19.5 million drawn on 11-Jul-1996, Completion on 31-Oct-1997."""
    days = (dt.date(1997, 9, 30) - dt.date(1996, 7, 11)).days
    expected = {
        "capital": 36_700_000,
        "interest": 19_500_000 * (0.056875 + 0.0225) * days / 360,
        "fees": 292_500,  # nothing is left undrawn
        "principal": 19_500_000 / 8,
        "advance": 19_500_000,
        "note": 2_500_000,
        "contribution": 1_500_000,
        "parent": 3_400_000,
    }
    assert {key: base[f"construction.{key}"] for key in expected} == pytest.approx(expected, rel=1e-12)


def test_the_base_case_holds(base):
    """July 1996 is past at the as-of date, and only some of it was reported; that alone is an alert."""
    assert [key for key, *_ in checks.ALERTS if base[f"alert.{key}"]] == ["missing", "unreported"]
    assert base["checks.light"] == "All checks hold, 2 alerts"
    repaid = np.flatnonzero(row(base, "loan.closing") > 0)[-1] + 1
    assert str(row(base, "time.end")[repaid]) == "2000-12-31"
    assert base["cov.first_breach"] == "–"
    assert row(base, "proceeds.shortfall").max() == 0
    assert row(base, "wf.lender_close").max() == 0


def test_the_stated_figures_of_the_filing(base):
    """22,000,000 is 19.5 + 2.5 million; 292,500; 735,294; 449,754 + 1,090,909 shares, about 9.5%."""
    assert base["term_loan.max_credit"] + base["note.principal"] == base["facility.amount"] == 22_000_000
    assert row(base, "loan.establishment_due").sum() == 292_500 == base["establishment_fee.paid"]
    assert base["npmc.second_shares"] == 1_090_909
    assert base["npmc.shares"] == 1_540_663 == base["consideration.total_shares"]
    assert base["npmc.ownership"] == pytest.approx(0.095, abs=5e-4)
    assert [row(base, "loan.advance").sum(), row(base, "loan.repayment").sum()] == [19_500_000, 19_500_000]


def test_what_happened_by_30_september_1996(history):
    """10-Q: 7,484 thousand in the account, the contribution of 1.5 million not made: so short by it, minimum 8,984."""
    v = history.values
    at = 2
    assert str(row(v, "time.end")[at]) == "1996-09-30"
    assert row(v, "proceeds.closing")[at] == 7_484_000
    assert row(v, "proceeds.minimum")[at] == pytest.approx(8_984_000, abs=CENT)
    assert row(v, "proceeds.shortfall")[at] == pytest.approx(1_500_000, abs=CENT)
    assert v["comp.contribution"] == "missed"
    assert row(v, "cov.breach")[at] == 1
    assert str(v["cov.first_breach"]) == "1996-09-30"
    assert (v["alert.short"], v["alert.covenant"], v["alert.contribution"]) == (1, 1, 1)
    assert (row(v, "bal.cash")[at], row(v, "bal.account")[at], row(v, "bal.ppe")[at]) == (
        1_752_000,
        7_484_000,
        38_421_000,
    )
    ratio = row(v, "bal.current_assets")[at] / row(v, "bal.current_liabilities")[at]
    assert ratio < 2.0 == v["covenants.current_ratio"]


def test_payables_that_fall_are_paid_by_the_company(history):
    """3.2 million at 30-Sep-1996, 1.2 million planned a month later: 2 million of cash, and no income.

    Cash of October 1996: 1,752,000, the offering 6,000,000 × 2.50 × 0.93 = 13,950,000, less 1,500,000 put into the
    account, 80,000 of overhead, and the 2,000,000. The standby equity of 8,000,000 goes through it into the account.
    """
    v, october = history.values, 3
    assert list(row(v, "bal.payables")[[2, 3]]) == [3_200_000, 1_200_000]
    assert row(v, "bal.payables_rise")[october] == -2_000_000
    assert row(v, "bal.cash")[october] == pytest.approx(1_752_000 + 13_950_000 - 1_500_000 - 80_000 - 2_000_000)
    cash_cost = row(v, "ops.cost")[october] + row(v, "loan.interest")[october] + row(v, "note.interest")[october]
    earned = row(v, "ops.net_returns")[october] - row(v, "fund.royalty")[october] - row(v, "ops.tax")[october]
    income = earned - cash_cost - row(v, "loan.fee")[october] - row(v, "ops.depreciation")[october] - 80_000
    assert row(v, "bal.income")[october] == pytest.approx(income)
    equity = row(v, "bal.equity")
    assert equity[october] - equity[october - 1] == pytest.approx(13_950_000 + 8_000_000 + income)


def test_payables_that_rise_stay_in_cash(inputs):
    """Half a million more owed at 31-Aug-1997, settled a month later: cash between the two, income never."""
    inputs |= {"cover.as_of": date("1997-08-31"), "actual.ounces": np.full((model.MONTHS, 1), np.nan)}
    inputs |= {f"actual.{key}": np.full((model.MONTHS, 1), np.nan) for key in ("cost", "contribution", "account")}
    unknown = np.full((model.MONTHS, 1), np.nan)
    plain = model.run(inputs | {"actual.payables": unknown})
    owed = unknown.copy()
    owed[13] = inputs["plan.payables"] + 500_000
    later = model.run(inputs | {"actual.payables": owed})
    more = np.zeros(model.MONTHS)
    more[13] = 500_000
    assert row(later, "bal.cash") - row(plain, "bal.cash") == pytest.approx(more, abs=CENT)
    assert row(later, "bal.equity") == pytest.approx(row(plain, "bal.equity"), abs=CENT)


def test_what_tangible_equity_rests_on(base):
    """Published property 38,421,000 less the Project's 12,416,000 + 4,450,000 + 4,400,000 + 4,200,000, undepreciated
    but for the ounces so far: the rest is still there when the mine is closed.

    The note on sheet Covenants: without it only the opening test would fail while the loan is outstanding.
    """
    produced = row(base, "ops.recovered")[:3].sum() / row(base, "ops.recovered").sum() * 36_700_000
    rest = 38_421_000 - (12_416_000 + 4_450_000 + 4_400_000 + 4_200_000 - produced)
    assert row(base, "bal.other_property")[-1] == pytest.approx(rest)
    assert row(base, "bal.ppe")[-1] == pytest.approx(rest, abs=CENT)
    tested = (row(base, "cov.test") == 1) & (row(base, "time.end") <= date("2000-12-31"))
    headroom, without = (row(base, f"cov.equity_{key}")[tested].astype(float) for key in ("headroom", "without"))
    assert headroom.min() > 0
    assert headroom - without == pytest.approx(rest)
    assert list(np.flatnonzero(without < 0)) == [0]


def test_intangibles_come_off_tangible_equity_once(inputs, base):
    v = model.run(inputs | {"plan.intangibles": 1_000_000.0})
    live = row(base, "time.end") >= base["plan.balance_date"]
    assert row(base, "cov.tangible") - row(v, "cov.tangible") == pytest.approx(1_000_000 * live)
    assert list(row(v, "bal.intangible")) == list(1_000_000 * live)
    for key in ("assets", "equity", "ppe"):
        assert np.all(row(v, f"bal.{key}") == row(base, f"bal.{key}"))


# ---- scenarios side by side ------------------------------------------------------------------------------------------


SIDE_BY_SIDE = ("Operations", "Funding", "Loan", "Proceeds", "Waterfall", "Balance", "Covenants", "Ratios")


@pytest.mark.parametrize("as_of", ["1996-07-31", "1996-09-30", "1997-12-31"])
def test_scenarios_side_by_side_are_what_each_is_alone(inputs, as_of):
    """The formulas compiled for all scenarios at once, against the workbook with each of them in use."""
    inputs |= {"cover.as_of": date(as_of)}
    lines = [row.key for sheet in model.SHEETS if sheet.name in SIDE_BY_SIDE for row in sheet.rows if row.months]
    together = Case.of(inputs)
    program = together.program({key: False for key, *_ in scenarios.CHANGES}, lines)
    found = Arrays(program)(together.given({key: inputs[f"{key}@across"] for key, *_ in scenarios.CHANGES}))
    for k, name in enumerate(scenarios.NAMES):
        alone = model.run(inputs | {"cover.scenario": name})
        for key, target in zip(lines, program.outputs, strict=True):
            expected = [np.nan if isinstance(x, str) else float(x) for x in row(alone, key)]
            assert found[target][:, k] == pytest.approx(expected, rel=1e-9, abs=1e-6, nan_ok=True), (key, name)


def test_calendar_of_the_sheets(base):
    """Month-ends as Python's own calendar has them."""
    ends = [day_of(end) for end in row(base, "time.end")]
    expected = [
        dt.date(year, month, calendar.monthrange(year, month)[1])
        for year in range(1996, 2004)
        for month in range(1, 13)
        if (year, month) >= (1996, 7)
    ]
    assert ends == expected
    assert row(base, "time.days").sum() == (expected[-1] - dt.date(1996, 7, 11)).days
