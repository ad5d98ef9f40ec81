"""Laws of today's functions, over generated inputs, and an oracle of the tranche that counts day by day."""

import calendar
import datetime as dt
import itertools
import math

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from drawstop import functions as f

DAY = dt.timedelta(days=1)
START = dt.date(2024, 1, 1)
YEAR = {"ACT/360": 360, "ACT/365": 365}

dollars = st.floats(0, 1e9)
rates = st.floats(-0.01, 0.3)
prices = st.floats(1, 1e4)
ounces = st.floats(0, 1e6)
days = st.integers(0, 700).map(lambda n: START + n * DAY)
bases = st.sampled_from(["30/360", "ACT/ACT", "ACT/360", "ACT/365", "30E/360", "ACT/ACT ISDA"])


def close(value, rel=1e-9, floor=1e-6):
    return pytest.approx(value, rel=rel, abs=floor)


# ---- RATE_COMPOUNDED

WEEKDAYS = [START + n * DAY for n in range(200) if (START + n * DAY).weekday() < 5]
fixings = st.lists(st.floats(-0.01, 0.1), min_size=len(WEEKDAYS), max_size=len(WEEKDAYS))


@given(fixings, st.integers(12, 120), st.integers(1, 10), st.integers(1, 10), st.integers(0, 10), st.booleans())
def test_a_period_split_at_a_business_day_compounds_to_the_whole(series, first, one, other, lookback, shift):
    dates = [WEEKDAYS[n] for n in itertools.accumulate([first, one, other])]

    def growth(start, end):
        observed = [WEEKDAYS[WEEKDAYS.index(day) - lookback * shift] for day in (start, end)]
        rate = f.RATE_COMPOUNDED(WEEKDAYS, series, start, end, lookback, shift)
        return 1 + rate * (observed[1] - observed[0]).days / 360

    start, middle, end = dates
    assert growth(start, end) == close(growth(start, middle) * growth(middle, end), rel=1e-12)


@given(st.floats(-0.01, 0.1), st.integers(12, 120), st.integers(1, 30), st.integers(0, 10), st.booleans())
def test_a_flat_series_compounds_to_more_than_its_rate_by_interest_on_interest(rate, first, count, lookback, shift):
    start, end = WEEKDAYS[first], WEEKDAYS[first + count]
    answer = f.RATE_COMPOUNDED(WEEKDAYS, [rate] * len(WEEKDAYS), start, end, lookback, shift)
    days_ = 2 + count * 7 / 5 + lookback * shift * 7 / 5
    assert rate - 1e-12 <= answer <= rate + rate**2 * days_ / 360 + 1e-12


@given(fixings, st.integers(12, 120), st.integers(1, 20), st.floats(-0.01, 0.02), st.floats(0, 0.05))
def test_adjustment_and_floor_are_those_of_each_fixing(series, first, count, adjustment, floor):
    period = WEEKDAYS[first], WEEKDAYS[first + count]
    answer = f.RATE_COMPOUNDED(WEEKDAYS, series, *period, 2, False, floor, adjustment)
    each = [max(rate + adjustment, floor) for rate in series]
    assert answer == close(f.RATE_COMPOUNDED(WEEKDAYS, each, *period, 2), rel=1e-12, floor=1e-14)


@given(
    fixings, st.integers(12, 120), st.integers(1, 20), st.integers(0, 10), st.booleans(), st.sampled_from(sorted(YEAR))
)
def test_the_rate_counted_day_by_day(series, first, count, lookback, shift, basis):
    """Each calendar day bears the fixing of the last business day, `lookback` business days before; none within."""
    places = range(first, first + count)
    factors, weight = [], 0
    for place in places:
        source = place - lookback
        timed = source if shift else place
        n = (WEEKDAYS[timed + 1] - WEEKDAYS[timed]).days
        factors.append(1 + series[source] * n / YEAR[basis])
        weight += n
    expected = (math.prod(factors) - 1) * YEAR[basis] / weight
    period = WEEKDAYS[first], WEEKDAYS[first + count]
    answer = f.RATE_COMPOUNDED(WEEKDAYS, series, *period, lookback, shift, basis=basis)
    assert answer == close(expected, rel=1e-11, floor=1e-14)


# ---- TRANCHE_SCHEDULE

flows = st.lists(st.tuples(days, st.floats(1, 1e6)), max_size=4)
steps = st.lists(st.tuples(days, rates), max_size=4, unique_by=lambda step: step[0])
pay_dates = st.lists(days, min_size=1, max_size=6, unique=True)


def day_by_day(advances, repayments, fixed, pay, margins, floor, until, opening, year):
    """Closing balance, interest paid and interest capitalised by date, one day at a time."""
    owed, unpaid, out = 0.0, opening, {}
    for n in range((max(pay) - START).days + 1):
        day = START + n * DAY
        paid = capitalised = 0.0
        if day in pay:
            if until is not None and day <= until:
                capitalised = unpaid
            else:
                paid = unpaid
            unpaid = 0.0
        owed += capitalised
        for when, amount in repayments:
            if when == day:
                owed -= owed if amount == "balance" else amount
        owed += sum(amount for when, amount in advances if when == day)
        out[day] = (owed, paid, capitalised)
        rate = max((rate for when, rate in sorted(fixed)[: sum(when <= day for when, _ in fixed)][-1:]), default=None)
        rate = rate if floor is None else max(rate, floor)
        rate += sum(margin for when, margin in sorted(margins)[: sum(when <= day for when, _ in margins)][-1:])
        unpaid += owed * rate / year
    return out


@settings(max_examples=150)
@given(
    flows, st.floats(0, 1), rates, steps, pay_dates, steps, st.none() | rates, st.none() | days, st.floats(0, 1e4),
    st.sampled_from(sorted(YEAR)),
)  # fmt: skip
def test_a_tranche_counted_day_by_day(advances, part, first_rate, resets, pay, margins, floor, until, opening, basis):
    last = max(pay)
    assume(not until or until < last)  # or else the last interest stays owed
    advances = [(day, amount) for day, amount in advances if day <= last]
    drawn_by_half = [amount for day, amount in advances if day < pay[0]]
    repayments = [(pay[0], part * sum(drawn_by_half)), (last, "balance")]
    advances = [(day, amount) for day, amount in advances if day < last]
    fixed = [(START, first_rate), *[step for step in resets if step[0] > START]]
    tables = [[list(row) for row in table] or None for table in (advances, repayments, fixed)]
    _, *rows = f.TRANCHE_SCHEDULE(*tables, pay, [list(row) for row in margins] or None, floor, until, basis, opening)
    expected = day_by_day(advances, repayments, fixed, pay, margins, floor, until, opening, YEAR[basis])
    for row in rows:
        assert (row[5], row[8], row[3]) == close(expected[row[0]], rel=1e-9, floor=1e-4)
    listed = {day for table in (advances, repayments, fixed, margins) for day, _ in table} | set(pay)
    assert [row[0] for row in rows] == sorted(day for day in listed if day <= last)


@given(flows.filter(len), rates, steps, pay_dates, steps, st.none() | rates, st.none() | days, bases)
def test_principal_and_interest_are_conserved(advances, first_rate, resets, pay, margins, floor, until, basis):
    last = max(pay)
    assume(not until or until < last)
    advances = [(min(day, last - DAY), amount) for day, amount in advances]
    assume(all(day >= START for day, _ in advances))
    fixed = [(START, first_rate), *[step for step in resets if step[0] > START]]
    _, *rows = f.TRANCHE_SCHEDULE(
        [list(row) for row in advances], [[last, "balance"]], [list(row) for row in fixed], pay,
        [list(row) for row in margins] or None, floor, until, basis, 77.0,
    )  # fmt: skip
    for before, row in itertools.pairwise(rows):
        assert row[1] == before[5]
        assert row[7] == close(row[1] * row[6] * f.YEAR_FRACTION(before[0], row[0], basis), floor=1e-9)
    for row in rows:
        assert row[5] == close(row[1] + row[2] + row[3] - row[4])
    columns = list(zip(*rows, strict=True))
    assert sum(columns[4]) == close(sum(columns[2]) + sum(columns[3]))
    assert sum(columns[3]) + sum(columns[8]) == close(77.0 + sum(columns[7]))


@given(dollars.filter(lambda amount: amount > 1), rates, pay_dates)
def test_the_flows_of_a_tranche_are_worth_what_was_lent(lent, rate, pay):
    """Discounted at its own rate from payment to payment, whatever is capitalised in between."""
    pay = sorted(day + DAY for day in pay)
    until = pay[len(pay) // 2]
    assume(until < pay[-1])
    _, first, *rows = f.TRANCHE_SCHEDULE(
        [[START, lent]], [[pay[-1], "balance"]], [[START, rate]], pay, None, None, until
    )
    worth, discount, before = 0.0, 1.0, first[0]
    for row in rows:
        discount /= 1 + rate * (row[0] - before).days / 360
        worth += discount * (row[4] + row[8])
        before = row[0]
    assert worth == close(lent)


# ---- SCULPTED_DEBT


@st.composite
def projects(draw):
    count = draw(st.integers(1, 8))
    dates = sorted(draw(st.lists(days, min_size=count, max_size=count, unique=True)))
    cash = draw(st.lists(st.floats(-1e6, 1e8), min_size=count, max_size=count))
    each = st.lists(st.floats(0, 0.3), min_size=count, max_size=count)
    cover = st.lists(st.floats(1, 3), min_size=count, max_size=count)
    several = count > 1 and draw(st.booleans())
    return dates, cash, draw(each if several else st.floats(0, 0.3)), draw(cover if several else st.floats(1, 3))


@given(projects(), bases, st.none() | days)
def test_sculpted_service_covers_and_is_worth_the_debt(project, basis, maturity):
    dates, cash, rate, cover = project
    start = START - DAY
    _, first, *rows = f.SCULPTED_DEBT(start, dates, cash, rate, cover, basis, maturity)
    worth, discount, before, opening = 0.0, 1.0, start, first[5]
    for i, (date, available, service, interest, principal, closing) in enumerate(rows):
        r = rate[i] if isinstance(rate, list) else rate
        years = f.YEAR_FRACTION(before, date, basis)
        inside = maturity is None or date <= maturity
        assert service * (cover[i] if isinstance(cover, list) else cover) == close(max(0.0, available) * inside)
        assert interest == close(opening * r * years)
        assert interest + principal == close(service)
        assert closing == close(opening - principal)
        discount /= 1 + r * years
        worth += service * discount
        before, opening = date, closing
    assert opening == 0
    assert first[5] == close(worth)


@given(projects(), st.floats(1.01, 3))
def test_twice_the_cover_is_half_the_debt(project, times):
    dates, cash, rate, _ = project
    start = START - DAY
    debt = f.SCULPTED_DEBT(start, dates, cash, rate, 1.0)[1][5]
    assert f.SCULPTED_DEBT(start, dates, cash, rate, times)[1][5] == close(debt / times)


# ---- Sweep, stream, waterfall, covenant


@given(st.floats(-1e9, 1e9), st.floats(0, 1), dollars, dollars)
def test_a_sweep_takes_no_more_than_there_is(excess, share, outstanding, minimum):
    swept = f.CASH_SWEEP(excess, share, outstanding, minimum)
    assert 0 <= swept <= outstanding
    assert swept <= max(0.0, excess - minimum)
    if swept < outstanding:
        assert swept == close(share * max(0.0, excess - minimum))


@st.composite
def streams(draw):
    limits = sorted(draw(st.lists(st.floats(1, 1e6), min_size=0, max_size=3, unique=True)))
    shares = draw(st.lists(st.floats(0.01, 1), min_size=len(limits) + 1, max_size=len(limits) + 1))
    return [list(row) for row in zip([*limits, None], shares, strict=True)]


@given(ounces, ounces, ounces, streams())
def test_ounces_of_a_stream_add_up_however_production_is_split(one, other, before, tiers):
    first = f.STREAM_OUNCES(one, before, tiers)
    second = f.STREAM_OUNCES(other, before + first, tiers)
    assert first + second == close(f.STREAM_OUNCES(one + other, before, tiers))
    assert first <= one * max(share for _, share in tiers) + 1e-6


@given(ounces, ounces, streams())
def test_a_streams_shares_taken_back_are_its_production(production, before, tiers):
    """The ounces delivered within each tier, over its share, add up to the ounces produced."""
    delivered, done, produced = f.STREAM_OUNCES(production, before, tiers), before, 0.0
    for limit, share in tiers:
        stop = min(before + delivered, math.inf if limit is None else limit)
        produced += max(0.0, stop - done) / share
        done = max(done, stop)
    assert produced == close(production, rel=1e-7, floor=1e-3)


@st.composite
def claim_tables(draw):
    count = draw(st.integers(1, 7))
    due = draw(st.lists(st.integers(0, 10**6).map(float), min_size=count, max_size=count))
    rank = draw(st.lists(st.integers(1, 3), min_size=count, max_size=count))
    return [[f"claim {i}", *row] for i, row in enumerate(zip(due, rank, strict=True))]


@given(st.floats(-1e6, 1e7), claim_tables())
def test_a_waterfall_conserves_cash_and_shares_within_a_rank_in_proportion(cash, claims):
    _, *rows, left = f.CASH_WATERFALL(cash, claims)
    assert sum(row[2] for row in rows) + left[2] == close(cash)
    for row, (_, due, rank) in zip(rows, claims, strict=True):
        assert row[1] == due
        assert row[2] + row[3] == close(due)
        beside = [(other[2], claim[1]) for other, claim in zip(rows, claims, strict=True) if claim[2] == rank]
        assert all(row[2] * other == close(paid * due, floor=1e-3) for paid, other in beside)
        if row[3] > 1e-6:  # not paid in full: nothing is left, and nothing is paid after it
            assert left[2] == min(cash, 0)
            assert all(later[2] == 0 for later, claim in zip(rows, claims, strict=True) if claim[2] > rank)


@given(st.floats(-1e6, 1e6), st.none() | st.floats(-1e6, 1e6), st.none() | st.floats(-1e6, 1e6))
def test_a_covenant_complies_where_its_headroom_says_so(actual, minimum, maximum):
    assume(minimum is not None or maximum is not None)
    headroom = f.COVENANT_HEADROOM(actual, minimum, maximum)
    limits = [abs(limit) for limit in (minimum, maximum) if limit is not None]
    if headroom >= 0:
        assert f.COVENANT_COMPLIES(actual, minimum, maximum)
    if headroom < -2e-9 * max(limits):
        assert not f.COVENANT_COMPLIES(actual, minimum, maximum)
    assert headroom == min(
        math.inf if minimum is None else actual - minimum, math.inf if maximum is None else maximum - actual
    )


# ---- Options

volatilities, years, riskless = st.floats(0, 2), st.floats(0, 20), st.floats(-0.02, 0.15)


@given(prices, prices, volatilities, years, riskless)
def test_a_call_less_a_put_is_the_forward_less_the_strike(strike, forward, volatility, time, rate):
    call, put = (f.OPTION_VALUE(kind, strike, forward, volatility, time, rate) for kind in ("call", "put"))
    discount = math.exp(-rate * time)
    assert call - put == close(discount * (forward - strike), floor=1e-7)
    assert call >= max(0.0, discount * (forward - strike)) - 1e-7
    assert put <= discount * strike + 1e-7
    assert min(call, put) >= 0


@given(prices, prices, st.floats(0.05, 1), st.floats(0.05, 5), riskless)
@settings(max_examples=25)
def test_an_option_is_its_mean_payoff_under_the_lognormal(strike, forward, volatility, time, rate):
    """The trapezium rule over the normal density, forty deviations of it in 4,001 points."""
    spread = volatility * math.sqrt(time)
    step = 0.004
    edge = (math.log(strike / forward) + spread**2 / 2) / spread  # the payoff's kink is a point of the grid
    assume(abs(edge) < 6)
    points = [edge + step * n for n in range(math.floor((-8 - edge) / step), math.ceil((8 + edge + 8) / step) + 1)]
    mean = 0.0
    for z in points:
        price = forward * math.exp(spread * z - spread**2 / 2)
        mean += max(0.0, price - strike) * math.exp(-z * z / 2)
    expected = math.exp(-rate * time) * mean * step / math.sqrt(2 * math.pi)
    assert f.OPTION_VALUE("call", strike, forward, volatility, time, rate) == close(
        expected, rel=1e-4, floor=forward * 1e-5
    )


@given(ounces, prices, prices, prices)
def test_a_collar_is_a_put_less_a_call(quantity, floor, cap, spot):
    put, call = f.COLLAR_SETTLEMENT(quantity, floor, None, spot), f.COLLAR_SETTLEMENT(quantity, None, cap, spot)
    assert f.COLLAR_SETTLEMENT(quantity, floor, cap, spot) == close(put + call)
    assert put == close(quantity * max(0.0, floor - spot))
    assert -call == close(quantity * max(0.0, spot - cap))


@given(ounces, prices, prices)
def test_what_a_collar_of_one_price_settles_is_a_forward(quantity, price, spot):
    assert f.COLLAR_SETTLEMENT(quantity, price, price, spot) == close(f.HEDGE_SETTLEMENT(quantity, price, spot))


# ---- Dates


def is_business_day(day, holidays):
    return day.weekday() < 5 and day not in holidays


@given(days, st.lists(days, max_size=5), st.sampled_from(["none", "following", "modified following", "preceding"]))
def test_business_days_in_words(day, holidays, convention):
    answer = f.BUSINESS_DAY(day, convention, holidays or None)
    after = next(d for d in (day + n * DAY for n in range(20)) if is_business_day(d, holidays))
    before = next(d for d in (day - n * DAY for n in range(20)) if is_business_day(d, holidays))
    modified = after if after.month == day.month else before
    assert answer == {"none": day, "following": after, "preceding": before, "modified following": modified}[convention]


@given(days, st.integers(0, 4000), st.integers(1, 24))
def test_payment_dates_in_words(first, span, step):
    last = first + span * DAY
    answer = f.PAYMENT_DATES(first, last, step)
    dates = [day for [day] in answer] if isinstance(answer, list) else [answer]
    length = calendar.monthrange(first.year, first.month)[1]
    expected = []
    for n in itertools.count():
        year, month = divmod(first.year * 12 + first.month - 1 + n * step, 12)
        end = calendar.monthrange(year, month + 1)[1]
        day = dt.date(year, month + 1, end if first.day == length else min(first.day, end))
        if day > last:
            break
        expected.append(day)
    assert dates == expected


@given(days, st.integers(1, 12), st.sampled_from(["following", "modified following", "preceding"]))
def test_payment_dates_are_adjusted_one_by_one(first, step, convention):
    last = first + 1500 * DAY
    plain = f.PAYMENT_DATES(first, last, step)
    assert f.PAYMENT_DATES(first, last, step, convention) == f.BUSINESS_DAY(plain, convention)


@given(dollars, st.floats(0, 0.3), st.floats(1, 3), st.integers(1, 6), days)
def test_the_debt_that_cash_supports_up_to_a_maturity_is_what_it_supports_without_the_rest(cash, rate, cover, n, end):
    dates = [START + 100 * k * DAY for k in range(1, n + 1)]
    kept = [cash if date <= end else 0.0 for date in dates]
    with_maturity = f.DEBT_CAPACITY(START, dates, [cash] * n, rate, cover, end)
    assert with_maturity == close(f.DEBT_CAPACITY(START, dates, kept, rate, cover))
