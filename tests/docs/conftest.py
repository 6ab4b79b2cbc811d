"""What several pages say is computed once."""

import pytest

import estimator as est

PLACEBO = {"seed": 1, "draws": 1000}
"""Of notebook 02: at the headline's specification, every origin of the bundled record."""


@pytest.fixture(scope="session")
def russias_placebo():
    return est.placebo(**PLACEBO)
