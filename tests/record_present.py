"""Record the present's figures anew, where a change is meant: ``python tests/record_present.py``."""

from pathlib import Path

from estimator.estimate.recorded import record_draws
from estimator.nowcast.present import present

FILE = Path(__file__).with_name("recorded_present.csv")
DAY = "2023-07-11"
"""The first day that can be asked about: its fit takes a second."""


def present_figures(seed=1):
    """Return all dead, ordinary and declared deaths to the first day."""
    answer = present(DAY, seed=seed)
    parts = ("deaths", "ordinary", "declared")
    draws = {f"{part} to {DAY}": answer.select(part).total().array() for part in parts}
    found = answer.diagnostics
    return record_draws(draws, effective=min(found["min_ess_bulk"], found["min_ess_tail"]))


if __name__ == "__main__":
    present_figures().round(2).to_csv(FILE, index=False)
    print(f"wrote {FILE.name}: say in CHANGELOG.md what moved and why")
