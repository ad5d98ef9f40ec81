"""CONVERTIBLE_VALUE against QuantLib's trees: error against time, both over a range of steps."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from tests.benchmarks.timing import Row, duration, seconds

from drawstop.core.convertible import convertible_value

CENT = 0.01  # in 100
OURS = (10, 20, 40, 80, 160, 320, 640, 1280)
TREES = (25, 50, 100, 200, 400, 800, 1600, 3200, 6400)
Curve = list[tuple[int, float, float]]
"""Steps, time, error."""


def ours(steps: int) -> float:
    """QuantLib's example of a convertible, without its calls."""
    return convertible_value(
        100, 36, 0.2, 5, 0.06, 0.005, 0.05,
        conversion_price=36, frequency=1, trigger=None, dividend_yield=0.02, steps=steps,
    )  # fmt: skip


def quantlib() -> Callable[[int], float]:
    """The same as QuantLib has it, on the binomial tree of Cox, Ross and Rubinstein."""
    import QuantLib as ql  # noqa: N813, PLC0415 - its own abbreviation; an extra

    today, days = ql.Date(15, 1, 2025), ql.Thirty360(ql.Thirty360.BondBasis)
    maturity = ql.Date(15, 1, 2030)
    ql.Settings.instance().evaluationDate = today
    calendar = ql.NullCalendar()
    rates = [ql.YieldTermStructureHandle(ql.FlatForward(today, rate, days)) for rate in (0.02, 0.06)]
    volatility = ql.BlackVolTermStructureHandle(ql.BlackConstantVol(today, calendar, 0.2, days))
    process = ql.BlackScholesMertonProcess(ql.QuoteHandle(ql.SimpleQuote(36.0)), *rates, volatility)
    schedule = ql.Schedule(
        today,
        maturity,
        ql.Period(ql.Annual),
        calendar,
        ql.Unadjusted,
        ql.Unadjusted,
        ql.DateGeneration.Backward,
        False,
    )
    spread = ql.QuoteHandle(ql.SimpleQuote(0.005))

    def value(steps: int) -> float:
        exercise = ql.AmericanExercise(today, maturity)
        bond = ql.ConvertibleFixedCouponBond(exercise, 100.0 / 36.0, [], today, 0, [0.05], days, schedule, 100.0)
        bond.setPricingEngine(ql.BinomialCRRConvertibleEngine(process, steps, spread))
        return float(bond.NPV())

    return value


def curve(value: Callable[[int], float], steps: tuple[int, ...], limit: float) -> Curve:
    """Time and error for each number of steps; trees swing, so the worse of two neighbours counts."""
    return [
        (n, seconds(lambda: value(n), 5), max(abs(value(n) - limit), abs(value(n + 1) - limit)))  # noqa: B023 - called at once
        for n in steps
    ]


def reached(points: Curve) -> tuple[int, float]:
    """The fewest steps, and their time, from which on the error is within a cent; the most if it never is."""
    bad = max((steps for steps, _, error in points if error > CENT), default=0)
    return next(((steps, taken) for steps, taken, _ in points if steps > bad), points[-1][:2])


def rows(picture: Path | None = None) -> Iterator[Row]:
    """The table's lines, and the picture if a file is given."""
    limit = ours(12_800)
    own = curve(ours, OURS, limit)
    steps, taken = reached(own)
    try:
        tree = quantlib()
    except ImportError:
        yield Row(
            "CONVERTIBLE_VALUE to a cent in 100", duration(taken), note="not compared: QuantLib is missing, extra bench"
        )
        return
    peer = curve(tree, TREES, (its_limit := (tree(9000) + tree(9001)) / 2))
    its_steps, its_time = reached(peer)
    own_words, its_words = f"{duration(taken)}, {steps} steps", f"{duration(its_time)}, {its_steps} steps"
    limits = f"each against its own limit, {limit:.3f} and {its_limit:.3f}"
    yield Row(
        "CONVERTIBLE_VALUE to a cent in 100", own_words, its_words, "QuantLib's binomial tree",
        f"{taken / its_time:.2f} ×", limits,
    )  # fmt: skip
    for n, own_time, error in own:
        yield Row(f"CONVERTIBLE_VALUE, {n} steps", duration(own_time), note=f"error {100 * error:.3f} cents")
    for n, its, error in peer:
        yield Row(f"QuantLib, {n} steps", duration(its), note=f"error {100 * error:.3f} cents")
    if picture:
        _draw(own, peer, picture)


def _draw(own: Curve, peer: Curve, picture: Path) -> None:
    import matplotlib as mpl  # noqa: PLC0415 - an extra

    mpl.use("Agg")
    import matplotlib.pyplot as plt  # noqa: PLC0415 - as above

    figure, axis = plt.subplots(figsize=(6.5, 4), layout="constrained")
    for points, label in ((own, "CONVERTIBLE_VALUE"), (peer, "QuantLib, binomial tree")):
        axis.loglog([1e3 * t for _, t, _ in points], [100 * e for *_, e in points], "o-", label=label)
    axis.axhline(1, color="grey", lw=0.8)
    axis.set_xlabel("milliseconds")
    axis.set_ylabel("error, cents in 100 dollars")
    axis.legend(frameon=False)
    figure.savefig(picture, dpi=130)
    plt.close(figure)
