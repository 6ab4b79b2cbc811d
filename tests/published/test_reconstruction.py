import numpy as np
import pandas as pd
import pytest

import estimator as est
from docs.make_reconstruction import WAR_AGES, capture, checks, reconstruct
from estimator.data.bundled import read_bundled


@pytest.fixture(scope="module")
def table():
    return reconstruct()


def test_the_bundled_reconstruction_is_what_the_steps_give(table):
    bundled = read_bundled("registry_reconstruction_2023")
    pd.testing.assert_frame_equal(bundled, table, check_dtype=False)


def test_ages_20_24_are_the_published_counts(table):
    real = read_bundled("rnd2023_weekly_cases_age20_24")
    for sex in ("female", "male"):
        made = table[(table["age_low"] == 20) & (table["sex"] == sex)]
        assert made["cases"].tolist() == real[f"cases_{sex}"].tolist()


def test_cases_of_2020_are_the_published_ones(table):
    published = read_bundled("rnd2023_cases_and_deaths_2020").set_index("age_low")
    thursday = pd.to_datetime(table["week_start"]) + pd.Timedelta(days=3)
    made = table[thursday.dt.year == 2020].groupby(["sex", "age_low"])["cases"].sum()
    for sex in ("female", "male"):
        for low in (15, 30, 45, 60):
            # 53 Thursdays, spread over a year of 52.18 weeks
            assert made[sex, low] == pytest.approx(published.loc[low, f"cases_{sex}"], rel=0.03)


def test_it_agrees_with_published_numbers_it_does_not_use():
    found = checks()
    index = found[found["check"].str.startswith("index")]
    assert len(index) == len(WAR_AGES) - 1
    np.testing.assert_allclose(index["ratio"], 1, atol=0.025)
    yearly = found[found["check"].str.startswith("cases")]
    np.testing.assert_allclose(yearly["ratio"], 1, atol=0.27)
    recent = yearly[yearly["check"].str.contains("2019|2020|2021")]
    np.testing.assert_allclose(recent["ratio"], 1, atol=0.05)


def test_it_says_what_it_is():
    cases = est.load_registry_reconstruction()
    assert cases.source.startswith("RECONSTRUCTION")
    assert cases.ages.labels[0] == "15-19"
    assert cases.ages.labels[-1] == "65-69"
    assert len(cases.periods) == 490
    real = est.load_registry_20_24()
    assert real.data.sel(age="20-24").equals(cases.data.sel(age="20-24"))


def test_capture_divides_the_cases_of_the_war():
    share = capture().loc[[str(low) for low in WAR_AGES], "share"]
    assert share.between(0.4, 0.82).all()
