"""Write the back-test of the answer into docs/present.md and README.md: ``python -m docs.make_present [ROWS.csv]``.

ROWS.csv is what `estimator study backtest --out` wrote; without it the back-test is made, in minutes. Blocks between
``<!-- NAME -->`` and ``<!-- /NAME -->`` are replaced, and docs/figures/present_backtest.svg is drawn.
"""

import sys

import pandas as pd

from docs.make_readme import FIGURES, ROOT, with_blocks
from estimator.calibration.present_backtest import RIVALS, PresentBacktest, present_backtest
from estimator.report.plots import plot_present_backtest
from estimator.report.plots.style import save_plot

SEED = 1


def days_block(result: PresentBacktest) -> str:
    """Return the answer of each day, what had been published, and what was known later, in thousands."""
    lines = [
        "| as of | all dead, answer then | published then | all dead, later | ordinary, answer then | ordinary, later |",
        "|---|---|---|---|---|---|",
    ]
    for day, rows in result.totals.groupby("as_of", sort=False):
        deaths, ordinary = (rows[rows["quantity"] == name].iloc[0] for name in ("deaths", "ordinary"))
        later = ("at least " if deaths["lower_bound"] else "") + _thousands(deaths["later"])
        lines.append(
            f"| {day} | {_interval(deaths)} | {_thousands(deaths['published'])} | {later} | {_interval(ordinary)} "
            f"| {_thousands(ordinary['later'])} |"
        )
    return "\n".join(lines)


def _thousands(persons: float) -> str:
    return f"{persons / 1000:.0f}"


def _interval(row: pd.Series) -> str:
    low, high = _thousands(row["lower"]), _thousands(row["upper"])
    return f"{_thousands(row['median'])} ({low}–{high})"


def coverage_block(result: PresentBacktest) -> str:
    """Return on how many days and half-years the intervals hold the later value."""
    scores = result.summary()
    both = " and ".join(f"{scores[f'half_years_{name}_covered']:.0%}" for name in ("deaths", "ordinary"))
    return "\n".join(
        [
            "| | 95% intervals that hold the later value |",
            "|---|---|",
            f"| all dead, to the day | {scores['deaths_covered']} of {scores['days']} |",
            f"| ordinary deaths, to the day | {scores['ordinary_covered']} of {scores['days']} |",
            f"| half-years, all dead and ordinary | {scores['half_years_covered']:.0%} of {scores['half_years']} ({both}) |",
        ]
    )


def scores_block(result: PresentBacktest) -> str:
    """Return the mean CRPS of the answer and of its rivals, in thousands."""
    scores = result.summary()
    rivals = sorted(scores["rivals"].items(), key=lambda one: one[1])
    rows = [("**this answer**", scores["crps"]), *((RIVALS[name], value) for name, value in rivals)]
    lines = ["| method | mean CRPS of all dead to the day, thousands |", "|---|---|"]
    return "\n".join([*lines, *(f"| {name} | {value / 1000:.1f} |" for name, value in rows)])


def main(files: list[str]) -> None:
    """Write the blocks of both pages and the figure."""
    if files:
        result = PresentBacktest(pd.read_csv(files[0]), SEED)
    else:
        result = present_backtest(seed=SEED, progress=True)
    pages = {"docs/present.md": (days_block, coverage_block, scores_block), "README.md": (scores_block,)}
    for name, makers in pages.items():
        page = ROOT / name
        blocks = {make.__name__.removesuffix("_block"): make(result) for make in makers}
        page.write_text(with_blocks(page.read_text(encoding="utf-8"), blocks), encoding="utf-8")
    save_plot(plot_present_backtest(result), FIGURES / "present_backtest.svg")


if __name__ == "__main__":
    main(sys.argv[1:])
