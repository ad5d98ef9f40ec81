"""The three financial covenants, what heals a breach, and the result under each reading of the account."""

from __future__ import annotations

import datetime as dt

from .given import Given
from .lines import CENT, DASH, START, Lines

NAMES = {"ratio": "Current ratio", "equity": "Tangible equity", "liabilities": "Liabilities"}
READINGS = {"all": "all", "above": "above the minimum", "none": "none"}
"""How much of the Proceeds Account counts among current assets (R-49): key of the lines, and the switch."""


def opening(out: Lines) -> None:
    """Nothing is broken before the first month."""
    out["cov.standing"][START] = 0


def at_least(figure: float, limit: float) -> bool:
    """Whether a figure is not less than a limit (R-27); what sums leave in the last digits is no breach."""
    return figure >= limit - 1e-9 * abs(limit)


def counted(out: Lines, month: dt.date, reading: str) -> float:
    """Current assets, with all of the account, what exceeds the minimum, or nothing (R-49)."""
    account = out["bal.account"][month]
    above = max(0.0, account - out["proceeds.minimum"][month])
    part = {"all": account, "above the minimum": above, "none": 0.0}[reading]
    return out["bal.current_assets"][month] - account + part * out["bal.live"][month]


def calculate(given: Given, out: Lines, month: dt.date) -> None:
    """(a) current ratio, (b) tangible equity, (c) liabilities, at quarter-ends while the Lender is owed (R-50)."""
    least, equity_least = given["covenants.current_ratio"], given["covenants.tangible_equity"]
    most, live = given["covenants.liabilities"], out["bal.live"][month]
    owed = any(out[key][month] > CENT for key in ("loan.opening", "note.opening", "wf.lender_open"))
    test = int(bool(out["time.quarter_end"][month]) and bool(live) and owed)
    assets, current = counted(out, month, given["cov.account_counts"]), out["bal.current_liabilities"][month]
    tangible, liabilities = out["bal.equity"][month] - out["bal.intangible"][month], out["bal.liabilities"][month]
    kept = {
        "ratio": at_least(assets / least, current),
        "equity": at_least(tangible, equity_least),
        "liabilities": liabilities == 0 or (tangible > 0 and at_least(most * tangible, liabilities)),
    }
    room = most * max(0.0, tangible) - liabilities  # equity below zero counts as none
    cures = [
        0.0 if kept["ratio"] else least * current - assets,
        0.0 if kept["equity"] else equity_least - tangible,
        0.0 if kept["liabilities"] else liabilities / most - tangible,
    ]
    broken = bool(test) and not all(kept.values())
    breach = int(broken and not out["reported.covenants"][month])
    stood = out.before("cov.standing", month) and owed and not out["reported.covenants"][month]  # cured or waived
    standing = breach if test else int(bool(stood))
    shown = {
        **{f"cov_{key}_ok": int(holds) for key, holds in kept.items()},
        "cov_ratio_headroom": assets / least - current, "cov_equity_headroom": tangible - equity_least,
        "cov_equity_without": tangible - equity_least - out["bal.other_property"][month],
        "cov_liabilities_headroom": max(0.0, room) if liabilities == 0 else room, "cov_cure": max(cures),
    }  # fmt: skip
    out.month(
        month,
        cov_owed=int(owed), cov_test=test, cov_current_assets=assets, cov_ratio=assets / current if current else DASH,
        cov_tangible=tangible, cov_liabilities_ratio=liabilities / tangible if tangible else DASH,
        cov_ratio_required=least, cov_equity_required=equity_least, cov_liabilities_required=most,
        cov_failed=int(broken), cov_agrees=0, cov_breach=breach, cov_standing=standing,
        cov_breach_ahead=int(bool(breach) and month >= out.one("time.position")),
        **{key: figure if live else DASH for key, figure in shown.items()},
    )  # fmt: skip


def results(given: Given, out: Lines) -> None:
    """The first breach still to come, the last test, and the tests under each reading."""
    first = next((month for month in out.months if out["cov.breach_ahead"][month]), None)
    out.put("cov.first_breach", first or DASH)
    out.put("cov.first_name", next(NAMES[key] for key in NAMES if not out[f"cov.{key}_ok"][first]) if first else DASH)
    tests = [month for month in out.months if out["cov.test"][month]]
    out.put("cov.test_date", max((month for month in tests if given.is_past(month)), default=DASH))
    for key, reading in READINGS.items():
        ratios = []
        for month in out.months:
            current = out["bal.current_liabilities"][month]
            ratio = counted(out, month, reading) / current if current and month in tests else DASH
            out[f"cov.ratio_{key}"][month] = ratio
            ratios += [] if ratio == DASH else [ratio]
        out.put(f"cov.fails_{key}", sum(not at_least(ratio, given["covenants.current_ratio"]) for ratio in ratios))
        out.put(f"cov.lowest_{key}", min(ratios, default=DASH))
