"""Laws that hold whatever the numbers are, over generated inputs, and oracles that spell a rule out."""

import calendar
import datetime as dt
import math
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from drawstop import functions as f
from drawstop.functions import CellError

DAY = dt.timedelta(days=1)
TOLERANCE = 1e-9  # a covenant is complied with down to a headroom of minus a billionth of its limit

dollars = st.floats(0, 1e9)
cents = st.integers(0, 10**11).map(lambda amount: amount / 100)
signed = st.floats(-1e9, 1e9)
rates = st.floats(-0.02, 0.3)
prices = st.floats(0.01, 1e5)
dates = st.dates(dt.date(1990, 1, 1), dt.date(2010, 12, 31))
additive_bases = st.sampled_from(["ACT/360", "ACT/365", "ACT/ACT ISDA"])
bases = st.sampled_from(["30/360", "ACT/ACT", "ACT/360", "ACT/365", "30E/360", "ACT/ACT ISDA"])


def close(value, rel=1e-9, floor=1e-6):
    return pytest.approx(value, rel=rel, abs=floor)


def answer(function, *arguments):
    """A call's answer, or its error code."""
    try:
        return function(*arguments)
    except CellError as error:
        return error.code


# ---- Proceeds Account


@given(st.tuples(dollars, dollars, dollars, dollars, dollars, dollars), st.integers(0, 5), dollars)
def test_the_minimum_never_falls_in_any_argument(arguments, position, more):
    larger = list(arguments)
    larger[position] += more
    assert f.PROCEEDS_MIN(*larger) >= f.PROCEEDS_MIN(*arguments)


@given(st.tuples(*[st.integers(0, 10**9)] * 6), st.sampled_from([2, 3]), st.integers(0, 10**6))
def test_the_minimum_rises_by_a_dollar_for_a_dollar_of_capex_or_other_payments(arguments, position, more):
    larger = list(arguments)
    larger[position] += more
    assert f.PROCEEDS_MIN(*larger) - f.PROCEEDS_MIN(*arguments) == more


@given(st.tuples(dollars, dollars, dollars, dollars, dollars, dollars))
def test_the_limbs_add_up_to_the_minimum(arguments):
    *limbs, (_, total) = f.PROCEEDS_MIN_ITEMS(*arguments)
    assert sum(limb for _, limb in limbs) == close(total)
    assert total == f.PROCEEDS_MIN(*arguments)


@given(signed, dollars)
def test_shortfall_and_excess_are_never_both_there(balance, minimum):
    shortfall = f.PROCEEDS_SHORTFALL(balance, minimum)
    excess = f.PROCEEDS_AVAILABLE(balance, minimum, 2, 1)
    assert shortfall == 0 or excess == 0
    assert excess - shortfall == close(balance - minimum)


@given(signed, dollars, dates, st.none() | dates, dollars)
def test_what_leaves_the_account_leaves_its_minimum(balance, minimum, as_of, completion, interest):
    out = f.PROCEEDS_AVAILABLE(balance, minimum, as_of, completion, interest)
    assert out >= 0
    assert out == 0 or balance - out >= minimum - 1e-6
    if completion is None or as_of < completion:
        assert out <= interest
    assert f.PROCEEDS_AVAILABLE(balance, minimum, as_of, completion, interest, True) == 0


def months_later(day, months):
    """The end of a window of months, spelled out."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    last = calendar.monthrange(year, month + 1)[1]
    is_month_end = (day + DAY).day == 1
    return dt.date(year, month + 1, last if is_month_end else min(day.day, last))


@given(dates, st.lists(st.tuples(dates, st.integers(-100, 100)), min_size=1, max_size=20), st.integers(0, 40))
def test_due_within_is_the_sum_over_the_window(as_of, payments, months):
    last = months_later(as_of, months)
    due = sum(amount for day, amount in payments if as_of < day <= last)
    days, amounts = zip(*payments, strict=True)
    assert f.DUE_WITHIN(as_of, list(days), list(amounts), months) == due


@given(st.integers(1900, 2100), st.integers(1, 12), st.integers(1, 6), st.integers(1, 3))
def test_windows_from_month_ends_share_out_the_payments(year, month, length, count):
    start = months_later(dt.date(year, month, calendar.monthrange(year, month)[1]), 0)
    days = [start + DAY * n for n in range(1, 31 * length * count + 1)]
    ends = [months_later(start, length * n) for n in range(count + 1)]
    counted = [f.DUE_WITHIN(end, days, [1] * len(days), length) for end in ends[:-1]]
    assert sum(counted) == sum(start < day <= ends[-1] for day in days)


@given(dates, st.lists(st.tuples(dates, signed), min_size=1, max_size=10), st.floats(-0.5, 1), st.floats(0, 3))
def test_formula_amount_is_the_discounted_sum(as_of, flows, rate, share):
    value = math.fsum(cf / (1 + rate) ** ((day - as_of).days / 365) for day, cf in flows if day > as_of)
    days, amounts = zip(*flows, strict=True)
    scale = math.fsum(abs(cf) / (1 + rate) ** ((day - as_of).days / 365) for day, cf in flows if day > as_of)
    expected = pytest.approx(share * max(0.0, value), rel=1e-9, abs=1e-12 * scale * share)
    assert f.FORMULA_AMOUNT(as_of, list(days), list(amounts), rate, share) == expected


# ---- Interest and day counts


@given(dollars, st.lists(dates, min_size=3, max_size=3), rates, st.none() | dates, additive_bases)
def test_splitting_an_interest_period_changes_nothing(principal, days, libor, completion, basis):
    start, middle, end = sorted(days)
    margins = (0.0225, 0.01875, basis)
    whole = f.LOAN_INTEREST(principal, start, end, libor, completion, *margins)
    parts = [(start, middle), (middle, end)]
    split = sum(f.LOAN_INTEREST(principal, *part, libor, completion, *margins) for part in parts)
    assert split == close(whole)


@given(st.lists(dates, min_size=3, max_size=3), rates, additive_bases)
def test_splitting_other_periods_changes_nothing(days, rate, basis):
    start, middle, end = sorted(days)
    for whole in (
        lambda a, b: f.NOTE_INTEREST(a, b, rate, 1e6, 0.02, basis),
        lambda a, b: f.COMMITMENT_FEE(1e6, 2e5, a, b, 0.005, basis),
        lambda a, b: f.GOLD_LOAN_INTEREST(50_000, a, b, rate, 0.01, basis),
        lambda a, b: f.YEAR_FRACTION(a, b, basis),
    ):
        assert whole(start, middle) + whole(middle, end) == close(whole(start, end))


@given(st.integers(1, 10**7), dates, st.integers(0, 400), st.none() | st.integers(-50, 450), rates)
def test_loan_interest_is_the_sum_of_its_days(principal, start, length, completion, libor):
    """Each day bears the margin of the day that starts on it."""
    first_lower = completion if completion is not None else length
    margins = [0.0225 if n < first_lower else 0.01875 for n in range(length)]
    expected = math.fsum(principal * (libor + margin) / 360 for margin in margins)
    done = None if completion is None else start + DAY * completion
    assert f.LOAN_INTEREST(principal, start, start + DAY * length, libor, done) == close(expected)
    if length:
        last = start + DAY * (length - 1)
        assert f.LOAN_MARGIN(last, done) == margins[-1]


@given(dates, dates, bases)
def test_the_order_of_the_two_dates_does_not_matter(one, other, basis):
    assert f.YEAR_FRACTION(one, other, basis) == f.YEAR_FRACTION(other, one, basis) >= 0


@given(dates, dates)
def test_isda_gives_each_day_its_own_year(one, other):
    start, end = sorted([one, other])
    in_leap_year = sum(calendar.isleap((start + DAY * n).year) for n in range((end - start).days))
    expected = Fraction(in_leap_year, 366) + Fraction((end - start).days - in_leap_year, 365)
    assert f.YEAR_FRACTION(start, end, "ACT/ACT ISDA") == pytest.approx(float(expected), rel=1e-12)


@given(dates, st.integers(0, 600))
def test_whole_months_are_twelfths_by_thirty_days(start, months):
    assume(start.day <= 28 and (start + DAY).day != 1)
    later = months_later(start, months)
    assume((later + DAY).day != 1)
    for basis in ("30/360", "30E/360"):
        assert f.YEAR_FRACTION(start, later, basis) == pytest.approx(months / 12, rel=1e-12)


@given(dates, st.integers(1, 30))
def test_whole_years_are_years(start, years):
    assume((start.month, start.day) != (2, 29))
    later = start.replace(year=start.year + years)
    for basis in ("30/360", "30E/360", "ACT/ACT ISDA"):
        february = (start.month, start.day) == (2, 28) and basis == "30/360"
        assert f.YEAR_FRACTION(start, later, basis) == pytest.approx(years, abs=2 / 360 if february else 1e-2)


# ---- Instalments


@st.composite
def instalments(draw):
    """Principal, start and dates of a loan."""
    days = sorted(draw(st.sets(st.integers(1, 4000), min_size=1, max_size=24)))
    start = draw(dates)
    return draw(cents), start, [start + DAY * n for n in days]


def principals(column):
    return [value for [value] in column] if isinstance(column, list) else [column]


def last_balance(principal, column):
    for repaid in principals(column):
        principal -= repaid
    return principal


@given(instalments(), st.floats(0, 0.3), bases)
def test_level_instalments_carry_level_debt_service(loan, rate, basis):
    principal, start, days = loan
    growth = [1 + rate * f.YEAR_FRACTION(since, until, basis) for since, until in pairwise([start, *days])]
    level = principal / sum(1 / math.prod(growth[: n + 1]) for n in range(len(growth)))
    balance, instalments = principal, []
    for factor in growth:
        instalments.append(level - balance * (factor - 1))
        balance -= instalments[-1]
    assume(min(map(abs, instalments)) > 1e-6 * principal or principal == 0)
    if min(instalments) < 0:  # the interest of a period is more than the level payment
        assert answer(f.INSTALMENTS, principal, days, "level", start, rate, None, basis) == "#NUM!"
        return
    column = f.INSTALMENTS(principal, days, "level", start, rate, None, basis)
    assert last_balance(principal, column) == 0
    assert math.fsum(principals(column)) == close(principal)
    balance, services = principal, []
    for since, until, repaid in zip([start, *days], days, principals(column), strict=False):
        services.append(balance * rate * f.YEAR_FRACTION(since, until, basis) + repaid)
        balance -= repaid
    assert services == [close(services[0], rel=1e-7, floor=1e-7 * principal)] * len(days)


@given(instalments())
def test_equal_instalments_are_equal(loan):
    principal, _, days = loan
    column = f.INSTALMENTS(principal, days)
    assert last_balance(principal, column) == 0
    assert principals(column) == [close(principal / len(days))] * len(days)


@given(instalments(), st.randoms(use_true_random=False))
def test_custom_instalments_follow_their_shares(loan, random):
    principal, _, days = loan
    weights = [random.randint(0, 9) for _ in days]
    assume(sum(weights))
    shares = [weight / sum(weights) for weight in weights]
    column = f.INSTALMENTS(principal, days, "custom", None, None, shares)
    assert last_balance(principal, column) == 0
    assert principals(column) == [close(principal * share) for share in shares]
    pairs = list(zip(days, shares, strict=True))
    random.shuffle(pairs)
    shuffled = [list(line) for line in zip(*pairs, strict=True)]
    assert f.INSTALMENTS(principal, shuffled[0], "custom", None, None, shuffled[1]) == column


@given(st.sampled_from([1, 2, 3, 6, 12]), st.integers(1, 60), st.integers(1995, 2005))
def test_instalment_dates_are_the_next_month_ends(step, count, year):
    months = list(range(step, 13, step))
    first = dt.date(year, step, calendar.monthrange(year, step)[1])
    expected = [months_later(first, step * n) for n in range(count)]
    assert principals(f.INSTALMENT_DATES(first, count, months[::-1])) == expected


@given(instalments(), st.randoms(use_true_random=False))
def test_average_life_lies_between_the_first_and_the_last_date(loan, random):
    _, start, days = loan
    amounts = [random.randint(0, 9) for _ in days]
    assume(sum(amounts))
    years = [(day - start).days / 365 for day in days]
    expected = sum(a * t for a, t in zip(amounts, years, strict=True)) / sum(amounts)
    assert f.AVERAGE_LIFE(start, days, amounts) == close(expected)
    assert years[0] - 1e-9 <= expected <= years[-1] + 1e-9


@given(dates, cents, cents, st.none() | dates, dates, dollars, dollars, st.booleans(), st.booleans())
def test_advance_limit_written_out(as_of, advanced, left, mechanical, cutoff, balance, minimum, met, default):
    credit = advanced + left
    ends = min([cutoff, *([mechanical] if mechanical else [])])
    refused = as_of >= ends or balance < minimum * (1 - TOLERANCE) or not met or default
    limit = f.ADVANCE_LIMIT(as_of, advanced, balance, minimum, mechanical, met, default, credit, cutoff)
    assert limit == close(0 if refused else left)


# ---- Gold


@given(prices, dollars)
def test_ounces_times_price_are_dollars(price, amount):
    ounces = f.GOLD_LOAN_OUNCES(price, amount)
    assert ounces * price == close(amount)
    assert f.GOLD_LOAN_EXPOSURE(ounces, price, amount) == close(0, floor=1e-6 + 1e-12 * amount)


@given(prices, st.floats(0, 0.2), st.floats(0, 0.2), st.integers(0, 3000))
def test_a_forward_cannot_be_beaten(spot, usd, lease, days):
    """Gold lent out and sold forward earns what the dollars earn: one day count, 360, for both legs."""
    forward = f.GOLD_FORWARD(spot, usd, lease, days)
    gold_leg = (1 + lease * days / 360) * forward
    dollar_leg = spot * (1 + usd * days / 360)
    assert gold_leg == close(dollar_leg)
    assert f.GOLD_FORWARD(spot, usd, usd, days) == close(spot)


@given(st.floats(0, 1e6), prices, prices)
def test_a_hedge_fixes_the_price(ounces, contract, spot):
    settlement = f.HEDGE_SETTLEMENT(ounces, contract, spot)
    assert ounces * spot + settlement == close(ounces * contract, floor=1e-3)
    assert settlement == -f.HEDGE_SETTLEMENT(ounces, spot, contract)


@given(st.floats(0, 1e6), st.floats(0, 1e6), prices, prices, st.floats(0, 1), st.floats(0, 1))
def test_gold_equivalent_is_worth_what_is_recovered(gold, silver, gold_price, silver_price, r_gold, r_silver):
    ounces = f.GOLD_EQUIVALENT(gold, silver, gold_price, silver_price, r_gold, r_silver)
    worth = gold * r_gold * gold_price + silver * r_silver * silver_price
    assert ounces * gold_price == close(worth, floor=1e-3)


# ---- Convertible note


@given(st.integers(0, 10**11), st.integers(1, 10**5))
def test_conversion_gives_the_most_whole_shares(principal_in_cents, price_in_cents):
    """Exact arithmetic in cents: that many whole shares and no more."""
    shares = f.CONVERSION_SHARES(principal_in_cents / 100, price_in_cents / 100)
    assert shares == principal_in_cents // price_in_cents
    assert f.CONVERSION_VALUE(principal_in_cents / 100, 2, price_in_cents / 100) == 2 * shares


@given(st.integers(0, 10**9), st.lists(st.integers(1, 10**4), min_size=1, max_size=30))
def test_shares_issued_at_the_average_price(whole_dollars, closes_in_cents):
    exact = Fraction(whole_dollars) * len(closes_in_cents) * 100 / sum(closes_in_cents)
    shares = f.SHARES_ISSUED(whole_dollars, [close / 100 for close in closes_in_cents])
    assert shares == math.floor(exact)


@given(prices, st.floats(1, 1e8), st.floats(1, 1e8))
def test_a_split_and_its_reverse_cancel(price, before, after):
    there = f.CONVERSION_PRICE_SPLIT(price, before, after)
    assert f.CONVERSION_PRICE_SPLIT(there, after, before) == close(price)
    assert there * after == close(price * before, floor=1e-3)


@given(prices, st.floats(1, 1e8), st.floats(0, 1e8), st.floats(0, 1e5))
def test_dilution_never_raises_the_conversion_price(price, outstanding, new, new_price):
    diluted = f.CONVERSION_PRICE_DILUTED(price, outstanding, new, new_price)
    assert min(price, new_price) * (1 - 1e-9) <= diluted <= price
    if new_price < price:
        expected = (outstanding * price + new * new_price) / (outstanding + new)  # all shares at what they cost
        assert diluted == close(expected)
    else:
        assert diluted == close(price)
    share = f.DILUTION(new, outstanding)
    assert share + f.DILUTION(outstanding, new) == close(1)
    assert f.OWNERSHIP(new, outstanding + new) == close(share)


@st.composite
def trading(draw):
    """Days in any order, closes around the trigger, days without trading, defaults."""
    days = draw(st.lists(dates, min_size=1, max_size=40, unique=True))
    closes = draw(
        st.lists(st.sampled_from([4.74, 4.75, 4.76, None, 5.0, 4.76]), min_size=len(days), max_size=len(days))
    )
    defaults = draw(st.lists(st.sampled_from([False] * 4 + [True]), min_size=len(days), max_size=len(days)))
    return days, closes, defaults


def first_forced(days, closes, defaults, trigger, length):
    """The rule, day by day."""
    run = 0
    for _, close_, default, day in sorted(zip(days, closes, defaults, days, strict=True), key=lambda row: row[0]):
        if close_ is None:
            continue
        run = run + 1 if close_ > trigger else 0
        if run >= length and not default:
            return day, run
    return "#N/A", run


@given(trading(), st.integers(1, 8))
def test_forced_conversion_day_by_day(record, length):
    days, closes, defaults = record
    expected, _ = first_forced(days, closes, defaults, 4.75, length)
    assert answer(f.FORCED_CONVERSION, days, closes, 4.75, length, [defaults]) == expected
    never_mind, _ = first_forced(days, closes, [False] * len(days), 4.75, length)
    assert answer(f.FORCED_CONVERSION, days, closes, 4.75, length) == never_mind


@given(trading())
def test_the_run_at_the_last_close(record):
    days, closes, _ = record
    _, run = first_forced(days, closes, [True] * len(days), 4.75, 1)
    assert f.FORCED_CONVERSION_RUN(days, closes, 4.75) == run


# ---- Covenants


@given(st.integers(1, 10**11).map(lambda amount: amount / 100), dollars, st.floats(0.1, 10))
def test_current_ratio_covenant_and_headroom_agree(assets, liabilities, minimum):
    headroom = f.HEADROOM_CURRENT_RATIO(assets, liabilities, minimum)
    limit = assets / minimum
    assert headroom == close(limit - liabilities)
    assert f.COVENANT_CURRENT_RATIO(assets, liabilities, minimum) == (headroom >= -TOLERANCE * limit)
    if headroom > 0:
        assert f.COVENANT_CURRENT_RATIO(assets, liabilities + headroom, minimum)  # just at the limit
        assert not f.COVENANT_CURRENT_RATIO(assets, (liabilities + headroom) * (1 + 1e-8), minimum)


@given(signed, st.floats(0, 1e9))
def test_tangible_equity_covenant_and_headroom_agree(equity, minimum):
    headroom = f.HEADROOM_TANGIBLE_EQUITY(equity, minimum)
    assert f.COVENANT_TANGIBLE_EQUITY(equity, minimum) == (headroom >= -TOLERANCE * minimum)
    assert f.HEADROOM_TANGIBLE_EQUITY(minimum, minimum) == 0


@given(st.floats(1, 1e9), signed, st.floats(0.1, 10))
def test_liabilities_covenant_and_headroom_agree(liabilities, equity, maximum):
    headroom = f.HEADROOM_LIABILITIES(liabilities, equity, maximum)
    limit = maximum * equity
    assert f.COVENANT_LIABILITIES(liabilities, equity, maximum) == (equity > 0 and headroom >= -TOLERANCE * limit)
    assert f.COVENANT_LIABILITIES(0, equity, maximum)
    assert f.HEADROOM_LIABILITIES(0, equity, maximum) >= 0


@given(st.integers(1, 10**9))
def test_headroom_is_zero_exactly_at_the_limit(amount):
    assert f.HEADROOM_CURRENT_RATIO(2 * amount, amount) == 0
    assert f.HEADROOM_LIABILITIES(1.75 * 4 * amount, 4 * amount) == 0
    assert f.COVENANT_CURRENT_RATIO(2 * amount, amount)
    assert f.COVENANT_LIABILITIES(7 * amount, 4 * amount)


@given(dollars, dollars, signed, dollars, st.floats(0.5, 5), dollars, st.floats(0.5, 5))
def test_a_cure_just_cures(assets, current, equity, liabilities, ratio, least, most):
    limits = (ratio, least, most)
    cure = f.EQUITY_CURE(assets, current, equity, liabilities, *limits)
    assert cure >= 0

    def all_hold(cash):
        return (
            f.COVENANT_CURRENT_RATIO(assets + cash, current, ratio)
            and f.COVENANT_TANGIBLE_EQUITY(equity + cash, least)
            and f.COVENANT_LIABILITIES(liabilities, equity + cash, most)
        )

    assert (cure == 0) == all_hold(0)
    assert all_hold(cure + 1e-6)  # a millionth of a dollar for the rounding of large sums
    if cure > 11:
        assert not all_hold(cure - 10)  # ten dollars less: more than a billionth of any limit here


@given(st.integers(0, 10**8), st.integers(1, 10**8), st.integers(-(10**8), 10**8), st.integers(0, 10**8))
def test_a_dollar_less_does_not_cure(assets, current, equity, liabilities):
    cure = f.EQUITY_CURE(assets, current, equity, liabilities)
    assume(cure >= 1)
    less = cure - 1
    assert not (
        f.COVENANT_CURRENT_RATIO(assets + less, current)
        and f.COVENANT_TANGIBLE_EQUITY(equity + less)
        and f.COVENANT_LIABILITIES(liabilities, equity + less)
    )


@given(cents, cents, cents, cents, cents)
def test_the_report_repeats_the_single_functions(assets, current, equity, intangibles, liabilities):
    _, first, second, third = f.COVENANT_REPORT(assets, current, equity, intangibles, liabilities)
    tangible = f.TANGIBLE_EQUITY(equity, intangibles)
    assert first[1:] == [
        *(answer(f.CURRENT_RATIO, assets, current), 2.0, f.HEADROOM_CURRENT_RATIO(assets, current)),
        f.COVENANT_CURRENT_RATIO(assets, current),
    ]
    assert second[1:] == [
        *(tangible, 17.5e6, f.HEADROOM_TANGIBLE_EQUITY(tangible), f.COVENANT_TANGIBLE_EQUITY(tangible)),
    ]
    assert third[1:] == [
        *(answer(f.LIABILITIES_RATIO, liabilities, tangible), 1.75, f.HEADROOM_LIABILITIES(liabilities, tangible)),
        f.COVENANT_LIABILITIES(liabilities, tangible),
    ]


# ---- NPMC agreement


@given(st.lists(st.tuples(signed, signed), min_size=1, max_size=12), st.data())
def test_net_returns_are_the_same_by_month_and_in_all(months, data):
    gross = [g for g, _ in months]
    split = [data.draw(st.floats(0, 1)) for _ in months]
    block = [
        [d * s for (_, d), s in zip(months, split, strict=True)],
        [d * (1 - s) for (_, d), s in zip(months, split, strict=True)],
    ]
    [net] = f.NET_RETURNS([gross], block) if len(months) > 1 else [[f.NET_RETURNS(gross, block)]]
    assert net == [close(g - d, floor=1e-5) for g, d in months]
    assert math.fsum(net) == close(f.NET_RETURNS(math.fsum(gross), block), floor=1e-3)


@given(signed, st.floats(0, 1), dollars)
def test_royalty_is_never_negative(net, rate, credit):
    due = f.ROYALTY_DUE(net, rate, credit)
    assert due == close(max(0.0, rate * max(0.0, net) - credit))
    assert due >= 0


@st.composite
def royalties(draw):
    days = draw(st.lists(dates, min_size=1, max_size=15, unique=True))
    periods = [[day, draw(st.integers(0, 10**7)), draw(st.integers(0, 10**7))] for day in days]
    advances = draw(st.lists(st.tuples(dates | st.sampled_from(days), st.integers(0, 10**6)), max_size=4))
    return periods, [list(advance) for advance in advances]


@given(royalties(), st.floats(0, 0.5))
def test_royalty_credit_is_conserved(record, rate):
    """Period by period: what is credited was advanced on or before its date, and nothing of it twice."""
    periods, advances = record
    _, *rows = f.ROYALTY_SCHEDULE(periods, rate, advances or None)
    credit, spent = 0.0, 0.0
    for (day, gross, deductions), row in zip(sorted(periods), rows, strict=True):
        advanced = sum(amount for paid, amount in advances if paid <= day)
        royalty = rate * max(0, gross - deductions)
        credit = min(royalty, advanced - spent)
        spent += credit
        expected = [gross - deductions, royalty, credit, royalty - credit, advanced - spent]
        assert row[0] == day
        assert row[1:] == [close(value, floor=1e-5) for value in expected]
        assert min(row[2:]) >= -1e-6


@st.composite
def deliveries(draw):
    """A record of days with gaps, in any order, deliveries around the level of 70."""
    first = draw(dates)
    days = sorted(draw(st.sets(st.integers(0, 30), min_size=1, max_size=25)))
    amounts = draw(st.lists(st.sampled_from([0, 69, 70, 71, 140, 210]), min_size=len(days), max_size=len(days)))
    pairs = draw(st.permutations([(first + DAY * n, amount) for n, amount in zip(days, amounts, strict=True)]))
    return dict(pairs)


def first_day_of_production(record, length, mode):
    """The rule with a calendar in hand, each window looked at afresh."""
    first, last = min(record), max(record)
    end = first
    while end <= last:
        window = [end - DAY * n for n in range(length)]
        if mode == "daily" and all(record.get(day, -1) >= 70 for day in window):
            return end
        if mode == "average" and window[-1] >= first and sum(record.get(day, 0) for day in window) >= 70 * length:
            return end
        end += DAY
    return "#N/A"


@settings(max_examples=300)
@given(deliveries(), st.integers(1, 8), st.sampled_from(["daily", "average"]))
def test_commercial_production_day_by_day(record, length, mode):
    expected = first_day_of_production(record, length, mode)
    assert answer(f.COMMERCIAL_PRODUCTION, [*record], [*record.values()], 100, length, 0.7, mode) == expected


@given(st.lists(dollars, min_size=1, max_size=20), st.floats(0, 1), st.floats(0.1, 5))
def test_back_in_price_adds_up(costs, interest, multiple):
    whole = f.BACK_IN_PRICE(costs, interest, multiple)
    assert whole == close(sum(f.BACK_IN_PRICE(cost, interest, multiple) for cost in costs))


@given(st.integers(0, 10**8), st.integers(0, 10**8), st.integers(0, 10**7))
def test_the_back_in_opens_at_the_threshold(stated, more, threshold):
    assume(more == threshold or abs(more - threshold) > 1)
    assert f.BACK_IN_OPEN(stated + more, stated, threshold) == (more >= threshold)


# ---- Completion and the plan


@given(*[st.none() | dates] * 5, st.booleans())
def test_completion_is_the_last_of_its_tests(mechanical, production, costs, reserves, cured, default):
    tests = [mechanical, production, costs, reserves]
    expected = "#N/A" if None in tests or default else max(day for day in [*tests, cured] if day)
    assert answer(f.COMPLETION_DATE, *tests, cured, default) == expected


@given(dates, dates, st.none() | dates)
def test_a_milestone_written_out(as_of, deadline, achieved):
    if achieved is not None and achieved <= as_of:
        expected = "met" if achieved <= deadline else "met late"
    else:
        expected = "pending" if as_of < deadline else "missed"
    assert f.MILESTONE(as_of, deadline, achieved) == expected


@given(dollars, dollars, st.floats(0, 1))
def test_a_decline_is_material_beyond_the_tolerance(plan, current, tolerance):
    limit = plan * (1 - tolerance)
    assume(abs(current - limit) > 1e-8 * limit)
    assert f.MATERIAL_DECLINE(plan, current, tolerance) == (current < limit)
    assert not f.MATERIAL_DECLINE(plan, limit, tolerance)


# ---- Ratios and cash


@given(dates, dates, st.lists(st.tuples(dates, dollars), min_size=1, max_size=10), rates, st.floats(1, 1e9), signed)
def test_cover_ratios(as_of, maturity, flows, rate, debt, cash):
    days, amounts = (list(line) for line in zip(*flows, strict=True))
    values = dict.fromkeys(days, 0.0)
    for day, amount in flows:
        values[day] += amount / (1 + rate) ** ((day - as_of).days / 365) if day > as_of else 0.0
    all_value = sum(values.values())
    in_time = sum(value for day, value in values.items() if day <= maturity)
    llcr = answer(f.LLCR, as_of, days, amounts, rate, debt, maturity, cash)
    assert llcr == ("#NUM!" if maturity < as_of else close((in_time + cash) / debt))
    assert f.PLCR(as_of, days, amounts, rate, debt, cash) == close((all_value + cash) / debt)
    assert f.DEBT_CAPACITY(as_of, days, amounts, rate, 1.3) == close(all_value / 1.3)
    if all_value > 1:  # a debt of that capacity is covered by just the target
        capacity = f.DEBT_CAPACITY(as_of, days, amounts, rate, 1.3)
        assert f.PLCR(as_of, days, amounts, rate, capacity) == close(1.3)


@given(dates, st.lists(st.tuples(dates, st.floats(0.01, 1e6)), min_size=1, max_size=10))
def test_the_reserve_tail_is_a_part_of_all(maturity, flows):
    days, ounces = (list(line) for line in zip(*flows, strict=True))
    after = sum(amount for day, amount in flows if day > maturity)
    assert f.RESERVE_TAIL(maturity, days, ounces) == close(after / sum(ounces))


@given(signed, st.lists(dollars, min_size=1, max_size=12))
def test_a_waterfall_conserves_cash_and_pays_in_order(cash, due):
    _, *claims, left = f.CASH_WATERFALL(cash, [[f"claim {n}", amount] for n, amount in enumerate(due)])
    remaining = cash
    for amount, (_, shown, paid, unpaid) in zip(due, claims, strict=True):
        assert shown == amount
        assert paid == min(max(remaining, 0), amount)  # nothing is kept for a later claim
        assert unpaid == amount - paid
        remaining -= paid
    assert left[2] == remaining
    assert math.fsum([*(claim[2] for claim in claims), left[2]]) == close(cash)
    if cash >= 0:
        assert left[2] >= 0
        assert left[2] == 0 or all(claim[3] == 0 for claim in claims)


# ---- Series: the order of the rows changes nothing

AS_OF, LATER = dt.date(1995, 6, 30), dt.date(2005, 6, 30)
PAIRS = {
    "DUE_WITHIN": lambda d, v: f.DUE_WITHIN(AS_OF, d, v, 120),
    "FORMULA_AMOUNT": lambda d, v: f.FORMULA_AMOUNT(AS_OF, d, v, 0.1, 1),
    "AVERAGE_LIFE": lambda d, v: f.AVERAGE_LIFE(dt.date(1990, 1, 1), d, v),
    "FORCED_CONVERSION": lambda d, v: f.FORCED_CONVERSION(d, v, 3, 2),
    "FORCED_CONVERSION_RUN": lambda d, v: f.FORCED_CONVERSION_RUN(d, v, 3),
    "COMMERCIAL_PRODUCTION": lambda d, v: f.COMMERCIAL_PRODUCTION(d, v, 5, 1),
    "LLCR": lambda d, v: f.LLCR(AS_OF, d, v, 0.1, 1, LATER),
    "PLCR": lambda d, v: f.PLCR(AS_OF, d, v, 0.1, 1),
    "RESERVE_TAIL": lambda d, v: f.RESERVE_TAIL(AS_OF, d, v),
    "DEBT_CAPACITY": lambda d, v: f.DEBT_CAPACITY(AS_OF, d, v, 0.1, 1),
    "ROYALTY_SCHEDULE": lambda d, v: f.ROYALTY_SCHEDULE([[day, x, None] for day, x in zip(d, v, strict=True)], 0.1),
    "LOAN_SCHEDULE": lambda d, v: f.LOAN_SCHEDULE([*map(list, zip(d, v, strict=True))], None, [[1, 0.05]]),
}


@settings(max_examples=30)
@given(
    st.lists(st.tuples(dates, st.integers(1, 9)), min_size=2, max_size=8, unique_by=lambda row: row[0]),
    st.randoms(use_true_random=False),
)
@pytest.mark.parametrize("name", PAIRS)
def test_shuffled_rows_change_nothing(name, rows, random):
    def run(pairs):
        return answer(PAIRS[name], *[list(line) for line in zip(*pairs, strict=True)])

    plain = run(sorted(rows))
    shuffled = [*rows, (None, None), ("", "")]
    random.shuffle(shuffled)
    assert run(shuffled) == plain
