"""Shared fixtures."""

import os
from pathlib import Path

# before numpy is imported: tests run beside one another, and notebooks in kernels that inherit this
for threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(threads, "1")

import pytest  # noqa: E402
from hypothesis import settings  # noqa: E402

# how long an example takes says more of the machine than of the code
settings.register_profile("house", deadline=None)
settings.load_profile("house")

SKIPS_FAIL = "ESTIMATOR_SKIPS_FAIL"
"""Set where everything that tests need is there, as in CI: then a test that is skipped has failed."""

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def external_data() -> Path:
    """The folder of third-party data: ESTIMATOR_DATA, or ../shared/data beside the repository."""
    folder = Path(os.environ.get("ESTIMATOR_DATA") or ROOT.parent / "shared" / "data")
    if not folder.is_dir():
        pytest.skip("no third-party data: set ESTIMATOR_DATA to its folder")
    return folder


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    if report.skipped and not hasattr(report, "wasxfail") and os.environ.get(SKIPS_FAIL):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome, report.longrepr = "failed", f"{SKIPS_FAIL} is set, and this skips: {reason}"
    return report
