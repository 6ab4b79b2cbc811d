"""The ratio estimator of Kobak et al. 2025 against its printed table.

Locators: github.com/dkobak/excess-mortality-war, demography2025/models.ipynb (the printed table);
Demography 2025, doi 10.1215/00703370-11862998, abstract.
"""

import json

import numpy as np
import pandas as pd
import pytest

from estimator.errors import DataError
from estimator.published import ratio2025, replicate

# models.ipynb, printed table, rows 2022 and 2023 with "+-": RAW 5lin, RAW 10exp, HIV 5lin, HIV 5exp
PRINTED = {
    "20-24": [
        (3069, 376, 3281, 430),
        (2681, 491, 2822, 492),
        (2868, 465, 3057, 533),
        (2828, 585, 2995, 588),
    ],
    "35-39": [
        (6047, 796, 10691, 861),
        (4903, 1300, 9371, 1235),
        (4466, 566, 9068, 606),
        (4408, 676, 8989, 636),
    ],
    "55-59": [
        (83, 532, 2007, 546),
        (-1671, 836, 83, 753),
        (61, 537, 1944, 549),
        (59, 616, 1941, 553),
    ],
    "15-49": [
        (23594, 1568, 40542, 1738),
        (23177, 1882, 39977, 1802),
        (20618, 1374, 37864, 1533),
        (20297, 1640, 37413, 1607),
    ],
}
VARIANTS = [(False, "lin", 5), (False, "exp", 10), (True, "lin", 5), (True, "exp", 5)]


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    return replicate.ratio2025_frame()


@pytest.mark.parametrize(("place", "variant"), list(enumerate(VARIANTS)))
@pytest.mark.parametrize("age", PRINTED)
def test_printed_integers(age, place, variant):
    hiv_subtracted, trend, fit_years = variant
    table = ratio2025.ratio_estimate(
        hiv_subtracted=hiv_subtracted, trend=trend, fit_years=fit_years
    ).set_index(["age", "year"])
    found = [table.loc[(age, year), name] for year in (2022, 2023) for name in ("excess", "std_error")]
    assert found == pytest.approx(PRINTED[age][place], abs=0.5)


def test_every_cell_equals_the_table(frame):
    assert len(frame) == 2 * 240
    assert frame["matches"].all()
    assert frame["difference"].abs().max() <= 0.0005


def test_totals_and_two_year_sums():
    report = replicate.replicate()["ratio2025"]
    assert report["cells"] == 216
    assert report["mismatches"] == 0
    # abstract: 20,600 and 37,900, together 58,500; models.ipynb, 15--49 row
    assert report["totals"]["hiv_subtracted"] == {"2022": 20618, "2023": 37864, "2022-2023": 58482}
    assert report["totals"]["raw"] == {"2022": 23594, "2023": 40542, "2022-2023": 64136}
    assert report["totals_check"] == {
        "cells": 24,
        "mismatches": 0,
        "max_abs_difference": report["totals_check"]["max_abs_difference"],
    }


def test_a_changed_table_is_seen(monkeypatch):
    read = replicate.read_bundled

    def changed(table_id):
        table = read(table_id)
        if table_id == "ratio2025_model_variants":
            table.loc[7, "excess"] += 0.001
            table.loc[30, "std_error"] += 0.001
        return table

    monkeypatch.setattr(replicate, "read_bundled", changed)
    report = replicate.replicate()
    assert report["ratio2025"]["mismatches"] == 2


def test_a_missing_cell_is_a_mismatch():
    printed = pd.Series({"a": 1.0, "b": 2.0})
    frame = replicate.compare(printed, pd.Series({"a": 1.0004}), decimals=3)
    assert frame["matches"].tolist() == [True, False]


def test_report_is_json_and_its_numbers_are_computed():
    assert json.loads(json.dumps(replicate.replicate()))["rnd2023"]["mismatches"] == 0


def test_one_year_is_the_last_ratio_without_uncertainty():
    forecast, sd = ratio2025.ratio_forecast(
        [2018, 2019], [[90, 30]], [[30, 10]], [2022], [[20]], fit_years=1, trend="exponential"
    )
    assert forecast == pytest.approx(np.array([[60.0]]))
    assert sd.tolist() == [[0.0]]


def test_linear_agrees_with_the_textbook():
    years, women = np.arange(2015, 2020), np.full((1, 5), 100.0)
    ratio = np.array([3.0, 3.2, 3.1, 3.5, 3.4])
    forecast, sd = ratio2025.ratio_forecast(
        years, ratio[None] * women, women, [2022, 2023], [[100, 200]], fit_years=5
    )
    design = np.column_stack([np.ones(5), years - 2017])
    beta, rss, *_ = np.linalg.lstsq(design, ratio, rcond=None)
    ahead = np.array([[1, 5], [1, 6]])
    leverage = np.einsum("ti,ij,tj->t", ahead, np.linalg.inv(design.T @ design), ahead)
    assert forecast[0] == pytest.approx(ahead @ beta * [100, 200])
    assert sd[0] == pytest.approx(np.sqrt(rss / 3 * (1 + leverage)) * [100, 200])


def test_exponential_sd_is_one_maximum_over_the_window():
    years, women = np.arange(2015, 2020), np.full((1, 5), 100.0)
    y = np.array([0.9, 0.6, 0.7, 0.3, 0.2])  # falling: the maximum is at the first year
    men = (1 + np.exp(y))[None] * women
    _, sd = ratio2025.ratio_forecast(
        years, men, women, [2022, 2023], [[1.0, 1.0]], fit_years=5, trend="exponential"
    )
    slope, level = np.polyfit(years - 2017, y, 1)
    residual = y - level - slope * (years - 2017)
    predictive = np.sqrt((residual**2).sum() / 3 * (1 + 1 / 5 + np.array([25, 36]) / 10))
    every_year = np.exp(level + slope * (np.arange(2015, 2024) - 2017))
    widest = max(
        (every_year[:, None] * np.expm1(predictive)).max(),
        (every_year[:, None] * -np.expm1(-predictive)).max(),
    )
    assert sd[0] == pytest.approx([widest, widest])


def test_constant_is_the_mean_ratio():
    forecast, sd = ratio2025.ratio_forecast(
        [1, 2, 3],
        [[2.0, 3.0, 4.0]],
        [[1.0, 1.0, 1.0]],
        [5],
        [[10.0]],
        fit_years=3,
        trend="constant",
    )
    assert forecast[0, 0] == pytest.approx(30)
    assert sd[0, 0] == pytest.approx(10 * np.sqrt(4 / 3))


@pytest.mark.parametrize("trend", ["linear", "exponential", "constant"])
@pytest.mark.parametrize("fit_years", [1, 4])
def test_zero_women_give_nan_in_their_age_only(trend, fit_years):
    men = [[4.0, 5.0, 4.0, 6.0], [4.0, 5.0, 4.0, 6.0]]
    women = [[2.0, 2.0, 2.0, 0.0], [2.0, 2.0, 2.0, 2.0]]
    forecast, sd = ratio2025.ratio_forecast(
        [1, 2, 3, 4], men, women, [6, 7], [[2.0, 2.0], [2.0, 0.0]], fit_years=fit_years, trend=trend
    )
    assert np.isnan(forecast[0]).all()
    assert np.isnan(sd[0]).all()
    assert np.isfinite(forecast[1]).all()
    assert forecast[1, 1] == 0


GOOD = {
    "years": [1, 2, 3],
    "men": [[1, 2, 3]],
    "women": [[1, 1, 1]],
    "target_years": [5],
    "target_women": [[1]],
    "fit_years": 3,
    "trend": "linear",
}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"trend": "quadratic"}, "'quadratic' is none of"),
        ({"fit_years": 4}, "a window of 4 years"),
        ({"fit_years": 2}, "leaves no residual"),
        ({"fit_years": 0}, "a window of 0 years"),
        ({"men": [[1, 2]]}, "do not agree"),
        ({"target_women": [[1, 2]]}, "target_women has shape"),
        ({"years": [2, 1, 3]}, "ascending"),
    ],
)
def test_what_cannot_be_forecast_is_refused(change, said):
    arguments = {**GOOD, **change}
    given = [arguments.pop(name) for name in ("years", "men", "women", "target_years", "target_women")]
    with pytest.raises(DataError, match=said):
        ratio2025.ratio_forecast(*given, **arguments)
