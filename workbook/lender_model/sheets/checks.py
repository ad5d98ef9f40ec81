"""Checks: what must hold, apart from alerts that a reader should know."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lender_model.grid import COUNT, FLAG, TEXT, USD, Row, Sheet, Values, head, scalar

HARD = (
    ("sources", "Sources equal uses, every month", "=SUMPRODUCT(ABS([fund.gap:row]))"),
    ("repaid", "Repaid and outstanding equal advanced",
     "=SUM([loan.advance:row])-SUM([loan.repayment:row])-INDEX([loan.closing:row],1,COLUMNS([loan.closing:row]))"),
    ("instalments", "Instalments sum to what was advanced", "=SUM({loan.instalment_amounts})-SUM([loan.advance:row])"),
    ("loan", "Loan never below zero", "=MIN(0,MIN([loan.closing:row]))"),
    ("limbs", "The four limbs add up to the minimum balance",
     ("=SUMPRODUCT(ABS([proceeds.limb_1:row]+[proceeds.limb_2:row]+[proceeds.limb_3:row]+[proceeds.limb_4:row]"
      "-[proceeds.minimum:row]))")),
    ("account", "Proceeds Account never below zero", "=MIN(0,MIN([proceeds.closing:row]))"),
    ("interest", "Interest accrued is due or still accrued",
     "=SUM([loan.interest:row])-SUM([loan.interest_due:row])-INDEX([loan.accrued_close:row],1,COLUMNS([loan.accrued_close:row]))"),
    ("royalty", "Royalty due is payable or credited", "=SUM([npmc.due:row])-SUM([npmc.payable:row])-SUM([npmc.credit_used:row])"),
    ("pad", "Ounces on the pad never below zero", "=MIN(0,MIN([ops.pad_close:row]))"),
    ("ounces", "Ounces placed are recovered or on the pad",
     "=SUM([ops.placed:row])-SUM([ops.recovered:row])-INDEX([ops.pad_close:row],1,COLUMNS([ops.pad_close:row]))"),
    ("balance", "Balance sheet balances, every month", "=SUMPRODUCT(ABS([bal.gap:row]))"),
    ("days", "Days of interest add up to the whole term",
     "=SUM([time.days:row])-(MAX([time.end:row])-{facility.effective_date})"),
    ("numbers", "Minimum balance is a number in every month", "=COUNT([time.end:row])-COUNT([proceeds.minimum:row])"),
    ("errors", "Cells in error on the sheets of the model", "{errors}"),
)  # fmt: skip

ALERTS = (
    ("stated", "Results that the filing states and the terms do not give",
     ("=IF({npmc.second_shares}={npmc.stated_second},0,1)+IF({npmc.shares}={npmc.stated_shares},0,1)"
      "+IF({loan.establishment}={loan.establishment_stated},0,1)+IF({fund.facility}={fund.facility_stated},0,1)"
      "+IF({note.shares}={note.stated_shares},0,1)")),
    ("short", "Proceeds Account below its minimum at the as-of date", "=SUMPRODUCT([time.as_of:row],[proceeds.short:row])"),
    ("short_ahead", "Months below the minimum after it", "=SUMPRODUCT(1-[time.actual:row],[proceeds.short:row])"),
    ("covenant", "Covenant broken at the as-of date", "=SUMPRODUCT([time.as_of:row],[cov.breach:row])"),
    ("covenant_ahead", "Test dates broken after it", "=SUMPRODUCT(1-[time.actual:row],[cov.breach:row])"),
    ("default", "Months with arrears to the Lender", "=SUM([wf.default:row])"),
    ("contribution", "Equity contribution missed", '=IF({comp.contribution}="missed",1,0)'),
    ("mechanical", "Mechanical Completion expected late", "={comp.mechanical_late}"),
    ("completion", "Completion expected late", "={comp.completion_late}"),
    ("production", "Commercial production expected late", "={comp.production_late}"),
    ("advance", "Advances planned above the Lender's obligation", "=SUM([fund.above_limit:row])"),
    ("debt_left", "Loan outstanding at the end", "=IF(INDEX([loan.closing:row],1,COLUMNS([loan.closing:row]))>{checks.cent},1,0)"),
    ("company_cash", "Months with the Company's cash below zero", "=SUMPRODUCT(--([bal.cash:row]<-{checks.cent}))"),
    ("bank", "Months in which the bank's statement differs from the model", "=SUMPRODUCT(--(ABS([proceeds.difference:row])>{checks.bank}))"),
)  # fmt: skip


def build(sheets: Sequence[Sheet], columns: str) -> Sheet:
    """The sheet of checks over the sheets given; ``columns`` is the range of columns in which errors are looked for."""
    first, last = columns.split(":")
    errors = "=" + "+".join(
        f"SUMPRODUCT(--ISERROR({sheet.name}!${first}$6:${last}${5 + len(sheet.rows)}))"
        for sheet in sheets
        if sheet.rows
    )
    hard = [
        scalar(f"check.{key}", label, "US$ exact", f"=ROUND({formula.replace('{errors}', errors)[1:]},{{checks.digits}})",
               start=f"=IF(ABS({{check.{key}}})<{{checks.cent}},1,0)")
        for key, label, formula in HARD
    ]  # fmt: skip
    alerts: list[Row] = [scalar(f"alert.{key}", label, COUNT, formula) for key, label, formula in ALERTS]
    return Sheet(
        "Checks",
        "Hard checks must hold; alerts are what a reader should know.",
        [
            head("Result"),
            scalar("checks.ok", "All hard checks hold", FLAG,
                   f"=IFERROR(IF(MIN([check.{HARD[0][0]}:start]:[check.{HARD[-1][0]}:start])=1,1,0),0)", bold=True),
            scalar("checks.alerts", "Alerts", COUNT, "=" + "+".join(f"IFERROR(IF({{alert.{key}}}<>0,1,0),1)" for key, *_ in ALERTS)),
            scalar("checks.light", "Light", TEXT,
                   '=IF({checks.ok}=1,"All checks hold","A CHECK FAILS: see sheet Checks")'
                   '&IF({checks.alerts}=0,"",", "&{checks.alerts}&IF({checks.alerts}=1," alert"," alerts"))'),
            scalar("checks.cent", "Tolerance of the tests", "US$ exact"),
            scalar("checks.digits", "Digits to which differences are rounded", COUNT),
            scalar("checks.bank", "Tolerance against the bank's statement", USD),
            head("Hard checks", "difference, and whether it holds"),
            *hard,
            head("Alerts", "0 is good"),
            *alerts,
        ],
        calculate,
        monthly=False,
        start_title="Holds",
    )  # fmt: skip


def calculate(v: Values) -> Values:
    """Every check and alert from the twin's own figures."""

    def last(key: str) -> float:
        return float(v[key][-1, 0])

    def total(key: str) -> float:
        return float(np.sum(v[key][:, 0]))

    def gap(rows: np.ndarray) -> float:
        return float(np.abs(rows[:, 0]).sum())

    limbs = sum(v[f"proceeds.limb_{k}"] for k in (1, 2, 3, 4))
    hard = {
        "sources": gap(v["fund.gap"]),
        "repaid": total("loan.advance") - total("loan.repayment") - last("loan.closing"),
        "instalments": sum(x for x in v["loan.instalment_amounts"] if not isinstance(x, str)) - total("loan.advance"),
        "loan": min(0.0, float(v["loan.closing"].min())),
        "limbs": gap(limbs - v["proceeds.minimum"]),
        "account": min(0.0, float(v["proceeds.closing"].min())),
        "interest": total("loan.interest") - total("loan.interest_due") - last("loan.accrued_close"),
        "royalty": total("npmc.due") - total("npmc.payable") - total("npmc.credit_used"),
        "pad": min(0.0, float(v["ops.pad_close"].min())),
        "ounces": total("ops.placed") - total("ops.recovered") - last("ops.pad_close"),
        "balance": gap(v["bal.gap"]),
        "days": total("time.days") - (v["time.end"].max() - v["facility.effective_date"]) / np.timedelta64(1, "D"),
        "numbers": float(np.sum(~np.isfinite(v["proceeds.minimum"]))),
        "errors": float(sum(int(np.isnan(x).any()) for key, x in v.items() if _is_result(key, x))),
    }
    hard = {key: round(value, int(v["checks.digits"])) + 0.0 for key, value in hard.items()}
    ahead, at = 1 - v["time.actual"], v["time.as_of"]
    stated = (
        ("npmc.second_shares", "npmc.stated_second"), ("npmc.shares", "npmc.stated_shares"),
        ("loan.establishment", "loan.establishment_stated"), ("fund.facility", "fund.facility_stated"),
        ("note.shares", "note.stated_shares"),
    )  # fmt: skip
    alerts = {
        "stated": float(sum(v[result] != v[as_stated] for result, as_stated in stated)),
        "short": float((at * v["proceeds.short"]).sum()),
        "short_ahead": float((ahead * v["proceeds.short"]).sum()),
        "covenant": float((at * v["cov.breach"]).sum()),
        "covenant_ahead": float((ahead * v["cov.breach"]).sum()),
        "default": total("wf.default"),
        "contribution": float(v["comp.contribution"] == "missed"),
        "mechanical": v["comp.mechanical_late"],
        "completion": v["comp.completion_late"],
        "production": v["comp.production_late"],
        "advance": total("fund.above_limit"),
        "debt_left": float(last("loan.closing") > v["checks.cent"]),
        "company_cash": float((v["bal.cash"] < -v["checks.cent"]).sum()),
        "bank": float((np.abs(v["proceeds.difference"]) > v["checks.bank"]).sum()),
    }
    ok = {f"check.{key}@start": float(abs(value) < v["checks.cent"]) for key, value in hard.items()}
    count = sum(value != 0 for value in alerts.values())
    words = "All checks hold" if min(ok.values()) == 1 else "A CHECK FAILS: see sheet Checks"
    words += "" if count == 0 else f", {count} alert" + ("" if count == 1 else "s")
    return {
        "checks.ok": min(ok.values()),
        "checks.alerts": float(count),
        "checks.light": words,
        **{f"check.{key}": value for key, value in hard.items()},
        **ok,
        **{f"alert.{key}": value for key, value in alerts.items()},
    }


def _is_result(key: str, value: object) -> bool:
    """Whether a figure is one that the model calculates, which must be a number."""
    inputs = key.endswith("_actual") or key.startswith(("actual.", "daily.", "risk.", "compare."))
    return isinstance(value, np.ndarray) and value.dtype.kind == "f" and not inputs
