"""Words, layouts and codes of statistical offices, and deaths without an age."""

import numpy as np
import pandas as pd
import pytest

from estimator.errors import DataWarning
from estimator.sources.deaths import read_counts
from tests.sources.inputs import deaths, refused, save

WORDS = {
    "Eurostat": ("TIME_PERIOD", "sex", "age", "OBS_VALUE", "F", "M", "Y{}-{}"),
    "Destatis": ("Jahr", "Geschlecht", "Altersgruppe", "Gestorbene", "weiblich", "männlich",
                 "{} bis unter {up} Jahre"),
    "the RKI": ("Jahr", "Geschlecht", "Altersgruppe", "Todesfälle", "W", "M", "A{}-A{}"),
    "the INSEE": ("année", "sexe", "âge", "décès", "femmes", "hommes", "{}-{} ans"),
    "the INE": ("año", "sexo", "edad", "defunciones", "M", "H", "{}-{}"),
    "the WHO": ("Year", "Sex", "Age Group", "Number", 2, 1, "[{}-{}]"),
}  # fmt: skip


@pytest.mark.parametrize("office", WORDS)
def test_words_of_statistical_offices(tmp_path, office):
    year, sex, age, count, female, male, label = WORDS[office]
    table = deaths()
    ends = table["Age"].str.split("-", expand=True)
    written = pd.DataFrame({
        year: table["Year"],
        sex: table["Sex"].map({"f": female, "m": male}),
        age: [label.format(a, b, up=int(b) + 1) for a, b in ends.itertuples(index=False)],
        count: table["Deaths"],
    })  # fmt: skip
    counts = read_counts(save(tmp_path, written))
    expected = read_counts(save(tmp_path, table, "plain.csv"))
    np.testing.assert_array_equal(counts.data["count"], expected.data["count"])


def test_codes_of_sex_with_totals_and_unknown(tmp_path):
    table = deaths().replace({"Sex": {"f": 2, "m": 1}})
    more = [table.iloc[[0]].assign(Sex=9, Deaths=2), table.iloc[[0]].assign(Sex=3, Deaths=999)]
    counts = read_counts(save(tmp_path, pd.concat([table, *more])))
    assert counts.data["count"].sum() == deaths()["Deaths"].sum()


@pytest.mark.parametrize("sexes", [["m"], ["f"], ["f", "m"]])
def test_unknown_ages_that_differ_between_years(tmp_path, sexes):
    table = deaths()
    late = (table["Year"] > 2010) & table["Sex"].isin(sexes)
    lost = table[late].assign(Age="UNK", Deaths=lambda f: (0.4 * f["Deaths"]).astype(int))
    lost = lost.groupby(["Year", "Sex", "Age"], as_index=False).sum()
    path = save(tmp_path, pd.concat([table, lost]))
    refused(read_counts, path, "column age, row", "of unknown age", "unknown_age='drop'")
    with pytest.warns(DataWarning, match="of unknown age"):
        counts = read_counts(path, unknown_age="drop")
    assert any("of unknown age left out" in note for note in counts.notes)


def test_unknown_sexes_of_one_year(tmp_path):
    """Few of all deaths, and many of one year."""
    late = deaths().query("Year == 2012").assign(Sex="unknown", Deaths=lambda f: f["Deaths"] // 10)
    late = late.groupby(["Year", "Sex", "Age"], as_index=False).sum()
    path = save(tmp_path, pd.concat([deaths(), late]))
    refused(read_counts, path, "column sex, row 158", "of unknown sex, in 2012", "Spread them over both")


def test_few_unknown_ages_and_sexes_are_noted(tmp_path):
    few = pd.DataFrame([(2005, "m", "UNK", 3), (2006, "UNK", "20-24", 2)], columns=deaths().columns)
    counts = read_counts(save(tmp_path, pd.concat([deaths(), few])))
    assert counts.notes == ("2 of unknown sex left out", "3 of unknown age left out")


@pytest.mark.parametrize(
    ("column", "word"),
    [("Sex", "insgesamt"), ("Sex", "Ambos sexos"), ("Sex", "Ensemble"), ("Sex", "оба пола"), ("Sex", "T"),
     ("Age", "Insgesamt"), ("Age", "Todas las edades"), ("Age", "Tous les âges"), ("Age", "все возрасты")],
)  # fmt: skip
def test_totals_in_words_of_offices(tmp_path, column, word):
    table = deaths()
    keys = [name for name in ("Year", "Sex", "Age") if name != column]
    whole = table.groupby(keys, as_index=False)["Deaths"].sum().assign(**{column: word})
    counts = read_counts(save(tmp_path, pd.concat([table, whole])))
    assert counts.data["count"].sum() == table["Deaths"].sum()


@pytest.mark.parametrize("word", ["unbekannt", "Âge inconnu", "No consta", "возраст не указан", "UNK", "NS"])
def test_unknown_ages_in_words_of_offices(tmp_path, word):
    few = pd.DataFrame([(2005, "m", word, 3)], columns=deaths().columns)
    assert read_counts(save(tmp_path, pd.concat([deaths(), few]))).notes == ("3 of unknown age left out",)


@pytest.mark.parametrize(
    ("female", "male"),
    [("F", "H"), ("M", "H"), ("жінки", "чоловіки"), ("женский пол", "мужской пол"), ("Frau", "Mann"),
     ("kobiety", "mężczyźni"), ("mulheres", "homens"), ("ženy", "muži"), ("F:Females", "M:Males")],
)  # fmt: skip
def test_sexes_of_other_offices(tmp_path, female, male):
    table = deaths().replace({"Sex": {"f": female, "m": male}})
    total = (
        table.groupby(["Year", "Age"], as_index=False)["Deaths"]
        .sum()
        .assign(Sex="T:Total" if ":" in male else "Total")
    )
    counts = read_counts(save(tmp_path, pd.concat([table, total])))
    np.testing.assert_array_equal(counts.data["count"], read_counts(deaths()).data["count"])


@pytest.mark.parametrize(
    "form", ["[{},{up})", "{} to <{up}", "{}..{}", "Y{}T{}", "{}-{} років", "Y{}-{}:From {} to {}"]
)
def test_ages_of_other_offices(tmp_path, form):
    ends = deaths()["Age"].str.split("-", expand=True)
    labels = [form.format(a, b, a, b, up=int(b) + 1) for a, b in ends.itertuples(index=False)]
    counts = read_counts(save(tmp_path, deaths().assign(Age=labels), sep=";"))
    np.testing.assert_array_equal(counts.data["count"], read_counts(deaths()).data["count"])
