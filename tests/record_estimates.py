"""Record the default estimates anew, where a change is meant: ``python tests/record_estimates.py``."""

from pathlib import Path

import estimator as est
from estimator.estimate.recorded import record
from estimator.published.specification import RUSSIA

FILE = Path(__file__).with_name("recorded_estimates.csv")


def default_estimate():
    """Return the estimate of `estimator report` without options."""
    return est.fit(est.VitalModel(est.load_rosstat(), RUSSIA), seed=1)


if __name__ == "__main__":
    record(default_estimate()).round(2).to_csv(FILE, index=False)
    print(f"wrote {FILE.name}: say in CHANGELOG.md what moved and why")
