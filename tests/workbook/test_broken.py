"""The hard checks see a balance that does not roll: what each says of a broken book, it is re-derived to say."""

from tests import mutation
from tests.workbook import broken

from lender_model import calculator, case


def test_of_broken_books_each_check_says_how_far_it_is_off():
    assert broken.wrongly_checked(mutation.book_with) == []


def test_every_check_is_off_in_one_broken_book_or_another():
    inputs, _ = case.inputs()
    seen = set()
    for faults in (broken.faults(1, -3), broken.untouched()):
        figures = calculator.prepared(mutation.book_with(faults)).run(inputs)
        holds = {key: figures[key] for key in figures if key.startswith("check.") and key.endswith("@start")}
        seen |= {key for key, held in holds.items() if held == 0}
    assert seen == holds.keys()
