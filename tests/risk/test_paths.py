"""Prices and LIBOR: what history says, by a second calculation; whether draws have the moments of the process."""

import csv
import datetime as dt
import itertools
import math
import statistics

import numpy as np
import pytest

from lender_model import case
from lender_model.case import CASE, CaseError
from lender_model.risk import RiskError, paths

FOLDER = CASE / "market"
AS_OF = dt.date(1996, 7, 31)


def daily(name, column, last):
    with (FOLDER / name).open(encoding="utf-8", newline="") as file:
        rows = [(dt.date.fromisoformat(row["date"]), row[column]) for row in csv.DictReader(file)]
    return {day: float(text) for day, text in rows if text and day <= last}


def all_three(last):
    gold = daily("gold_daily_lbma.csv", "gold_pm_fix_usd_per_troy_oz", last)
    silver = daily("silver_daily_lbma.csv", "silver_fix_usd_per_troy_oz", last)
    libor = daily("usd_libor_daily.csv", "libor_3m_pct", last)
    days = sorted(gold.keys() & silver.keys() & libor.keys())
    return days, [[math.log(series[day]) for day in days] for series in (gold, silver, libor)]


# ---- history ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("last", [AS_OF, dt.date(1998, 12, 31)])
def test_volatility_and_correlation_in_plain_python(last):
    """Changes over five fixings, about no drift, over the calendar time that they span."""
    days, logs = all_three(last)
    changes = [[row[k] - row[k - 5] for k in range(5, len(row))] for row in logs]
    years = sum((days[k] - days[k - 5]).days for k in range(5, len(days))) / 365.25
    variance = [sum(x * x for x in row) / years for row in changes]
    found = paths.history(np.datetime64(last))
    assert found.days == len(days)
    assert found.volatility == pytest.approx([math.sqrt(x) for x in variance], rel=1e-12)
    for i, j in ((0, 1), (0, 2), (1, 2)):
        covariance = sum(a * b for a, b in zip(changes[i], changes[j], strict=True)) / years
        assert found.correlation[i, j] == pytest.approx(covariance / math.sqrt(variance[i] * variance[j]), rel=1e-10)
        assert found.correlation[j, i] == found.correlation[i, j]


def test_what_is_said_of_the_history_of_gold():
    """Between 369 and 415 dollars, by regression returning at about 10 a year; two years later it stood at 273."""
    then = daily("gold_daily_lbma.csv", "gold_pm_fix_usd_per_troy_oz", AS_OF)
    assert (math.floor(min(then.values())), math.ceil(max(then.values()))) == (369, 415)
    days = sorted(then)
    logs = [math.log(then[day]) for day in days]
    slope = statistics.linear_regression(logs[:-1], [b - a for a, b in itertools.pairwise(logs)]).slope
    assert -slope / ((days[-1] - days[0]).days / 365.25 / (len(days) - 1)) == pytest.approx(10, abs=0.5)
    since = daily("gold_daily_lbma.csv", "gold_pm_fix_usd_per_troy_oz", dt.date(1998, 9, 1))
    assert min(since.values()) == pytest.approx(273.4)


def test_what_comes_after_the_as_of_date_is_not_looked_at(tmp_path):
    for name, *_ in case.DAILY_FILES.values():
        lines = (FOLDER / name).read_text(encoding="utf-8").splitlines(keepends=True)
        kept = [lines[0], *(line for line in lines[1:] if line[:10] <= "1996-07-31")]
        (tmp_path / name).write_text("".join(kept), encoding="utf-8")
    cut, whole = paths.history(np.datetime64(AS_OF), tmp_path), paths.history(np.datetime64(AS_OF))
    assert cut.volatility.tolist() == whole.volatility.tolist()


def test_a_missing_a_short_and_a_damaged_file(tmp_path):
    with pytest.raises(CaseError, match=r"gold_daily_lbma\.csv: no such file"):
        paths.history(np.datetime64(AS_OF), tmp_path)
    for name, column, *_ in case.DAILY_FILES.values():
        (tmp_path / name).write_text(f"date,{column}\n1996-07-30,25\n1996-07-31,26\n", encoding="utf-8")
    with pytest.raises(CaseError, match="2 days with all three fixings up to 1996-07-31; 60 are needed"):
        paths.history(np.datetime64(AS_OF), tmp_path)
    (tmp_path / "usd_libor_daily.csv").write_text("date,libor\n1996-07-30,5.5\n", encoding="utf-8")
    with pytest.raises(CaseError, match=r"usd_libor_daily\.csv, line 1: no column libor_3m_pct"):
        paths.history(np.datetime64(AS_OF), tmp_path)


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("1996-07-31,0", "'0' must be a positive number with a decimal point, from 0.1 to 50"),
        ("1996-07-31,-5.5", "'-5.5' must be a positive number"),
        ("1996-07-31,nan", "'nan' must be a positive number"),
        ("1996-07-31,550", "'550' must be a positive number with a decimal point, from 0.1 to 50"),
        ("1996-07-31,0.055", "'0.055' must be a positive number"),
        ("1996-07-31,5;5", "'5;5' must be a positive number"),
        ("1996-07-30,5.5", "date 1996-07-30 comes after 1996-07-30; dates must ascend"),
        ("1996-07-29,5.5", "date 1996-07-29 comes after 1996-07-30; dates must ascend"),
        ("1996-7-31,5.5", "date '1996-7-31' must be written as 1996-09-30"),
        ("19960731,5.5", "date '19960731' must be written as 1996-09-30"),
        ("1996-07-31", "must have 2 fields between commas"),
    ],
)
def test_a_wrong_fixing_is_named_with_its_line(tmp_path, row, words):
    (tmp_path / "usd_libor_daily.csv").write_text(f"date,libor_3m_pct\n1996-07-30,5.5\n{row}\n", encoding="utf-8")
    with pytest.raises(CaseError, match=rf"usd_libor_daily\.csv, line 3: .*{words}"):
        case.fixings("libor", tmp_path)


# ---- the processes ---------------------------------------------------------------------------------------------------


def test_a_blank_takes_what_history_gives_and_a_figure_stands(inputs):
    past = paths.history(inputs["cover.as_of"])
    stated = paths.dynamics(inputs | {"risk.volatility.gold": 0.15, "risk.correlation.gold_libor": 0.3}, past)
    assert stated.volatility.tolist() == [0.15, *past.volatility[1:]]
    assert stated.correlation[0, 2] == stated.correlation[2, 0] == 0.3
    assert stated.correlation[0, 1] == past.correlation[0, 1]
    assert stated.reversion.tolist() == [0, 0, 0.2]


def test_correlations_that_no_prices_can_have(inputs):
    """Gold goes with silver and silver with LIBOR, so gold cannot go against LIBOR."""
    impossible = {"gold_silver": 0.9, "silver_libor": 0.9, "gold_libor": -0.9}
    with pytest.raises(RiskError, match="the three correlations contradict each other"):
        paths.dynamics(
            inputs | {f"risk.correlation.{key}": x for key, x in impossible.items()},
            paths.history(inputs["cover.as_of"]),
        )


ENDS = np.arange("1996-08", "2004-02", dtype="datetime64[M]").astype("datetime64[D]") - np.timedelta64(1, "D")
PROCESS = paths.Dynamics(
    np.array([0.1, 0.25, 0.2]), np.array([0.0, 0.0, 0.7]), np.array([[1, 0.7, -0.3], [0.7, 1, 0.1], [-0.3, 0.1, 1]])
)
DRAWN, SIGMAS = 10_000, 5


@pytest.fixture(scope="module")
def factors():
    return paths.market(PROCESS, ENDS[3], ENDS).factors(np.random.default_rng(7), DRAWN)


def years(month, *, middle):
    return (ENDS[month] - ENDS[3]).item().days / 365.25 - (1 / 24 if middle else 0)


def test_nothing_moves_up_to_the_as_of_date(factors):
    assert np.all(factors[:, :4] == 1)
    assert np.all(factors[:, 4:] != 1)


@pytest.mark.parametrize("month", [4, 5, 15, 89])
@pytest.mark.parametrize("series", [0, 1, 2])
def test_factors_have_mean_one_and_the_spread_of_the_process(factors, month, series):
    """Var = σ² t for a random walk, σ² (1 − exp(−2κt)) / 2κ with reversion; gold and silver in the month's middle."""
    sigma, kappa, t = PROCESS.volatility[series], PROCESS.reversion[series], years(month, middle=series < 2)
    variance = sigma**2 * (-math.expm1(-2 * kappa * t) / (2 * kappa) if kappa else t)
    logs = np.log(factors[series, month])
    assert logs.var() == pytest.approx(variance, rel=SIGMAS * math.sqrt(2 / DRAWN))
    error = math.sqrt(math.expm1(variance) / DRAWN)
    assert factors[series, month].mean() == pytest.approx(1, abs=SIGMAS * error)
    assert logs.mean() == pytest.approx(-variance / 2, abs=1e-12)  # a path and its mirror image


def test_shocks_are_correlated_and_those_of_different_months_are_not(factors):
    gold, silver, libor = np.log(factors[:, 4:])
    error = SIGMAS / math.sqrt(DRAWN)
    first = np.corrcoef([gold[0], silver[0], libor[0]])
    assert first == pytest.approx(PROCESS.correlation, abs=error)
    steps = np.diff(gold, axis=0)
    assert abs(np.corrcoef(steps[3], steps[4])[0, 1]) < error
    left = math.exp(-0.7 * (ENDS[10] - ENDS[9]).item().days / 365.25)
    shock = libor[6] - left * libor[5]
    assert abs(np.corrcoef(shock, libor[5])[0, 1]) < error


def test_the_second_half_mirrors_the_first(factors):
    logs = np.log(factors[0, 4:])
    centred = logs - logs.mean(axis=1, keepdims=True)
    assert np.abs(centred[:, : DRAWN // 2] + centred[:, DRAWN // 2 :]).max() < 1e-12
