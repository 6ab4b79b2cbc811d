"""Compute the table and plot that README.md shows: ``python docs/make_readme.py``."""

from dataclasses import replace
from pathlib import Path

import estimator as est
from estimator.published.figures import vital_figures
from estimator.published.specification import MINIMUM, RUSSIA
from estimator.report.plots.style import save_plot
from estimator.report.plots.total import plot_sex_ratio, plot_total
from estimator.report.prose import probability

FIGURES = Path(__file__).parent / "figures"


def main() -> None:
    """Write the figures and print the table in Markdown."""
    model = est.VitalModel(est.load_rosstat(), RUSSIA)
    estimate = est.fit(model, seed=1)
    minimum, published = est.load_named_list(MINIMUM), vital_figures()
    estimate = replace(estimate, provenance=estimate.provenance | {"place": "Russia"})
    names = {"registry, May 2026": "Mediazona and Meduza, registry, May 2026"}
    published = published.replace({"name": names})
    FIGURES.mkdir(exist_ok=True)
    save_plot(plot_total(estimate, minimum, published), FIGURES / "total.png", dpi=130)
    save_plot(plot_sex_ratio(estimate, model), FIGURES / "sex_ratio.png", dpi=110)
    print(
        "| | excess, men 15–49 (95% credible interval) | Kobak et al. 2025 (± 1 SD) | named dead | P(excess > named) |"
    )
    print("|---|---|---|---|---|")
    for row in estimate.against(minimum, mixed_vintages=True).to_dict("records"):
        (kobak,) = published[
            (published["period"] == row["period"]) & published["name"].str.startswith("Kobak")
        ].to_dict("records")
        print(
            f"| {row['period']} | {row['excess']:,.0f} ({row['lower']:,.0f} to {row['upper']:,.0f}) "
            f"| {kobak['estimate']:,.0f} ({kobak['lower']:,.0f} to {kobak['upper']:,.0f}) "
            f"| {row['minimum']:,} | {probability(row['probability_above_minimum'])} |"
        )


if __name__ == "__main__":
    main()
