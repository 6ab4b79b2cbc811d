"""Fixtures shared by all tests, and what a skipped test counts as."""

import gc
import os
import pickle
from functools import cache
from pathlib import Path
from unittest import mock

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

LONG = 10_000
"""Draws from which on a fit is shared by tests."""

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


@pytest.fixture(scope="session", autouse=True)
def long_fits():
    """Tests of one process share the last fits of the marginal engine with as many draws as a report's.

    A fit is a function of surface, seed and draws. Tests that compare a fit with its repetition ask for
    fewer draws, and compute both.
    """
    from estimator.inference import marginal

    sample, kept = marginal.sample_marginal, {}

    def remembered(surface, *, seed, draws=2000, **options):
        asked = {name: value for name, value in options.items() if name != "progress"}
        key = pickle.dumps((surface, seed, draws, asked)) if draws >= LONG else None
        if key is None or key not in kept:
            found = sample(surface, seed=seed, draws=draws, **options)
            if key is None:
                return found
            if len(kept) == 3:
                del kept[next(iter(kept))]
            kept[key] = found
        posterior, diagnostics = kept[key]
        return posterior.copy(deep=True), diagnostics

    with mock.patch.object(marginal, "sample_marginal", remembered):
        yield kept


@pytest.fixture(scope="session", autouse=True)
def one_command_line():
    """Typer makes all commands anew at each call, of which tests make hundreds: here once a process."""
    import typer.testing

    made = cache(typer.main.get_command)
    patched = mock.patch.object
    with patched(typer.main, "get_command", made), patched(typer.testing, "_get_command", made):
        yield


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


def pytest_collection_finish():
    """Spare the garbage collector what is imported by now: it would go through all of it again and again."""
    gc.collect()
    gc.freeze()


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
