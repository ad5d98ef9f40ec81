"""currency: a tranche in another currency than the deal's.

All its lines are in the deal's currency at the month's exchange rate, a series of the market; what it owes is valued again
each month, and the difference is in the profit. Its sheet shows its balance, interest and instalments in its own currency
too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lender_model.grid import USD, Row, balance, head, monthly

if TYPE_CHECKING:
    from lender_model.clauses.tranche import Tranche
    from lender_model.compose.draft import Draft


def at(tranche: Tranche) -> str:
    """What turns an amount of its own currency into the deal's, as the end of a template; nothing in the deal's own."""
    return f"*[tranche.{tranche.key}.exchange]" if tranche.currency else ""


def unit(tranche: Tranche) -> str:
    """Unit of an amount of its own currency."""
    return "amount" if tranche.currency else USD


def before(tranche: Tranche, line: str) -> str:
    """Template of a balance of the month before, at this month's exchange rate."""
    return f"[{line}:-1]" + (f"*[tranche.{tranche.key}.exchange_moves]" if tranche.currency else "")


def revalued(tranche: Tranche, line: str) -> str:
    """Template of what this month's exchange rate adds to a balance of the month before."""
    return f"[{line}:-1]*([tranche.{tranche.key}.exchange_moves]-1)"


def rates(tranche: Tranche, k: str) -> list[Row]:
    """The exchange rate and how it moves."""
    if not tranche.currency:
        return []
    market = f"=[market.{tranche.currency}]"
    return [
        balance(f"{k}.exchange", f"Exchange rate, {tranche.currency.upper()}", "rate of exchange", market, start=market),
        balance(f"{k}.exchange_moves", "Rate to that of the month before", "number exact", f"=[{k}.exchange]/[{k}.exchange:-1]"),
    ]  # fmt: skip


def lines(draft: Draft, tranche: Tranche, k: str, label: str) -> list[Row]:
    """What the exchange rate adds to what is owed, and the tranche in its own currency."""
    if not tranche.currency:
        return []
    parts = (f"{k}.closing", f"{k}.accrued", f"arrears.{tranche.key}")
    draft.income.append((f"{label}: exchange difference", f"[{k}.exchange_cost]", -1))
    own, unit_ = tranche.currency.upper(), unit(tranche)
    return [
        head("Exchange difference", "what the month's rate adds to what was owed"),
        balance(f"{k}.exchange_principal", "On the principal", "US$ ±", f"={revalued(tranche, f'{k}.closing')}"),
        balance(f"{k}.exchange_accrued", "On interest accrued", "US$ ±", f"={revalued(tranche, f'{k}.accrued')}"),
        monthly(f"{k}.exchange_cost", "In all", "US$ ±", "=" + "+".join(revalued(tranche, part) for part in parts), value="sum"),
        head(f"In {own}"),
        balance(f"{k}.own_closing", "Closing balance", unit_, f"=[{k}.closing]/[{k}.exchange]"),
        balance(f"{k}.own_drawn", "Advances", unit_, f"=[{k}.drawn]/[{k}.exchange]"),
        balance(f"{k}.own_interest", "Interest due", unit_, f"=[{k}.interest_due]/[{k}.exchange]"),
        balance(f"{k}.own_repayment", "Instalments due", unit_, f"=[{k}.repayment]/[{k}.exchange]"),
    ]  # fmt: skip


def moved(tranche: Tranche, line: str) -> str:
    """Key of the line that explains why a balance does not open as it closed; empty in the deal's own currency."""
    return f"tranche.{tranche.key}.exchange_{line}" if tranche.currency else ""
