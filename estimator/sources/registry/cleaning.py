"""Cleaning, rule by rule: a record is left out by the first rule that applies, and counted there."""

import warnings
from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np
import pandas as pd
import polars as pl

from estimator.errors import DataError
from estimator.sources.days import CALENDAR_DAYS, FLOOR
from estimator.sources.registry.quality import PatronymicWarning, RegistryWarning, Rule
from estimator.sources.registry.records import (
    CODE_1,
    CODE_2,
    IMPOSSIBLE_AGE,
    MALE,
    MISSING,
    NO_SEX,
    UNKNOWN,
    YMD,
)

EPOCH = date(1970, 1, 1)
EARLIEST = date(1900, 1, 1)
LAST_BITS = np.uint64(2**22 - 1)
NEIGHBOURS = 14
"""Days before and after a 1 January that it is compared with; at least half of one side is needed."""
HEAPED = 2.0
CONTRADICTED = 0.01
GRACE = timedelta(days=365)
LIMITS = {
    "no date of death": (0.1, "death"), "no date of opening": (0.1, "opened"),
    "impossible date of death": (0.02, "death"), "impossible date of opening": (0.02, "opened"),
    "future death": (0.02, "death"), "future opening": (0.02, "opened"),
    "case before death": (0.05, "opened"), "unknown sex": (0.2, "sex"),
    "impossible age": (0.05, "birth"), "missing age": (0.2, "birth"),
}  # fmt: skip
"""Share of a file's records beyond which a rule meets no single errors, but a column misread; the column."""
IN_PLACE = {"birth": ("age",), "sex": ("patronymic", "name")}
"""Columns that give what another lacks."""
MOST_REPEATED = 0.5
"""Share of one file's records that may be there again."""
LEAST_LOST = 20
SAME_DAY = 0.5
"""Share of cases opened on the day of death beyond which the column is the day of death again."""
FIRST_DAYS, OTHER_DAYS, ALL_FIRST_DAYS = 0.08, 0.15, 0.5
"""Share of deaths on the first of a month, or on another day of it, of which to warn (0.033 by chance, more
where a battle falls into a short extract), and to refuse weeks."""
SOME_MONTHS = 4
"""Months in which another day must have deaths: in few a battle is likelier."""
NEW_YEAR_BIRTHS = 0.05
"""Share of births on a 1 January, 0.003 by chance, from which on it stands for a year alone."""
TYPING_ERRORS = 0.001
"""Openings after the extraction date are typing errors if they are later than `GRACE` and rarer than
this share; else the extraction date is wrong."""


@dataclass
class Records:
    """Records as numbers, the rules applied so far, and which records are still in."""

    columns: dict[str, np.ndarray]
    ends: dict[str, int] = field(default_factory=dict)
    named: dict[str, dict[str, str]] = field(default_factory=dict)
    """Of each file, the own names of known columns."""
    strict: bool = False
    rules: list[Rule] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.alive = np.ones(len(self.columns["death"]), bool)

    def __getitem__(self, name: str) -> np.ndarray:
        """Return a column."""
        return self.columns[name]

    @property
    def files(self) -> str:
        """The names of the files."""
        return ", ".join(self.ends)

    def leave_out(self, name: str, at_fault: np.ndarray, text: str) -> int:
        """Leave out records of a mask, and count those that were still in."""
        n = int(np.count_nonzero(at_fault & self.alive))
        if self.strict and n >= LEAST_LOST and name in LIMITS:
            self._check_loss(name, at_fault & self.alive, text)
        self.alive &= ~at_fault
        self.rules.append(Rule(name, n, "left out", text))
        return n

    def _check_loss(self, name: str, at_fault: np.ndarray, text: str) -> None:
        begin, (limit, column) = 0, LIMITS[name]
        for file, end in self.ends.items():
            n = int(np.count_nonzero(at_fault[begin:end]))
            if n >= LEAST_LOST and n > limit * (end - begin):
                own = self.named.get(file, {})
                places = (column, *IN_PLACE.get(column, ()))
                where = next((f"column {own[place]}: " for place in places if place in own), "")
                raise DataError(
                    f"{file}: {where}{text}: {n:,} of {end - begin:,} records, above the {limit:.0%} of "
                    f"the rule '{name}': they are written or coded otherwise than the others. Correct the "
                    "column, or leave them out with losses='accept' (--losses accept)."
                )
            begin = end

    def repair(self, name: str, n: int | np.integer, text: str, action: str = "repaired") -> None:
        """Count records that a rule touched and kept."""
        self.rules.append(Rule(name, int(n), action, text))


def days(day: date) -> int:
    """Return days since 1970."""
    return (day - EPOCH).days


def clean_dates(records: Records, extracted_on: date, *, drop_future: bool) -> None:
    """Leave out records without two possible dates in the right order."""
    death, opened, today = records["death"], records["opened"], days(extracted_on)
    records.leave_out("no date of death", death == MISSING, "date of death missing")
    records.leave_out("no date of opening", opened == MISSING, "date of opening missing")
    for name, column in (("death", death), ("opening", opened)):
        text = f"impossible date of {name}: not in the calendar, or before {EARLIEST.year}"
        records.leave_out(f"impossible date of {name}", column < days(EARLIEST), text)
    late = records.alive & (opened > today)
    near = int(np.count_nonzero(late & (opened <= today + GRACE.days)))
    n = int(np.count_nonzero(late))
    if not drop_future and (near or n > TYPING_ERRORS * len(opened)):
        last = EPOCH + timedelta(days=int(opened[late].max()))
        raise DataError(
            f"{records.files}: extraction date {extracted_on} is before the last opening: cases opened after "
            f"it are {n:,} of {len(opened):,}, {near:,} of them within a year, the last on {last}. Give the "
            "date of extraction; if these are typing errors, leave them out with "
            "future_openings='drop' (--future-openings drop)."
        )
    after = f"after the extraction, {extracted_on}"
    records.leave_out("future death", death > today, f"death {after}")
    records.leave_out("future opening", opened > today, f"opened {after}")
    records.leave_out("case before death", opened < death, "case opened before the death")
    if not records.alive.any():
        raise DataError(
            f"{records.files}: none of {len(death):,} records has a usable date of death and of opening: "
            + ", ".join(f"{rule.name} {rule.records:,}" for rule in records.rules if rule.records)
            + ". Check the delimiter and the columns."
        )


def check_dates(records: Records, resolution: str) -> None:
    """Refuse cases opened on the day of death, and weeks of deaths that are dated by month."""
    death, alive = records["death"], records.alive
    n = int(np.count_nonzero(alive))
    same = int(np.count_nonzero(alive & (records["opened"] == death)))
    if n >= LEAST_LOST and same > SAME_DAY * n:
        raise DataError(
            f"{records.files}: date of case opening: {same:,} of {n:,} cases were opened on the day of "
            "death. An inheritance is opened by death (Civil Code, article 1114): give the day on which the "
            "notary opened the case."
        )
    share, which = _usual_day(death[alive])
    if resolution == "month" or n < 5 * LEAST_LOST or not which:
        return
    text = f"{share:.0%} of deaths are dated the {which} of a month: of many only the month is known"
    if share > ALL_FIRST_DAYS:
        raise DataError(
            f"{records.files}: date of death: {text}. Read months, with resolution='month' "
            "(--resolution month)."
        )
    records.notes.append(text)
    warnings.warn(f"{text}. Weeks of death are wrong.", RegistryWarning, stacklevel=3)


def _usual_day(death: np.ndarray) -> tuple[float, str]:
    """Return the share of deaths on one day of the month, and which, if it is far too large."""
    first = int(death.min())
    per_day = np.bincount(death - first)
    day = np.arange(first, first + len(per_day)).astype("datetime64[D]")
    month = day.astype("datetime64[M]")
    shares = np.bincount((day - month).astype(int), per_day, minlength=31)[:28] / len(death)
    one = np.timedelta64(1, "D")
    last = per_day[(day + one).astype("datetime64[M]") != month].sum() / len(death)
    at = int(np.argmax([*shares, last]))
    share = max(*shares, last)
    on_day = (day - month).astype(int) == at if at < 28 else (day + one).astype("datetime64[M]") != month
    if share <= (OTHER_DAYS if at else FIRST_DAYS) or (at and (per_day[on_day] > 0).sum() < SOME_MONTHS):
        return share, ""
    return share, {0: "first", 28: "last"}.get(at, f"{at + 1}th")


def _repeated(key: np.ndarray, usable: np.ndarray) -> np.ndarray:
    """Return the places of usable records whose key others have too."""
    ordered = np.sort(key[usable])
    repeated = np.unique(ordered[1:][ordered[1:] == ordered[:-1]])
    del ordered
    # few keys are repeated: a table of their last bits passes few others, which isin then refuses
    table = np.zeros(int(LAST_BITS) + 1, bool)
    table[repeated & LAST_BITS] = True
    at = np.flatnonzero(usable & table[key & LAST_BITS])
    return at[np.isin(key[at], repeated)]


def drop_superseded(records: Records) -> None:
    """Leave out what a later extract has otherwise: the entry of a case before its correction.

    A case is known by its number or, from one file to another, by name and day of opening. A number may
    be another notary's: the birth must be the same, or both dates. The later of two files is the one with
    the later last opening, or else the one that was given later.
    """
    case, opened = records["case"], records["opened"]
    if not case.any():
        return
    at = _repeated(case, records.alive & (case != 0))
    ends = np.array(list(records.ends.values()))
    last = [opened[begin:end].max(initial=0, where=records.alive[begin:end])
            for begin, end in zip([0, *ends[:-1]], ends)]  # fmt: skip
    rank = np.argsort(np.lexsort((np.arange(len(ends)), last)))
    extract = rank[np.searchsorted(ends, at, side="right")]
    order = np.lexsort((at, extract, case[at]))
    at, extract = at[order], extract[order]
    one, other = at[:-1], at[1:]
    comparable = (np.diff(extract) != 0) | (case[one] % 2 == 0)
    same = {name: records[name][one] == records[name][other] for name in ("case", "death", "birth", "opened")}
    same["birth"] &= records["birth"][one] > FLOOR
    again = (records["key"][one] == records["key"][other]) & same["opened"]
    mask = np.zeros(len(case), bool)
    mask[one[same["case"] & comparable & ~again & (same["birth"] | (same["death"] & same["opened"]))]] = True
    records.leave_out("superseded", mask, "an earlier entry of a case that a later one corrects")


def drop_duplicates(records: Records) -> None:
    """Keep the first case of each person's death."""
    key = records["key"]
    if not key.any():
        records.notes.append("duplicates were not looked for: the files have no name and no case number")
        return
    usable = records.alive & (key != 0)
    suspects = _repeated(key, usable)
    opened = records["opened"]
    suspects = suspects[np.lexsort((opened[suspects], key[suspects]))]
    again = np.diff(key[suspects], prepend=np.uint64(0)) == 0
    same = again & (np.diff(opened[suspects], prepend=0) == 0)
    for name, chosen, text in (
        ("duplicate", same, "the same record again"),
        ("further case", again & ~same, "a later case of the same person and death"),
    ):
        mask = np.zeros(len(key), bool)
        mask[suspects[chosen]] = True
        records.leave_out(name, mask, text)
    lost = sum(rule.records for rule in records.rules if rule.name in ("duplicate", "further case"))
    n = int(np.count_nonzero(usable))
    if records.strict and len(records.ends) == 1 and lost >= LEAST_LOST and lost > MOST_REPEATED * n:
        raise DataError(
            f"{next(iter(records.ends))}: {lost:,} of {n:,} records repeat the name, death and birth of "
            f"others, above the {MOST_REPEATED:.0%} of the rule 'duplicate': a column may hold one value for "
            "many. Correct it, or leave them out with losses='accept' (--losses accept)."
        )


def read_sex_codes(blocks: list[pl.DataFrame]) -> tuple[bool, list[pl.DataFrame]]:
    """Return whether a file, by itself, gives sex in the WHO's codes, and its blocks with them read."""
    codes = set().union(*(block["sex"].unique() for block in blocks))
    if not {CODE_1, CODE_2} <= codes or codes & {MALE, 1 - MALE}:
        return False, blocks
    sexes = pl.col("sex").replace({CODE_1: MALE, CODE_2: 1 - MALE})
    return True, [block.with_columns(sexes) for block in blocks]


def find_sex(records: Records) -> np.ndarray:
    """Return sex (0 female, 1 male), from its column or else the patronymic; leave out unknown."""
    sex, guess = records["sex"].copy(), records["guess"]
    entries = np.bincount(sex[sex >= 0], minlength=NO_SEX + 1)
    if entries[NO_SEX] > entries[:NO_SEX].sum():
        raise DataError(
            f"{records.files}: column of sex: {entries[NO_SEX]:,} of {entries.sum():,} entries are not a "
            "sex. Write female or male (or f, m, ж, м; or throughout 2 and 1)."
        )
    sex[sex > MALE] = UNKNOWN
    both = records.alive & (sex >= 0) & (guess >= 0)
    against, compared = (int(np.count_nonzero(at)) for at in (both & (sex != guess), both))
    if compared:
        text = f"sex contradicts the patronymic, of {compared:,} where both are known; column kept"
        records.repair("sex contradicts patronymic", against, text, "kept")
    if against > CONTRADICTED * compared:
        warnings.warn(
            f"the sex column contradicts the patronymic in {against:,} of {compared:,} records "
            f"({100 * against / compared:.1f}%). Check the column; it was used as it stands.",
            PatronymicWarning,
            stacklevel=4,
        )
    inferred = records.alive & (sex < 0) & (guess >= 0)
    records.repair("sex from patronymic", inferred.sum(), "sex inferred from the patronymic")
    sex[inferred] = guess[inferred]
    records.leave_out("unknown sex", sex < 0, "sex neither given nor shown by the patronymic")
    return sex


def clean_ages(records: Records, low: int, high: int) -> None:
    """Leave out records without an age, or with one outside the bands."""
    age, birth = records["age"], records["birth"]
    begin = int(CALENDAR_DAYS[0].astype("int64"))
    known = np.maximum(birth, begin) - begin
    new_year = (birth > FLOOR) & (YMD[known] % 10_000 == 101)
    if (n := int(np.count_nonzero(new_year))) > max(LEAST_LOST, NEW_YEAR_BIRTHS * len(birth)):
        text = "born on a 1 January: of many only the year is known, and ages may be a year too high"
        records.repair("birth on 1 January", n, text, "kept")
    impossible = "impossible age: unreadable birth, birth after death, or over 120"
    records.leave_out("impossible age", age == IMPOSSIBLE_AGE, impossible)
    records.leave_out("missing age", age < 0, "neither date of birth nor age")
    records.leave_out("outside ages", (age < low) | (age > high), f"age outside {low}-{high}")


def identified_share(records: Records) -> float:
    """Return the share of cases of known sex and age; those of unknown sex are of all ages, as others."""
    left_out = {rule.name: rule.records for rule in records.rules if rule.action == "left out"}
    kept = int(np.count_nonzero(records.alive))
    sexed = kept + left_out["outside ages"]
    share = 1.0
    for name in ("missing age", "impossible age", "unknown sex"):
        share *= sexed / (sexed + left_out[name]) if sexed else 1.0
        sexed += left_out[name]
    return share


def heaping(records: Records, *, drop: bool) -> None:
    """Count deaths dated 1 January by default, and leave them out if asked.

    A 1 January is heaped if it has more than twice the deaths of the mean day of the fortnights
    around it, beyond five standard deviations of a Poisson count.
    """
    death = records["death"]
    chosen = death[records.alive]
    if not len(chosen):
        return
    begin = int(chosen.min())
    first = EPOCH + timedelta(days=begin)
    counts = np.bincount(chosen - begin)
    daily = pd.Series(counts, pd.date_range(first, periods=len(counts)))
    window = daily.rolling(2 * NEIGHBOURS + 1, center=True, min_periods=NEIGHBOURS // 2 + 1)
    usual = (window.sum() - daily) / (window.count() - 1)
    above = (daily > HEAPED * usual) & (daily > usual + 5 * np.sqrt(usual + 1))
    heaped = above & (daily.index.month == 1) & (daily.index.day == 1)
    years, surplus = int(heaped.sum()), (daily - usual)[heaped].sum()
    on_day = np.isin(death, np.flatnonzero(heaped) + begin) & records.alive
    text = f"death on 1 January far above the days around, in {years} years"
    if drop:
        records.leave_out("heaped on 1 January", on_day, text)
        return
    text += f"; about {surplus:,.0f} too many" if years else ""
    records.repair("heaped on 1 January", int(np.count_nonzero(on_day)), text, "kept")
    if years:
        warnings.warn(
            f"{int(on_day.sum()):,} deaths are dated 1 January of {years} years, about {surplus:,.0f} "
            "more than the days around tell. Leave them out with january='drop' (--january drop), or mask "
            "these weeks.",
            RegistryWarning,
            stacklevel=4,
        )
