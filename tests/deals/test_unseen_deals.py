"""What five real loans that are not shipped have shown: terms that others have not, read from public reports.

Black Fox 2009, Oyu Tolgoi 2015, Brucejack 2015, Gahcho Kué 2015 and Hycroft 2020; and a revolving facility of a mine at work.
The figures are worked out by hand from the small deal of :mod:`test_clause_options`.
"""

import datetime as dt

import numpy as np
import pytest
from test_clause_options import CASE, DEAL, LOAN, calculated, covenant, months, refused, small

from drawstop.deal.read import Source, parsed
from lender_model.clauses import Deal
from lender_model.clauses.buy_back import BuyBack, chosen
from lender_model.compose.listed import CLAUSES
from lender_model.compose.terms import term_sheet

DAY = dt.date


def table(*rows):
    return {"repayment": {"method": "table", "table": [{"date": day, "amount": amount} for day, amount in rows]}}


def test_what_a_table_leaves_is_due_at_maturity():
    """Hycroft 2020: three instalments of 3.5 million, the rest at maturity."""
    v = calculated(small(loan=table((DAY(2024, 9, 30), 2e6), (DAY(2025, 3, 31), 1e6))))
    due = {DAY(2024, 9, 30): 2e6, DAY(2025, 3, 31): 1e6, DAY(2025, 12, 31): 9e6}
    assert months(v, "tranche.loan.repayment") == pytest.approx(due)


def test_a_table_of_the_commitment_falls_with_what_was_lent():
    """Black Fox 2009: a table of the whole commitment, of which the rest was cancelled; nine of twelve million are lent."""
    lent = {"commitment": 12e6, "draw": {"plan": [{"date": DAY(2024, 1, 31), "amount": 9e6}]}}
    v = calculated(small(loan=lent | table((DAY(2024, 9, 30), 8e6), (DAY(2025, 12, 31), 4e6))))
    assert months(v, "tranche.loan.repayment") == pytest.approx({DAY(2024, 9, 30): 6e6, DAY(2025, 12, 31): 3e6})


def test_a_reserve_pays_claims_by_their_kind():
    """Oyu Tolgoi 2015: a reserve for the service of every loan.

    Nothing comes in after the mine has cost what it sells for: the reserve of 1.5 million pays the interest of 180,000 at the
    ends of June and September 2025, and what is left of it a part of the principal.
    """
    costs = {
        "value": [{"value": 0.0}, {"from": DAY(2024, 2, 1), "value": 2e6}, {"from": DAY(2025, 1, 1), "value": 3e6}]
    }
    reserve = {
        "key": "r",
        "title": "Reserve",
        "amount": 1.5e6,
        "funded_by": "cash",
        "pays": ["interest", "principal.loan", "principal"],
    }
    case = {"plan": CASE["plan"] | {"operating_cost": costs}}
    by_kind = calculated(small({"account": [reserve]}, case))
    by_name = calculated(small({"account": [reserve | {"pays": ["interest.loan", "principal.loan"]}]}, case))
    assert months(by_kind, "account.r.used")  # the case calls on it
    for line in ("account.r.used", "account.r.closing", "arrears.loan"):
        assert np.array_equal(by_kind[line], by_name[line]), line
    assert "a reserve does not pay 'sweep'" in refused({"account": [reserve | {"pays": ["sweep"]}]})


STREAM = {"key": "x", "title": "Stream", "product": "gold", "price": 400.0, "tiers": [{"share": 0.08}]}
ALTERNATIVES = [
    {"date": DAY(2024, 12, 31), "until": DAY(2024, 12, 31), "share": 1.0, "price": 2.37e6},
    {"date": DAY(2025, 6, 30), "share": 1.0, "price": 2.72e6},
]


@pytest.mark.parametrize(
    ("day", "price"), [(DAY(2024, 12, 31), 2.37e6), (DAY(2025, 6, 30), 2.72e6), (DAY(2025, 9, 30), 2.72e6)]
)
def test_one_part_bought_back_at_a_price_that_changes_by_date(day, price):
    """Brucejack 2015: the whole stream for 237 million at the end of 2018, or for 272 million a year later."""
    case = {"election": [{"clause": "stream.x", "date": day}]}
    v = calculated(small({"stream": [STREAM | {"buy_back": ALTERNATIVES}]}, case))
    assert months(v, "stream.x.buy_back") == {day: price}


def test_the_right_that_a_choice_uses():
    first, last = (BuyBack.model_validate(each) for each in ALTERNATIVES)
    assert chosen([DAY(2024, 12, 31)], [first, last]) == [first]
    assert chosen([DAY(2025, 3, 31), DAY(2025, 7, 1)], [first, last]) == [None, last]
    unclear = [ALTERNATIVES[1] | {"date": DAY(2024, 12, 31)}, ALTERNATIVES[1]]
    assert "the rights to buy back come to 200%" in refused({"stream": [STREAM | {"buy_back": unclear}]})


@pytest.mark.parametrize(
    ("metric", "limit", "at_march"),
    [
        # 1,000 ounces at 2,000 less a million a month from January: two months of the model's, three at the end of March
        ("ebitda", {"minimum": 1.0}, 12e6),
        ("debt_to_ebitda", {"maximum": 5.0}, 1.0),
        ("production", {"minimum": 1.0}, 12_000.0),
    ],
)
def test_a_mine_at_work_has_a_year_before_the_model(metric, limit, at_march):
    """A revolving facility of a mine at work: its first quarter is not a year with nine months of nothing."""
    plan = {"gold": {"value": 1000.0}, "operating_cost": {"value": 1e6}}
    test = covenant(metric, **limit) | {"dates": {"every": 3, "first": DAY(2024, 3, 31)}}
    v = calculated(small({"covenant": [test]}, {"plan": plan}))
    actual = months(v, "covenant.c.actual")
    assert actual[DAY(2024, 3, 31)] == pytest.approx(at_march)
    assert actual[DAY(2025, 3, 31)] == pytest.approx(at_march)  # twelve months, as they are


def told(deal=(), case=(), loan=()):
    return "\n".join(term_sheet(small(deal, case, loan)))


def test_the_deals_own_words_keep_their_currency():
    """Gahcho Kué 2015: a loan in US$ of a company that counts in C$; the title names a sheet, which formulas read."""
    market = {"usd": {"unit": "C$/US$", "value": 1.25}, "gold": {"unit": "C$/oz", "value": 2500.0}}
    change = {"currency": "C$"}, {"market": CASE["market"] | market}, {"title": "US$ loan", "currency": "usd"}
    v = calculated(small(*change))
    assert "C$ 15.0 million owed" in str(v["cover.answer"])
    words = told(*change)
    assert "US$ loan. Term loan of up to USD 12,000,000" in words
    assert "amounts in C$" in words


def test_a_text_is_never_read_as_a_key():
    v = calculated(small({"name": 'Deal [x] "q" {y}', "party": [{"name": "Bank {z}", "role": "Lender"}]}))
    assert str(v["cover.name"]) == 'Deal [x] "q" {y}'


# ---- the term sheet tells every key ----------------------------------------------------------------------------------

LATE = DAY(2025, 6, 30)
DATES = {"every": 3, "first": DAY(2024, 6, 30)}
FEE = {"key": "f", "kind": "commitment", "tranche": "loan", "rate": 0.01, "payment": DATES}
ACCOUNT = {"key": "a", "title": "Reserve", "months_of_service": 3}
BY_RANK = {"rank": 1}
EQUITY = {"key": "e", "title": "Equity", "rank": 1}
SWEEP = {"key": "s", "tranches": ["loan"], "share": 0.5, "dates": DATES}
HEDGE = {
    "key": "h",
    "title": "Collar",
    "kind": "collar",
    "price": "gold",
    "volume": 100.0,
    "floor": 1800.0,
    "cap": 2200.0,
}
LETTER = {
    "key": "l",
    "title": "Letters",
    "limit": 5e6,
    "amount": 1e6,
    "fee": 0.02,
    "payment": DATES,
    "final": DAY(2025, 12, 31),
}
ROYALTY = {"key": "r", "title": "Royalty", "basis": "net returns", "rate": 0.02, "most": 9e6}
PREPAY = {
    "key": "p",
    "title": "Prepay",
    "product": "gold",
    "deposit": [{"date": DAY(2024, 1, 31), "amount": 1e6}],
    "ounces": 10.0,
    "dates": DATES | {"until": LATE},
}
TEST = {"key": "t", "title": "Cover", "metric": "dscr", "minimum": 1.2}

TOLD = [
    *(("fee", FEE, key, value) for key, value in {"payment": {"every": 6, "first": DAY(2024, 9, 30)}, "basis": "ACT/365", "until": LATE, "rate": 0.02}.items()),
    *(("account", ACCOUNT, key, value) for key, value in {"starts": LATE, "ends": LATE, "tranches": ["loan"], "opening": 7.0, "funded_by": "construction", "pays": ["interest"]}.items()),
    *(("equity", EQUITY, key, value) for key, value in {"share": 0.5, "amount": 3e6, "rank": 2}.items()),
    *(("covenant", covenant("dscr", minimum=1.2), key, value) for key, value in {"months": 6, "starts": LATE, "ends": LATE, "dates": {"every": 3, "first": DAY(2024, 6, 30), "until": LATE}, "consequence": ["default"]}.items()),
    *(("sweep", SWEEP, key, value) for key, value in {"minimum_cash": 1e6, "only_in": "sweep", "of": "excess cash flow", "dates": DATES | {"until": LATE}}.items()),
    *(("hedge", HEDGE, key, value) for key, value in {"output": False, "volatility": 0.3, "counterparty": "Bank", "premium": [{"date": DAY(2024, 3, 31), "amount": 5.0}]}.items()),
    *(("letter", LETTER, key, value) for key, value in {"payment": DATES | {"every": 6}, "unused_fee": 0.01, "called": [{"date": LATE, "amount": 5.0}]}.items()),
    *(("royalty", ROYALTY, key, value) for key, value in {"deductions": 5.0, "paid_before": 4.0, "product": "gold", "most": 8e6}.items()),
    *(("stream", STREAM, key, value) for key, value in {"delivered_before": 4.0, "cap": 9e9, "price": 500.0}.items()),
    *(("prepay", PREPAY, key, value) for key, value in {"most_price": 1900.0, "lease_rate": 0.01, "dates": DATES | {"until": DAY(2025, 9, 30)}, "deferrals": {"allowed": 2, "ounces_added": 1.0, "used": 1}}.items()),
    *(("milestone", {"key": "completion", "test": [TEST]}, key, value) for key, value in {"test": [TEST | {"minimum": 1.5}], "longstop": LATE}.items()),
    *(("metric", {"key": "m", "above": ["debt.closing"]}, key, value) for key, value in {"below": ["ops.revenue"], "window": True}.items()),
]  # fmt: skip


def lines_of(group, record):
    """The lines of a clause in the term sheet."""
    deal = parsed(Source("deal.toml", DEAL | {group: [record]}, {}), Deal)
    return next(clause for clause in CLAUSES if clause.key == group).describe(getattr(deal, group)[0])


@pytest.mark.parametrize(("group", "record", "key", "value"), TOLD, ids=[f"{group}.{key}" for group, _, key, _ in TOLD])
def test_the_term_sheet_tells_a_key(group, record, key, value):
    assert lines_of(group, record) != lines_of(group, record | {key: value})


RANKED = {"draw": BY_RANK}


@pytest.mark.parametrize(
    ("loan", "change", "words"),
    [
        (RANKED, {"draw": BY_RANK | {"first": DAY(2024, 2, 29)}}, "from 29 February 2024"),
        (RANKED, {"draw": BY_RANK | {"share": 0.5}}, "0.5 parts of that rank"),
        (RANKED, {"draw": BY_RANK | {"discount": 0.02}}, "discount of 2.00%"),
        ({}, {"payment": {"every": 3, "first": DAY(2024, 3, 31), "day": 20}}, "on day 20"),
        ({}, {"rate": {"base": "sofr", "margin": 0.06, "fixing": "month"}}, "by the month as it goes"),
        ({}, {"rate": LOAN["rate"] | {"capitalised": {"until": LATE, "most": 1e6}}}, "at most 1,000,000 in all"),
        ({}, {"rate": {"gold": {"share": 0.6}, "default_margin": 0.02}}, "2.00% more on overdue amounts"),
        ({}, {"repayment": {"method": "equal", "dates": DATES, "after_prepayment": "inverse"}}, "the last instalments first"),
        ({}, {"lender": "A bank"}, "from A bank"),
        ({}, {"conditions": ["A licence"]}, "A licence"),
    ],
)  # fmt: skip
def test_the_term_sheet_tells_a_key_of_the_loan(loan, change, words):
    before, after = ("\n".join(lines_of("tranche", LOAN | loan | part)) for part in ({}, change))
    assert words in after
    assert words not in before


# ---- what the Cover says ---------------------------------------------------------------------------------------------

POOR = {"plan": CASE["plan"] | {"operating_cost": {"value": [{"value": 0.0}, {"from": DAY(2024, 2, 1), "value": 2e6}]}}}
"""The mine earns nothing; the loan's twelve million pay interest, and the rest is due back at the end of 2025."""


@pytest.mark.parametrize(
    ("case", "as_of", "words"),
    [
        (CASE, DAY(2024, 9, 30), "; paid on time."),
        (POOR, DAY(2024, 9, 30), "; arrears ahead."),
        (POOR, DAY(2025, 12, 31), "; IN ARREARS."),
    ],
)
def test_the_answer_tells_what_is_ahead_from_what_is_past(case, as_of, words):
    v = calculated(small(case={**case, "model": CASE["model"] | {"as_of": as_of}}))
    assert str(v["cover.answer"]).endswith(words)


def test_arrears_that_were_paid_are_past():
    """Two million of costs in February 2025 only: interest of March is late, and paid once the mine earns again."""
    steps = [{"value": 0.0}, {"from": DAY(2024, 2, 1), "value": 2e6}, {"from": DAY(2025, 4, 1), "value": 0.0}]
    spent = {
        "plan": CASE["plan"]
        | {
            "operating_cost": {"value": steps},
            "overhead": {
                "value": [
                    {"value": 0.0},
                    {"from": DAY(2025, 1, 1), "value": 6e6},
                    {"from": DAY(2025, 3, 1), "value": 0.0},
                ]
            },
        }
    }
    v = calculated(small(case={**spent, "model": CASE["model"] | {"as_of": DAY(2025, 11, 30)}}))
    assert str(v["cover.answer"]).endswith("; arrears before, paid since.")


def test_construction_that_is_not_funded_is_in_the_answer():
    capital = {
        "plan": CASE["plan"] | {"capital": {"value": [{"value": 20e6}, {"from": DAY(2024, 3, 1), "value": 0.0}]}}
    }
    v = calculated(small({"funding_until": "completion"}, capital, {"draw": BY_RANK}))
    assert "; construction not funded; " in str(v["cover.answer"])


@pytest.mark.parametrize(("as_of", "day"), [(DAY(2024, 5, 31), DAY(2024, 6, 15)), (DAY(2024, 6, 20), DAY(2024, 9, 15))])
def test_the_next_payment_has_the_agreements_date(as_of, day):
    """Oyu Tolgoi 2015: interest on the 15th."""
    loan = {"payment": {"every": 3, "first": DAY(2024, 3, 15)}, "rate": {"margin": 0.06}}
    v = calculated(small(case={"model": CASE["model"] | {"as_of": as_of}}, loan=loan))
    assert v["dash.next"] == np.datetime64(day)
