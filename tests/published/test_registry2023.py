"""The registry estimator of July 2023 against its print.

Locators: github.com/meduza-data/excess-male-mortality, pics/pic05_data.csv (by week),
pics/pic07_data.csv (by age), pics/pic10_data.csv (capture); medusa2023/medusa2023.ipynb of
github.com/dkobak/excess-mortality-war (Rosstat ratio).
"""

import pytest

from estimator.published import registry2023, replicate


def test_2022_by_age_adds_up_to_the_weeks():
    ages = registry2023.by_age_2022()[["estimate", "lower", "upper"]].sum()
    # sums of pic05_data.csv, weeks 2022-02-21 to 2022-12-26
    assert ages.tolist() == pytest.approx([24759.43, 21525.15, 29400.99], abs=0.005)
    weeks = registry2023.weekly_total(registry2023.LAST_WEEK_OF_2022)
    assert list(weeks.values()) == pytest.approx([24759.43, 21525.15, 29400.99], abs=0.005)


def test_65_weeks():
    assert len(registry2023.weekly()) == 65
    total = registry2023.weekly_total()  # sums of pic05_data.csv
    assert list(total.values()) == pytest.approx([46583.60, 40313.81, 55603.74], abs=0.005)
    last = registry2023.weekly().iloc[-1]
    assert last["cumulative_estimate"] == pytest.approx(total["estimate"])


@pytest.mark.parametrize(
    ("age", "share", "lower", "upper"),
    [  # pic10_data.csv, share of opened cases, military
        ("15", 42.42424242, 25.56158645, 59.28689840),
        ("20", 57.04467354, 51.35711816, 62.73222892),
        ("40", 81.25, 70.20799922, 92.29200078),
        ("45", 80.0, 59.75720704, 100.24279296),
        ("unknown", 62.0, 57.94339829, 66.05660171),
    ],
)
def test_capture_is_the_printed_wald_interval(age, share, lower, upper):
    found = 100 * registry2023.capture().loc[age, ["share", "lower", "upper"]].astype(float)
    assert found.tolist() == pytest.approx([share, lower, upper], abs=5e-9)


def test_upper_capture_at_45_49_is_left_above_one():
    assert registry2023.capture().loc["45", "upper"] == pytest.approx(1.0024, abs=5e-5)


def test_chain_from_weekly_counts():
    chain = registry2023.chain_20_24()
    assert len(chain) == 45
    deaths = chain["deaths"].sum()
    assert deaths == pytest.approx(2720.6, abs=0.05)
    # pic07_data.csv prints 2,721.34: weekly counts are not the daily ones that were weighted
    assert abs(deaths - 2721.34) < 1


def test_rosstat_ratio_of_2023():
    table = registry2023.rosstat_ratio_2022()
    # medusa2023.ipynb prints 23594 +- 2217; pic07_data.csv 6046.7088 at 35-39
    assert table.loc["15-49"].tolist() == pytest.approx([23594, 2217], abs=0.5)
    assert table.loc["35-39", "excess"] == pytest.approx(6046.7088, abs=5e-5)
    assert table.loc["50-54"].tolist() == pytest.approx([990, 1682], abs=0.5)


def test_replicate_counts_every_comparison():
    report = replicate.replicate()
    assert (report["rnd2023"]["cells"], report["rnd2023"]["mismatches"]) == (33, 0)
    assert (report["rosstat2023"]["cells"], report["rosstat2023"]["mismatches"]) == (29, 0)
    assert report["rnd2023"]["chain_20_24"]["difference"] == pytest.approx(-0.7, abs=0.05)


def test_one_more_found_is_seen(monkeypatch):
    read = registry2023.read_bundled

    def changed(table_id):
        table = read(table_id)
        if table_id == "rnd2023_matched_sample":
            table.loc[6, "found_in_registry"] += 1
        return table

    monkeypatch.setattr(registry2023, "read_bundled", changed)
    # share and bounds at 45-49, and both bounds of 2022: estimates by age are published
    assert replicate.replicate()["rnd2023"]["mismatches"] == 5


def test_a_changed_week_is_seen(monkeypatch):
    read = registry2023.read_bundled

    def changed(table_id):
        table = read(table_id)
        if table_id == "rnd2023_weekly_excess":
            table.loc[3, "excess_deaths"] += 0.02
        return table

    monkeypatch.setattr(registry2023, "read_bundled", changed)
    assert replicate.replicate()["rnd2023"]["mismatches"] == 3
