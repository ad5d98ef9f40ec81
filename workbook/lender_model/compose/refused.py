"""What is refused of a deal once its case and its lines are known: choices that no clause gives, and lines of one key."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from drawstop.deal import DealError, Fault
from drawstop.deal.read import not_listed
from lender_model.clauses import buy_back
from lender_model.clauses.faults import rights_of

if TYPE_CHECKING:
    from drawstop.deal.read import Source
    from lender_model.clauses import Deal
    from lender_model.compose.case import Case
    from lender_model.compose.draft import Draft


def lines(draft: Draft, raw: Source) -> None:
    """Refuse keys that make one line twice, and metrics of lines that the workbook does not have.

    Raises:
        DealError: a line each.
    """
    _double(draft, raw)
    _unknown(draft, raw)


def elections(case: Case, raw: Source, deal: Deal) -> Iterator[Fault]:
    """Choices that an agreement does not give, or not on their date."""
    for clause, rights in rights_of(deal).items():
        made = sorted((each.date, k) for k, each in enumerate(case.election) if each.clause == clause)
        used = buy_back.chosen([date for date, _ in made], rights)
        for n, ((date, k), right) in enumerate(zip(made, used, strict=True)):
            if n >= len(rights):
                yield raw.fault(("election", k), f"{clause} gives {len(rights)} choices, and they have been made")
            elif right is None:
                days = ", ".join(
                    f"from {each.date}" + (f" until {each.until}" if each.until else "") for each in rights
                )
                yield raw.fault(
                    ("election", k, "date"),
                    f"{clause} gives no choice on {date} that has not been made; it may be made {days}",
                )
            elif not case.ends[0].replace(day=1) <= date <= case.ends[-1]:
                yield raw.fault(
                    ("election", k, "date"), f"{date} is outside the model's months, {case.ends[0]} to {case.ends[-1]}"
                )
        if sum(right.share for right in used if isinstance(right, buy_back.BuyBack)) > 1 + buy_back.ROUNDING:
            yield raw.fault(("election", made[-1][1]), f"{clause}: more than the whole is bought back")


def _double(draft: Draft, raw: Source) -> None:
    """A record whose key makes a line that the workbook has already, as a product ``cost``."""
    found = Counter(row.key for page in draft.pages.values() for row in page.rows if row.key)
    twice = [key for key, count in found.items() if count > 1]
    records = [
        (group, k, each.key)
        for group in type(draft.deal).model_fields
        for k, each in enumerate(_keyed(draft.deal, group))
    ]
    faults = [
        raw.fault((group, k, "key"), f"{word!r} is a word of the model; choose another key")
        for key in twice
        for group, k, word in records
        if word in key.split(".")
    ]
    if twice:
        raise DealError(faults or [Fault(raw.file, 0, "", f"makes the line {key} twice") for key in twice])


def _keyed(deal: Deal, group: str) -> list[Any]:
    records = getattr(deal, group)
    return [each for each in records if hasattr(each, "key")] if isinstance(records, list) else []


def _unknown(draft: Draft, raw: Source) -> None:
    """A metric of the deal that names a line which the workbook does not have."""
    lines = {row.key for page in draft.pages.values() for row in page.rows}
    faults = [
        raw.fault(("metric", k, part, n), not_listed("line", name.removeprefix("-"), lines))
        for k, each in enumerate(draft.deal.metric)
        for part in ("above", "below")
        for n, name in enumerate(getattr(each, part))
        if name.removeprefix("-") not in lines
    ]
    if faults:
        raise DealError(faults)
