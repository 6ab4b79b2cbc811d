"""From text to numbers: each record becomes dates, age, sex and a key; names go no further.

A record that cannot be used is not dropped here: codes say why, and `cleaning` counts them.
"""

from collections.abc import Mapping

import numpy as np
import polars as pl

from estimator.sources.days import CALENDAR_DAYS, FLOOR, YEAR_ALONE, parse_dates
from estimator.sources.registry.patronymic import sex_in_table, sex_of_names, sex_of_patronymic
from estimator.sources.vocabulary import SEX_CODES, SEX_LABELS

ALIASES = {
    "death": ("death_date", "date_of_death", "died", "died_on", "deceased_on", "дата смерти",
              "дата смерти наследодателя", "дата кончины", "дата смерті", "datedeces", "date de décès",
              "date du décès", "sterbedatum", "todesdatum", "fecha de defunción",
              "fecha de fallecimiento", "смерть"),
    "opened": ("case_date", "opened_on", "opening_date", "date_opened", "date_of_opening",
               "date_of_case_opening", "case_opened", "case_opening_date", "case_opened_on",
               "opened_date", "дата открытия", "дата открытия дела", "дата дела",
               "дата открытия наследственного дела",
               "дата заведения дела", "дата заведения", "дата наследственного дела",
               "дата заведения наследственного дела", "дата заведення спадкової справи",
               "дата заведення справи", "дата відкриття справи", "registered_on", "registration_date",
               "дата регистрации дела"),
    "inheritance": ("дата открытия наследства", "день открытия наследства", "время открытия наследства",
                    "открытие наследства", "дата відкриття спадщини", "inheritance_opened",
                    "inheritance_opened_on", "inheritance_opening_date", "date_of_opening_of_inheritance",
                    "opening_of_inheritance", "succession_opened", "date d'ouverture de la succession"),
    "birth": ("birth_date", "date_of_birth", "born", "dob", "дата рождения",
              "дата рождения наследодателя", "дата народження", "datenaiss", "date de naissance",
              "geburtsdatum", "fecha de nacimiento"),
    "age": ("age_at_death", "возраст", "возраст смерти", "возраст на дату смерти", "полных лет"),
    "sex": ("gender", "пол", "стать", "sexe", "geschlecht", "sexo"),
    "name": ("full_name", "person", "deceased", "фио", "ф.и.о.", "фио наследодателя",
             "наследодатель", "фамилия имя отчество", "полное имя", "піб", "nomprenom"),
    "surname": ("last_name", "family_name", "фамилия", "прізвище"),
    "given": ("first_name", "given_name", "имя"),
    "patronymic": ("middle_name", "отчество", "по батькові"),
    "number": ("case_number", "case_id", "case_no", "номер дела", "номер наследственного дела",
               "номер", "id"),
}  # fmt: skip
ODD = (
    r"[\p{L}\p{N}]\p{Lu}|(?:^|[^\p{L}\p{N}])\p{Ll}|[ёЁ,\p{M}\p{Latin}‐‑‒–—−]|\s-|-\s|\s\s|^\s|\s$"
    r"|[\t\x{a0}\x{202f}\x{ad}\x{2000}-\x{200f}\x{2060}\x{feff}’‘ʼ`\"«»]|[.](?:\s|$)|(?:^|\s)\p{L}(?:\s|$)"
)
"""What a name written one way has not: a capital within a word, none at its start, ё, odd spaces,
hyphens, quotes and letters."""
SIGNS = (
    {"ё": "е", "Ё": "Е", ",": " "}
    | dict.fromkeys("‐‑‒–—−", "-")
    | dict.fromkeys("’‘ʼ`", "'")
    | dict.fromkeys(
        ('"', "«", "»", "\u00ad", "\u200b", "\u200c", "\u200d", "\u200e", "\u200f", "\u2060", "\ufeff"), ""
    )
)
"""Signs of names, and what stands for them where a name is written one way."""
INITIALS = r"\b(\p{L})(?:\. ?| )(\p{L})\b\.? ?"
"""Initials, which are one word: they are no given name, and what follows no patronymic."""
LOOK_ALIKES = dict(zip("aceopxyABCEHKMOPTX", "асеорхуАВСЕНКМОРТХ"))
"""Latin letters typed in Cyrillic names."""
IN_CYRILLIC = {
    "shch": "щ", "sch": "щ", "zh": "ж", "kh": "х", "ts": "ц", "ch": "ч", "sh": "ш", "yu": "ю", "iu": "ю",
    "ju": "ю", "iya": "ия", "iia": "ия", "ia": "ия", "ya": "я", "ja": "я", "yo": "е", "jo": "е", "ye": "е",
    "je": "е", "eye": "ее", "aye": "ае", "oye": "ое", "uye": "уе", "iye": "ие", "ii": "ий", "iy": "ий",
    "ij": "ий", "yy": "ый", "ey": "ей", "ay": "ай", "oy": "ой", "uy": "уй", "'": "ь",
} | dict(zip("abcdefghijklmnopqrstuvwyz", "абкдефгхийклмнопкрстуввыз")) | {"x": "кс"}  # fmt: skip
"""How names that are in Latin letters are read, as passports and offices transliterate them."""
FEMALE, MALE, CODE_1, CODE_2, NO_SEX = 0, 1, 2, 3, 4
WORST_AGE = 120
IMPOSSIBLE_AGE, UNKNOWN = -1, -9
MISSING = -(2**31)
ABSENT = {"death": MISSING, "opened": MISSING, "birth": MISSING, "key": 0, "case": 0}
"""What stands for a missing value; `UNKNOWN` in other columns."""
NAMED = pl.lit(1, pl.UInt64)
"""The last bit of a case: whether it is known by name, not by number."""
SEED = 20220224
COMPACT = {
    "death": pl.Int32, "opened": pl.Int32, "birth": pl.Int32, "age": pl.Int16, "sex": pl.Int8,
    "guess": pl.Int8, "key": pl.UInt64, "case": pl.UInt64,
}  # fmt: skip


def _calendar() -> np.ndarray:
    months = CALENDAR_DAYS.astype("datetime64[M]")
    number = months.astype("int64") + 12 * 1970
    day = (CALENDAR_DAYS - months).astype("int64") + 1
    return (number // 12 * 10_000 + (number % 12 + 1) * 100 + day).astype("int32")


YMD = _calendar()
"""Days of `CALENDAR_DAYS` as year, month, day in one number: 20220224."""


def compact_records(
    block: pl.LazyFrame,
    forms: Mapping[str, str],
    patronymics: Mapping[str, int] | None,
    timezone: str | None = None,
    several: bool = False,
) -> tuple[pl.DataFrame, int]:
    """Return the numbers of a block of records, and of how many births only the year is known.

    Names are used here and go no further. A case is known by its number or else, in `several` files, by
    name and day of opening.
    """
    frame = block.filter(~pl.all_horizontal(pl.all().is_null())).collect(engine="streaming")
    schema = frame.schema
    dates = [
        parse_dates(frame[name], form, timezone, months=1 if name != "birth" else 15).alias(name)
        for name, form in forms.items()
    ]
    numbers = frame.lazy().select(
        *(pl.lit(column) for column in dates),
        (_sex() if "sex" in schema else pl.lit(None, pl.Int8)).alias("sex"),
        (_years() if "age" in schema else pl.lit(None, pl.Int16)).alias("age"),
        *([] if "birth" in schema else [pl.lit(None, pl.Int32).alias("birth")]),
    )
    names, guess = _persons(frame, patronymics)
    parts = ["who", "death", "birth" if "birth" in schema else "age"]
    if names is not None:
        known = names.is_not_null() & (names != "")
    elif "number" in schema:
        names, parts = frame["number"].cast(pl.String), [*parts, "opened"]
        known = names.is_not_null()
    else:
        names, known = pl.repeat(None, frame.height, dtype=pl.String, eager=True), None
    with_names = numbers.with_columns(guess=guess, who=_name_key(names))
    case: pl.Expr = pl.lit(None)
    if "number" in schema:
        written = pl.lit(frame["number"].cast(pl.String).str.strip_chars())
        case = pl.when(written.is_not_null() & (written != "")).then(written.hash(SEED) & ~NAMED)
    elif several and known is not None:
        case = pl.when(known).then(pl.struct("who", "opened").hash(SEED) | NAMED)
    key = pl.lit(None) if known is None else pl.when(known).then(pl.struct(parts).hash(SEED))
    compact = (
        with_names.with_columns(key=key, case=case)
        .select(
            pl.col(name).cast(dtype, strict=False).fill_null(ABSENT.get(name, UNKNOWN))
            for name, dtype in COMPACT.items()
        )
        .collect(engine="streaming")
    )
    age = _age(*(compact[name].to_numpy() for name in ("death", "birth", "age")))
    years = _count_years(frame["birth"], compact["birth"].to_numpy()) if "birth" in schema else 0
    return compact.with_columns(age=pl.Series(age)), years


def _count_years(births: pl.Series, days: np.ndarray) -> int:
    """Return of how many births only the year is known; they are among those of 1 July."""
    if births.dtype != pl.String:
        return 0
    first = int(CALENDAR_DAYS[0].astype("int64"))
    july = np.flatnonzero((days > FLOOR) & (YMD[np.maximum(days, first) - first] % 10_000 == 701))
    return int(births.gather(july).str.contains(YEAR_ALONE).sum() or 0)


def _persons(
    frame: pl.DataFrame, patronymics: Mapping[str, int] | None
) -> tuple[pl.Series | None, pl.Series]:
    """Return names written one way, if there are any, and the sex that patronymics tell."""
    parts = [name for name in ("surname", "given", "patronymic") if name in frame.columns]
    names: pl.Series | None = None
    if "name" in frame.columns:
        names = frame["name"]
    elif {"surname", "given"} <= set(parts):
        joined = pl.concat_str(parts, separator=" ", ignore_nulls=True).alias("name")
        names = frame.select(joined).to_series()
    if names is not None:
        names = _one_way(names)
    if "patronymic" in frame.columns:
        patronymic = pl.col("patronymic")
        guess = frame.select(sex_of_patronymic(patronymic)).to_series()
        rest, full = frame["patronymic"], False
    elif names is not None:
        guess, rest, full = sex_of_names(names), names, True
    else:
        return None, pl.repeat(None, frame.height, dtype=pl.Int8, eager=True)
    if patronymics and guess.null_count():
        at = guess.is_null().arg_true()
        looked_up = sex_in_table(pl.col(rest.name), patronymics, full=full)
        guess = guess.scatter(at, rest.gather(at).to_frame().select(looked_up).to_series())
    return names if names is None else _in_cyrillic(names), guess


def _one_way(names: pl.Series) -> pl.Series:
    """Return names in one spelling: capital initials, е for ё, single spaces, plain hyphens, one script."""
    at = names.str.contains(ODD).arg_true()
    if not len(at):  # as most blocks are
        return names
    plain = names.gather(at).str.normalize("NFKC").str.replace_many(list(SIGNS), list(SIGNS.values()))
    plain = plain.str.replace_all(r"\s+", " ")
    plain = _replaced(plain, " -|- ", r" ?- ?", "-")
    plain = _replaced(plain, "[.]", r"(\p{L}{2})\.", "$1")
    plain = _replaced(plain, r"[.]|(?:^| )\p{L} ", INITIALS, "$1.$2. ")
    plain = plain.str.strip_chars(" .")
    cyrillic = plain.str.contains(r"\p{Cyrillic}")
    mended = plain.str.replace_many(list(LOOK_ALIKES), list(LOOK_ALIKES.values()))
    plain = mended.zip_with(cyrillic.fill_null(False), plain)
    return names.clone().scatter(at, plain.str.to_titlecase())


def _replaced(names: pl.Series, sign: str, pattern: str, by: str) -> pl.Series:
    """Return names with a pattern replaced in the few that have a sign of it: looking costs less."""
    at = names.str.contains(sign).arg_true()
    return names.scatter(at, names.gather(at).str.replace_all(pattern, by)) if len(at) else names


def _in_cyrillic(names: pl.Series) -> pl.Series:
    """Return names that are all in Latin letters as they are in Cyrillic ones, most likely."""
    at = names.str.contains(r"^[\p{Latin}\s.'-]+$").arg_true()
    if not len(at):
        return names
    read = names.gather(at).str.to_lowercase().str.replace_all(r"([bcdfghjklmnpqrstvwxz])y\b", "${1}iy")
    read = read.str.replace_all(r"\bil(ich|inichna)\b", "il'$1")
    for length in (4, 3, 2, 1):  # sch before ch before c
        letters = {latin: one for latin, one in IN_CYRILLIC.items() if len(latin) == length}
        read = read.str.replace_many(list(letters), list(letters.values()))
    return names.clone().scatter(at, read.str.to_titlecase())


def _name_key(names: pl.Series) -> pl.Series:
    """Return a hash of each name that is the same in any order of its words, parted by hyphens or not."""
    at = names.str.contains("-", literal=True).arg_true()
    if len(at):
        names = names.clone().scatter(at, names.gather(at).str.replace_all("-", " ", literal=True))
    key = pl.col("n").str.split(" ").list.eval(pl.element().hash(SEED)).list.sum()
    return names.to_frame("n").select(pl.when(pl.col("n").is_not_null()).then(key)).to_series()


def _sex() -> pl.Expr:
    codes = {"female": FEMALE, "male": MALE}
    meaning = {label: codes[sex] for sex in codes for label in (sex, *SEX_LABELS[sex])}
    meaning |= {code: {"male": CODE_1, "female": CODE_2}[sex] for code, sex in SEX_CODES.items()}
    meaning |= {f"{code}.0": meaning[code] for code in SEX_CODES}
    text = pl.col("sex").cast(pl.String).str.strip_chars().str.strip_chars_end(".").str.to_lowercase()
    sex = text.replace_strict(meaning, default=NO_SEX, return_dtype=pl.Int8)
    return pl.when(text.is_not_null() & (text != "")).then(sex)


def _years() -> pl.Expr:
    text = pl.col("age").cast(pl.String).str.strip_chars()
    years = text.str.extract(r"^(\d{1,3})([.,]\d*)?\s*(?:лет|года?|years?)?$").cast(pl.Int16)
    return pl.when(text != "").then(years.fill_null(IMPOSSIBLE_AGE))


def _age(death: np.ndarray, birth: np.ndarray, written: np.ndarray) -> np.ndarray:
    """Return completed years between birth and death, else the age written; -9 where unknown."""
    dated = (death > FLOOR) & (birth > FLOOR)
    first = int(CALENDAR_DAYS[0].astype("int64"))
    at = [YMD[np.where(dated, days, first) - first] for days in (death, birth)]
    years = np.where(dated, (at[0] - at[1]) // 10_000, written)
    impossible = dated & ((death < birth) | (years > WORST_AGE))
    impossible |= (years > WORST_AGE) | ((years == UNKNOWN) & (birth > MISSING) & (birth <= FLOOR))
    return np.where(impossible, IMPOSSIBLE_AGE, years).astype("int16")
