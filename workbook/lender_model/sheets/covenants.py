"""Covenants: the three financial covenants of the Company, tested at each quarter-end while the Lender is owed."""

from __future__ import annotations

from typing import NamedTuple

from lender_model.grid import DATE, FLAG, RATIO, TEXT, USD, Sheet, balance, head, scalar

_RATIO = "[bal.current_assets:row],[bal.current_liabilities:row]"
_EQUITY = "[cov.tangible:row]"
_LIABILITIES = "[bal.liabilities:row],[cov.tangible:row]"
_ALL = (
    "[bal.current_assets:row],[bal.current_liabilities:row],[cov.tangible:row],[bal.liabilities:row],"
    "{covenants.current_ratio},{covenants.tangible_equity},{covenants.liabilities}"
)


def _masked(call: str) -> str:
    return f'=IF([bal.live:row]=1,{call},"–")'


def _flag(call: str) -> str:
    return _masked(f"IF({call},1,0)")


class Covenant(NamedTuple):
    """A covenant as its lines need it.

    Attributes:
        key: in the keys of its lines.
        mark: of its paragraph in the clause.
        name: as people call it.
        complies: whether figures keep to it.
    """

    key: str
    mark: str
    name: str
    complies: str


COVENANTS = (
    Covenant("ratio", "(a)", "Current ratio", f"COVENANT_CURRENT_RATIO({_RATIO},{{covenants.current_ratio}})"),
    Covenant("equity", "(b)", "Tangible equity", f"COVENANT_TANGIBLE_EQUITY({_EQUITY},{{covenants.tangible_equity}})"),
    Covenant("liabilities", "(c)", "Liabilities", f"COVENANT_LIABILITIES({_LIABILITIES},{{covenants.liabilities}})"),
)
"""All of them, in the order in which the first broken one is named; the sheet Risk goes by them, too."""


def _first_name() -> str:
    """Formula: the name of the first covenant that is broken at the first breach."""
    *others, last = COVENANTS
    names = f'"{last.name}"'
    for c in reversed(others):
        names = f'IF(INDEX([cov.{c.key}_ok:row],1,MATCH(1,[cov.breach:row],0))=0,"{c.name}",{names})'
    return f'=IFERROR({names},"–")'


def _breach() -> str:
    kept = "*".join(f"[cov.{c.key}_ok]" for c in COVENANTS)
    return f"=IF([cov.test]=1,IF({kept}=1,0,1),0)"


SHEET = Sheet(
    "Covenants",
    "The Company's three covenants on consolidated figures: actual, required, headroom, cure; the first breach.",
    [
        head("Result"),
        scalar("cov.first_breach", "First breach", DATE, '=IFERROR(INDEX([time.end:row],1,MATCH(1,[cov.breach:row],0)),"–")'),
        scalar("cov.first_name", "First covenant broken", TEXT, _first_name()),
        scalar("cov.test_date", "Last test date up to the as-of date", DATE,
               '=IF(SUMPRODUCT([cov.test:row],[time.actual:row])=0,"–",SUMPRODUCT(MAX([cov.test:row]*[time.actual:row]*[time.end:row])))',
               "what the Certificate and the Dashboard go by"),
        head("Test dates", "their columns are shaded; a dash stands before the opening balance sheet"),
        balance("cov.owed", "Loan, note or arrears stand at the start", FLAG,
                "=IF([loan.opening]+[note.opening]+[wf.lender_open]>{checks.cent},1,0)", "so long the covenants last (R-50)"),
        balance("cov.test", "Test date", FLAG, "=[time.quarter_end]*[bal.live]*[cov.owed]", "by quarter"),
        head("Actual and required", "from sheets Balance and Terms"),
        balance("cov.ratio", "(a) Current ratio", RATIO, f'=IFERROR(CURRENT_RATIO({_RATIO}),"–")',
                "8-K 5(a) Financial Covenants (a)", array=True, bold=True),
        balance("cov.ratio_required", "required, at least", RATIO, "={covenants.current_ratio}"),
        balance("cov.tangible", "(b) Tangible equity", USD,
                "=TANGIBLE_EQUITY([bal.equity:row],[bal.intangible:row])",
                "8-K 5(a) Financial Covenants (b) (R-29); intangibles are part of the published assets", array=True, bold=True),
        balance("cov.equity_required", "required, at least", USD, "={covenants.tangible_equity}"),
        balance("cov.liabilities_ratio", "(c) Liabilities to tangible equity", RATIO,
                f'=IFERROR(LIABILITIES_RATIO({_LIABILITIES}),"–")', "8-K 5(a) Financial Covenants (c)", array=True, bold=True),
        balance("cov.liabilities_required", "required, at most", RATIO, "={covenants.liabilities}"),
        head("Complies"),
        *(balance(f"cov.{c.key}_ok", f"{c.mark} {c.name}", FLAG, _flag(c.complies),
                  f"8-K 5(a) Financial Covenants {c.mark}", array=True) for c in COVENANTS),
        balance("cov.breach", "Broken on a test date", FLAG, _breach(), "an alert", bold=True),
        balance("cov.standing", "Broken at the last test date", FLAG, "=IF([cov.test]=1,[cov.breach],[cov.standing:-1]*[cov.owed])",
                "bars no payment in this model; money paid to the Company meanwhile is an alert (R-05)"),
        head("Headroom"),
        balance("cov.ratio_headroom", "(a) Further current liabilities", USD,
                _masked(f"HEADROOM_CURRENT_RATIO({_RATIO},{{covenants.current_ratio}})"), array=True),
        balance("cov.equity_headroom", "(b) Tangible equity above its minimum", USD,
                _masked(f"HEADROOM_TANGIBLE_EQUITY({_EQUITY},{{covenants.tangible_equity}})"),
                "rests on the published property and the offering: see the next line", array=True),
        balance("cov.equity_without", "(b) the same, were other properties worth nothing", USD,
                '=IF([bal.live]=1,[cov.equity_headroom]-[bal.other_property],"–")',
                "other properties stand at cost, untested; in the base case only the opening test, before the offering, needs them"),
        balance("cov.liabilities_headroom", "(c) Further liabilities", USD,
                _masked(f"HEADROOM_LIABILITIES({_LIABILITIES},{{covenants.liabilities}})"), array=True),
        balance("cov.cure", "Equity that would cure all", USD, _masked(f"EQUITY_CURE({_ALL})"), "R-30", array=True, bold=True),
        head("Broken on a test date, one by one"),
        *(balance(f"cov.{c.key}_broken", f"{c.mark} {c.name}", FLAG, f"=IF([cov.test]=1,1-[cov.{c.key}_ok],0)") for c in COVENANTS),
    ],
    clauses=("8-K 5(a) Financial Covenants (a)", "8-K 5(a) Financial Covenants (b)", "8-K 5(a) Financial Covenants (c)"),
    shaded="cov.test",
)  # fmt: skip
