"""A registry with a known truth: the records of an extract, and the deaths that they come from."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import xarray as xr

from estimator.calibration.simulate.faults import FAULTS, ORDER, Columns
from estimator.calibration.simulate.world import AGES, WAR_BEGAN, World, make_world
from estimator.data.ages import AgeBands
from estimator.data.bundled import read_bundled
from estimator.data.drafts import draft_of
from estimator.data.matched_sample import MatchedSample
from estimator.data.periods import Resolution, parse_day, period_index, period_start
from estimator.errors import DataError

EXTRACTED_ON = "2023-06-25"
TARGET_AGES = (15, 49)
SURNAMES = ("Ивлев", "Соколин", "Ручьёв", "Полевой", "Заречин", "Камушкин", "Берёзин", "Снегов")
GIVEN = (("Анна", "Мария", "Ольга", "Инна"), ("Иван", "Пётр", "Олег", "Глеб"))
FATHERS = (
    ("Ивановна", "Петровна", "Олеговна", "Маратовна"),
    ("Иванович", "Петрович", "Олегович", "Маратович"),
)


@dataclass(frozen=True, eq=False)
class SimulatedRegistry:
    """A simulated extract and the truth behind it.

    `records` has one row a record: case_number, date_of_death, date_opened, date_of_birth, sex (or full_name
    instead of sex). `matched` are soldiers looked up long after death, drawn with the true capture
    probabilities. `truth` holds ``war_dead`` and ``war_cases`` (age, date of death) in persons, those whose
    case is not opened yet included; ``capture`` (age); ``civilian_delay`` and ``military_delay`` (day).
    """

    records: pl.DataFrame
    matched: MatchedSample
    truth: xr.Dataset
    extracted_on: date
    seed: int
    faults: tuple[str, ...] = ()

    def war_dead(self, resolution: Resolution) -> xr.DataArray:
        """Return the war dead by age and week or month of death, dims (age, period)."""
        index = period_index(self.truth["date"].values, resolution)
        starts = period_start(index, resolution).astype("datetime64[ns]")
        dead = self.truth["war_dead"].assign_coords(period=("date", starts))
        return dead.groupby("period").sum("date")

    def total(self, ages: tuple[int, int] = TARGET_AGES) -> int:
        """Return the war dead of these ages."""
        bands = AgeBands.from_labels(list(self.truth["age"].values)).within(*ages)
        return int(self.truth["war_dead"].sel(age=list(bands)).sum())

    def write(self, folder: str | Path, *, kind: str = "csv") -> list[Path]:
        """Write records (as csv or parquet), matched sample and truth, a tidy table by date and age."""
        if kind not in ("csv", "parquet"):
            raise DataError(f"format {kind!r} is neither 'csv' nor 'parquet'.")
        home = Path(folder)
        home.mkdir(parents=True, exist_ok=True)
        paths = [home / f"registry.{kind}", home / "matched.csv", home / "truth.csv"]
        write = self.records.write_csv if kind == "csv" else self.records.write_parquet
        truth = self.truth[["war_dead", "war_cases"]].to_dataframe().reset_index()
        with draft_of(paths[0]) as one, draft_of(paths[1]) as two, draft_of(paths[2]) as three:
            write(one)
            self.matched.to_frame().to_csv(two, index=False)
            truth.to_csv(three, index=False)
        return paths


def simulate_registry(
    *,
    seed: int,
    extracted_on: date | str = EXTRACTED_ON,
    faults: Iterable[str] = (),
    names: bool = False,
    scale: float = 1.0,
) -> SimulatedRegistry:
    """Simulate a registry of inheritance cases since 2014, with a war since 24 February 2022.

    Women's deaths follow Rosstat by age and year, with a season and waves of COVID; men's are theirs times a
    sex ratio that begins as in 2014 and moves as in ten years of the record. Shares with a case are those of
    2020 and drift, differently by sex; delays, war dead by week and by age, and capture by age are near the
    figures of July 2023. The seed varies the peacetime sex ratio, the level and course of the war, its ages,
    capture and delays.

    Parameters
    ----------
    seed : int
        Same seed, same records.
    extracted_on : datetime.date or str
        Cases opened later are not in the extract, but are in the truth.
    faults : iterable of str
        Any of `estimator.calibration.simulate.faults.FAULTS`.
    names : bool
        Give full names instead of sex, made of a few invented ones.
    scale : float
        Size of the country; 1 is Russia, some five million records.

    Raises
    ------
    DataError
        If a fault is unknown, or the extract is from before the war.
    """
    faults = tuple(faults)
    if unknown := [name for name in faults if name not in FAULTS]:
        raise DataError(f"fault {unknown[0]!r} is unknown. Choose among {', '.join(FAULTS)}.")
    day = parse_day(extracted_on, "extraction date")
    if day <= WAR_BEGAN:
        raise DataError(f"the extract of {day} would hold no war. Choose a day after {WAR_BEGAN}.")
    rng = np.random.default_rng(seed)
    world = make_world(rng, day)
    records, war = _records(world, rng, scale)
    for name in ORDER:
        if name in faults:
            records = FAULTS[name](records, rng)
    cutoff = np.datetime64(day, "D").astype(int)
    kept = (records["opened"] <= cutoff) & (records["death"] <= cutoff)
    table = _table(_rows(records, kept), rng, names=names)
    return SimulatedRegistry(table, _matched(world, rng, day), _truth(world, war), day, seed, faults)


def _rows(records: Columns, kept: np.ndarray) -> Columns:
    return {name: values[kept] for name, values in records.items()}


def _records(world: World, rng: np.random.Generator, scale: float) -> tuple[Columns, dict[str, np.ndarray]]:
    civilian = rng.poisson(world.civilian_cases * scale)
    parts = [_people(civilian[sex], sex, False, world, rng, world.civilian_delay) for sex in (0, 1)]
    dead = _people(rng.poisson(world.war_dead * scale), 1, True, world, rng, world.military_delay)
    captured = rng.random(len(dead["death"])) < world.capture[dead["age"]]
    parts.append(_rows(dead, captured))
    war = {"war_dead": _by_day(dead, world), "war_cases": _by_day(parts[-1], world)}
    joined = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    del joined["age"]
    order = rng.permutation(len(joined["death"]))
    return _rows(joined, order) | {"number": np.arange(len(order))}, war


def _by_day(people: Columns, world: World) -> np.ndarray:
    """Count persons by age and day of death, from the first day of the war."""
    first, days = _war_days(world)
    counts = np.zeros((len(AGES), days), dtype=int)
    np.add.at(counts, (people["age"], people["death"] - first), 1)
    return counts


def _war_days(world: World) -> tuple[int, int]:
    first = int(np.datetime64(WAR_BEGAN).astype(int))
    return first, int(world.weeks[-1].astype("datetime64[D]").astype(int)) + 7 - first


def _people(
    counts: np.ndarray,
    sex: int,
    soldier: bool,
    world: World,
    rng: np.random.Generator,
    delay: np.ndarray,
) -> Columns:
    """Make one record for each person of a table of counts by age and week."""
    age, week = (index.repeat(counts.ravel()) for index in np.indices(counts.shape).reshape(2, -1))
    number = len(age)
    monday = world.weeks.astype("datetime64[D]").astype(int)[week]
    earliest = np.datetime64(WAR_BEGAN).astype(int) - monday if soldier else np.zeros(number, int)
    first = np.clip(earliest, 0, 6)
    death = monday + first + (rng.random(number) * (7 - first)).astype(int)
    cumulative = np.cumsum(delay)
    waited = np.searchsorted(cumulative, rng.random(number) * cumulative[-1], side="right")
    years = np.array(AGES.low)[age] + 5 * rng.random(number)
    days = {
        "death": death,
        "opened": _after_holidays(death + waited, rng),
        "birth": death - np.ceil(years * 365.2425).astype(int),
    }
    return {name: day.astype(np.int32) for name, day in days.items()} | {
        "sex": np.full(number, sex, np.int8),
        "soldier": np.full(number, soldier),
        "age": age.astype(np.int8),
    }


def _after_holidays(opened: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Notaries rest from 1 to 8 January: cases of these days are opened in the week after."""
    day = opened.astype("datetime64[D]")
    since = (day - day.astype("datetime64[Y]").astype("datetime64[D]")).astype(int)
    return opened + np.where(since < 8, 8 - since + rng.integers(0, 7, len(opened)), 0)


def _table(records: Columns, rng: np.random.Generator, *, names: bool) -> pl.DataFrame:
    columns = {"date_of_death": "death", "date_opened": "opened", "date_of_birth": "birth"}
    days = {
        column: pl.Series(records[name].astype("int32")).cast(pl.Date) for column, name in columns.items()
    }
    frame = pl.DataFrame({"case_number": records["number"]} | days)
    if not names:
        sexes = pl.Series(["female", "male", ""])  # -1 is the last
        return frame.with_columns(sex=sexes.gather(np.where(records["sex"] < 0, 2, records["sex"])))
    return frame.with_columns(full_name=_names(records["sex"], rng))


def _names(sex: np.ndarray, rng: np.random.Generator) -> pl.Series:
    """Make full names; where sex is lost, the patronymic is."""
    pick = rng.integers(0, [[len(SURNAMES)], [4], [4]], (3, len(sex)))
    man = np.where(sex < 0, pick[0] % 2, sex)
    surname = np.array([[name + "а" for name in SURNAMES], SURNAMES])[man, pick[0]]
    father = np.where(sex < 0, "", np.char.add(" ", np.array(FATHERS)[man, pick[2]]))
    given = np.char.add(" ", np.array(GIVEN)[man, pick[1]])
    return pl.Series(np.char.add(np.char.add(surname, given), father))


def _matched(world: World, rng: np.random.Generator, day: date) -> MatchedSample:
    table = read_bundled("rnd2023_matched_sample")
    sampled = table.set_index("age_low")["sampled"]
    of_age = sampled.drop("unknown")
    chance = dict(zip(AGES.low, world.capture))
    low = [int(age) for age in of_age.index]
    with_case = [int(rng.binomial(n, chance[age])) for n, age in zip(of_age, low)]
    ages = world.war_dead.sum(axis=1)
    mean = float((world.capture * ages).sum() / ages.sum())
    unknown = int(sampled["unknown"])
    bands = [f"{age}-{age + 4}" for age in low]
    return MatchedSample(
        pd.DataFrame({"found": with_case, "sampled": of_age.to_numpy()}, bands),
        vintage=day,
        source="simulated: soldiers looked up long after death",
        unknown_age=(int(rng.binomial(unknown, mean)), unknown),
    )


def _truth(world: World, war: dict[str, np.ndarray]) -> xr.Dataset:
    first, days = _war_days(world)
    dates = (first + np.arange(days)).astype("datetime64[D]").astype("datetime64[ns]")
    return xr.Dataset(
        {name: (("age", "date"), values) for name, values in war.items()}
        | {
            "capture": ("age", world.capture),
            "civilian_delay": ("day", world.civilian_delay),
            "military_delay": ("day", world.military_delay),
        },
        {"age": list(AGES.labels), "date": dates, "day": np.arange(len(world.civilian_delay))},
    )
