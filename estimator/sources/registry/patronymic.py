"""Sex from the patronymic: endings first, a frequency table for the rest, else unknown.

Endings are those of Russian patronymics (Иванович, Лукич; Ивановна, Ильинична) and the Turkic words
for son and daughter (оглы, улы, уулу; кызы, гызы), in Cyrillic or Latin letters.
"""

from collections.abc import Mapping
from pathlib import Path

import polars as pl

from estimator.data.redaction import missing_column
from estimator.sources.columns import Table
from estimator.sources.tables import read_table

FEMALE, MALE = 0, 1
DAUGHTER = "[вў]на|чна|шна|[кгқ]ызы|[кқ]изи|[eoi]vna|i[cs]hna|[kgq][yiı]z[yiı]"
SON = "[иі]ч|оглы|оглу|оғлы|ўғли|[уұ]лы|уулу|угли|ich|itch|vič|vych|o['ʻ’‘]?[gğ]['ʻ’‘]?l[yiu]|uly|uulu"
LEAST = 5
"""A patronymic of the table with fewer bearers tells nothing: many of these are typing errors."""
ALIASES = {
    "patronymic": ("patronim", "отчество"),
    "sex": ("пол", "gender"),
    "count": ("number", "n", "число", "количество"),
}


def sex_of_patronymic(patronymic: pl.Expr) -> pl.Expr:
    """Return 0 for a daughter's, 1 for a son's patronymic by its ending, null for others."""
    text = patronymic.str.strip_chars()
    return (
        pl.when(text.str.contains(rf"(?i)(?:{DAUGHTER})$"))
        .then(pl.lit(FEMALE, pl.Int8))
        .when(text.str.contains(rf"(?i)(?:{SON})$"))
        .then(pl.lit(MALE, pl.Int8))
    )


def sex_of_name(name: pl.Expr) -> pl.Expr:
    """Return 0 for a woman's, 1 for a man's full name, null where the patronymic does not tell.

    Surname, given name, patronymic, or given name, patronymic, surname: a name of fewer than three
    words is null, since surnames too end in -ич. A daughter's patronymic goes first wherever it
    stands: in ``Анна Ивановна Рабинович`` the last word is the surname.
    """
    text = name.str.strip_chars()
    ending = r"(?i)^\S+\s+\S+(?:{0})\s+\S|(?:{0})$"
    return (
        pl.when(~text.str.contains(r"^\S+\s+\S+\s+\S")).then(None)
        .when(text.str.contains(ending.format(DAUGHTER))).then(pl.lit(FEMALE, pl.Int8))
        .when(text.str.contains(ending.format(SON))).then(pl.lit(MALE, pl.Int8))
    )  # fmt: skip


def sex_of_names(names: pl.Series) -> pl.Series:
    """Return what `sex_of_name` gives, sooner: its slower rules look at few of the names."""
    name = pl.col(names.name)
    signs = names.to_frame().select(
        three=name.str.count_matches(" ", literal=True) >= 2,
        woman=name.str.contains(rf"(?i)(?:{DAUGHTER})$"),
        man=name.str.contains(rf"(?i)(?:{SON})$"),
        second=name.str.contains(rf"(?i)(?:{DAUGHTER})\s"),
    )
    sex = signs.select(
        pl.when(~pl.col("three")).then(None)
        .when(pl.col("woman")).then(pl.lit(FEMALE, pl.Int8))
        .when(pl.col("man")).then(pl.lit(MALE, pl.Int8))
    ).to_series()  # fmt: skip
    open_ = signs.select(pl.col("three") & ~pl.col("woman") & (~pl.col("man") | pl.col("second")))
    at = open_.to_series().arg_true()
    if len(at):
        rest = names.gather(at).to_frame().select(sex_of_name(name)).to_series()
        sex = sex.scatter(at, rest)
    return sex


def sex_in_table(name: pl.Expr, table: Mapping[str, int], *, full: bool) -> pl.Expr:
    """Return the sex that the table gives for a patronymic, null where it has none."""
    patronymic = name.str.extract(r"^\s*\S+\s+\S+\s+(.+)$") if full else name
    key = patronymic.str.strip_chars().str.to_lowercase().str.replace_all("ё", "е", literal=True)
    return key.replace_strict(dict(table), default=None, return_dtype=pl.Int8)


def read_patronymics(path: str | Path) -> dict[str, int]:
    """Read a frequency table of patronymics, keeping those that endings do not tell."""
    raw = read_table(path)
    table = Table.of(raw, ALIASES, Path(path).name)
    if missing := [column for column in ALIASES if column not in table]:
        remedy = "Give patronymic, sex (0 female, 1 male) and count."
        raise missing_column(missing[0], raw.columns, ALIASES, table.name, remedy)
    sex = table.number("sex", whole=True, least=0, remedy="Write 0 or 1.")
    table.check("sex", sex > MALE, "{} is neither 0 nor 1", "Write 0 (female) or 1 (male).")
    bearers = table.number("count", least=0)
    frame = pl.DataFrame({
        "p": pl.Series(table["patronymic"].tolist(), dtype=pl.String), "sex": sex.to_numpy(),
        "n": bearers.to_numpy(),
    })  # fmt: skip
    key = pl.col("p").str.to_lowercase().str.replace_all("ё", "е", literal=True)
    rest = (
        frame.lazy()
        .filter(sex_of_patronymic(pl.col("p")).is_null() & pl.col("p").is_not_null())
        .group_by(key)
        .agg(pl.col("n").sum(), men=(pl.col("n") * pl.col("sex")).sum() / pl.col("n").sum())
        .filter((pl.col("n") >= LEAST) & ((pl.col("men") >= 0.95) | (pl.col("men") <= 0.05)))
        .select("p", pl.col("men").round().cast(pl.Int8))
        .collect()
    )
    return dict(rest.iter_rows())
