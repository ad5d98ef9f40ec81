"""The note with forced conversion by simulation of daily closes, the table that tests compare with.

``python -m tests.simulate_forced`` writes ``tests/data/simulated/forced_conversion.csv`` within minutes. It shares no
code with the product: it draws the closes of each trading day, counts the run above the trigger, and discounts what
the holder gets. Shares are discounted at the riskless rate, cash with the spread on top, as Tsiveriotis and Fernandes
split it. Nobody converts of their own accord before maturity, which without dividends is best: the shares keep their
value, and whoever waits gets coupons and the floor of the principal on top. So the cases have no dividends.
"""

from __future__ import annotations

import csv
import math
from itertools import product
from pathlib import Path

import numpy as np

TABLE = Path(__file__).parent / "data" / "simulated" / "forced_conversion.csv"
COLUMNS = (
    "share_price", "volatility", "years", "risk_free", "credit_spread", "coupon", "frequency", "trigger",
    "trigger_days", "value", "standard_error",
)  # fmt: skip


def simulate(case, *, paths, seed, block=5000):
    """Value per 100 of principal, converted at 100 a share, and its standard error.

    Each path has a mirror image. The shares received, discounted, are worth what a share costs today: what a sample
    shows of them beyond that is taken off in proportion.
    """
    price, volatility, years = case["share_price"], case["volatility"], case["years"]
    cash_rate = case["risk_free"] + case["credit_spread"]
    day, run = 1 / 252, int(case["trigger_days"])
    closes = math.floor(years / day + 1e-9)
    rest = years - closes * day
    drift = case["risk_free"] - volatility**2 / 2
    payment = 100 * case["coupon"] / case["frequency"]
    coupons = np.array([t for k in range(2000) if (t := years - k / case["frequency"]) > 1 / 365][::-1])
    worth = np.r_[0.0, np.cumsum(payment * np.exp(-cash_rate * coupons))]  # of the first coupons
    draw = np.random.default_rng(seed)
    values, shares = [], []
    for _ in range(paths // (2 * block)):
        noise = draw.standard_normal((block, closes + 1))
        pair = []
        for sign in (1, -1):
            moves = drift * day + sign * volatility * math.sqrt(day) * noise[:, :closes]
            closing = price * np.exp(np.cumsum(moves, axis=1))
            above = np.cumsum(closing > case["trigger"], axis=1)
            in_window = above[:, run - 1 :] - np.pad(above, ((0, 0), (1, 0)))[:, : closes - run + 1]
            forced, last = (in_window == run).any(axis=1), (in_window == run).argmax(axis=1) + run - 1
            end = closing[:, -1] * np.exp(drift * rest + sign * volatility * math.sqrt(rest) * noise[:, closes])
            time = np.where(forced, (last + 1) * day, years)
            taken = np.where(forced, closing[np.arange(block), last], end)
            discounted = taken * np.exp(-case["risk_free"] * time)
            redeemed = (100 + payment) * math.exp(-cash_rate * years)
            paid = worth[np.searchsorted(coupons, time - 1e-9)]  # who converts gives up the coupon of the day
            final = np.where(~forced & (taken <= 100 + payment), redeemed, discounted)
            pair.append((final + paid, discounted))
        values.append((pair[0][0] + pair[1][0]) / 2)
        shares.append((pair[0][1] + pair[1][1]) / 2)
    value, share = np.concatenate(values), np.concatenate(shares)
    slope = np.cov(value, share)[0, 1] / share.var()
    corrected = value - slope * (share - price)
    return corrected.mean(), corrected.std() / math.sqrt(corrected.size)


def cases():
    """The filing's note, then random ones over the range of volatilities and runs that the function is meant for."""
    filing = (100.0, 0.6, 4.47, 0.06, 0.05, 0.0769, 2, 475 / 3.4, 30)
    yield dict(zip(COLUMNS, filing, strict=False))
    draw = np.random.default_rng(1996)
    for volatility, days in product((0.2, 0.5, 0.8), (1, 5, 15, 30, 60)):
        for near in (True, False):
            price = round(100 * math.exp(draw.uniform(-0.5, 0.4)), 2)
            away = draw.uniform(-0.3, 0.1) if near else draw.uniform(0.1, 0.8)
            years = round(draw.uniform(0.3, 1.0) if near else draw.uniform(1.0, 5.0), 3)
            rates = (round(draw.uniform(low, high), 4) for low, high in ((0, 0.1), (0, 0.1), (0, 0.12)))
            frequency = int(draw.choice([1, 2, 4, 12]))
            numbers = (price, volatility, years, *rates, frequency, round(price * math.exp(away), 2), days)
            yield dict(zip(COLUMNS, numbers, strict=False))


def main():
    """Write the table."""
    TABLE.parent.mkdir(parents=True, exist_ok=True)
    with TABLE.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(COLUMNS)
        for seed, case in enumerate(cases()):
            value, error = simulate(case, paths=100_000, seed=seed)
            table.writerow([*(f"{number:.10g}" for number in case.values()), f"{value:.3f}", f"{error:.3f}"])


if __name__ == "__main__":
    main()
