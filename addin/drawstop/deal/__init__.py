"""A deal file read: typed records, one way to say a value over time, one way to say when."""

from drawstop.deal.read import DealError, Fault, read
from drawstop.deal.record import Key, Record, Ref, Text, money, quantity, text_like
from drawstop.deal.value import After, Band, Bands, Cycle, Dates, Flag, Number, Payments, Step, Value, When, Whole

__all__ = [
    "After",
    "Band",
    "Bands",
    "Cycle",
    "Dates",
    "DealError",
    "Fault",
    "Flag",
    "Key",
    "Number",
    "Payments",
    "Record",
    "Ref",
    "Step",
    "Text",
    "Value",
    "When",
    "Whole",
    "money",
    "quantity",
    "read",
    "text_like",
]
