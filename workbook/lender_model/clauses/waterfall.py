"""waterfall: the order in which the month's cash is paid.

A list of claims, first to last; claims in an inner list share what is left in proportion. A single word stands for all
claims of its kind: ``interest`` is the interest of every tranche, in the order of the file. What is left after the last
claim is kept, or distributed to the owners if nothing bars it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from drawstop.deal import Record, Ref, Text
from lender_model.clauses import distribution
from lender_model.clauses.account import paid_from
from lender_model.clauses.distribution import WATERFALL
from lender_model.compose import ledger
from lender_model.compose.draft import LEFT, OWED, TAKEN, Claim
from lender_model.grid import FLAG, USD, Row, balance, head, monthly

if TYPE_CHECKING:
    from lender_model.compose.draft import Draft

EXAMPLE = """
[waterfall]
order = ["operating", "capital", "royalty", "tax", "fee", ["arrears.senior", "interest.senior"], "principal", "account", "sweep", "revolver"]

[distribution]
from = "completion"
barred_in = ["lockup", "default"]
"""

USUAL_ORDER = ("arrears.trade", "operating", "capital", "closure", "royalty", "offtake", "tax", "arrears", "fee", "hedge", "interest", "principal",
               "account", "prepayment", "sweep", "revolver")  # fmt: skip
_TO_BE_PAID = "what is due, or by the ledger where it reports the month"
KINDS = frozenset(word.split(".")[0] for word in USUAL_ORDER)


class Waterfall(Record):
    """The order of payments."""

    order: Annotated[list[Text | list[Text]], Ref("claim")] = Field(
        list(USUAL_ORDER), title="Claims, first to last; a list in the list shares in proportion"
    )


def ranked(draft: Draft) -> list[list[Claim]]:
    """The claims by rank; a claim that the order does not name takes its usual place."""
    named: list[list[Claim]] = []
    left = dict(draft.claims)
    for word in draft.deal.waterfall.order:
        words = word if isinstance(word, list) else [word]
        group = [claim for each in words for claim in draft.named(each) if left.pop(claim.key, None)]
        named += [group] if isinstance(word, list) else [[claim] for claim in group]
    ranks = [group for group in named if group]
    for claim in sorted(left.values(), key=_usual_rank):
        after = (at for at, group in enumerate(ranks) if max(map(_usual_rank, group)) > _usual_rank(claim))
        ranks.insert(next(after, len(ranks)), [claim])
    return ranks


def _usual_rank(claim: Claim) -> int:
    """A claim's place in the usual order."""
    kind = claim.key.split(".")[0]
    return USUAL_ORDER.index(claim.key) if claim.key in USUAL_ORDER else USUAL_ORDER.index(kind)


def write(draft: Draft) -> None:
    """Cash, claims, arrears and distributions."""
    groups, received = ranked(draft), [*draft.inflows, *draft.drawings]
    draft.page(
        WATERFALL,
        "Each month's cash paid in order of priority; what cannot be paid is owed and comes first next month.",
    )
    draft.add(
        WATERFALL,
        head("Cash"),
        balance("wf.opening", "Main account, opening", USD, "=[cash.closing:-1]"),
        *(monthly(f"wf.in.{k}", label, USD, f"={template}") for k, (label, template) in enumerate(received, start=1)),
        balance(
            "wf.cash",
            "Cash to be paid out",
            USD,
            "=[wf.opening]" + "".join(f"+[wf.in.{k}]" for k in range(1, len(received) + 1)),
            bold=True,
        ),
        head("In order of priority"),
    )
    left = "[wf.cash]"
    for group in groups:
        left = _group(draft, group, left)
    _arrears(draft)
    _prepaid(draft)
    distribution.write(draft, left, groups)


def _group(draft: Draft, group: list[Claim], left: str) -> str:
    """One rank: a claim, or several that share in proportion; returns what is left."""
    asked: dict[str, list[str]] = {}
    for claim in group:
        draft.add(WATERFALL, *_due(draft, claim, left, asked))
    for claim in group:
        if claim.repays:
            draft.prepays.setdefault(claim.repays, []).append(f"wf.{claim.key}_paid")
            if claim.reported:
                draft.prepays[claim.repays].append(f"wf.{claim.key}_others")
        if claim.sweep:
            draft.swept.setdefault(claim.sweep, []).append(f"wf.{claim.key}_paid")
    if len(group) == 1:
        draft.add(
            WATERFALL,
            monthly(
                f"wf.{group[0].key}_paid",
                f"{group[0].label}, paid",
                USD,
                f"=MAX(0,MIN({group[0].payable},{left}))",
            ),
        )
    else:
        whole = "+".join(claim.payable for claim in group)
        for claim in group:
            # with nothing due and a hair less than nothing left, all of nothing is paid
            part = f"{claim.payable}*IF({whole}<=MAX(0,{left}),1,MAX(0,{left})/({whole}))"
            draft.add(
                WATERFALL,
                monthly(f"wf.{claim.key}_paid", f"{claim.label}, paid", USD, f"={part}", "equal rank: in proportion"),
            )
    paid = "".join(f"-[wf.{claim.key}_paid]" for claim in group)
    name = f"wf.{group[0].key}_left"
    draft.add(
        WATERFALL, balance(name, f"Left after {group[0].label[0].lower()}{group[0].label[1:]}", USD, f"={left}{paid}")
    )
    return f"[{name}]"


def _due(draft: Draft, claim: Claim, left: str, asked: dict[str, list[str]]) -> list[Row]:
    """What is due of a claim, and what of it is to be paid."""
    due = claim.due.replace(LEFT, left)
    if claim.repays:
        due = due.replace(OWED, _owed(draft, claim.repays, asked.get(claim.repays, [])))
    if claim.sweep:
        due = due.replace(TAKEN, "+".join(f"[{line}]" for line in draft.swept.get(claim.sweep, [])) or "0")
    asked.setdefault(claim.repays, []).append(f"wf.{claim.key}_due")
    rows = [monthly(f"wf.{claim.key}_due", f"{claim.label}, due", USD, f"={due}")]
    if claim.called:
        label = f"{claim.label}, to be paid"
        rows.append(monthly(f"wf.{claim.key}_called", label, USD, f"={claim.called}", _TO_BE_PAID))
    return rows


def _owed(draft: Draft, key: str, asked: list[str]) -> str:
    """Template: what is still owed of a tranche after its instalment and the repayments that come before in the order."""
    k = f"tranche.{key}"
    tranche = next(each for each in draft.deal.tranche if each.key == key)
    added = f"+[{k}.capitalised]" if tranche.rate.capitalised else ""
    paid = "".join(f"-[{line}]" for line in [*draft.converted.get(key, []), *draft.prepays.get(key, []), *asked])
    return f"MAX(0,[{k}.opening]{added}-[{k}.repayment]-([{k}.later_open]-[{k}.moved_in]){paid})"


def _arrears(draft: Draft) -> None:
    """Reserves that are drawn on, and what then remains unpaid."""
    met: dict[str, list[str]] = {}
    for account in draft.deal.account:
        if account.funded_by == "letter of credit" or not account.pays:
            continue
        draft.add(WATERFALL, head(f"From {account.title}"))
        used = ""
        for claim in paid_from(account, draft):
            key = f"wf.{claim}_from_{account.key}"
            already = "".join(f"-[{line}]" for line in met.get(claim, []))
            draft.add(WATERFALL, monthly(key, f"{draft.claims[claim].label}, from {account.title}", USD,
                                         f"=MAX(0,MIN({draft.claims[claim].payable}-[wf.{claim}_paid]{already},[account.{account.key}.opening]-[account.{account.key}.released]{used}))"))  # fmt: skip
            met.setdefault(claim, []).append(key)
            used += f"-[{key}]"
    draft.met = met
    for lender, (label, rate) in draft.lenders.items():
        claims = [claim for claim in draft.claims.values() if claim.owed_to == lender]
        dues = "+".join(f"[wf.{claim.key}_due]" for claim in claims)
        paid = "".join(
            f"-[wf.{claim.key}_paid]" + "".join(f"-[{line}]" for line in met.get(claim.key, [])) for claim in claims
        )
        a = f"arrears.{lender}"
        others, principal, settled = _others(draft, lender, claims), list[Row](), ""
        if others:
            principal = ledger.arrears(draft, lender)
            told = f"tranche.{lender}.ledger"
            settled = f"-[{a}_others]-[{told}.waived_due]-[{told}.put_off_due]"
        draft.add(
            WATERFALL,
            head(f"{label}: arrears"),
            balance(f"{a}_open", "Arrears, opening", USD, f"=[{a}:-1]{draft.exchange.get(lender, '')}"),
            *([monthly(f"{a}_interest", "+ interest on arrears", USD, f"=[{a}_open]*{rate}")] if rate != "0" else []),
            *others,
            balance(a, "Arrears, closing", USD, f"=MAX(0,{dues}{paid}{settled})", bold=True, start=0.0),
            *principal,
        )
        draft.assets.append((f"{label}: arrears", f"[{a}]", -1))
        if rate != "0":
            draft.income.append((f"{label}: interest on arrears", f"[{a}_interest]", -1))
    _settled_without_cash(draft)
    total = "+".join(f"[arrears.{lender}]" for lender in draft.lenders if lender != "trade") or "0"
    draft.add(WATERFALL, head("Payment default"), balance("arrears.all", "Arrears to the lenders", USD, f"={total}", bold=True),
              balance("arrears.default", "Payment default", FLAG, "=IF([arrears.all]>{checks.cent},1,0)", start=0.0))  # fmt: skip
    draft.alert("arrears", "Months with arrears to the lenders", "=SUM([arrears.default:row])")


def _others(draft: Draft, lender: str, claims: list[Claim]) -> list[Row]:
    """What the ledger says was paid to a tranche's lender beyond the cash of the account and the reserves."""
    reported = [claim for claim in claims if claim.reported]
    if not reported:
        return []
    lines = [line for claim in reported for line in (f"wf.{claim.key}_paid", *draft.met.get(claim.key, []))]
    beyond = "+".join(claim.payable for claim in reported) + "".join(f"-[{line}]" for line in lines)
    early = f"wf.prepayment.{lender}"
    when = reported[0].reported
    return [
        monthly(f"arrears.{lender}_others", "- paid by others, as the ledger has more than the cash", USD, f"=IF({when}=1,MAX(0,{beyond}),0)"),
        monthly(f"{early}_others", "Prepaid by others, as the ledger has more than the cash", USD, f"=IF({when}=1,MAX(0,[{early}_due]-[{early}_paid]),0)"),
    ]  # fmt: skip


def _settled_without_cash(draft: Draft) -> None:
    """What others have paid is the owners' money; what a lender waives is a gain."""
    for tranche in draft.deal.tranche:
        t, label = tranche.key, tranche.title
        others = f"[arrears.{t}_others]+[wf.prepayment.{t}_others]"
        draft.capital.append((f"{label}: paid by others", others))
        draft.income.append((f"{label}: waived by the lender", f"[tranche.{t}.ledger.waived_due]", 1))


def _prepaid(draft: Draft) -> None:
    for tranche in draft.deal.tranche:
        lines = [*draft.prepays[tranche.key], *draft.converted.get(tranche.key, [])]
        draft.add(WATERFALL, monthly(f"wf.prepaid.{tranche.key}", f"{tranche.title}: prepaid, swept and converted", USD,
                                     "=" + "+".join(f"[{line}]" for line in lines)))  # fmt: skip


def describe(draft: Draft) -> list[str]:
    """The order in words."""
    ranks = [
        " and ".join(claim.label for claim in group) + (", in proportion" if len(group) > 1 else "")
        for group in ranked(draft)
    ]
    return [f"{number}. {text}" for number, text in enumerate(ranks, start=1)]
