import warnings
from datetime import date

import numpy as np
import polars as pl
import pytest

from estimator.calibration.simulate.faults import FAULTS
from estimator.calibration.simulate.registry import simulate_registry
from estimator.calibration.simulate.world import _military_delay, _peacetime_ratio, _yearly_deaths, make_world
from estimator.data.bundled import read_bundled
from estimator.errors import DataError
from estimator.sources.registry.quality import RegistryWarning
from estimator.sources.registry.read import read_registry

SCALE = 0.02
EXTRACTED = "2023-06-25"


@pytest.fixture(scope="module")
def plain():
    return simulate_registry(seed=5, scale=SCALE)


def ingest(made, folder, **options):
    made.write(folder, kind="parquet")
    return read_registry(
        folder / "registry.parquet", extracted_on=made.extracted_on, resolution="month", **options
    )


def test_the_same_seed_gives_the_same_records_and_another_seed_others(plain):
    again = simulate_registry(seed=5, scale=SCALE)
    assert again.records.equals(plain.records)
    assert again.truth.identical(plain.truth)
    assert not simulate_registry(seed=6, scale=SCALE).records.equals(plain.records)


def test_every_record_is_read_and_nothing_is_cleaned_away(plain, tmp_path):
    triangle, quality = ingest(plain, tmp_path)
    touched = {rule.name: rule.records for rule in quality.rules}
    for name in ("duplicate", "unknown sex", "impossible age", "case before death"):
        assert touched.get(name, 0) == 0
    assert triangle.total == pytest.approx(plain.records.height, rel=0.03)  # June is not over


def test_the_extract_holds_only_what_had_happened(plain):
    dates = plain.records.select(pl.col("date_of_death", "date_opened").max()).row(0)
    assert max(dates) <= plain.extracted_on
    assert (plain.records["date_opened"] >= plain.records["date_of_death"]).all()


def test_truth_counts_dead_without_a_case_and_no_more_cases_than_dead(plain):
    truth = plain.truth
    assert (truth["war_cases"] <= truth["war_dead"]).all()
    share = float(truth["war_cases"].sum() / truth["war_dead"].sum())
    ages = truth["war_dead"].sum("date")
    assert share == pytest.approx(float((truth["capture"] * ages).sum() / ages.sum()), abs=0.06)
    assert str(truth["date"].values[0])[:10] == "2022-02-24"
    for resolution in ("week", "month"):
        periods = plain.war_dead(resolution)
        assert int(periods.sum()) == int(truth["war_dead"].sum())
    assert str(periods["period"].values[0])[:10] == "2022-02-01"


def test_cases_are_at_the_level_of_the_published_ones():
    made = simulate_registry(seed=1, scale=0.2)
    table = read_bundled("rnd2023_cases_and_deaths_2020").set_index("age_low")
    in_2020 = made.records.filter(pl.col("date_of_death").dt.year() == 2020)
    for sex in ("female", "male"):
        found = in_2020.filter(pl.col("sex") == sex).height / 0.2
        # published shares times Rosstat's deaths, with a drawn course of the ratio and a three-year limit
        assert found == pytest.approx(table.loc[15:65, f"cases_{sex}"].sum(), rel=0.12)


def test_delays_follow_the_published_curves(plain):
    civilian = plain.truth["civilian_delay"].cumsum("day")
    assert 0.8 < float(civilian[186]) < 0.95
    military = plain.truth["military_delay"].cumsum("day")
    assert float(military[90]) < 0.3 < 0.95 < float(military[540]) + 1e-9
    assert float(civilian[-1]) == pytest.approx(1)


@pytest.mark.parametrize(
    ("fault", "rule"),
    [
        ("duplicates", "duplicate"),
        ("missing_sex", "unknown sex"),
        ("heaping", "heaped on 1 January"),
    ],
)
def test_the_quality_report_counts_faults_of_records(fault, rule, tmp_path):
    made = simulate_registry(seed=5, scale=SCALE, faults=[fault])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RegistryWarning)
        triangle, quality = ingest(made, tmp_path)
    assert (triangle.identified < 0.95) == (fault == "missing_sex")
    touched = {rule.name: rule.records for rule in quality.rules}
    assert touched[rule] > 0.01 * made.records.height


def test_an_outage_leaves_six_weeks_without_openings():
    made = simulate_registry(seed=5, scale=SCALE, faults=["outage"])
    opened = made.records["date_opened"].to_numpy()
    inside = (opened >= np.datetime64("2022-09-05")) & (opened < np.datetime64("2022-10-17"))
    assert not inside.any()


def test_late_batches_open_soldiers_cases_after_300_days_on_the_first_of_a_month():
    def opened_on_a_first(faults):
        made = simulate_registry(seed=5, scale=0.2, faults=faults, extracted_on="2024-12-31")
        days = (pl.col("date_opened") - pl.col("date_of_death")).dt.total_days()
        late = made.records.filter(
            (pl.col("sex") == "male")
            & pl.col("date_of_death").is_between(date(2022, 2, 24), date(2023, 6, 1))
            & days.is_between(300, 460)
        )
        first = late.filter(pl.col("date_opened").dt.day() == 1).height
        return first, int(made.truth["war_cases"].sel(date=slice(None, "2023-05-31")).sum())

    before, _ = opened_on_a_first(())
    after, cases = opened_on_a_first(["late_batches"])
    assert after - before == pytest.approx(0.1 * cases, rel=0.25)


def test_a_change_of_shares_takes_early_cases_away():
    early = {}
    for faults in ((), ("share_change",)):
        made = simulate_registry(seed=5, scale=SCALE, faults=faults)
        early[faults] = made.records.filter(pl.col("date_of_death").dt.year() == 2016).height
    assert early[("share_change",)] == pytest.approx(0.93 * early[()], rel=0.02)


def test_names_tell_the_sex(tmp_path):
    # of few invented names two persons may share all, and their dates; of this seed none do
    made = simulate_registry(seed=11, scale=SCALE, names=True)
    named, quality = ingest(made, tmp_path)
    plain, _ = ingest(simulate_registry(seed=11, scale=SCALE), tmp_path)
    assert {rule.name: rule.records for rule in quality.rules}.get("unknown sex", 0) == 0
    assert named.cases.sum("age").equals(plain.cases.sum("age"))


def test_what_cannot_be_simulated_is_refused(plain, tmp_path):
    with pytest.raises(DataError, match=r"'flood' is unknown.*outage"):
        simulate_registry(seed=1, faults=["flood"])
    with pytest.raises(DataError, match="no war"):
        simulate_registry(seed=1, extracted_on="2021-01-01")
    with pytest.raises(DataError, match="neither 'csv' nor 'parquet'"):
        plain.write(tmp_path, kind="xlsx")


def test_all_faults_can_be_made_together():
    made = simulate_registry(seed=5, scale=SCALE, faults=list(FAULTS))
    assert set(made.faults) == set(FAULTS)
    assert made.records.height > 0


def test_the_first_week_of_a_simulated_war_has_four_days_of_dead():
    worlds = [make_world(np.random.default_rng(seed), date(2022, 6, 30)) for seed in range(60)]
    dead = np.array([world.war_dead.sum(axis=0) for world in worlds])
    began = int(np.flatnonzero(worlds[0].weeks == np.datetime64("2022-02-21"))[0])
    assert (dead[:, :began] == 0).all()
    # of a week's dead four sevenths, give or take what the next week may differ by
    ratio = np.median(dead[:, began] / dead[:, began + 1])
    assert 0.45 < ratio < 0.7


def test_the_sex_ratio_of_peace_moves_as_in_ten_recorded_years():
    recorded, deaths = _yearly_deaths()
    ratio = np.log(deaths[1] / deaths[0])
    peace = np.flatnonzero((recorded >= 2002) & (recorded <= 2019))
    rng = np.random.default_rng(1)
    courses = [_peacetime_ratio(rng, recorded, ratio) for _ in range(200)]
    seen = set()
    for course in courses:
        np.testing.assert_allclose(course[:, 0], ratio[:, recorded == 2014][:, 0])
        moved = course - course[:, :1]
        starts = [
            (first, step, sign)
            for first in peace
            for step in (1, -1)
            for sign in (1, -1)
            if first + 9 * step in peace
            and np.allclose(moved, sign * (ratio[:, first + step * np.arange(10)] - ratio[:, [first]]))
        ]
        assert len(starts) == 1
        seen.update(starts)
    assert len(seen) == 36


def test_soldiers_delays_are_smooth_and_differ_from_the_published_curve_as_fifteen_cases_do():
    table = read_bundled("rnd2023_military_delay").set_index("days_since_death")
    published = table["killed_percent_with_case"] / table["killed_percent_with_case"].iloc[-1] * 0.96
    rng = np.random.default_rng(1)
    opened = np.array([_military_delay(rng).cumsum() for _ in range(300)])
    for day in (150, 180, 210):
        share = published[day]
        assert opened[:, day].mean() == pytest.approx(share, abs=0.05)
        # thirty cases, and a stretch that moves the share of half a year by ten points
        assert 0.8 < opened[:, day].std() / np.sqrt(share * (1 - share) / 15) < 1.25
    assert opened[:, 360].mean() == pytest.approx(0.955, abs=0.015)
    assert opened[:, 360].std() > 0.01
    assert opened[:, 800].min() > 0.9999
    by_month = np.diff(opened[:, ::30], prepend=0.0, axis=1)
    around = np.minimum(by_month[:, :-2], by_month[:, 2:])
    assert not ((around > 0.05) & (by_month[:, 1:-1] < 0.5 * around)).any()
