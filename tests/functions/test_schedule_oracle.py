"""LOAN_SCHEDULE against an oracle that lives through every day of the loan, in plain Python.

The oracle is written from the words of the functions' contract: one day at a time, interest and fee for the day that
starts, then on the next date interest, repayment and advance in this order. It shares nothing with the code.
"""

import calendar
import datetime as dt
import itertools
from dataclasses import dataclass

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from drawstop.functions import LOAN_SCHEDULE, YEAR_FRACTION, CellError

DAY = dt.timedelta(days=1)


@dataclass
class Loan:
    """The arguments of LOAN_SCHEDULE."""

    advances: list
    instalments: list
    libor: list
    start: dt.date
    completion: dt.date | None
    max_credit: float
    margin_before: float
    margin_after: float
    fee_rate: float
    fee_end: dt.date
    basis: str

    def arguments(self):
        pairs = ([list(pair) for pair in table] for table in (self.advances, self.instalments, self.libor))
        return [*pairs, *list(vars(self).values())[3:]]


# ---- The oracle


def is_quarter_end(day):
    return (day.month, day.day) in {(3, 31), (6, 30), (9, 30), (12, 31)}


def part_of_a_year(day, basis):
    """What one day is worth; only for day counts that add up day by day."""
    if basis == "ACT/ACT ISDA":
        return 1 / (366 if calendar.isleap(day.year) else 365)
    return 1 / {"ACT/360": 360, "ACT/365": 365}[basis]


def amount_on(day, table):
    return sum(amount for date, amount in table if date == day)


def last_fixing(day, fixings):
    """The last rate on or before a day."""
    known = [(date, rate) for date, rate in fixings if date <= day]
    return max(known)[1]


def live_through(loan):
    """The rows of the schedule."""
    advances = [date for date, amount in loan.advances if amount > 0]
    instalments = [date for date, _ in loan.instalments]
    first_period = min([loan.start, *advances])
    last_instalment = max(instalments)
    events = {loan.start, *instalments, *(date for date, _ in loan.advances)}
    day, end = min(events), max(events)

    rows, balance, period_rate = [], 0.0, last_fixing(first_period, loan.libor)
    accrued, fee, unpaid_interest, unpaid_fee, shown_rate = 0.0, 0.0, 0.0, 0.0, period_rate
    while True:
        if day in events or (is_quarter_end(day) and day <= last_instalment):
            pays = is_quarter_end(day) or day == last_instalment
            unpaid_interest, unpaid_fee = unpaid_interest + accrued, unpaid_fee + fee
            interest_paid, fee_paid = (unpaid_interest, unpaid_fee) if pays else (0.0, 0.0)
            repaid, advanced = amount_on(day, loan.instalments), amount_on(day, loan.advances)
            rows.append(
                [
                    *(day, balance, advanced, repaid, balance - repaid + advanced, shown_rate, accrued, interest_paid),
                    *(fee, fee_paid, interest_paid + repaid + fee_paid),
                ]
            )
            balance = balance - repaid + advanced
            unpaid_interest, unpaid_fee = unpaid_interest - interest_paid, unpaid_fee - fee_paid
            accrued, fee = 0.0, 0.0
        if day == end:
            return rows
        # the day that starts now
        if is_quarter_end(day) and day >= first_period:
            period_rate = last_fixing(day, loan.libor)
        shown_rate = period_rate
        margin = loan.margin_after if loan.completion and day >= loan.completion else loan.margin_before
        part = part_of_a_year(day, loan.basis)
        accrued += balance * (period_rate + margin) * part
        if loan.start <= day < loan.fee_end:
            fee += (loan.max_credit - balance) * loan.fee_rate * part
        day += DAY


# ---- Generated loans


@st.composite
def loans(draw, bases):
    """Loans in which nothing is repaid before it is drawn, with many events on one day and on quarter-ends."""
    start = dt.date(1996, 7, 11)
    pool = [start + DAY * n for n in draw(st.lists(st.integers(-40, 900), min_size=3, max_size=8))]
    pool += [dt.date(1996, 6, 30), dt.date(1996, 9, 30), dt.date(1996, 12, 31), dt.date(1997, 6, 30)]
    days = st.sampled_from(pool)
    amounts = st.integers(0, 9_000_000).map(float) | st.floats(0, 9e6).map(lambda x: round(x, 2))
    advances = draw(st.lists(st.tuples(days, amounts), min_size=1, max_size=6))
    instalments = []
    for day in sorted(set(draw(st.lists(days, min_size=1, max_size=6)))):
        outstanding = sum(a for d, a in advances if d < day) - sum(a for d, a in instalments if d < day)
        share = draw(st.sampled_from([0, 0.25, 0.5, 1]))
        repaid = round(max(0.0, outstanding) * share, 2)
        split = round(repaid * draw(st.sampled_from([0, 0.3])), 2)  # two instalments on one day
        instalments += [(day, split), (day, repaid - split)]
    fixings = {min(pool) - DAY * draw(st.integers(0, 9)): 0.055}
    fixings |= {day: draw(st.floats(-0.01, 0.12)) for day in draw(st.lists(days, max_size=6))}
    return Loan(
        advances=draw(st.permutations(advances)),
        instalments=draw(st.permutations(instalments)),
        libor=draw(st.permutations(list(fixings.items()))),
        start=draw(st.just(start) | days),
        completion=draw(st.none() | days),
        max_credit=sum(amount for _, amount in advances) + draw(st.sampled_from([0.0, 1e6])),
        margin_before=0.0225,
        margin_after=draw(st.sampled_from([0.01875, 0.0225, 0.03])),
        fee_rate=draw(st.sampled_from([0.0, 0.005])),
        fee_end=draw(days),
        basis=draw(st.sampled_from(bases)),
    )


def assert_same(ours, oracle, max_credit):
    assert [row[0] for row in ours] == [row[0] for row in oracle]
    for row, other in zip(ours, oracle, strict=True):
        assert row[1:] == pytest.approx(other[1:], rel=1e-9, abs=1e-11 * max(max_credit, 1.0)), row[0]


SIGNING = dt.date(1996, 7, 11)
USMX = Loan(
    advances=[(SIGNING, 6e6), (dt.date(1996, 11, 15), 13.5e6)],
    instalments=[(dt.date(year, *day), 2_437_500.0) for year in range(1997, 2001) for day in [(9, 30), (12, 31)]],
    libor=[(SIGNING, 0.056875), (dt.date(1996, 9, 30), 0.05625), (dt.date(1997, 9, 30), 0.0577)],
    start=SIGNING,
    completion=dt.date(1997, 11, 15),
    max_credit=19.5e6,
    margin_before=0.0225,
    margin_after=0.01875,
    fee_rate=0.005,
    fee_end=dt.date(1997, 9, 30),
    basis="ACT/360",
)


def can_be_paid(loan):
    """Whether no advance comes after the last instalment, and all interest has a date on which it is paid."""
    last = max((day for day, _ in loan.instalments), default=dt.date.max)
    if any(amount > 0 and day > last for day, amount in loan.advances):
        return False
    rows = live_through(loan)
    unpaid = sum(row[6] for row in rows) - sum(row[7] for row in rows)
    return abs(unpaid) <= 1e-9 * sum(abs(row[6]) for row in rows)


payable_loans = lambda bases: loans(bases).filter(can_be_paid)  # noqa: E731 - as short as what it stands for


@settings(max_examples=100)
@given(loans(["ACT/360"]))
def test_a_schedule_that_leaves_something_unpaid_is_refused(loan):
    if can_be_paid(loan):
        LOAN_SCHEDULE(*loan.arguments())
        return
    with pytest.raises(CellError) as caught:
        LOAN_SCHEDULE(*loan.arguments())
    assert caught.value.code == "#NUM!"


@settings(max_examples=150)
@example(USMX)
@given(payable_loans(["ACT/360", "ACT/365", "ACT/ACT ISDA"]))
def test_schedule_day_by_day(loan):
    header, *rows = LOAN_SCHEDULE(*loan.arguments())
    assert len(header) == 11
    assert_same(rows, live_through(loan), loan.max_credit)


# ---- Day counts that do not add up day by day: row by row


def interest_of_row(loan, since, until, balance, rate):
    """Interest between two rows, split at Completion."""
    if loan.completion is None or loan.completion >= until:
        pieces = [(since, until, loan.margin_before)]
    elif loan.completion <= since:
        pieces = [(since, until, loan.margin_after)]
    else:
        pieces = [(since, loan.completion, loan.margin_before), (loan.completion, until, loan.margin_after)]
    return sum(balance * (rate + margin) * YEAR_FRACTION(a, b, loan.basis) for a, b, margin in pieces)


def fee_of_row(loan, since, until, balance):
    """Fee between two rows, on the part between the start and the end of the fee."""
    since, until = max(since, loan.start), min(until, loan.fee_end)
    if since >= until:
        return 0.0
    return (loan.max_credit - balance) * loan.fee_rate * YEAR_FRACTION(since, until, loan.basis)


@settings(max_examples=60)
@given(loans(["30/360", "30E/360", "ACT/ACT"]))
def test_schedule_row_by_row(loan):
    # with an instalment at the end, each quarter-end is a row, and no row spans two interest periods
    end = max([loan.start, *(day for day, _ in loan.advances + loan.instalments)])
    loan.instalments = [*loan.instalments, (end, 0.0)]
    _, *rows = LOAN_SCHEDULE(*loan.arguments())
    additive = Loan(**{**vars(loan), "basis": "ACT/360"})
    oracle = live_through(additive)  # dates, balances and rates do not depend on the day count
    unpaid_interest = unpaid_fee = 0.0
    last = max(day for day, _ in loan.instalments)
    for before, row in zip([None, *oracle], oracle, strict=False):
        row[6] = interest_of_row(loan, before[0], row[0], before[4], row[5]) if before else 0.0
        row[8] = fee_of_row(loan, before[0], row[0], before[4]) if before else 0.0
        unpaid_interest, unpaid_fee = unpaid_interest + row[6], unpaid_fee + row[8]
        pays = is_quarter_end(row[0]) or row[0] == last
        row[7], row[9] = (unpaid_interest, unpaid_fee) if pays else (0.0, 0.0)
        unpaid_interest, unpaid_fee = unpaid_interest - row[7], unpaid_fee - row[9]
        row[10] = row[7] + row[3] + row[9]
    assert_same(rows, oracle, loan.max_credit)


# ---- Laws of the schedule


@settings(max_examples=100)
@given(payable_loans(["ACT/360"]))
def test_a_schedule_closes(loan):
    _, *rows = LOAN_SCHEDULE(*loan.arguments())
    for before, row in itertools.pairwise(rows):
        assert row[1] == before[4]
        assert row[0] > before[0]
    for row in rows:
        assert row[4] == pytest.approx(row[1] + row[2] - row[3], abs=1e-6)
        assert row[4] >= 0
    advanced, repaid = sum(row[2] for row in rows), sum(row[3] for row in rows)
    assert advanced == pytest.approx(sum(amount for _, amount in loan.advances))
    assert repaid == pytest.approx(sum(amount for _, amount in loan.instalments))
    assert rows[-1][4] == pytest.approx(advanced - repaid, abs=1e-6)


@settings(max_examples=60)
@given(payable_loans(["ACT/360"]), st.sampled_from(["advance", "repayment", "fixing"]))
def test_what_a_schedule_refuses(loan, fault):
    arguments = loan.arguments()
    if fault == "advance":
        arguments[0] = [*arguments[0], [loan.start, loan.max_credit + 1]]
    elif fault == "repayment":
        arguments[1] = [*arguments[1], [max(day for day, _ in loan.instalments), loan.max_credit + 1]]
    else:
        arguments[2] = [[max(day for day, _ in loan.advances + loan.instalments) + DAY * 900, 0.05]]
    with pytest.raises(CellError) as caught:
        LOAN_SCHEDULE(*arguments)
    assert caught.value.code == ("#N/A" if fault == "fixing" else "#NUM!")


def test_a_small_loan_of_a_large_credit_keeps_its_cents():
    rows = LOAN_SCHEDULE([[SIGNING, 100.0]], [[dt.date(1996, 9, 30), 99.99]], [[SIGNING, 0.05]], max_credit=1e15)
    assert rows[-1][4] == pytest.approx(0.01)


def test_the_last_cent_of_a_large_loan_is_owed():
    rows = LOAN_SCHEDULE([[SIGNING, 19.5e6]], [[dt.date(1996, 9, 30), 19.5e6 - 0.01]], [[SIGNING, 0.05]])
    assert rows[-1][4] == pytest.approx(0.01)


def test_what_is_repaid_to_the_cent_is_gone():
    thirds = [[dt.date(1997, 9, 30), 10.0], [dt.date(1997, 12, 31), 10.0], [dt.date(1998, 9, 30), 10.1]]
    rows = LOAN_SCHEDULE([[SIGNING, 30.1]], thirds, [[SIGNING, 0.05]])
    assert rows[-1][4] == 0


def test_without_instalments_there_is_no_date_on_which_interest_is_paid():
    advances = [[SIGNING, 1e6], [dt.date(1996, 8, 10), 1e6]]
    with pytest.raises(CellError, match=r"instalments leave interest of 6,041\.67 accrued up to 1996-08-10") as caught:
        LOAN_SCHEDULE(advances, None, [[SIGNING, 0.05]])  # 1m × 7.25 % × 30 ÷ 360
    assert caught.value.code == "#NUM!"


def test_an_advance_after_the_last_instalment():
    after = [[SIGNING, 1e6], [dt.date(1996, 10, 1), 5e5]]
    with pytest.raises(
        CellError, match=r"advances include 500,000\.00 on 1996-10-01, after the last instalment on 1996"
    ):
        LOAN_SCHEDULE(after, [[dt.date(1996, 9, 30), 1e6]], [[SIGNING, 0.05]])


@pytest.mark.parametrize("early", [dt.date(1996, 1, 1), dt.date(1996, 6, 30)])
def test_an_amount_of_zero_starts_no_period(early):
    # a plan by month may begin with zeros: no fixing is needed for them
    rows = LOAN_SCHEDULE([[early, 0], [SIGNING, 1e6]], [[dt.date(1996, 9, 30), 1e6]], [[SIGNING, 0.05]])
    assert rows[-1][6] == pytest.approx(1e6 * 0.0725 * 81 / 360)
