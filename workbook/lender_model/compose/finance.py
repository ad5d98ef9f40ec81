"""Funding, Debt, Balance: the totals of all clauses."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from lender_model.clauses import currency
from lender_model.clauses.ahead import service_ahead
from lender_model.clauses.equity import FUNDING
from lender_model.compose.draft import LEFT, OUTPUTS, OWED, Chart, Claim
from lender_model.compose.sources import write as write_sources
from lender_model.grid import DATE, USD, Row, balance, head, monthly, scalar

if TYPE_CHECKING:
    from lender_model.clauses.tranche import Tranche
    from lender_model.compose.draft import Draft


def write_funding(draft: Draft) -> None:
    """What construction needs each month, and who funds it, by rank and proportion.

    Interest and fees due depend on the month's opening balances, and advances come at its end, so that funding them needs
    no circular reference.
    """
    sources = sorted(_sources(draft), key=lambda source: source[0])
    if not sources:
        return
    draft.page(FUNDING, "What construction costs and who pays for it.")
    dues = [
        (claim.label, claim.payable if claim.called else claim.due) for claim in draft.claims.values() if claim.funded
    ]
    open_ = "*[time.construction]" if draft.deal.funding_until is not None else ""
    received = "".join(f"-({template})" for _, template in draft.inflows)
    rows = [head("Uses", "what falls due in the month")]
    rows += [monthly(f"fund.use.{k}", label, USD, f"={due}") for k, (label, due) in enumerate(dues, start=1)]
    rows += [
        monthly(
            "fund.uses", "Uses", USD, "=" + "+".join(f"[fund.use.{k}]" for k in range(1, len(dues) + 1)), bold=True
        ),
        monthly(
            "fund.own",
            "- cash at hand and received",
            USD,
            f"=[cash.closing:-1]{received.replace('-(', '+(')}-[cash.minimum]",
            "above what is kept for operations",
        ),
        monthly("fund.need", "Needed from the sources", USD, f"=MAX(0,[fund.uses]-[fund.own]){open_}", bold=True),
        head("Sources", "in their rank; equal ranks in proportion"),
    ]
    left = "[fund.need]"
    for rank, group in groupby(sources, key=lambda source: source[0]):
        rows += _rank(draft, rank, list(group), left)
        left = f"[fund.left_{rank}]"
    rows.append(monthly("fund.unfunded", "Not funded", USD, f"={left}", bold=True))
    draft.add(FUNDING, *rows)
    draft.alert(
        "unfunded", "Months in which construction is not funded", "=SUMPRODUCT(--([fund.unfunded:row]>{checks.cent}))"
    )
    write_sources(draft, [label for label, _ in dues], [(key, label) for _, key, label, *_ in sources])
    total = "+".join(f"[fund.{key}.provided:row]" for _, key, *_ in sources)
    draft.check(
        "funding",
        "Sources equal uses: what is provided and not funded is what is needed",
        f"=SUMPRODUCT(ABS({total}+[fund.unfunded:row]-[fund.need:row]))",
    )


def _sources(draft: Draft) -> list[tuple[int, str, str, str, str, float]]:
    """Rank, key, label, template of what is available, of the discount, and proportion."""
    out: list[tuple[int, str, str, str, str, float]] = []
    for equity in draft.deal.equity:
        if equity.rank is not None:
            e = f"equity.{equity.key}"
            available = f"[fund.need]{draft.in_force(e)}" if draft.in_force(e) else ""
            if equity.amount is not None:
                amount = draft.term(
                    f"{e}.amount", f"{equity.title}: commitment", USD, equity.amount, equity.note("amount")
                )
                available = f"MAX(0,{amount}-[fund.{equity.key}_equity.so_far:-1]){draft.in_force(e)}"
            out.append((equity.rank, f"{equity.key}_equity", equity.title, available, "", equity.share))
            draft.drawings.append((equity.title, f"[fund.{equity.key}_equity.drawn]"))
            draft.capital.append((equity.title, f"[fund.{equity.key}_equity.drawn]"))
            draft.sources.append((equity.title, f"fund.{equity.key}_equity.drawn"))
    for tranche in draft.deal.tranche:
        if tranche.draw.rank is not None:
            k = f"tranche.{tranche.key}"
            discount = f"{{{k}.discount}}" if tranche.draw.discount else ""
            out.append(
                (tranche.draw.rank, tranche.key, tranche.title, f"[{k}.available]", discount, tranche.draw.share)
            )
    return out


def _rank(draft: Draft, rank: int, group: list[tuple[int, str, str, str, str, float]], left: str) -> list[Row]:
    rows: list[Row] = []
    provided = list[str]()
    whole = "+".join(_share(draft, key, label, share) for _, key, label, _, _, share in group) if len(group) > 1 else ""
    for _, key, label, available, discount, share in group:
        f = f"fund.{key}"
        net = f"(1-{discount})" if discount else ""
        most = f"{available}*{net}" if net else available
        asked = left
        if whole:  # its proportion, and what others of equal rank leave
            part = _share(draft, key, label, share)
            others = "".join(f"-[{line}]" for line in provided)
            is_last = key == group[-1][1]
            asked = f"{left}{others}" if is_last else f"{left}*{part}/({whole})"
        rows.append(
            monthly(
                f"{f}.provided",
                f"{label}: provided",
                USD,
                f"=MAX(0,MIN({asked},{most}))" if most else f"=MAX(0,{asked})",
            )
        )
        rows.append(
            monthly(f"{f}.drawn", f"{label}: drawn", USD, f"=[{f}.provided]/{net}" if net else f"=[{f}.provided]")
        )
        if key.endswith("_equity") and available:
            rows.append(balance(f"{f}.so_far", f"{label}: so far", USD, f"=[{f}.so_far:-1]+[{f}.drawn]", start=0.0))
        provided.append(f"{f}.provided")
    rows.append(
        balance(
            f"fund.left_{rank}",
            f"Still needed after rank {rank}",
            USD,
            f"={left}" + "".join(f"-[{line}]" for line in provided),
        )
    )
    return rows


def _share(draft: Draft, key: str, label: str, share: float) -> str:
    return draft.term(f"fund.{key}.share", f"{label}: proportion within its rank", "fraction", share, "", "funding")


def write_revolvers(draft: Draft) -> None:
    """Revolvers are repaid from what is left; prepayments of the case, or of the ledger, are a claim."""
    for tranche in draft.deal.tranche:
        k, label = f"tranche.{tranche.key}", tranche.title
        ahead = [(part.date, part.amount) for part in draft.case.prepayment if part.tranche == tranche.key]
        planned = "0"
        if ahead:
            key = draft.table(f"{k}.prepayment", f"{label}: prepayment", ahead, (DATE, currency.unit(tranche)), "case")
            within = f"({{{key}.first}}>[time.end:-1])*({{{key}.first}}<=[time.end])"
            planned = f"SUMPRODUCT({within},{{{key}.second}}){currency.at(tranche)}"
            _too_much_prepaid(draft, tranche, k, planned)
            planned = f"[{k}.prepayment.chosen]"
        drawn = f"+[{k}.reported]*[{k}.drawn]" if tranche.draw.plan or tranche.draw.rank else ""
        amount = f"MIN({OWED}{drawn},IF([{k}.reported]=1,[{k}.ledger.prepaid],{planned}))"
        draft.claim(
            Claim(
                f"prepayment.{tranche.key}",
                f"{label}: prepayment",
                amount,
                repays=tranche.key,
                reported=f"[{k}.reported]",
            )
        )
        if tranche.kind == "revolver":
            amount = f"MIN({OWED},MAX(0,{LEFT}-[cash.minimum]))*(1-[{k}.reported])"
            draft.claim(Claim(f"revolver.{tranche.key}", f"{label}: repaid from surplus", amount, repays=tranche.key))


def _too_much_prepaid(draft: Draft, tranche: Tranche, k: str, planned: str) -> None:
    """The case's prepayments by month; beyond what is owed they count for nothing, and an alert says so."""
    chosen, label = f"{k}.prepayment.chosen", f"{tranche.title}: prepayment chosen"
    draft.add(tranche.title, head("Prepayments of the case"), monthly(chosen, label, USD, f"={planned}", "case"))
    beyond = f"[{chosen}:row]-[wf.prepayment.{tranche.key}_due:row]>{{checks.cent}}"
    draft.alert(
        f"{k}.prepayment",
        f"{tranche.title}: months in which the case prepays more than is owed",
        f"=SUMPRODUCT((1-[{k}.reported:row])*({beyond}))",
    )


def write_debt(draft: Draft) -> None:
    """All tranches together."""
    draft.page("Debt", "All tranches together, and the service of debt.")

    def total(part: str) -> str:
        return "+".join(f"[{k}.{part}]" for k in draft.debts)

    fees = "+".join(
        [f"[fee.{fee.key}.due]" for fee in draft.deal.fee]
        + [f"[letter.{letter.key}.due]" for letter in draft.deal.letter]
    )
    other = "".join(f"+{template}" for template in draft.service)
    before, owed = ("".join(f"+[{line}{at}]" for line in draft.other_debt) for at in (":-1", ""))
    last = ",".join(
        f"IF({{{k}.final}}<{{time.never}},{{{k}.final}},0){draft.in_force(k, once=True)}" for k in draft.debts
    )
    draft.add(
        "Debt",
        head("Debt"),
        balance("debt.opening", "Opening balance", USD, f"={total('opening')}{before}"),
        monthly("debt.drawn", "Advances", USD, f"={total('drawn')}"),
        monthly("debt.principal", "Principal due", USD, f"={total('repayment')}"),
        balance("debt.closing", "Closing balance", USD, f"={total('closing')}{owed}", bold=True, start="=" + "+".join(f"[{k}.closing:start]" for k in draft.debts)),
        balance("debt.repaid", "Principal due so far", USD, "=[debt.repaid:-1]+[debt.principal]", start=0.0),
        head("Service"),
        monthly("debt.interest", "Interest due", USD, f"={total('interest_due')}"),
        *([monthly("debt.fees", "Fees due", USD, f"={fees}")] if fees else []),
        *([monthly("debt.ounces", "Other service, such as deliveries in ounces", USD, f"={other.removeprefix('+')}")] if other else []),
        monthly("debt.service", "Debt service", USD, "=[debt.interest]+[debt.principal]" + ("+[debt.fees]" if fees else "") + ("+[debt.ounces]" if other else ""), bold=True),
        scalar("debt.maturity", "Last final maturity", DATE, f"=MAX({last})"),
        balance("debt.pays", "A payment still to come", "1 or 0", "=IF([debt.service]>{checks.cent},1-[time.actual],0)"),
        head("Cash"),
        balance("cash.total", "Cash in all accounts", USD, "=[cash.closing]" + "".join(f"+[account.{a.key}.closing]" for a in draft.deal.account if a.funded_by != "letter of credit"), bold=True,
                start="=[cash.closing:start]" + "".join(f"+[account.{a.key}.closing:start]" for a in draft.deal.account if a.funded_by != "letter of credit")),
    )  # fmt: skip
    draft.charts.insert(
        0,
        Chart(
            "Debt outstanding, US$ million",
            columns=[
                (f"{k}.closing", tranche.title) for k, tranche in zip(draft.debts, draft.deal.tranche, strict=True)
            ],
        ),
    )
    draft.charts.insert(
        1,
        Chart(
            "Cash flow and debt service, US$ million",
            columns=(("ops.cfads", "CFADS"),),
            lines=(("debt.service", "Debt service"),),
        ),
    )


def write_lags(draft: Draft) -> None:
    """Lines that keep the previous months, for metrics that look back."""
    by_line: dict[str, list[Row]] = {}
    for key, row in draft.lags.items():
        by_line.setdefault(key.removeprefix("lag.").rpartition(".")[0], []).append(row)
    for line, rows in by_line.items():
        draft.add("Ratios", head(f"{_label(draft, line)} of the months before", "for metrics that look back"), *rows)


def _label(draft: Draft, key: str) -> str:
    return next((row.label for page in draft.pages.values() for row in page.rows if row.key == key), key)


def write_balance(draft: Draft) -> None:
    """Profit, balance sheet, and the check that it balances."""
    draft.page(
        "Balance", "Profit and balance sheet of the borrower; property, debt and cash as the sheets before have them."
    )
    plan = {
        key for key in ("other_current_assets", "current_liabilities", "intangibles") if f"plan.{key}" in draft.inputs
    }
    rows = [head("Profit")]
    rows += [
        monthly(f"profit.{k}", label, USD, f"={'' if sign > 0 else '-1*'}({template})")
        for k, (label, template, sign) in enumerate(draft.income, start=1)
    ]
    rows.append(
        monthly(
            "balance.profit",
            "Profit",
            USD,
            "=" + "+".join(f"[profit.{k}]" for k in range(1, len(draft.income) + 1)),
            bold=True,
        )
    )
    assets = list(draft.assets)
    for key, sign in (("other_current_assets", 1), ("intangibles", 1), ("current_liabilities", -1)):
        if key in plan:
            assets.append(
                (
                    {
                        "other_current_assets": "Other current assets",
                        "intangibles": "Intangible assets",
                        "current_liabilities": "Other current liabilities",
                    }[key],
                    f"[plan.{key}]",
                    sign,
                )
            )
    for title, sign in (("Assets", 1), ("Liabilities", -1)):
        part = [(k, label, template) for k, (label, template, way) in enumerate(assets) if way == sign]
        rows += [
            head(title),
            *(
                balance(f"balance.{k}", label, USD, f"={template}", start=f"={_at_start(draft, template)}")
                for k, label, template in part
            ),
        ]
        whole = "assets" if sign > 0 else "liabilities"
        rows.append(
            balance(
                f"balance.{whole}",
                f"{title} in all",
                USD,
                "=" + ("+".join(f"[balance.{k}]" for k, *_ in part) or "0"),
                bold=True,
                start="=" + ("+".join(f"[balance.{k}:start]" for k, *_ in part) or "0"),
            )
        )
    other = [template for _, template, sign in assets if template.startswith("[plan.")]
    signs = [sign for _, template, sign in assets if template.startswith("[plan.")]
    rows.append(head("Equity"))
    moved = ""
    if other:
        formula = "".join(
            f"{'+' if sign > 0 else '-'}{template}" for template, sign in zip(other, signs, strict=True)
        ).removeprefix("+")
        rows.append(balance("balance.other", "Other items of the plan, net", USD, f"={formula}", start=0.0))
        moved = "+[balance.other]-[balance.other:-1]"
    capital = "".join(f"+({template})" for _, template in draft.capital)
    rows += [
        monthly("balance.paid_in", "Paid in less paid out", USD, f"={capital.removeprefix('+') or '0'}"),
        balance(
            "balance.equity",
            "Equity",
            USD,
            f"=[balance.equity:-1]+[balance.profit]+[balance.paid_in]{moved}",
            bold=True,
            start="=[balance.assets:start]-[balance.liabilities:start]",
        ),
        balance(
            "balance.tangible",
            "Tangible net worth",
            USD,
            "=[balance.equity]" + ("-[plan.intangibles]" if "intangibles" in plan else ""),
        ),
        balance(
            "balance.gap",
            "Assets less liabilities and equity",
            USD,
            "=ROUND([balance.assets]-[balance.liabilities]-[balance.equity],{checks.digits})",
        ),
    ]
    if {"working_capital", "current_ratio"} & {name for name, _ in draft.metrics.values()}:
        rows += _current(draft, plan)
    draft.add("Balance", *rows)
    draft.check(
        "balance", "Balance sheet balances, every month", "=SUMPRODUCT(ABS(ROUND([balance.gap:row],{checks.digits})))"
    )


def _at_start(draft: Draft, template: str) -> str:
    key = template.strip("[]")
    row = next((row for page in draft.pages.values() for row in page.rows if row.key == key), None)
    return f"[{key}:start]" if row is not None and row.start is not None else "0"


def _current(draft: Draft, plan: set[str]) -> list[Row]:
    months = draft.term(
        "balance.horizon", "Months within which a debt is current", "months", 12, "accounting", "balance"
    )
    due = "+".join(
        f"MIN([tranche.{t.key}.closing],{_principal_ahead(draft, t.key, months)})" for t in draft.deal.tranche
    )
    owed = "+".join(
        [
            "[arrears.all]",
            *(f"[arrears.{key}]" for key in draft.lenders if key == "trade"),
            *(f"[{k}.accrued]" for k in draft.debts),
        ]
    )
    return [
        head("Current"),
        balance(
            "balance.debt_current", "Principal due within it", USD, f"={due}", "on the schedule before any prepayment"
        ),
        balance(
            "balance.current_assets",
            "Current assets",
            USD,
            "=[cash.total]" + ("+[plan.other_current_assets]" if "other_current_assets" in plan else ""),
        ),
        balance(
            "balance.current_liabilities",
            "Current liabilities",
            USD,
            f"=[balance.debt_current]+{owed}"
            + ("+[plan.current_liabilities]" if "current_liabilities" in plan else ""),
        ),
    ]


def _principal_ahead(draft: Draft, key: str, months: str) -> str:
    return service_ahead(draft, key, months).replace(".service:row]", ".principal:row]")


def write_annual(draft: Draft) -> None:
    """The years side by side."""
    years = sorted({end.year for end in draft.case.ends})
    draft.page(
        "Annual",
        "Sums of the months of each calendar year, and balances at its end.",
        OUTPUTS,
        monthly=False,
        across_titles=tuple(map(str, years)),
        large=True,
    )
    flows = [(f"ops.{p.key}", p.key.replace("_", " ").capitalize(), p.unit) for p in draft.deal.product]
    flows += [("ops.revenue", "Revenue at market", USD), ("ops.ebitda", "EBITDA", USD), ("ops.spent", "Capital", USD), ("ops.tax", "Tax", USD),
              ("ops.cfads", "CFADS", USD), ("debt.drawn", "Advances", USD), ("debt.interest", "Interest due", USD), ("debt.principal", "Principal due", USD),
              ("debt.service", "Debt service", USD), ("wf.distribution", "Distributions", USD)]  # fmt: skip
    rows = [
        Row(
            "annual.year",
            "Year",
            "year",
            across=len(years),
            each="=IF([annual.year:-1]=0,YEAR({model.first}),[annual.year:-1]+1)",
        )
    ]
    rows += [
        Row(
            f"annual.{key}",
            label,
            unit,
            value=f"=SUM([annual.{key}:across])",
            across=len(years),
            each=f"=SUMIF([time.year:row],[annual.year],[{key}:row])",
        )
        for key, label, unit in flows
    ]
    last = (
        "([time.year:row]=[annual.year])*(([time.month:row]={time.months_a_year})+([time.no:row]=MAX([time.no:row]))>0)"
    )
    rows += [Row(f"annual.{key}", label, USD, across=len(years), each=f"=SUMPRODUCT({last},[{key}:row])") for key, label in
             [*((f"{k}.closing", f"{t.title} at year-end") for k, t in zip(draft.debts, draft.deal.tranche, strict=True)), ("cash.total", "Cash at year-end")]]  # fmt: skip
    draft.add("Annual", *rows)
    draft.check(
        "annual",
        "Years add up to the months",
        "=" + "+".join(f"ABS({{annual.{key}}}-SUM([{key}:row]))" for key, *_ in flows),
    )
