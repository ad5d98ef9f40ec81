"""Note: what the parent's convertible note converts into, when the Company may require it, and what it is worth."""

from __future__ import annotations

from lender_model.grid import COUNT, DATE, RATE, SHARE, SHARES, USD, Sheet, head, scalar

_SHARE = "US$/share"
_VALUE = (
    "CONVERTIBLE_VALUE({{note.principal}},{price},{{note.volatility}},{{note.years_left}},{{note.risk_free}},"
    "{{note.spread}},{{note.coupon}},{{note.conversion_price}},{{note.frequency}},{trigger},0,{{note.steps}},{{forced_conversion.days}})"
)

SHEET = Sheet(
    "Note",
    "The convertible note: shares, value at the market, dilution, forced conversion, and the worth of the Lender's option.",
    [
        head("Market"),
        scalar("note.share_price", "Share price", _SHARE),
        scalar("note.volatility", "Volatility, a year", "volatility"),
        scalar("note.risk_free", "Riskless rate, continuously compounded", RATE),
        scalar("note.spread", "Credit spread of the Company, continuously compounded", RATE),
        scalar("note.steps", "Steps of the valuation", COUNT),
        head("Conversion", "8-K 5(a) Convertible Note"),
        scalar("note.shares", "Shares on conversion", SHARES, "=CONVERSION_SHARES({note.principal},{note.conversion_price})", "R-22", bold=True),
        scalar("note.stated_shares", "Shares reserved, as stated", SHARES, "={note.reserved_shares}"),
        scalar("note.value_now", "Their value at the market", USD,
               "=CONVERSION_VALUE({note.principal},{note.share_price},{note.conversion_price})"),
        scalar("note.gain", "Above the principal", USD, "={note.value_now}-{note.principal}"),
        scalar("note.dilution", "Dilution", SHARE, "=DILUTION({note.shares},{plan.shares})"),
        head("Conversion price adjusted", "8-K 5(a) Convertible Note (R-26)"),
        scalar("note.offered", "Shares offered", SHARES, "=SUM([plan.offering_shares:row])"),
        scalar("note.adjusted_price", "Conversion price if the offering adjusts it", _SHARE,
               "=IF({note.offered}>0,CONVERSION_PRICE_DILUTED({note.conversion_price},{plan.shares},{note.offered},{plan.offering_price}),{note.conversion_price})",
               "the offering is below the conversion price"),
        scalar("note.adjusted_shares", "Shares at it", SHARES, "=CONVERSION_SHARES({note.principal},{note.adjusted_price})"),
        head("Forced conversion", "8-K 5(a) Forced Conversion (R-23)"),
        scalar("note.run", "Trading days in a row above the trigger, to the last close", COUNT,
               "=FORCED_CONVERSION_RUN({daily.date},{daily.closes},{forced_conversion.trigger})", "closes of sheet Daily"),
        scalar("note.forced", "The Company may require conversion from", DATE,
               '=IFERROR(FORCED_CONVERSION({daily.date},{daily.closes},{forced_conversion.trigger},{forced_conversion.days},'
               'SUMPRODUCT([time.as_of:row],[wf.default:row])>0),"–")'),
        head("Worth to the Lender at the as-of month-end"),
        scalar("note.years_left", "Years to maturity", "years", '=IF({note.maturity}>{time.position},YEAR_FRACTION({time.position},{note.maturity},"ACT/365"),0)',
               "nothing once it is due"),
        scalar("note.coupon", "Interest, LIBOR and margin", RATE, "={market.libor_forward}+{note.margin}", "a fixed coupon stands for LIBOR"),
        scalar("note.worth", "Note with its option, callable above the trigger", USD,
               "=" + _VALUE.format(price="{note.share_price}", trigger="{forced_conversion.trigger}"), "R-24", bold=True),
        scalar("note.uncapped", "The same without forced conversion", USD,
               "=" + _VALUE.format(price="{note.share_price}", trigger="")),
        scalar("note.straight", "Straight note, without the option", USD, "=" + _VALUE.format(price="0", trigger="")),
        scalar("note.option", "Worth of the option", USD, "={note.worth}-{note.straight}", bold=True),
    ],
    monthly=False,
    clauses=("8-K 5(a) Convertible Note", "8-K 5(a) Forced Conversion"),
)  # fmt: skip
