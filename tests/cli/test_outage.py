"""`estimator report registry --outage`, and the warning that suggests it."""

import shlex

import numpy as np
import pytest

from estimator.cli import report
from tests import registries
from tests.command import run
from tests.models.test_outages import country, postponed

WINDOWS = (
    "--baseline", "2015:2019", "--masked", "2020,2021", "--target", "2022", "--ages", "20:34",
    "--control-ages", "35:39", "--war-began", "2022-03-01",
)  # fmt: skip
FOUND = "2022-05-01:2022-07-31"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A registry with an outage in May and June 2022, which ends in July, and a matched sample."""
    home = tmp_path_factory.mktemp("outage")
    calm = country("month")
    days = calm.periods.astype("datetime64[D]")
    first, last = (int(np.searchsorted(days, np.datetime64(day))) for day in ("2022-05-01", "2022-07-01"))
    postponed(calm, first, last, 0.8).save(home / "struck.parquet")
    registries.matched().to_frame().to_csv(home / "matched.csv", index=False)
    return home


@pytest.fixture
def fitted(folder, monkeypatch):
    """Return a function that runs the command up to its fit: what was printed, and the model."""
    monkeypatch.chdir(folder)

    def command(*more):
        models = []

        def kept(context, model, files, **engine):
            models.append((model, report.reproduce(context)))

        monkeypatch.setattr(report, "_estimate", kept)
        code, _, err = run(
            "report", "registry", "--triangle", "struck.parquet", "--matched", "matched.csv",
            "--matched-vintage", "2022-12-31", *WINDOWS, *more,
        )  # fmt: skip
        return code, err, models

    return command


def test_a_registry_with_an_outage_is_warned_of_and_the_suggestion_silences_the_warning(fitted):
    code, err, ((model, _),) = fitted()
    assert code == 0
    assert err.startswith("warning: openings of 2022-05 to 2022-07 fell far behind")
    assert model.specification()["data"]["notes"] == [model.outage_note]
    option = shlex.split(err[err.index("--outage") :])
    assert option == ["--outage", FOUND]
    code, err, ((model, again),) = fitted(*option)
    assert (code, err) == (0, "")
    assert f"--outage {FOUND}" in again
    assert [f"{first}:{last}" for first, last in model.outages] == [FOUND]
    assert model.specification()["data"]["notes"] == []


def test_several_outages_are_given_and_reproduced(fitted):
    _, err, ((model, again),) = fitted("--outage", FOUND, "--outage", "2022-09-05:2022-09-20")
    assert err == ""
    assert len(model.outages) == 2
    assert again.count("--outage") == 2


@pytest.mark.parametrize(
    ("outage", "message"),
    [
        ("2022-05-01", "--outage: '2022-05-01' is not two days. Write 2022-09-05:2022-12-12"),
        ("2022-05-01:July", "--outage 'July' is not a date"),
        ("2022-07-01:2022-05-01", "runs backwards. Write 2022-05-01 to 2022-07-01"),
        ("2022-11-01:2023-01-10", "was not over, with its month, at the extraction on 2022-12-31"),
    ],
)
def test_what_is_no_outage_is_refused(fitted, outage, message):
    code, err, models = fitted("--outage", outage)
    assert (code, models) == (2, [])
    assert message in err
    assert err.count("\n") == 1


def test_the_published_reconstruction_has_no_outages():
    code, _, err = run("report", "registry", "--outage", FOUND)
    assert code == 2
    assert "cases by period do not say when each was opened" in err
