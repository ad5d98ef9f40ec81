"""A deal: the list of its clauses, in the order in which they are read.

Each module is a word of the agreement: its record, lines, checks, description and an example.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar

from pydantic import Field, StringConstraints

from drawstop.deal import Key, Number, Record, Ref, Text, When, quantity
from drawstop.deal.record import Clause
from drawstop.deal.value import Date
from lender_model.clauses.account import Account
from lender_model.clauses.amendment import Amendment
from lender_model.clauses.covenant import Covenant, Waiver
from lender_model.clauses.distribution import Distribution
from lender_model.clauses.equity import Convertible, Equity, Warrant
from lender_model.clauses.fee import Fee
from lender_model.clauses.gold_loan import GoldLoan
from lender_model.clauses.hedge import Hedge
from lender_model.clauses.letter import Letter
from lender_model.clauses.metric import Metric
from lender_model.clauses.milestone import Milestone
from lender_model.clauses.paper import Paper
from lender_model.clauses.prepay import Prepay
from lender_model.clauses.royalty import Offtake, Royalty
from lender_model.clauses.stream import Stream
from lender_model.clauses.sweep import Sweep
from lender_model.clauses.tranche import Tranche
from lender_model.clauses.waterfall import Waterfall

SHEET_NAMES = (
    "Cover", "Dashboard", "Calendar", "Risk", "Annual", "Certificate", "Terms", "Amendments", "Market", "Plan", "Actuals", "Ledger",
    "Scenarios", "Timeline", "Operations", "Streams", "Royalties", "Prepay", "Hedges", "Funding", "Debt", "Fees", "Accounts", "Letters",
    "Waterfall", "Cash", "Completion", "Covenants", "Ratios", "Balance", "Equity kickers", "Checks", "Log", "Holidays", "Fixings",
    "Gold loan", "Formulas", "Readings",
)  # fmt: skip
"""The sheets beside the tranches' own."""
_LONGEST = 200
"""Characters of a text that stands in a formula; Excel takes 255."""


class Party(Record):
    """A party to the agreement."""

    name: Text = Field(title="Name", max_length=_LONGEST)
    role: Text = Field(title="Role")


class Product(Record):
    """What the mine sells."""

    key: Key = Field(title="Key")
    price: Annotated[Key, Ref("market")] = Field(title="Series of the market that is its price")
    unit: Text = Field("oz", title="Unit")


class Calendar(Record):
    """Days on which banks are closed."""

    holidays: str = Field("", title="File of holidays beside the deal, a date a line")


ELSEWHERE = {
    **dict.fromkeys(("loan", "facility", "term_loan", "revolver", "standby", "overrun", "bridge"), "[[tranche]] and its kind"),
    **dict.fromkeys(("security", "guaranty", "guarantor", "undertaking", "report", "insurance", "environment", "representation"), "[[paper]]"),
    **dict.fromkeys(("swap", "forward", "put", "call", "collar", "option", "hedging"), "[[hedge]] and its kind"),
    **dict.fromkeys(("reserve", "dsra", "escrow", "accounts"), "[[account]]"),
    **dict.fromkeys(("cash_sweep", "excess_cash_flow"), "[[sweep]]"),
    **dict.fromkeys(("letter_of_credit", "lc", "guarantee", "bank_guarantee"), "[[letter]]; a fee for a guarantee of the loan is [[fee]] of kind guarantee"),
    **dict.fromkeys(("completion", "completion_test", "longstop"), "[[milestone]] and [[milestone.test]]"),
    **dict.fromkeys(("note", "conversion"), "[[tranche]] with [[convertible]], or [[gold_loan]] into ounces"),
    **dict.fromkeys(("nsr", "net_smelter_return"), '[[royalty]] with basis = "net returns"'),
    **dict.fromkeys(("streaming",), "[[stream]]"),
    **dict.fromkeys(("event_of_default", "default", "lockup", "lock_up", "ratio", "financial_covenant"), "[[covenant]] and its consequence"),
    **dict.fromkeys(("dividend", "dividends", "distributions"), "[distribution]"),
    **dict.fromkeys(("lender", "agent"), "[[party]] and its role"),
    **dict.fromkeys(("market", "plan", "scenario", "prepayment", "election", "model"), "case.toml"),
}  # fmt: skip
"""Words of agreements that are not keys of the file, and how it says them."""


class Deal(Clause):
    """``deal.toml``: the agreement."""

    elsewhere: ClassVar[Mapping[str, str]] = ELSEWHERE

    name: Text = Field(title="Name of the deal", max_length=_LONGEST)
    borrower: Text = Field(title="Borrower", max_length=_LONGEST)
    project: str = Field("", title="Project", max_length=_LONGEST)
    signing: Date = Field(title="Date of signing")
    currency: Annotated[Text, StringConstraints(pattern=r"^[^\d\s\"'{}\[\];]{1,5}$")] = Field("US$", title="Currency")
    shares_outstanding: Number = quantity("shares", "Shares outstanding at signing", 0.0, ge=0)
    funding_until: Annotated[When | None, Ref("milestone")] = Field(None, title="Last day of construction funding")
    party: list[Party] = Field([], title="Parties")
    product: list[Product] = Field(min_length=1, title="Products")
    calendar: Calendar = Field(Calendar.model_validate({}), title="Calendar")
    milestone: list[Milestone] = Field([], title="Milestones")
    equity: list[Equity] = Field([], title="Money of the owners")
    tranche: list[Tranche] = Field(min_length=1, title="Tranches")
    fee: list[Fee] = Field([], title="Fees")
    account: list[Account] = Field([], title="Reserve accounts")
    letter: list[Letter] = Field([], title="Letters of credit")
    sweep: list[Sweep] = Field([], title="Cash sweeps")
    hedge: list[Hedge] = Field([], title="Hedges")
    stream: list[Stream] = Field([], title="Streams")
    royalty: list[Royalty] = Field([], title="Royalties")
    offtake: list[Offtake] = Field([], title="Offtake agreements")
    prepay: list[Prepay] = Field([], title="Debt repaid in ounces")
    gold_loan: list[GoldLoan] = Field([], title="Loans that may be turned into ounces")
    metric: list[Metric] = Field([], title="The deal's own metrics")
    covenant: list[Covenant] = Field([], title="Financial covenants")
    waterfall: Waterfall = Field(Waterfall.model_validate({}), title="Order of payments")
    distribution: Distribution = Field(Distribution.model_validate({}), title="Payments to the owners")
    warrant: list[Warrant] = Field([], title="Warrants and shares of lenders")
    convertible: list[Convertible] = Field([], title="Conversion rights")
    paper: list[Paper] = Field([], title="Guaranties, security, undertakings, reports")
    amendment: list[Amendment] = Field([], title="Amendments")
    waiver: list[Waiver] = Field([], title="Waivers")

    @property
    def own_metrics(self) -> frozenset[str]:
        """Keys of the deal's own metrics."""
        return frozenset(metric.key for metric in self.metric)


__all__ = ["SHEET_NAMES", "Deal"]
