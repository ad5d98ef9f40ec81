"""The reporting calendar: what falls due, is tested or ends in the twelve months after the as-of date."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

from .covenants import NAMES
from .days import later, month_end
from .given import Given
from .lines import CENT, DASH, START, Lines
from .summary import MILESTONES

PAYMENTS = {
    "interest": ("Interest", ("loan.interest_due", "loan.held_due")),
    "principal": ("Instalment", ("loan.repayment",)),
    "fees": ("Fees", ("loan.fees_due",)),
    "note_interest": ("Interest on the note", ("note.interest_due",)),
    "note_principal": ("Repayment of the note", ("note.repayment",)),
}
CALLED = {
    "contribution": "Equity contribution", "mechanical": "Mechanical Completion", "completion": "Completion",
    "production": "Commercial production",
}  # fmt: skip
ENDS = {
    "advances": "Advances end", "contribution_waived": "Waiver of the contribution ends",
    "covenants_waived": "Waiver of the covenants ends", "maturity": "Maturity of the loan",
    "note_maturity": "Maturity of the note",
}  # fmt: skip
AHEAD = 12


def calculate(given: Given, out: Lines) -> None:
    """Month by month in words; below it each payment, test and deadline with its next date."""
    first = month_end(given.as_of + dt.timedelta(days=1))
    months = [month_end(later(first.replace(day=1), k)) for k in range(AHEAD)]
    said: dict[dt.date, list[str]] = {month: [] for month in months}
    out.put("cal.never", out.months[-1] + dt.timedelta(days=1))
    out.put("cal.arrears", out.one("cover.arrears"))
    out["cal.month@across"] = dict(enumerate(months))
    dues = dict.fromkeys(months, 0.0)
    for key, (word, lines) in PAYMENTS.items():
        _payment(given, out, key, [sum(out[line].get(month, 0.0) for line in lines) for month in out.months])
        for k, month in enumerate(months):
            amount = out[f"cal.{key}@across"][k]
            dues[month] += amount
            said[month] += [word] if amount > CENT else []
    out.put("cal.total", sum(dues.values()))
    out["cal.total@across"] = dict(enumerate(dues.values()))
    _tests(given, out, months, said)
    for key, label, date, state in _deadlines(given, out):
        ahead = date if date and date > given.as_of else None
        out[f"cal.{key}"] = {START: ahead or DASH, None: state or ("to come" if ahead else DASH)}
        out[f"cal.{key}@across"] = {
            k: ahead if ahead and month_end(ahead) == month else "" for k, month in enumerate(months)
        }
        if ahead and month_end(ahead) in said:
            said[month_end(ahead)].append(label)
    for k, month in enumerate(months, start=1):
        out[f"cal.{k}"] = {None: month, START: dues[month]}
        out[f"cal.{k}@across"] = {0: " ".join(f"{words}." for words in said[month])}


def _payment(given: Given, out: Lines, key: str, amounts: list[float]) -> None:
    due = dict(zip(out.months, amounts, strict=True))
    months = out["cal.month@across"].values()
    ahead = [month for month, amount in due.items() if amount > CENT and not given.is_past(month)]
    out[f"cal.{key}@across"] = {k: due.get(month, 0.0) for k, month in enumerate(months)}
    out[f"cal.{key}"] = {None: sum(out[f"cal.{key}@across"].values()), START: min(ahead, default=DASH)}


def _tests(given: Given, out: Lines, months: list[dt.date], said: dict[dt.date, list[str]]) -> None:
    """A test that the Lender has waived by the ledger is not broken."""
    tested = [month for month in out.months if out["cov.test"][month] and not given.is_past(month)]
    broken = {
        key: [month for month in tested if out[f"cov.{key}_broken"][month] and not out["reported.covenants"][month]]
        for key in NAMES
    }
    for month in months:
        if month in tested and not any(month in fails for fails in broken.values()):
            said[month].append("Covenant tests: met")
    for key, name in NAMES.items():
        near = set(tested) & set(months)
        out[f"cal.test_{key}"] = {
            None: "no test" if not near else "BROKEN" if near & set(broken[key]) else "met",
            START: min(tested, default=DASH),
        }
        room = out[f"cov.{key}_headroom"]
        out[f"cal.test_{key}@across"] = {k: room[month] if month in near else "" for k, month in enumerate(months)}
        out[f"cal.test_{key}.broken@across"] = {k: float(month in broken[key]) for k, month in enumerate(months)}
        for month in months:
            said[month] += [f"{name}: BROKEN"] if month in broken[key] else []


def _deadlines(given: Given, out: Lines) -> Iterator[tuple[str, str, dt.date | None, str]]:
    """Key, label, date if there is one, and state if one can be told."""
    for key in MILESTONES:
        state, late = out.one(f"comp.{key}"), out.one(f"comp.{key}_late")
        if state == "pending":
            state = "expected late" if late else "expected in time"
        deadline = out.one(f"comp.{key}_deadline") if state.startswith("expected") else None
        yield f"{key}_deadline", f"{CALLED[key]}: deadline", deadline, state
        expected: Any = out.one(f"comp.{key}_date")
        yield f"{key}_expected", f"{CALLED[key]}: expected", expected if isinstance(expected, dt.date) else None, ""
    waived = {
        kind: max(
            (e.until for e in given.entries if e.what == kind and e.until and e.date <= given.as_of), default=None
        )
        for kind in ("contribution waived until", "covenants waived until")
    }
    dates = {
        "advances": min(given["advances.cutoff"], out.one("plan.mechanical_date")),
        "contribution_waived": waived["contribution waived until"],
        "covenants_waived": waived["covenants waived until"],
        "maturity": out.one("ratio.maturity"),
        "note_maturity": given["note.maturity"],
    }
    yield from ((key, label, dates[key], "") for key, label in ENDS.items())
