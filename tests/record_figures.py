"""Record the other figures anew, where a change is meant: ``python -m tests.record_figures [NAME]...``.

Each name has a table beside this file, ``recorded_NAME.csv``. Those of known_truth and list_nowcast need
the third-party data of ESTIMATOR_DATA; registry takes a minute or two.
"""

import os
import sys
from datetime import date
from pathlib import Path

import pandas as pd

import estimator as est
from docs.completeness_by_age import spring_of_2023
from estimator.calibration.known_truth import known_truth
from estimator.estimate.recorded import COLUMNS, record, record_draws
from estimator.nowcast.list_growth import fit_list_growth
from estimator.nowcast.weeks import weeks_of
from estimator.sources.named_list_vintages import read_list_vintages
from tests import registries

HERE = Path(__file__).parent
DATA = Path(os.environ.get("ESTIMATOR_DATA") or HERE.parent.parent / "shared" / "data")
VINTAGE, ON = date(2025, 2, 24), date(2025, 12, 5)


def known_truth_figures(data=DATA, seed=1):
    """Return England and Wales 1914-18, as `estimator known-truth` estimates it."""
    folder = data / "england_wales_ww1"
    model = est.VitalModel(
        est.read_counts(folder / "deaths_total.csv"), est.Periods((1895, 1913), (1914, 1918))
    )
    truth = folder / "truth_total_minus_civilian.csv"
    return record(known_truth(model, truth, seed=seed).estimate)


def list_nowcast_figures(data=DATA, seed=1):
    """Return the names dated by December 2025, foreseen in February: of all weeks, of whole years."""
    vintages = read_list_vintages(data / "named_list_vintages_weekly.csv").as_of(VINTAGE)
    names = fit_list_growth(vintages).nowcast(ON, seed=seed)
    draws, years = names.array(), weeks_of(names).year
    named = {f"dated names of {year}": draws[years == year] for year in range(2022, VINTAGE.year)}
    parts = {"dated names of all weeks": draws, **named}
    return record_draws({name: part.sum(axis=0) for name, part in parts.items()})


def registry_figures(data=DATA, seed=1):
    """Return the war dead of a small registry that is made in memory."""
    return record(est.fit(registries.model(), seed=seed))


def derived_figures(data=DATA, seed=1):
    """Return figures that follow from bundled tables by arithmetic, and have no error."""
    table = spring_of_2023()
    shares = table[["completeness", "lower", "upper", "relative"]].stack()
    rows = [("names of April 2023 over deaths of 2022", *place, value) for place, value in shares.items()]
    return pd.DataFrame(rows, columns=list(COLUMNS[:-1])).assign(error=0.0)


FIGURES = {
    "known_truth": known_truth_figures,
    "list_nowcast": list_nowcast_figures,
    "registry": registry_figures,
    "derived": derived_figures,
}


def file(name):
    """Return the table of a name."""
    return HERE / f"recorded_{name}.csv"


if __name__ == "__main__":
    for chosen in sys.argv[1:] or FIGURES:
        table = FIGURES[chosen]()
        table.to_csv(file(chosen), index=False, float_format="%.9g")
        print(f"wrote {file(chosen).name}: say in CHANGELOG.md what moved and why")
