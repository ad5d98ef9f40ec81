"""Deals drawn at random: any mix of clauses over any months, as their files would hold them."""

import calendar
import datetime as dt
from pathlib import Path

import numpy as np
from hypothesis import strategies as st

from drawstop.deal.read import Source, parsed
from lender_model.clauses import Deal
from lender_model.clauses.cure import CURABLE
from lender_model.compose import ledger
from lender_model.compose.case import Case
from lender_model.compose.draft import WITHOUT_WINDOW
from lender_model.compose.files import Figures
from lender_model.compose.model import Folder
from lender_model.sheets.ledger import PUT_OFF

SIGNING = dt.date(2024, 1, 15)
WEEKEND = 5
"""Days of the week from this one on, counted from Monday, are not business days."""


def month_end(months):
    year, month = divmod(SIGNING.year * 12 + SIGNING.month - 1 + months, 12)
    return dt.date(year, month + 1, calendar.monthrange(year, month + 1)[1])


def folder(deal, case):
    """A deal's folder without files."""
    record = parsed(Source("deal.toml", deal, {}), Deal)
    none = Figures("")
    days = [SIGNING + dt.timedelta(days=k) for k in range(-30, 300)]
    daily = {day: 0.05 + 0.00001 * k for k, day in enumerate(days) if day.weekday() < WEEKEND}
    fixings = Figures("", {"sofr": daily} if any(each.rate.fixing == "daily" for each in record.tranche) else {})
    return Folder(
        Path(), record, [record], parsed(Source("case.toml", case, {}), Case), none, none, none, fixings=fixings
    )


def steps(draw, low, high):
    """A value: a number, steps by date, or steps by state."""
    number = st.floats(low, high).map(lambda x: round(x, 6))
    kind = draw(st.sampled_from(["number", "date", "state"]))
    if kind == "number":
        return draw(number)
    when = month_end(draw(st.integers(1, 20))) if kind == "date" else "completion"
    return [{"value": draw(number)}, {"from": when, "value": draw(number)}]


def repayment(draw, final):
    """How a tranche is repaid."""
    method = draw(st.sampled_from(["equal", "balloon", "level", "bullet", "sculpted", "table", "target", "shares"]))
    every = draw(st.sampled_from([1, 3, 6]))
    first = draw(st.integers(1, max(1, final - 1)))
    dates = {"every": every, "first": month_end(first)}
    if draw(st.booleans()):
        dates["first"] = {"event": "completion", "months": draw(st.integers(0, 12))}
    out = {"method": method, "after_prepayment": draw(st.sampled_from(["pro rata", "inverse", "next"]))}
    if method in {"table", "target"}:
        months = sorted(draw(st.sets(st.integers(1, final), min_size=1, max_size=8)))
        falling = draw(st.lists(st.integers(1, 9), min_size=len(months), max_size=len(months)))
        amounts = [1e6 * x for x in falling] if method == "table" else [9e7 * 0.8**k for k in range(len(months))]
        return out | {"table": [{"date": month_end(m), "amount": a} for m, a in zip(months, amounts, strict=True)]}
    if method != "bullet":
        out["dates"] = dates
    if method == "balloon":
        out["balloon"] = draw(st.floats(0, 0.9).map(lambda x: round(x, 4)))
    if method == "sculpted":
        out |= {"dscr": steps(draw, 1.1, 2.0), "cash_share": 0.5}
    if method == "shares":
        parts = draw(st.lists(st.integers(1, 5), min_size=1, max_size=12))
        out["shares"] = [part / sum(parts) for part in parts]
    return out


def tranche(draw, number, months):
    """A tranche."""
    final = draw(st.integers(6, max(6, months - 1)))
    pay = draw(st.sampled_from([1, 3, 6]))
    day = draw(st.sampled_from([31, 31, 15, 28]))
    payment = {"every": pay, "first": month_end(pay - 1), "day": day}
    if draw(st.booleans()):
        payment["business_days"] = "modified following"
    basis = draw(st.sampled_from(["ACT/360", "ACT/365", "30/360"]))
    rate = {"margin": steps(draw, 0.0, 0.12), "basis": basis, "default_margin": 0.02}
    if draw(st.booleans()):
        rate |= {
            "base": "sofr",
            "floor": 0.01,
            "fixing": draw(st.sampled_from(["period", "month", "advance", *(["daily"] if basis != "30/360" else [])])),
        }
    if draw(st.integers(0, 3)) == 0:
        rate["capitalised"] = {
            "until": month_end(draw(st.integers(1, final))),
            "share": draw(
                st.sampled_from(
                    [0.5, 1.0, {"metric": "gold", "bands": [{"below": 1000.0, "value": 1.0}, {"value": 0.3}]}]
                )
            ),
        }
    commitment = draw(st.sampled_from([2e7, 1e8]))
    how = draw(st.sampled_from(["rank", "rank", "plan", "opening"]))
    out = {
        "key": f"t{number}", "title": f"Tranche {number}", "commitment": commitment, "final": month_end(final), "payment": payment,
        "rate": rate, "repayment": repayment(draw, final), "draw": {"rank": draw(st.integers(1, 2)), "share": 0.5 + number},
        "kind": draw(st.sampled_from(["term", "revolver", "standby"])),
    }  # fmt: skip
    if how == "plan":
        dates = sorted(draw(st.sets(st.integers(0, max(0, final - 2)), min_size=1, max_size=3)))
        out["draw"] = {"plan": [{"date": month_end(m), "amount": commitment / 4} for m in dates], "discount": 0.01}
    if how == "rank" and draw(st.booleans()):
        out["draw"] |= {"equity_spent": 0.5, "last": {"event": "completion", "by": month_end(12)}}
    if draw(st.integers(0, 3)) == 0:
        out["currency"] = "cad"
    if how == "opening":
        out |= {"draw": {}, "opening": commitment / 2}
    return out


def entries(model, *rows):
    """A ledger's inputs from its rows: tranche, date, what, amount, and until if it is put off."""
    size = model.book.extra.places["ledger.date"].cells
    inputs = {
        "ledger.tranche": np.full(size, "", dtype=object),
        "ledger.date": np.full(size, np.datetime64("NaT", "D")),
        "ledger.what": np.full(size, "", dtype=object),
        "ledger.amount": np.full(size, np.nan),
        "ledger.until": np.full(size, np.datetime64("NaT", "D")),
    }
    for n, row in enumerate(rows):
        for key, value in zip(inputs, row, strict=False):
            inputs[key][n] = value
    return inputs


@st.composite
def ledgers(draw, folder):
    """What the banks of a deal's tranches may report of its first months: often nothing, or not what was due."""
    rows = []
    last = min(14, folder.case.model.months - 1)
    for tranche in folder.deal.tranche:
        count = draw(st.sampled_from([0, 0, 3, 10]))
        for _ in range(count):
            amount = draw(st.sampled_from([0.0, 12_345.67, 1e6, 5e7, 3e8]))
            month, what = draw(st.integers(0, last)), draw(st.sampled_from(ledger.KINDS))
            until = [np.datetime64(month_end(month + draw(st.integers(1, 12))))] if what == PUT_OFF else []
            rows.append((tranche.title, np.datetime64(month_end(month)), what, amount, *until))
    return np.datetime64(month_end(last)), rows


MADE = {"key": "made", "title": "Ounces made", "metric": "production", "months": 3, "minimum": 12_000.0}
METHODS = {"equal", "balloon", "bullet", "table", "shares"}
RIGHT = [{"date": month_end(3), "price": 2e6, "share": 0.5}]
COVENANTS = ["dscr", "dscr_forward", "llcr", "plcr", "reserve_tail", "net_debt_to_ebitda", "debt_to_equity", "cash",
             "working_capital", "current_ratio", "tangible_equity", "liabilities_to_equity", "ebitda_to_interest", "debt", "equity",
             "output_to_date", "hedged_share_forward"]  # fmt: skip


def further(draw, deal, some):
    """Letters of credit, loans in ounces and amendments."""
    if "letter" in some:
        called = draw(st.sampled_from([{}, {"called": [{"date": month_end(7), "amount": 1e6}], "rate": 0.1}]))
        deal["letter"] = [{"key": "l", "title": "Letters", "limit": 8e6, "amount": steps(draw, 0, 9e6), "fee": 0.02, "unused_fee": 0.01,
                           "payment": {"every": 3, "first": month_end(2)}, "final": month_end(40)} | called]  # fmt: skip
    if "gold_loan" in some:
        turned = [
            each["key"]
            for each in deal["tranche"]
            if each["repayment"]["method"] in METHODS and each["kind"] != "revolver" and "currency" not in each
        ]
        deal["gold_loan"] = [
            {"key": key, "title": key, "tranche": key, "product": "gold", "lease_rate": 0.02} for key in turned[:1]
        ]
    if "amendment" in some:
        added = [
            each
            for group in ("fee", "covenant", "account", "letter")
            for each in (f"{group}.{x['key']}" for x in deal.get(group, []))
        ]
        deal["amendment"] = [
            {"date": month_end(5), "title": "First", "adds": added[:2] or ["equity.owner"]},
            {"date": month_end(9), "title": "Second", "drops": added[:1] or ["equity.owner"]},
        ]


@st.composite
def deals(draw):
    """A deal's folder."""
    months = draw(st.one_of(st.integers(12, 60), st.sampled_from([12, 120, 480])))
    tranches = [tranche(draw, number, months) for number in range(1, draw(st.integers(1, 4)) + 1)]
    keys = [each["key"] for each in tranches]
    deal = {
        "name": "Random", "borrower": "Random Gold", "signing": SIGNING, "tranche": tranches,
        "product": [{"key": "gold", "price": "gold"}], "milestone": [{"key": "completion", "longstop": month_end(12), "test": [MADE]}],
        "equity": [{"key": "owner", "title": "Owner", "rank": 2, "amount": draw(st.sampled_from([1e6, 5e7]))}],
        "covenant": [
            {"key": f"c{k}", "metric": metric, **({} if metric in WITHOUT_WINDOW else {"months": draw(st.sampled_from([3, 12]))}), "minimum": draw(st.sampled_from([0.5, 1.3])),
             "dates": {"every": 3, "first": month_end(draw(st.integers(0, 11)))},
             "consequence": draw(st.sampled_from([["alert"], ["lockup"], ["sweep"], ["default"]])),
             **draw(st.sampled_from([{}, {"cure": "days", "cure_days": 45}, *([] if metric not in CURABLE else [{"cure": "equity"}])]))}
            for k, metric in enumerate(draw(st.lists(st.sampled_from(COVENANTS), max_size=6, unique=True)))
        ],
    }  # fmt: skip
    some = draw(
        st.sets(
            st.sampled_from(
                [
                    "fee",
                    "account",
                    "sweep",
                    "hedge",
                    "stream",
                    "royalty",
                    "offtake",
                    "prepay",
                    "order",
                    "until",
                    "letter",
                    "gold_loan",
                    "amendment",
                ]
            )
        )
    )
    if "until" in some:
        deal["funding_until"] = "completion"
    if "fee" in some:
        deal["fee"] = [
            {"key": "upfront", "kind": "upfront", "tranche": keys[0], "rate": 0.02},
            {"key": "undrawn", "kind": "commitment", "tranche": keys[-1], "rate": steps(draw, 0, 0.02), "payment": {"every": 3, "first": month_end(2)}},
            {"key": "ounce", "kind": "per_ounce", "product": "gold", "amount": 10.0},
            {"key": "exit", "kind": "exit", "tranche": keys[0], "rate": 0.01},
            {"key": "early", "kind": "prepayment", "tranche": keys[0], **draw(st.sampled_from([{"rate": 0.01}, {"amount": 1e5}]))},
            {"key": "out", "kind": "exit", "tranche": keys[0], "amount": 1e5},
        ]  # fmt: skip
    if "account" in some:
        pays = [f"{kind}.{keys[0]}" for kind in ("interest", "principal")]
        deal["account"] = [
            {"key": "dsra", "title": "Reserve", "months_of_service": draw(st.integers(1, 12)), "starts": "completion", "pays": pays},
            {"key": "closure", "title": "Closure", "amount": steps(draw, 0, 5e6), "funded_by": draw(st.sampled_from(["cash", "construction", "letter of credit"]))},
        ]  # fmt: skip
    if "sweep" in some:
        deal["sweep"] = [
            {
                "key": "s",
                "tranches": keys,
                "share": steps(draw, 0, 1),
                "dates": {"every": 3, "first": month_end(2)},
                "minimum_cash": 1e6,
                "of": draw(st.sampled_from(["cash", "excess cash flow"])),
            }
        ]
    if "hedge" in some:
        deal["hedge"] = [
            {"key": "f", "title": "Forwards", "kind": "forward", "price": "gold", "volume": steps(draw, 0, 2000), "strike": 1700.0},
            {"key": "c", "title": "Collar", "kind": "collar", "price": "gold", "volume": 500.0, "floor": 1500.0, "cap": 2100.0,
             "premium": [{"date": month_end(1), "amount": 1e5}]},
        ]  # fmt: skip
    if "stream" in some:
        deal["stream"] = [{"key": "g", "title": "Stream", "product": "gold", "deposit": [{"date": month_end(1), "amount": 1e7}],
                           "tiers": [{"until": 30_000.0, "share": 0.1}, {"share": 0.05}], "price_share": 0.2, "price_share_after_deposit": 0.3,
                           "buy_back": RIGHT}]  # fmt: skip
        if draw(st.booleans()):
            deal["stream"][0]["tiers"] = [
                {"until": 30_000.0, "share": 0.1, "price_share": 0.2},
                {"share": 0.05, "price_share": 0.3},
            ]
            del deal["stream"][0]["price_share"], deal["stream"][0]["price_share_after_deposit"]
    if "royalty" in some:
        deal["royalty"] = [
            {
                "key": "r",
                "title": "Royalty",
                "basis": draw(st.sampled_from(["revenue", "net returns", "profit"])),
                "rate": steps(draw, 0, 0.05),
                "deposit": [{"date": month_end(1), "amount": 5e6}],
                "most": draw(st.sampled_from([1e6, 1e9])),
                "buy_back": RIGHT,
            }
        ]
    if "offtake" in some:
        deal["offtake"] = [
            {"key": "o", "title": "Offtake", "product": "gold", "discount": 0.01, "most": 50_000.0, "buy_back": RIGHT}
        ]
    if "prepay" in some:
        deal["prepay"] = [{"key": "p", "title": "Prepay", "product": "gold", "deposit": [{"date": month_end(1), "amount": 1e7}], "ounces": 400.0,
                           "dates": {"every": 3, "first": month_end(6), "until": month_end(30)}, "lease_rate": draw(st.sampled_from([0.0, 0.02])), "cash_rate": steps(draw, 0, 0.1), "cash_payment": {"every": 3, "first": month_end(2)}}]  # fmt: skip
    further(draw, deal, some)
    if "order" in some:
        deal["waterfall"] = {
            "order": [[f"interest.{key}" for key in keys], "operating", [f"principal.{key}" for key in keys]]
        }
    price = draw(st.sampled_from([900.0, 1800.0]))
    case = {
        "model": {"first": SIGNING, "months": months, "as_of": draw(st.sampled_from([SIGNING, month_end(6)]))},
        "milestones": {"completion": draw(st.one_of(st.sampled_from(["not reached", "tests"]), st.integers(3, 18).map(month_end)))},
        "market": {"cad": {"unit": "US$/C$", "value": [{"value": 0.75}, {"from": month_end(7), "value": 0.9}]}, "gold": {"unit": "US$/oz", "value": price}, "sofr": {"unit": "per year", "value": [{"value": 0.05}, {"from": month_end(9), "value": 0.03}]}},
        "plan": {
            "gold": {"value": [{"value": 0.0}, {"from": month_end(draw(st.integers(2, 14))), "value": 5000.0}]},
            "operating_cost": {"value": [{"value": 0.0}, {"from": month_end(8), "value": 4e6}]},
            "capital": {"value": [{"value": draw(st.sampled_from([0.0, 6e6]))}, {"from": month_end(10), "value": 0.0}]},
            "other_current_assets": {"value": 2e6}, "current_liabilities": {"value": 3e6},
        },
        "opening_cash": draw(st.sampled_from([0.0, 2e7])), "minimum_cash": 1e6, "tax_rate": 0.2, "distributions": draw(st.sampled_from(["monthly", "quarterly", "never"])),
    }  # fmt: skip
    if draw(st.booleans()):
        case["prepayment"] = [{"tranche": keys[0], "date": month_end(draw(st.sampled_from([0, 1, 8]))), "amount": 3e6}]
    elections = [
        f"{group}.{each['key']}"
        for group in ("stream", "royalty", "offtake", "gold_loan")
        for each in deal.get(group, [])
    ]
    case["election"] = [{"clause": clause, "date": month_end(11)} for clause in elections if draw(st.booleans())]
    return folder(deal, case)
