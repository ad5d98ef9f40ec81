"""Cover, Dashboard, Certificate, Amendments, Checks, Log: what a reader decides on, and what verifies the model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drawstop.deal import text_like
from lender_model.clauses.amendment import describe as describe_amendment
from lender_model.clauses.covenant import describe_waiver
from lender_model.compose.draft import CONTROL, OUTPUTS
from lender_model.grid import (
    COUNT,
    DATE,
    FIRST_MONTH,
    INPUT,
    LABEL,
    NOTE,
    RATIO,
    START,
    TEXT,
    UNIT,
    USD,
    VALUE,
    Row,
    head,
    scalar,
)
from lender_model.sheets import log

if TYPE_CHECKING:
    from lender_model.compose.draft import Draft

AT = "IF(SUM([time.as_of:row])=0,[{key}:start],SUMPRODUCT([time.as_of:row],[{key}:row]))"
"""A balance at the as-of month-end; before the first month, the opening one."""


def write_cover(draft: Draft) -> None:
    """The deal, its parties, the date and scenario, and whether all checks hold."""
    deal, case = draft.deal, draft.case
    parties = [
        scalar(f"cover.party.{k}", party.role, TEXT, f'="{_quoted(party.name)}"')
        for k, party in enumerate(deal.party, start=1)
        if (party.role.casefold(), party.name.casefold()) != ("borrower", deal.borrower.casefold())  # has its own line
    ]
    draft.add(
        "Cover",
        head("Answer"),
        scalar("cover.answer", "Where the loan stands", TEXT, _answer(draft), bold=True),
        head("Deal", deal.source),
        scalar("cover.name", "Deal", TEXT, f'="{_quoted(deal.name)}"'),
        scalar("cover.borrower", "Borrower", TEXT, f'="{_quoted(deal.borrower)}"'),
        *([scalar("cover.project", "Project", TEXT, f'="{_quoted(deal.project)}"')] if deal.project else []),
        *parties,
        scalar("cover.currency", "Currency", TEXT, f'="{_quoted(deal.currency)}"'),
        head("Date and scenario", "yellow cells are inputs"),
        scalar("cover.as_of", "As-of date", DATE, INPUT),
        scalar(
            "cover.scenario",
            "Scenario in use",
            TEXT,
            INPUT,
            "one or several: A + B",
            choices=tuple(each.name for each in case.scenarios),
            several=True,
        ),
        scalar("cover.refreshed", "Refreshed", TEXT, INPUT, "written by a refresh"),
        head("How to read the colours"),
        Row("legend.input", "Input: type over it", "", note="plan, market and terms"),
        Row("legend.calc", "Calculated"),
        Row("legend.total", "Total or result"),
    )


def _quoted(text: str) -> str:
    return text.replace('"', '""')


def _answer(draft: Draft) -> str:
    owed = 'TEXT({dash.debt}/{time.million},"#,##0.0")'
    first = f'"US$ "&{owed}&" million owed at "&TEXT({{dash.position}},"dd-mmm-yyyy")'
    broken = 'IF({dash.breaches}=1,"; 1 covenant test fails","; "&{dash.breaches}&" covenant tests fail")'
    missing = (
        '&IF({alert.unfunded}>0,"; construction not funded","")'
        if "unfunded" in {key for key, *_ in draft.alerts}
        else ""
    )
    ahead = (
        'IF(SUMPRODUCT([arrears.default:row],1-[time.actual:row])>0,"; arrears ahead","; arrears before, paid since")'
    )
    paid = f'IF({{dash.arrears}}>{{checks.cent}},"; IN ARREARS",IF({{alert.arrears}}=0,"; paid on time",{ahead}))'
    return f'={first}&IF({{dash.breaches}}=0,"; no covenant breach to the end",{broken}){missing}&{paid}&"."'


def write_dashboard(draft: Draft) -> None:
    """A sentence, key figures with lights, then charts."""
    deal = draft.deal
    widths = {
        LABEL: 36,
        UNIT: 8,
        NOTE: 30,
        VALUE: 14,
        START: 12,
        **dict.fromkeys(range(FIRST_MONTH, FIRST_MONTH + 16), 9),
    }
    draft.page(
        "Dashboard",
        "Where the debt stands at the as-of month-end, and where the plan leads.",
        OUTPUTS,
        monthly=False,
        start_title="Light",
        widths=widths,
    )
    breaches = "+".join(f"{{alert.covenant.{covenant.key}}}" for covenant in deal.covenant) or "0"
    rows = [
        scalar("dash.answer", "In a sentence", TEXT, "={cover.answer}", bold=True),
        head("Position"),
        scalar("dash.position", "At", DATE, "=IF(ISNUMBER({time.position}),{time.position},{cover.as_of})"),
        scalar("dash.debt", "Debt outstanding", USD, f"={AT.format(key='debt.closing')}", bold=True),
        *(
            scalar(f"dash.{k}", f"of which {tranche.title}", USD, f"={AT.format(key=f'{k}.closing')}")
            for k, tranche in zip(draft.debts, deal.tranche, strict=True)
        ),
        scalar(
            "dash.arrears",
            "Arrears to the lenders",
            USD,
            "=SUMPRODUCT([time.as_of:row],[arrears.all:row])",
            start="=IF({dash.arrears}>{checks.cent},0,1)",
            start_unit="light",
        ),
        scalar("dash.cash", "Cash in all accounts", USD, f"={AT.format(key='cash.total')}"),
        scalar("dash.next", "Next payment", DATE, "={cal.next}"),
        scalar("dash.maturity", "Last final maturity", DATE, "={debt.maturity}"),
        head("Cover", "lowest from the first instalment on, after the as-of date; red below one"),
        *_lowest("dscr_12", "DSCR, twelve months"),
        *_lowest("llcr", "LLCR"),
        head("Tests"),
        scalar(
            "dash.breaches",
            "Covenant tests broken",
            COUNT,
            f"={breaches}",
            start="=IF({dash.breaches}=0,1,0)",
            start_unit="light",
        ),
        *(
            scalar(
                f"dash.covenant.{c.key}",
                c.name,
                DATE,
                f"={{covenant.{c.key}.first_breach}}",
                "first breach",
                start=f"=IF({{alert.covenant.{c.key}}}=0,1,0)",
                start_unit="light",
            )
            for c in deal.covenant
        ),
        *(
            scalar(f"dash.milestone.{m.key}", m.name, DATE, f"={{milestone.{m.key}}}", "reached or expected")
            for m in deal.milestone
        ),
        scalar(
            "dash.unpaid",
            "Months with arrears",
            COUNT,
            "={alert.arrears}",
            start="=IF({alert.arrears}=0,1,0)",
            start_unit="light",
        ),
        scalar("dash.checks", "Model checks hold", "light", "={checks.ok}"),
        head("Over the life"),
        scalar("dash.interest", "Interest due in all", USD, "=SUM([debt.interest:row])"),
        scalar("dash.distributions", "Distributions", USD, "=SUM([wf.distribution:row])"),
        *([scalar("dash.hedges", "Hedge book at market", "US$ ±", "={hedge.value}")] if deal.hedge else []),
        *(
            [scalar("dash.dilution", "Dilution by lenders' shares", "fraction", "={shares.dilution}")]
            if deal.warrant or deal.convertible
            else []
        ),
    ]
    draft.add("Dashboard", *rows)


def _lowest(metric: str, label: str) -> list[Row]:
    line = f"metric.{metric}"
    lowest = f'=IF(COUNT([{line}.ahead:row])=0,"–",MIN([{line}.ahead:row]))'
    return [
        scalar(
            f"dash.{metric}",
            label,
            RATIO,
            lowest,
            start=f"=IF(ISNUMBER({{dash.{metric}}}),IF({{dash.{metric}}}>=1,1,0),1)",
            start_unit="light",
        )
    ]


def write_certificate(draft: Draft) -> None:
    """The compliance certificate: calculated tests, undertakings to tick."""
    draft.page(
        "Certificate",
        "Compliance certificate for the as-of date.",
        OUTPUTS,
        monthly=False,
        one_page=True,
        start_title="Date",
        widths={LABEL: 58, VALUE: 22, NOTE: 30},
    )
    rows = [head("Certified as of"), scalar("cert.as_of", "As-of date", DATE, "={cover.as_of}"), scalar("cert.scenario", "Scenario", TEXT, "={cover.scenario}", high=2),
            head("Calculated"), scalar("cert.payments", "Interest, principal and fees paid when due", TEXT, '=IF({dash.arrears}<={checks.cent},"complied with","NOT COMPLIED WITH")')]  # fmt: skip
    if draft.debts:
        rows.append(scalar("cert.ledger", "Payments up to the as-of date", TEXT, _rests(draft)))
    rows += [scalar(f"cert.test.{k}", label, TEXT, formula) for k, (label, formula) in enumerate(draft.tests, start=1)]
    groups = {"guaranty": "Guaranties", "security": "Security", "undertaking": "Undertakings", "report": "Reports"}
    papers = draft.deal.paper
    for kind, title in groups.items():
        part = [paper for paper in papers if paper.kind == kind]
        if part:
            rows.append(head(title, "to be ticked and dated"))
        for paper in part:
            key = f"cert.{paper.key}"
            who = f"{paper.title} ({paper.who})" if paper.who else paper.title
            rows.append(
                scalar(
                    key,
                    who,
                    TEXT,
                    INPUT,
                    paper.source,
                    start=INPUT,
                    start_unit=DATE,
                    choices=("complied with", "NOT COMPLIED WITH", "not applicable"),
                )
            )
            draft.inputs |= {key: "", f"{key}@start": None}
    conditions = [(t, text) for t in draft.deal.tranche for text in t.conditions]
    if conditions:
        rows.append(head("Conditions of drawing", "to be ticked and dated"))
    for k, (tranche, text) in enumerate(conditions, start=1):
        rows.append(
            scalar(
                f"cert.condition.{k}",
                f"{tranche.title}: {text}",
                TEXT,
                INPUT,
                tranche.source,
                start=INPUT,
                start_unit=DATE,
                choices=("met", "not met"),
            )
        )
        draft.inputs |= {f"cert.condition.{k}": "", f"cert.condition.{k}@start": None}
    draft.add("Certificate", *rows)


def _rests(draft: Draft) -> str:
    """Formula: whether what is certified as paid rests on the ledger or on the model's cash."""
    entries = "+".join(f"{{ledger.{tranche.key}.entries}}" for tranche in draft.deal.tranche)
    some = '"by the ledger, but for "&{alert.ledger.unreported}&" dates"'
    return (
        f'=IF({entries}=0,"not reported; as the cash allows",IF({{alert.ledger.unreported}}=0,"by the ledger",{some}))'
    )


def write_amendments(draft: Draft) -> None:
    """Amendments and waivers with their dates; the version selected by the as-of date."""
    deal = draft.deal
    if not (deal.amendment or deal.waiver):
        return
    draft.page(
        "Amendments",
        "Amendments and waivers; before its date none has an effect.",
        OUTPUTS,
        monthly=False,
        start_title="Date",
    )
    rows = []
    if deal.amendment:
        rows.append(head("Amendments", "each changed figure stands in every version on sheet Terms"))
        for k, amendment in enumerate(deal.amendment, start=1):
            date = draft.amendment_date(k)
            rows.append(
                scalar(
                    f"amendment.{k}",
                    describe_amendment(amendment)[0][:250],
                    TEXT,
                    f'=IF({{cover.as_of}}>={date},"in force","not yet")',
                    amendment.source,
                    start=f"={date}",
                    start_unit=DATE,
                )
            )
        dates = ",".join(f"IF({{cover.as_of}}>={{amendment.{k}.date}},1,0)" for k in range(1, len(deal.amendment) + 1))
        rows.append(
            scalar(
                "amendment.version",
                "Version of the agreement in force",
                COUNT,
                f"=1+SUM({dates})",
                "1: as signed",
                bold=True,
            )
        )
    if deal.waiver:
        rows.append(head("Waivers"))
        rows += [
            scalar(
                f"waiver.{k}",
                describe_waiver(waiver)[0][:250],
                TEXT,
                f'=IF({{cover.as_of}}>={{covenant.{waiver.covenant}.waiver.{_of_its_covenant(draft, k)}.granted}},"in force","not yet")',
                waiver.source,
            )
            for k, waiver in enumerate(deal.waiver, start=1)
        ]
    draft.add("Amendments", *rows)


def _of_its_covenant(draft: Draft, number: int) -> int:
    waiver = draft.deal.waiver[number - 1]
    return sum(each.covenant == waiver.covenant for each in draft.deal.waiver[:number])


def write_cash(draft: Draft) -> None:
    """The waterfall of any month as a table, from receipts to what is left."""
    from lender_model.clauses.waterfall import ranked  # noqa: PLC0415 - the imports would be circular

    draft.page(
        "Cash",
        "The waterfall of one month: choose the month.",
        OUTPUTS,
        monthly=False,
        across_titles=("Paid", "Unpaid"),
        widths={VALUE: 14},
    )
    draft.inputs["cash.month"] = draft.case.ends[min(len(draft.case.ends) - 1, 11)]
    received = [*draft.inflows, *draft.drawings]
    pick = "INDEX([{key}:row],1,{{cash.no}})"
    rows = [
        scalar("cash.month", "Month, by any of its days", DATE, INPUT),
        scalar("cash.no", "Its number", COUNT, "=MATCH(EOMONTH({cash.month},0),[time.end:row],0)"),
        head("Cash in"),
        scalar("cash.opening", "Main account, opening", USD, "=" + pick.format(key="wf.opening")),
        *(
            scalar(f"cash.in.{k}", label, USD, "=" + pick.format(key=f"wf.in.{k}"))
            for k, (label, _) in enumerate(received, start=1)
        ),
        scalar("cash.in", "Cash to be paid out", USD, "=" + pick.format(key="wf.cash"), bold=True),
        head("Cash out", "due, paid, unpaid"),
    ]
    names = []
    for group in ranked(draft):
        for claim in group:
            key = f"cash.out.{claim.key}"
            paid, due = pick.format(key=f"wf.{claim.key}_paid"), pick.format(key=f"wf.{claim.key}_due")
            rows.append(Row(key, claim.label, USD, value=f"={due}", start=f"={paid}", start_unit=USD))
            names.append(key)
    rows += [
        scalar("cash.distribution", "Distributions", USD, "=" + pick.format(key="wf.distribution")),
        scalar("cash.left", "Main account, closing", USD, "=" + pick.format(key="cash.closing"), bold=True),
    ]
    draft.pages["Cash"].options |= {"start_title": "Paid", "across_titles": ()}
    draft.add("Cash", *rows)


def write_checks(draft: Draft, names: list[str]) -> None:
    """Hard checks and alerts, and one overall light."""
    draft.page(
        "Checks",
        "Hard checks must hold; alerts are what a reader should know.",
        CONTROL,
        monthly=False,
        start_title="Holds",
        one_page=True,
    )
    for key, value, label, unit in (
        ("checks.cent", 0.01, "Tolerance of the tests", "US$ exact"),
        ("checks.bank", 1.0, "Tolerance against the banks' statements", "US$ exact"),
        ("checks.digits", 2, "Digits to which differences are rounded", COUNT),
        ("checks.ratio", 1e-9, "Tolerance of a covenant, in parts of its limit", "fraction"),
    ):
        draft.term(key, label, unit, value, "of this workbook", "checks")
    errors = "+".join(f"SUMPRODUCT(--ISERROR({area}))" for area in names)
    draft.check("errors", "Cells in error", f"={errors}")
    hard = [
        scalar(
            f"check.{key}",
            label,
            "US$ exact",
            f"=ROUND({formula[1:]},{{checks.digits}})",
            start=f"=IF(ABS({{check.{key}}})<{{checks.cent}},1,0)",
            start_unit="1 or 0",
        )
        for key, label, formula in draft.checks
    ]
    first, last = draft.checks[0][0], draft.checks[-1][0]
    draft.add(
        "Checks",
        head("Result"),
        scalar(
            "checks.ok",
            "All hard checks hold",
            "1 or 0",
            f"=IFERROR(IF(MIN([check.{first}:start]:[check.{last}:start])=1,1,0),0)",
            bold=True,
        ),
        scalar(
            "checks.alerts",
            "Alerts",
            COUNT,
            "=" + "+".join(f"IFERROR(IF({{alert.{key}}}<>0,1,0),1)" for key, *_ in draft.alerts),
        ),
        scalar(
            "checks.light",
            "Light",
            TEXT,
            '=IF({checks.ok}=1,"All checks hold","A CHECK FAILS: see sheet Checks")&IF({checks.alerts}=0,"",", "&{checks.alerts}&IF({checks.alerts}=1," alert"," alerts"))',
        ),
        head("Hard checks", "difference, and whether it holds"),
        *hard,
        head("Alerts", "0 is good"),
        *(scalar(f"alert.{key}", label, COUNT, formula) for key, label, formula in draft.alerts),
    )


LOGGED = 60
"""Lines of the Log for what refreshes have moved; the oldest make room."""
_LOG_WIDTHS = (46, 11, 50, 18, 18)


def write_log(draft: Draft) -> None:
    """What a refresh or a run writes."""
    widths = dict(zip(range(FIRST_MONTH, FIRST_MONTH + len(log.COLUMNS) - 1), _LOG_WIDTHS, strict=True))
    draft.page(
        "Log", "What the workbook was built from, and what each refresh has moved.", CONTROL, monthly=False,
        across_titles=log.COLUMNS[1:], widths=widths,
    )  # fmt: skip
    draft.add(
        "Log",
        head("Built from"),
        scalar("log.deal", "Agreement", TEXT, f'="{_quoted(text_like(draft.deal.name))}"'),
        scalar("log.months", "Months", COUNT, "=MAX([time.no:row])"),
        head("What each refresh has moved, the newest first", "key figures, then inputs"),
        *(Row(key, "", results=len(log.COLUMNS) - 1) for key in log.KEYS[:LOGGED]),
        Row(log.STATE, "", results=len(log.COLUMNS) - 1),
    )
    draft.inputs |= {f"{key}@across": [None] * (len(log.COLUMNS) - 1) for key in (*log.KEYS[:LOGGED], log.STATE)}
