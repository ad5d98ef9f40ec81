"""Sources and uses: what construction costs in all, interest and fees included, and who has paid for it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from lender_model.clauses.equity import FUNDING
from lender_model.grid import FLAG, USD, balance, head, scalar

if TYPE_CHECKING:
    from lender_model.compose.draft import Draft


def write(draft: Draft, uses: Sequence[str], sources: Sequence[tuple[str, str]]) -> None:
    """The months in which construction is funded, added up.

    Args:
        draft: the workbook.
        uses: what each use is called, in the order of the lines of sheet Funding.
        sources: key and name of each source.
    """
    building = "=[time.construction]" if draft.deal.funding_until is not None else "=IF([fund.need]>{checks.cent},1,0)"

    def total(line: str) -> str:
        return f"=SUMPRODUCT([fund.building:row],[{line}:row])"

    draft.add(
        FUNDING,
        head("Sources and uses of construction", "the months in which it is funded, added up"),
        balance("fund.building", "Counted", FLAG, building),
        *(scalar(f"su.use.{k}", label, USD, total(f"fund.use.{k}")) for k, label in enumerate(uses, start=1)),
        scalar("su.uses", "Uses", USD, total("fund.uses"), bold=True),
        *(scalar(f"su.{key}", f"{label}: provided", USD, total(f"fund.{key}.provided")) for key, label in sources),
        scalar("su.own", "Cash at hand and received", USD, "=SUMPRODUCT([fund.building:row],[fund.uses:row]-[fund.need:row])"),
        scalar("su.unfunded", "Not funded", USD, total("fund.unfunded")),
        scalar("su.sources", "Sources", USD, "=" + "+".join(f"{{su.{key}}}" for key, _ in sources) + "+{su.own}+{su.unfunded}", bold=True),
    )  # fmt: skip
    draft.check("sources", "Sources of construction equal its uses", "={su.sources}-{su.uses}")
