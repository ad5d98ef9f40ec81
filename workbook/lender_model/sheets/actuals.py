"""Actuals: what happened, month by month; used up to the as-of date in place of the plan, and what was not reported."""

from __future__ import annotations

from dataclasses import dataclass

from lender_model.grid import COUNT, DATE, FLAG, OZ, PRICE, TEXT, TONS, USD, Row, Sheet, balance, head, monthly, scalar


@dataclass(frozen=True)
class Group:
    """Lines that are reported together.

    Attributes:
        key: of the group.
        label: what it is.
        lead: the line without which the group is not reported.
    """

    key: str
    label: str
    lead: str


GROUPS = (
    Group("production", "Production", "actual.ounces"),
    Group("costs", "Operating cost", "actual.cost"),
    Group("capital", "Capital expenditure", "actual.capex"),
    Group("funding", "Funding by the Company", "actual.contribution"),
    Group("account", "Statement of the bank", "actual.account"),
    Group("company", "The Company's current liabilities", "actual.payables"),
)

REPORTED, ESTIMATED, INCOMPLETE, MISSING = "reported", "estimated", "incomplete", "missing"
"""States of a month's figures up to the as-of date; a group of lines is never incomplete, a month may be."""

ACHIEVED = (
    ("mechanical", "Mechanical Completion"),
    ("completion", "Completion"),
    ("amounts", "Test of amounts and grades of production"),
    ("costs_test", "Test of costs"),
    ("reserves", "Test of reserves"),
)
"""What can be reported as achieved: key and label."""


def _named(run: str) -> str:
    """Formula: the months of runs so far, as ", Oct 1996 to Dec 1996, Mar 1997"; a run ends in the month after it."""
    names = run.replace("_run", "_names")
    return f'=[{names}:-1]&IF([{run}]=1,", "&[time.name],IF(AND([{run}]=0,[{run}:-1]>1)," to "&[time.name:-1],""))'


def _runs(key: str, label: str, when: str) -> list[Row]:
    """Lines that name the months in which something holds."""
    return [
        balance(f"{key}_run", f"{label}: months in a row", COUNT, f"=IF({when},[{key}_run:-1]+1,0)", start=0.0),
        balance(f"{key}_names", f"{label}: so far", TEXT, _named(f"{key}_run"), "a run of months ends in the month after it",
                start='=""'),
    ]  # fmt: skip


def _listed(key: str) -> str:
    """Formula: the months named, or nothing."""
    names, run, last = (
        f"INDEX([{line}:row],1,COLUMNS([{line}:row]))" for line in (f"{key}_names", f"{key}_run", "time.name")
    )
    return f'=SUBSTITUTE({names}&IF({run}>1," to "&{last},""),", ","",1)'


def _state(group: Group) -> Row:
    return balance(
        f"state.{group.key}", group.label, TEXT,
        f'=IF([time.actual]=0,"",IF(ISNUMBER([{group.lead}]),IF([actual.{group.key}_estimated]=1,"{ESTIMATED}","{REPORTED}"),'
        f'"{MISSING}"))',
        "missing: the plan stands in for it",
    )  # fmt: skip


def known(group: str) -> str:
    """Part of a formula: whether a group's figures of the month are reported or estimated."""
    return f'OR([state.{group}]="{REPORTED}",[state.{group}]="{ESTIMATED}")'


_MISSING = ",".join(f'[state.{group.key}]="{MISSING}"' for group in GROUPS)
_ESTIMATED = ",".join(f'[state.{group.key}]="{ESTIMATED}"' for group in GROUPS)

SHEET = Sheet(
    "Actuals",
    "What happened. A figure here takes the place of the plan's up to the as-of date; a blank is not reported.",
    [
        head("Operations", "blank: not reported; the plan stands in for it and is named"),
        monthly("actual.ore", "Ore stacked", TONS),
        monthly("actual.ounces", "Gold equivalent recovered", OZ),
        monthly("actual.cost", "Operating cost", USD),
        head("Capital and funding", "blank: not reported; the plan stands in for it and is named"),
        monthly("actual.capex", "Capital expenditure", USD),
        monthly("actual.advance", "Advances by the Lender", USD),
        monthly("actual.contribution", "Equity contribution of the Company", USD),
        monthly("actual.equity", "Further funding by the Company", USD),
        balance("actual.conditions", "Conditions of an advance met", FLAG, note="blank: met"),
        head("Hedges", "blank: delivered as contracted, nothing bought back, the contracts' price"),
        monthly("actual.hedge_oz", "Gold delivered into hedges", OZ),
        monthly("actual.hedge_bought", "Hedges bought back", OZ),
        balance("actual.hedge_price", "Average price of what is left", PRICE),
        head("Balances", "blank: not reported; the model's own account, the plan's payables stand in"),
        balance("actual.account", "Proceeds Account, statement of the bank", USD),
        balance("actual.payables", "Payables and other current liabilities of the Company, consolidated", USD),
        head("Achieved", "dates as reported; blank: not reported, so that it is neither met nor passed"),
        *(scalar(f"actual.{key}", label, DATE) for key, label in ACHIEVED),
        head("Estimates", "1: the month's figure is an estimate, not a report"),
        *(balance(f"actual.{group.key}_estimated", group.label, FLAG) for group in GROUPS),
        head("State of the figures", "up to the as-of date: reported, estimated or missing"),
        *(_state(group) for group in GROUPS),
        balance("state.month", "The month", TEXT,
                f'=IF([time.actual]=0,"",IF(AND({_MISSING}),"{MISSING}",IF(OR({_MISSING}),"{INCOMPLETE}",'
                f'IF(OR({_ESTIMATED}),"{ESTIMATED}","{REPORTED}"))))',
                "missing: all of them are; incomplete: some are", bold=True),
        balance("state.account_known", "Statement of the bank known", FLAG, f"=IF({known('account')},1,0)"),
        balance("state.consolidated_known", "Statement of the bank and the Company's liabilities known", FLAG,
                f"=IF(AND({known('account')},{known('company')}),1,0)", "what a covenant test needs"),
        *_runs("state.missing", "Nothing reported", f'[state.month]="{MISSING}"'),
        *_runs("state.incomplete", "Reported in part", f'[state.month]="{INCOMPLETE}"'),
        *_runs("state.estimate", "Estimated", f"OR({_ESTIMATED})"),
        *(row for group in GROUPS for row in _runs(f"state.{group.key}", group.label, f'[state.{group.key}]="{MISSING}"')),
        head("What the position rests on"),
        scalar("state.reported_to", "Reported to", DATE,
               f'=IF(SUM([time.actual:row])=COUNTIF([state.month:row],"{MISSING}"),"–",'
               f'SUMPRODUCT(MAX(([state.month:row]<>"{MISSING}")*[time.actual:row]*[time.end:row])))',
               "the last month of which anything was reported"),
        scalar("state.reported_name", "in words", TEXT,
               '=IF(ISNUMBER({state.reported_to}),INDEX([time.name:row],1,MATCH({state.reported_to},[time.end:row],0)),"–")'),
        scalar("state.missing_months", "Months on plan, not on actuals, at least in part", COUNT,
               f'=COUNTIF([state.month:row],"{MISSING}")+COUNTIF([state.month:row],"{INCOMPLETE}")', bold=True),
        scalar("state.missing_list", "of which nothing was reported", TEXT, _listed("state.missing")),
        scalar("state.incomplete_list", "of which some figures are missing", TEXT, _listed("state.incomplete")),
        scalar("state.estimate_list", "Months with estimates", TEXT, _listed("state.estimate")),
        *(scalar(f"state.{group.key}_list", f"Missing: {group.label[0].lower()}{group.label[1:]}" if group.label[:3] != "The"
                 else f"Missing: {group.label.removeprefix('The ')}", TEXT, _listed(f"state.{group.key}")) for group in GROUPS),
        scalar("state.gaps", "Missing, in words", TEXT,
               '={state.missing_list}&IF({state.incomplete_list}="","",IF({state.missing_list}="","","; ")&"in part: "&{state.incomplete_list})'),
        scalar("state.basis", "The position", TEXT,
               '=IF({state.missing_months}=0,IF({state.estimate_list}="","on actuals","on actuals, estimates in "&{state.estimate_list}),'
               '"on plan, not on actuals: "&{state.gaps})', bold=True),
        head("Always calculated, in actual months too", "there is no row to enter them"),
        scalar("", "Revenue, royalty and tax", USD, None, "from ounces, the prices of sheet Market, and Terms"),
        scalar("", "Interest, fees and instalments", USD, None, "due as the agreement says; what was paid is for sheet Ledger"),
    ],
)  # fmt: skip
