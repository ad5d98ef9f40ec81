"""Covenants (8-K item 5(a), parent's covenants) as formulas."""

from __future__ import annotations

from drawstop.functions.native.native import Native


def _ratio(minimum: str) -> str:
    return f"DRAWSTOP_COMPLIES(current_assets/{minimum}-current_liabilities,current_assets/{minimum})"


def _equity(equity: str, minimum: str) -> str:
    return f"DRAWSTOP_COMPLIES({equity}-{minimum},{minimum})"


def _liabilities(equity: str, maximum: str) -> str:
    limit = f"{maximum}*MAX(0,{equity})"
    return f"DRAWSTOP_COMPLIES({limit}-total_liabilities,{limit})"


def _liabilities_headroom(equity: str, maximum: str) -> str:
    """Equity at or below zero counts as zero."""
    return f"{maximum}*MAX(0,{equity})-total_liabilities"


FORMULAS = {
    "CURRENT_RATIO": Native("current_assets/current_liabilities", (("current_liabilities<>0", "#DIV/0!"),)),
    "TANGIBLE_EQUITY": Native("stockholders_equity-intangibles"),
    "LIABILITIES_RATIO": Native("total_liabilities/tangible_equity", (("tangible_equity<>0", "#DIV/0!"),)),
    "COVENANT_CURRENT_RATIO": Native(_ratio("minimum")),
    "COVENANT_TANGIBLE_EQUITY": Native(_equity("tangible_equity", "minimum")),
    "COVENANT_LIABILITIES": Native(_liabilities("tangible_equity", "maximum")),
    "HEADROOM_CURRENT_RATIO": Native("current_assets/minimum-current_liabilities"),
    "HEADROOM_TANGIBLE_EQUITY": Native("tangible_equity-minimum"),
    "HEADROOM_LIABILITIES": Native(_liabilities_headroom("tangible_equity", "maximum")),
    "COVENANT_REPORT": Native(
        "LET(equity,stockholders_equity-intangibles,VSTACK("
        'HSTACK("Covenant","Actual","Required","Headroom","Complies"),'
        'HSTACK("Current ratio, at least",DRAWSTOP_RATIO(current_assets,current_liabilities),'
        f"min_ratio,current_assets/min_ratio-current_liabilities,{_ratio('min_ratio')}),"
        f'HSTACK("Tangible equity, at least",equity,min_equity,equity-min_equity,{_equity("equity", "min_equity")}),'
        'HSTACK("Liabilities to tangible equity, at most",DRAWSTOP_RATIO(total_liabilities,equity),'
        f"max_liabilities,{_liabilities_headroom('equity', 'max_liabilities')},"
        f"{_liabilities('equity', 'max_liabilities')})))"
    ),
    "EQUITY_CURE": Native(
        f"MAX(IF({_ratio('min_ratio')},0,min_ratio*current_liabilities-current_assets),"
        f"IF({_equity('tangible_equity', 'min_equity')},0,min_equity-tangible_equity),"
        f"IF({_liabilities('tangible_equity', 'max_liabilities')},0,total_liabilities/max_liabilities-tangible_equity))"
    ),
}
