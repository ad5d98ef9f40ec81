"""A simulation of the case as it is shipped, and its workbook."""

import pytest

from lender_model import case
from lender_model.risk import paths, simulate
from lender_model.risk.base import Case


def dynamics_of(inputs):
    return paths.dynamics(inputs, paths.history(inputs["cover.as_of"]))


def job_of(inputs, seed=1):
    return simulate.job(Case.of(inputs), dynamics_of(inputs), seed)


@pytest.fixture(scope="session")
def task():
    values, _ = case.inputs()
    return job_of(values)
