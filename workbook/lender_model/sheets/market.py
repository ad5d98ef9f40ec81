"""Market: prices and rates, actual up to the as-of date, assumed after it."""

from __future__ import annotations

from lender_model.grid import INDEX, INPUT, PRICE, RATE, SHARE, Row, Sheet, balance, head, scalar

FIGURES = (
    ("gold", "Gold, London PM, average of the month", PRICE),
    ("silver", "Silver, London, average of the month", PRICE),
    ("libor", "LIBOR three months, last fixing of the month", RATE),
    ("cpi", "CPI-U, not seasonally adjusted", INDEX),
)


def _used(figure: str, after: str) -> str:
    return f"=IF(AND([time.actual]=1,ISNUMBER([market.{figure}_actual])),[market.{figure}_actual],{after})"


FORWARDS = (
    ("gold", "Gold: part of the last price by which it differs", SHARE, "/{last}"),
    ("silver", "Silver: part of the last price by which it differs", SHARE, "/{last}"),
    ("libor", "LIBOR: points by which it differs", RATE, ""),
)


def _away(figure: str, label: str, unit: str, per: str) -> Row:
    """How far an assumption is from what was published for the as-of month."""
    last = f"SUMPRODUCT([time.as_of:row],[market.{figure}_actual:row])"
    away = f"ABS({{market.{figure}_forward}}-{last}){per.format(last=last)}"
    return scalar(f"market.{figure}_away", label, unit, f"=IF({last}>0,{away},0)", "0 where none is published")


SHEET = Sheet(
    "Market",
    "Published prices and rates up to the as-of date, then the assumption of the scenario in use.",
    [
        head("Assumptions after the as-of date"),
        scalar("market.gold_forward", "Gold", PRICE),
        scalar("market.silver_forward", "Silver", PRICE),
        scalar("market.libor_forward", "LIBOR three months", RATE),
        scalar("market.inflation", "Inflation", RATE),
        head("Against the last published", "at the as-of date; further away than the tolerance is an alert"),
        scalar("market.price_tolerance", "Tolerance of gold and silver", SHARE),
        scalar("market.rate_tolerance", "Tolerance of LIBOR", RATE),
        *(_away(*forward) for forward in FORWARDS),
        head("Published", "monthly figures of the files in the case's folder market"),
        *(balance(f"market.{key}_actual", label, unit) for key, label, unit in FIGURES),
        head("Used by the model"),
        balance("market.gold", "Gold", PRICE, _used("gold", "{market.gold_forward}+{scenario.gold}")),
        balance("market.silver", "Silver", PRICE, _used("silver", "{market.silver_forward}")),
        balance("market.libor", "LIBOR three months", RATE, _used("libor", "{market.libor_forward}+{scenario.libor}"),
                "at start: the fixing of the day of signing", start=INPUT),
        balance("market.cpi", "CPI-U", INDEX,
                _used("cpi", "[market.cpi:-1]*(1+{market.inflation})^(1/{time.months_a_year})"), start=INPUT),
    ],
)  # fmt: skip
