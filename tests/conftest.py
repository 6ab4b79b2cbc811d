"""Fixtures shared by all tests, and what a skipped test counts as."""

import os
from pathlib import Path

# before numpy is imported: tests run side by side, and notebooks in kernels that inherit this
for threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(threads, "1")

import pytest  # noqa: E402
from hypothesis import settings  # noqa: E402

# the time that an example takes depends more on the machine than on the code
settings.register_profile("house", deadline=None)
settings.load_profile("house")

SKIPS_FAIL = "ESTIMATOR_SKIPS_FAIL"
"""Set where all that tests need is there, as in CI: a skipped test fails."""
NO_EXTERNAL = "ESTIMATOR_NO_EXTERNAL"
"""Set to test as in a fresh clone: third-party data are hidden, only tests marked `external` may skip."""

ROOT = Path(__file__).resolve().parent.parent

if os.environ.get(NO_EXTERNAL):
    os.environ.pop("ESTIMATOR_DATA", None)


@pytest.fixture(scope="session")
def external_data() -> Path:
    """The folder of third-party data: ESTIMATOR_DATA, or ../shared/data next to the repository."""
    folder = Path(os.environ.get("ESTIMATOR_DATA") or ROOT.parent / "shared" / "data")
    if os.environ.get(NO_EXTERNAL) or not folder.is_dir():
        pytest.skip("no third-party data: set ESTIMATOR_DATA to its folder")
    return folder


@pytest.fixture(scope="session")
def russia_model():
    """The model of `estimator report` without options."""
    import estimator as est
    from estimator.published.specification import RUSSIA

    return est.VitalModel(est.load_rosstat(), RUSSIA)


@pytest.fixture(scope="session")
def russia_estimate(russia_model):
    """The estimate of `estimator report` without options, fitted once for all tests that read it."""
    import estimator as est

    return est.fit(russia_model, seed=1)


def skip_is_a_failure(item) -> str | None:
    """Return the variable that makes a skip of this test a failure, if one does."""
    if os.environ.get(SKIPS_FAIL):
        return SKIPS_FAIL
    if os.environ.get(NO_EXTERNAL) and item.get_closest_marker("external") is None:
        return NO_EXTERNAL
    return None


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    variable = skip_is_a_failure(item)
    if report.skipped and not hasattr(report, "wasxfail") and variable:
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome, report.longrepr = "failed", f"{variable} is set, and this skips: {reason}"
    return report
