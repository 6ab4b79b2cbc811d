"""Every other figure that an estimator gives: one that moves is named, with how far it moved."""

import numpy as np
import pandas as pd
import pytest
from scipy.signal import lfilter

from estimator.estimate.recorded import moved, record_draws
from tests.record_figures import FIGURES, file

EXTERNAL = pytest.mark.external
MARKS = {"known_truth": EXTERNAL, "list_nowcast": EXTERNAL, "registry": pytest.mark.slow}
NAMES = [pytest.param(name, marks=MARKS.get(name, ())) for name in FIGURES]


def figures(name, request, **more):
    external = MARKS.get(name) is EXTERNAL
    return FIGURES[name](request.getfixturevalue("external_data") if external else None, **more)


@pytest.mark.parametrize("name", NAMES)
def test_figures_have_not_moved(name, request):
    found = moved(file(name), figures(name, request))
    assert not found, "; ".join(found) + f". If this is meant: python -m tests.record_figures {name}"


@pytest.mark.external
@pytest.mark.parametrize("seed", [2, 3])
@pytest.mark.parametrize("name", ["known_truth", "list_nowcast"])
def test_another_seed_moves_nothing(name, seed, request):
    assert moved(file(name), figures(name, request, seed=seed)) == []


@pytest.mark.parametrize("name", FIGURES)
def test_each_figure_that_moves_is_named_with_its_size(name):
    """Every row of a table, by ten errors of the difference, or by a hundredth where it is exact."""
    then = pd.read_csv(file(name), dtype={"period": str, "age": str})
    by = (10 * np.sqrt(2) * then["error"]).where(then["error"] > 0, 0.01 * then["value"])
    lines = moved(file(name), then.assign(value=then["value"] + by))
    assert len(lines) == len(then) > 0
    for (_, row), change in zip(then.iterrows(), by):
        start = f"{row['period']}, age {row['age']}, {row['statistic']} moved from "
        (line,) = [line for line in lines if line.startswith(start)]
        assert f"({'+' if change > 0 else '-'}{_digits(abs(change))}, " in line
        assert ("10.0 Monte Carlo errors" if row["error"] else "an exact figure") in line


def _digits(value):
    return f"{value:,.0f}" if value >= 10 else f"{value:.4g}"


def test_small_numbers_are_told_in_full():
    """A share that moves by a hundredth did not move from 0 to 0."""
    then = pd.read_csv(file("derived"), dtype={"period": str, "age": str})
    now = then.copy()
    at = then.query("age == '20-24' and statistic == 'completeness'").index
    now.loc[at, "value"] += 0.0123
    (line,) = moved(file("derived"), now)
    assert line.startswith(
        "names of April 2023 over deaths of 2022, age 20-24, completeness moved from 1.242 to 1.254"
    )
    assert line.endswith("(+0.0123, an exact figure)")


@pytest.mark.parametrize("shuffled", [True, False])
def test_errors_of_draws_do_not_depend_on_their_order(shuffled):
    """Of n independent normal draws a median errs by 1.2533 sd / sqrt(n), laid out as they may be."""
    rng = np.random.default_rng(1)
    values = rng.normal(1000, 100, 20_000)
    table = record_draws({"a": values if shuffled else np.sort(values)}).set_index("statistic")
    assert table.loc["median", "error"] == pytest.approx(1.2533 * 100 / np.sqrt(20_000), rel=0.2)
    assert table.loc["lower", "value"] == pytest.approx(np.quantile(values, 0.025))


def test_errors_of_chains_are_those_of_their_effective_draws():
    """Draws that depend on those before them differ between two processors by more than independent ones."""
    kept = 0.8
    effective = 4000 * (1 - kept) / (1 + kept)
    noise = np.random.default_rng(1).standard_normal((40, 4000)) * np.sqrt(1 - kept**2)
    chains = [lfilter([1.0], [1.0, -kept], one) for one in noise]
    medians, errors = zip(*(
        record_draws({"a": chain}, effective=effective).loc[0, ["value", "error"]] for chain in chains
    ))  # fmt: skip
    assert np.std(medians) == pytest.approx(np.mean(errors), rel=0.3)
    assert np.std(medians) > 2 * record_draws({"a": chains[0]}).loc[0, "error"]


def test_counts_that_tie_have_an_error():
    """Of 4,000 draws about 51 many medians are the same whole number, and another seed's is the next."""
    tables = [record_draws({"a": np.random.default_rng(seed).poisson(50.66, 4000)}) for seed in range(20)]
    assert all((table["error"] > 0.28).all() for table in tables)
    assert len({table["value"][0] for table in tables}) > 1
    assert not any(moved(tables[0], table) for table in tables)


def test_every_table_has_its_figures():
    assert sorted(path.name for path in file("x").parent.glob("recorded_*.csv")) == sorted(
        [f"recorded_{name}.csv" for name in FIGURES] + ["recorded_estimates.csv", "recorded_present.csv"]
    )
