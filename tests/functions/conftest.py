"""Hypothesis: the same examples in each run, no time limit for an example, no files."""

from hypothesis import settings

settings.register_profile("steady", derandomize=True, deadline=None, database=None)
settings.load_profile("steady")
