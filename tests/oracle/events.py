"""What a simulation counts: in which months something goes wrong, for the first time when, and how close it comes."""

from __future__ import annotations

from .given import Given
from .lines import DASH, Lines

COVENANTS = ("ratio", "equity", "liabilities")


def calculate(given: Given, out: Lines) -> None:
    """Events by month, the first month of each, the account's least headroom, and the years to repayment."""
    for month in out.months:
        tested, ahead = out["cov.test"][month], not given.is_past(month)
        broken = {key: int(bool(tested) and out[f"cov.{key}_ok"][month] == 0) for key in COVENANTS}
        room = out["proceeds.closing"][month] - out["proceeds.minimum"][month]
        below = {
            name: int(out[f"ratio.{key}"][month] != DASH and out[f"ratio.{key}"][month] < least)
            for key in ("dscr", "llcr")
            for name, least in ((f"risk_fails_{key}", 1), (f"risk_fails_{key}_target", given["ratio.target"]))
        }
        out.month(
            month,
            **{f"cov_{key}_broken": flag for key, flag in broken.items()},
            **{f"risk_fails_{key}": flag for key, flag in broken.items()},
            **below, risk_fails_short=out["proceeds.short"][month], risk_fails_default=out["wf.default"][month],
            risk_headroom=room,
            risk_headroom_ahead=room if ahead and out["proceeds.live"][month] else DASH,
        )  # fmt: skip
    for key in (*COVENANTS, "covenant", "short", "default"):
        line = out["cov.breach" if key == "covenant" else f"risk.fails_{key}"]
        out.put(f"risk.first_{key}", next((n for n, month in enumerate(out.months, start=1) if line[month]), 0))
    rooms = [room for room in out.all("risk.headroom_ahead") if room != DASH]
    out.put("risk.least_headroom", min(rooms, default=DASH))
    repaid = out.one("compare.repaid")
    out.put("risk.life", DASH if repaid == DASH else (repaid - given["facility.effective_date"]).days / 365.25)
