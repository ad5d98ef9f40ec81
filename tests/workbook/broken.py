"""A book whose balances do not roll, and what its hard checks must say: each re-derived from its own words."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from drawstop.functions import FUNCTIONS
from lender_model import calculator, case, model
from lender_model.grid import Book
from lender_model.sheets.checks import ALERTS

Faults = dict[tuple[str, str], str]
"""Templates that are wrong, by key and part of the line."""
YEARS = {
    "ounces": "ops.equivalent", "net_returns": "ops.net_returns", "cost": "ops.cost", "capex": "ops.capex",
    "cfads": "ops.cfads", "debt_service": "loan.debt_service", "company": "fund.company",
}  # fmt: skip
OFF = (
    "fund.gap", "construction.uses", "loan.advance", "loan.closing", "proceeds.limb_3", "proceeds.closing",
    "loan.accrued_close", "npmc.payable", "ops.placed", "ops.pad_close", "bal.gap", "flow.gap", "wf.trade_close",
    "wf.lender_close", "note.closing", "note.accrued_close", "parent.closing", "parent.note_close",
    "parent.advances_close", "ops.loss_close", "bal.project", "gold.closing", "wf.trade_open", "wf.lender_open",
    "note.opening", "note.accrued_open", "parent.opening", "parent.note_open", "parent.advances_open", "ops.loss_open",
    "bal.project_open", "gold.opening", "loan.outstanding", "wf.paid_locked", "cov.agrees",
    *(f"dash.year_{key}" for key in YEARS),
)  # fmt: skip
"""Lines of which one check or another counts on each."""
CORKSCREWS: dict[str, tuple[tuple[str, str, str, str], ...]] = {
    "arrears": (
        ("wf.trade_open", "wf.costs_due wf.capex_due wf.royalty_due wf.tax_due",
         "wf.trade_paid wf.costs_paid wf.capex_paid wf.royalty_paid wf.tax_paid", "wf.trade_close"),
        ("wf.lender_open", "wf.lender_interest wf.fees_due wf.hedge_due wf.interest_due wf.principal_due",
         "wf.arrears_paid wf.fees_paid wf.hedge_paid wf.interest_paid wf.principal_paid wf.guaranty_call wf.settled",
         "wf.lender_close"),
    ),
    "note": (
        ("note.opening", "", "note.repayment", "note.closing"),
        ("note.accrued_open", "note.interest", "note.interest_due", "note.accrued_close"),
        ("parent.opening", "", "parent.repaid", "parent.closing"),
        ("parent.note_open", "", "parent.note_repaid", "parent.note_close"),
        ("parent.advances_open", "", "parent.advances_repaid", "parent.advances_close"),
    ),
    "losses": (("ops.loss_open", "ops.loss_added", "ops.loss_used", "ops.loss_close"),),
    "property": (("bal.project_open", "bal.project_capex", "bal.project_depreciation", "bal.project"),),
    "gold_loan": (("gold.opening", "gold.converted", "gold.repaid", "gold.closing"),),
}  # fmt: skip


def faults(next_to_last: int, last: int, lines: tuple[str, ...] = OFF) -> Faults:
    """Every line above a little off, each by another amount: at its start, and in the last two months by more.

    No balance that bears interest is made negative: that would be an error, and not a balance that does not roll.
    """
    found: Faults = {}
    for number, key in enumerate(OFF, start=1):
        if key not in lines:
            continue
        row = model.BOOK.row(key)
        part = "value" if row.months is None else "months"
        times = (1, next_to_last, last)
        if key.startswith("loan."):
            times = (0, next_to_last, abs(last))
        elif key.endswith(("open", "opening")):
            times = (1, next_to_last % 3, abs(last) // 3)
        months = f"*(([time.no]=1)*{times[0]}+([time.no]=89)*{times[1]}+([time.no]=90)*{times[2]})"
        found[key, part] = f"{getattr(row, part)}+{number * 1.37:.2f}{months if part == 'months' else ''}"
    return found


def untouched() -> Faults:
    """What the faults above leave alone: days, balances below zero, texts for a function's numbers, an error."""

    def months(key: str) -> str:
        return str(model.BOOK.row(key).months)

    return {
        ("time.days", "months"): f"{months('time.days')}+1",
        ("loan.closing", "months"): f"{months('loan.closing')}-7*([time.no]=90)",
        ("gold.converted", "months"): "=0*[gold.converts:row]",  # no ounces for less than nothing
        ("proceeds.closing", "months"): f"=IF([time.no]=90,-11,{months('proceeds.closing')[1:]})",
        ("loan.margin", "months"): f'=""&{months("loan.margin")[1:]}',
        ("cover.position", "value"): "=1/0",
    }


def wrongly_checked(book_with: Callable[[Faults], Book]) -> list[str]:
    """Checks of broken books that do not say what they must."""
    inputs, _ = case.inputs()
    inputs["parent_loans.note_proceeds"] *= 0.9  # else two of the loans are the same
    inputs["market.gold_forward"] = 250.0  # else nothing is unpaid
    found = uncounted(book_with({}))
    every = (faults(1, -3), faults(3, -1), faults(1, -3, OFF[::2]), faults(1, -3, OFF[1::2]), untouched())
    for broken in every:
        figures = calculator.prepared(book_with(broken)).run(inputs)
        expected = expectations(figures)
        expected |= (
            {"numbers": 90.0, "errors": 1.0} if ("loan.margin", "months") in broken else {"numbers": 0.0, "errors": 0.0}
        )
        for check, off in expected.items():
            shown, holds = float(figures[f"check.{check}"]), figures[f"check.{check}@start"]
            if abs(shown - off) > 0.0051 or holds != (abs(shown) < 0.01):
                found.append(f"{check}: {shown} and {holds}, must be {off:.2f}")
        all_hold = all(figures[f"check.{check}@start"] == 1 for check in expected)
        assert not all_hold
        if figures["checks.ok"] != 0 or not figures["checks.light"].startswith("A CHECK FAILS: see sheet Checks"):
            found.append("the light is not red")
    errors = dict.fromkeys(((f"alert.{key}", "value") for key, *_ in ALERTS), "=1/0")
    if calculator.prepared(book_with(errors)).run(inputs)["checks.alerts"] != len(ALERTS):
        found.append("an alert in error is not counted")
    return found


def uncounted(book: Book) -> list[str]:
    """Lines of our functions that the check of numbers does not count, or counts otherwise than the others."""
    rows = [row for sheet in book.sheets for row in sheet.rows if row.key and isinstance(row.months, str)]
    called = {row.key: re.findall(r"[A-Z][A-Z_]+(?=\()", row.months) for row in rows}
    ours = sorted(key for key, names in called.items() if not FUNCTIONS.keys().isdisjoint(names))
    formula = str(book.row("check.numbers").value)
    counted = re.search(r"-COUNT\(([^)]*)\)", formula)
    ways = {
        "COLUMNS": re.findall(r"COLUMNS\(\[([\w.]+):row\]\)", formula),
        "COUNT": re.findall(r"\[([\w.]+):row\]", counted[1] if counted else ""),
        "COUNTIF": re.findall(r'-COUNTIF\(\[([\w.]+):row\],"–"\)', formula),
    }
    found = [f"{way} of the check of numbers" for way, keys in ways.items() if sorted(keys) != ours]
    area = r"SUMPRODUCT\(--ISERROR\([^()]+\)\)"
    whole = rf"=ROUND\({area}(\+{area})*,\{{checks\.digits\}}\)"
    return found + ([] if re.fullmatch(whole, str(book.row("check.errors").value)) else ["the check of errors"])


def expectations(v: Mapping[str, Any]) -> dict[str, float]:
    """How far each hard check must be off, by the figures that it looks at."""

    def row(key: str) -> np.ndarray:
        return np.asarray(v[key], dtype=float).reshape(model.MONTHS, -1)[:, 0]

    def spread(rows: np.ndarray) -> float:
        return max(0.0, float(rows.max())) - min(0.0, float(rows.min()))

    def gap(opening: str, added: str, taken: str, closing: str) -> float:
        flows = sum(row(key) for key in added.split()) - sum(row(key) for key in taken.split())
        first = abs(row(opening)[0] - float(v.get(f"{closing}@start") or 0.0))
        return spread(row(opening) + flows - row(closing)) + first + spread(row(opening)[1:] - row(closing)[:-1])

    amounts = sum(float(amount) for amount in np.ravel(v["loan.instalment_amounts"]) if amount not in {"", None})
    lent, settled = ("advance", "capitalised"), ("prepaid", "credited", "waived")
    principal = sum(row(f"loan.out_{key}").sum() for key in lent) - row("loan.repaid").sum()
    principal -= sum(row(f"loan.out_{key}").sum() for key in settled)
    limbs = sum(row(f"proceeds.limb_{k}") for k in (1, 2, 3, 4))
    term = (row_dates(v, "time.end").max() - np.datetime64(v["facility.effective_date"], "D")).astype(int)
    return {
        "sources": spread(row("fund.gap")),
        "construction": float(v["construction.sources"]) - float(v["construction.uses"]),
        "repaid": principal - row("loan.outstanding")[-1],
        "outstanding": spread(row("loan.outstanding") - row("loan.closing") - row("loan.unpaid")),
        "locked": row("wf.paid_locked").sum(),
        "covenants": row("cov.agrees").sum(),
        "instalments": amounts - row("loan.advance").sum(),
        "loan": min(0.0, row("loan.closing").min()),
        "limbs": spread(limbs - row("proceeds.minimum")),
        "account": min(0.0, row("proceeds.closing").min()),
        "interest": row("loan.interest").sum() - row("loan.interest_due").sum() - row("loan.accrued_close")[-1],
        "royalty": row("npmc.due").sum() - row("npmc.payable").sum() - row("npmc.credit_used").sum(),
        "pad": min(0.0, row("ops.pad_close").min()),
        "ounces": row("ops.placed").sum() - row("ops.recovered").sum() - row("ops.pad_close")[-1],
        "balance": spread(row("bal.gap")),
        "cash_flow": spread(row("flow.gap")),
        **{check: sum(gap(*corkscrew) for corkscrew in group) for check, group in CORKSCREWS.items()},
        "days": row("time.days").sum() - float(term),
        "years": sum(abs(float(v[f"dash.year_{key}"]) - row(line).sum()) for key, line in YEARS.items()),
    }


def row_dates(v: Mapping[str, Any], key: str) -> np.ndarray:
    """A line of dates."""
    return np.asarray(v[key], dtype="datetime64[D]").reshape(model.MONTHS, -1)[:, 0]
