"""Anybody's count of confirmed dead: forgiving in form, strict in meaning."""

from datetime import date

import pandas as pd
import pytest

from estimator.errors import DataError, VintageError
from estimator.sources.minimum import read_minimum

PLAIN = "date,count\n2022-02-24,3\n2022-02-27,2\n2022-02-28,10\n,5\n"


@pytest.fixture
def write(tmp_path):
    def writing(text, name="list.csv", encoding="utf-8"):
        path = tmp_path / name
        path.write_text(text, encoding=encoding)
        return path

    return writing


def read(path, **changes):
    return read_minimum(path, **({"vintage": "2024-01-01"} | changes))


def test_days_are_added_up_by_week_from_monday(write):
    minimum = read(write(PLAIN), source="our archive", population="volunteers")
    assert minimum.by_week.to_dict() == {
        pd.Timestamp("2022-02-21"): 5,
        pd.Timestamp("2022-02-28"): 10,
    }
    assert (minimum.total, minimum.undated) == (20, 5)
    assert minimum.vintage == date(2024, 1, 1)
    assert (minimum.source, minimum.population) == ("our archive", "volunteers")
    assert read(write(PLAIN)).source == "list.csv"


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("дата;погибло\n24.02.2022;3\n27.02.2022;2\n28.02.2022;10\n;5\n", "cp1251"),
        (
            "Day\tDeaths\tnote\n2022-02-28\t10\tx\n\t5\t\n2022-02-24\t3\t\n2022-02-27\t2\t\n",
            "utf-8-sig",
        ),
        ("date,names\n2022-02-24 00:00:00,3\n2022-02-27,2.0\n2022-02-28,10\n,5\n", "utf-8"),
    ],
)
def test_form_is_forgiven(write, text, encoding):
    expected = read(write(PLAIN, "plain.csv"))
    found = read(write(text, encoding=encoding))
    pd.testing.assert_series_equal(found.by_week, expected.by_week, check_names=False)
    assert found.total == expected.total


def test_parquet(tmp_path):
    frame = pd.DataFrame({"date": pd.to_datetime(["2022-02-24", None]), "count": [3, 4]})
    frame.to_parquet(tmp_path / "list.parquet")
    minimum = read(tmp_path / "list.parquet")
    assert (minimum.total, minimum.undated) == (7, 4)


def test_weeks_keep_their_first_day(write):
    minimum = read(write("week,count\n2022-03-06,2\n2022-02-27,1\n"))
    assert list(minimum.by_week.index) == list(pd.to_datetime(["2022-02-27", "2022-03-06"]))
    iso = read(write("week_start,count\n2022-W09,2\n2022W08,1\n"))
    assert list(iso.by_week.index) == list(pd.to_datetime(["2022-02-21", "2022-02-28"]))


def test_dates_of_any_century(write):
    text = "date,count\n1500-01-01,3\n1500-01-07,4\n"
    minimum = read(write(text), vintage="1600-01-01")
    assert minimum.within("1499-12-31", "1500-01-08") == 7


def test_ages(write):
    text = (
        "date,age,count\n2022-02-24,20-24,3\n2022-02-24,60+,1\n2022-02-24,,2\n"
        "2022-03-01,unknown,4\n2022-03-01,20–24,5\n"
    )
    minimum = read(write(text))
    assert minimum.by_age.to_dict() == {"20-24": 8, "60+": 1}
    assert minimum.by_week.tolist() == [6, 9]
    assert minimum.total == 15


def test_a_list_without_any_date_is_a_total(write):
    minimum = read(write("date,count,age\n,5,20-24\n,6,\n"))
    assert minimum.by_week is None
    assert minimum.total == 11


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "day,who\n2022-02-24,3\n",
            r"column count is missing; found day and column 2 of an unk",
        ),
        ("who,count\nx,3\n", r"column date is missing; found count and column 1 of an unknown"),
        ("date,week,count\n2022-02-24,2022-02-21,3\n", r"date and week both say when\. Remove"),
        (
            "date,дата,count\n2022-02-24,2022-02-24,3\n",
            r"both mean date .*columns 1 and 2\)\. Remove",
        ),
        (PLAIN + "2022-03-09,-1\n", r"column count, row 6: '-1' is not 0 or more.*zero where"),
        (PLAIN + "2022-03-09,1.5\n", r"column count, row 6: '1.5' is not a whole number"),
        (
            PLAIN + "2022-03-09,many\n",
            r"column count, row 6: a text of 4 characters is not a number",
        ),
        (PLAIN + "2022-03-09,\n", r"column count, row 6: missing"),
        (PLAIN + "total,20\n", r"column date, row 6: 'total' is not a date.*leave out totals"),
        (PLAIN + "03/09/2022,20\n", r"column date, row 6: '03/09/2022': dates with slashes"),
        (PLAIN + "2022-02-30,20\n", r"column date, row 6: '2022-02-30' is not a date"),
        (PLAIN + "-2022-02-24,20\n", r"column date, row 6: '-2022-02-24' is not a date"),
        (PLAIN + "0900-02-24,20\n", r"column date, row 6: '0900-02-24' is not a date"),
        (PLAIN + "2024-01-02,20\n", r"row 6: '2024-01-02' is after the vintage 2024-01-01"),
        (PLAIN + "2022-02-24,20\n", r"row 6: '2022-02-24' is given twice \(.*one row each"),
        (PLAIN + ",20\n", r"row 6: missing is given twice"),
        ("неделя,n\n2022-02-21,1\n2022-03-01,1\n", r"неделя, row 3: '2022-03-01' is another day"),
        ("week,n\n2022-W54,1\n", r"column week, row 2: '2022-W54' is not a date"),
        (
            "date,n,age\n2022-02-24,1,young\n",
            r"column age, row 2: age band not understood: a text of 5 char",
        ),
        ("date,n,age\n2022-02-24,1,20-24\n,1,22-25\n", r"list.csv: age bands 20-24 .* overlap"),
        ("date,n,age\n2022-02-24,1,20\n2022-02-24,1,20\n", r"row 3: .* twice for the same age"),
        ("date,count\n", "a header but no rows"),
        ("date count\n2022-02-24 3\n", "found one column"),
    ],
)
def test_meaning_is_not_forgiven(write, text, told):
    with pytest.raises(DataError, match=told) as raised:
        read(write(text))
    assert str(raised.value).startswith("list.csv: ")


@pytest.mark.parametrize("vintage", [None, "", "2024", "soon"])
def test_a_list_has_a_vintage(write, vintage):
    with pytest.raises(VintageError, match="YYYY-MM-DD"):
        read(write(PLAIN), vintage=vintage)
