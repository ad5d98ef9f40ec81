"""Tests that take half an hour together: ``python -m pytest -q tests/long``."""

from tests.calc.conftest import calc

__all__ = ["calc"]
