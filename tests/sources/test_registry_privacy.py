"""No name, patronymic or date of birth of a record reaches an output, a file, or an error."""

import gzip
import json
import logging
import traceback
import warnings
from functools import partial
from itertools import product

import pytest
from typer.testing import CliRunner

from estimator.cli.main import app
from estimator.errors import DataError
from estimator.sources.deaths import read_counts
from estimator.sources.matched_sample import read_matched_sample
from estimator.sources.minimum import read_minimum
from estimator.sources.named_list_vintages import read_list_vintages
from estimator.sources.registry.patronymic import read_patronymics
from estimator.sources.registry.read import read_registry
from estimator.sources.registry.tables import read_triangle
from estimator.sources.rosstat import read_rosstat_regions
from tests.command import run
from tests.sources.registry_extracts import EXTRACTED, NAMES, PLANTED, crowd, record, write


def assert_clean(text, where=""):
    text = text.casefold()
    for word in PLANTED:
        assert word not in text, f"{word} of {where}"


def chained(problem):
    """Return all that a traceback or a careless logger could print of an error."""
    texts = []
    while problem is not None:
        texts += [str(problem), repr(problem), repr(problem.args)]
        problem = problem.__cause__ or problem.__context__
    return "\n".join(texts)


def test_triangle_report_and_files_hold_no_person(tmp_path, caplog):
    path = write(tmp_path / "a.csv", [*crowd(300), *[record()] * 3])
    with caplog.at_level(logging.DEBUG):
        triangle, quality = read_registry(path, extracted_on=EXTRACTED)
    saved = triangle.save(tmp_path / "t.parquet").read_bytes()
    for text in (
        str(triangle), repr(triangle), str(quality), repr(quality), json.dumps(quality.to_dict()),
        quality.to_frame().to_csv(), triangle.to_frame().to_csv(), caplog.text,
        saved.decode("utf-8", "replace"), saved.decode("cp1251", "replace"),
    ):  # fmt: skip
        assert_clean(text)


def spoil(path, change):
    path.write_bytes(change(path.read_bytes()))
    return path


def headerless(tmp_path):
    return spoil(write(tmp_path / "a.csv", [record()] * 9), lambda text: text.split(b"\n", 1)[1])


def one_column(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text(f"{NAMES[0]} 1983-04-17\n{NAMES[1]}\n")
    return path


def too_wide(tmp_path):
    return spoil(
        write(tmp_path / "a.csv", [record()] * 9),
        lambda text: text + f"{NAMES[0]};{NAMES[1]};3;4;5;6\n".encode(),
    )


def bad_quote(tmp_path):
    rows = [record(note='"a"'), *[record()] * 9]
    return spoil(write(tmp_path / "a.csv", rows), lambda text: text + f'x;"{NAMES[0]}'.encode())


def broken_encoding(tmp_path):
    path = write(tmp_path / "a.csv", [record()] * 9)
    return spoil(path, lambda text: text + f"{NAMES[0]};;;\n".encode("cp1251"))


def cut_zip(tmp_path):
    path = write(tmp_path / "a.csv", crowd(300))
    return spoil(path, lambda text: gzip.compress(text)[:-50])


def cut_parquet(tmp_path):
    return spoil(write(tmp_path / "a.parquet", crowd(300)), lambda content: content[:-50])


def two_digits(tmp_path):
    return write(tmp_path / "a.csv", [record(birth="17.04.83"), *crowd(20)])


def mixed(tmp_path):
    return write(tmp_path / "a.csv", [record(birth="17.04.1983"), *crowd(20)])


def names_for_dates(tmp_path):
    return write(tmp_path / "a.csv", [record(death=NAMES[0], opened=NAMES[0])] * 9)


def names_for_sex(tmp_path):
    return write(tmp_path / "a.csv", [record(пол=NAMES[0])] * 9)


def names_for_ages(tmp_path):
    return write(tmp_path / "a.csv", [record(birth="") | {"возраст": NAMES[0]}] * 9)


def names_in_columns(tmp_path):
    return write(tmp_path / "a.csv", [{NAMES[0]: 1, "1983-04-17": 2}] * 9)


def future(tmp_path):
    return write(tmp_path / "a.csv", [record(opened="2023-06-30")] * 9)


FAULTY = [
    headerless, one_column, too_wide, bad_quote, broken_encoding, cut_zip, cut_parquet, two_digits,
    mixed, names_for_dates, names_for_sex, names_for_ages, names_in_columns, future,
]  # fmt: skip


def each(makers, tmp_path):
    """Make each extract in a folder of its own, named after its maker, so that a failure names it."""
    for make in makers:
        folder = tmp_path / make.__name__
        folder.mkdir()
        yield make(folder)


def test_errors_quote_no_person(tmp_path):
    for path in each(FAULTY, tmp_path):
        with pytest.raises(DataError) as raised:
            read_registry(path, extracted_on=EXTRACTED)
        assert_clean(chained(raised.value), path)
        assert_clean("".join(traceback.format_exception_only(raised.value)), path)


def test_warnings_quote_no_person(tmp_path):
    rows = [row | {"пол": "м" if "вна" in row["ФИО"] else "ж"} for row in crowd(50)]
    heap = [record(death="2022-01-01", birth=f"1983-04-{i + 1:02}") for i in range(30)]
    path = write(tmp_path / "a.csv", rows + [row | {"пол": "м"} for row in heap])
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        read_registry(path, extracted_on=EXTRACTED)
    assert told
    assert_clean("\n".join(str(warning.message) for warning in told))


def test_the_command_line_quotes_no_person_and_writes_nothing(tmp_path):
    for path in each(FAULTY, tmp_path):
        out = path.with_name("t.parquet")
        done = CliRunner().invoke(app, ["ingest", str(path), "--extracted-on", EXTRACTED, "--out", str(out)])
        assert done.exit_code != 0, path
        assert_clean(done.output + done.stderr + chained(done.exception), path)
        assert list(path.parent.iterdir()) == [path]


def test_the_command_line_prints_and_saves_no_person(tmp_path):
    path = write(tmp_path / "a.csv", [*crowd(200), *[record()] * 3])
    out = tmp_path / "t.parquet"
    for more in ([], ["--json"]):
        done = CliRunner().invoke(
            app, ["ingest", str(path), "--extracted-on", EXTRACTED, "--out", str(out), *more]
        )
        assert done.exit_code == 0, done.output
        assert_clean(done.output + done.stderr)
    assert json.loads(done.stdout)["read"] == 203


READERS = {
    # reader, then rows of the columns it wants, each value one that it takes
    "counts": (read_counts, [
        {"year": 2000, "sex": sex, "age_low": 15, "age_high": 19, "deaths": 5, "region": place,
         "population": 1000}
        for sex in ("female", "male") for place in ("North", "South")
    ]),
    "counts by age label": (read_counts, [
        {"year": 2000, "sex": sex, "age": "15-19", "deaths": 5} for sex in ("female", "male")
    ]),
    "counts by date": (read_counts, [
        {"date": "2000-01-01", "sex": sex, "age": "15-19", "deaths": 5} for sex in ("female", "male")
    ]),
    "triangle": (partial(read_triangle, extracted_on=EXTRACTED), [
        {"week": "2022-03-07", "sex": "male", "age": "15-19", "cases": 5, "delay": 0}
    ]),
    "triangle by month": (partial(read_triangle, extracted_on=EXTRACTED), [
        {"month": "2022-03-01", "sex": "male", "age_low": 15, "age_high": 19, "cases": 5}
    ]),
    "minimum": (partial(read_minimum, vintage="2024-01-01"), [
        {"date": "2022-03-07", "age": "15-19", "count": 5}
    ]),
    "minimum by week": (partial(read_minimum, vintage="2024-01-01"), [
        {"week": "2022-03-07", "count": 5}
    ]),
    "matched": (partial(read_matched_sample, vintage="2024-01-01"), [
        {"age_low": 15, "age_high": 19, "found": 5, "sampled": 9}
    ]),
    "list": (read_list_vintages, [{"vintage": "2022-05-01", "week": "2022-03-03", "count": 5}]),
    "patronymics": (read_patronymics, [{"patronymic": "Оглы", "sex": 1, "count": 5}]),
    "regions": (read_rosstat_regions, [
        {"region": "Север", "year": 2000, "age": "15-19 лет", "gender": "f", "deaths": 5}
    ]),
}  # fmt: skip


def records(tmp_path):
    return write(tmp_path / "a.csv", crowd(300))


def parquet_of_names(tmp_path):
    return write(tmp_path / "a.parquet", [{NAMES[0]: NAMES[1], "1983-04-17": "17.04.1983"}] * 9)


def cyrillic(tmp_path):
    return headerless(tmp_path).rename(tmp_path / "b.csv")


EXTRACTS = [*FAULTY, records, parquet_of_names, cyrillic]


def told_by(read, path):
    """Return what a reader says of a file, be it an error, a warning or what it made of it."""
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        try:
            made = read(path)
        except DataError as problem:
            return chained(problem)
    said = [str(warning.message) for warning in told]
    return "\n".join([str(made), *said]) if not isinstance(made, dict) else "\n".join(said)


@pytest.mark.parametrize("reader", READERS)
def test_records_given_to_another_reader_are_not_quoted(tmp_path, reader):
    for path in each(EXTRACTS, tmp_path):
        text = told_by(READERS[reader][0], path)
        assert f"{path.name}: " in text
        assert_clean(text, path)


@pytest.mark.parametrize("reader", READERS)
def test_a_person_in_any_column_is_not_quoted(tmp_path, reader):
    read, rows = READERS[reader]
    persons = (NAMES[0], NAMES[1], "Тайнов", "17.04.1983")
    for person, column in product(persons, rows[0]):
        if person[0].isdigit() and column in ("date", "week", "month", "vintage"):
            continue  # a date where dates are asked for
        if person == "Тайнов" and column in ("region", "patronymic"):
            continue  # one word there is a region
        if column.endswith(("_day", "_on")) and person[0].isdigit():
            continue
        for changed in (rows[:1], rows):
            table = [
                row | ({column: person} if any(row is other for other in changed) else {}) for row in rows
            ]
            assert_clean(told_by(read, write(tmp_path / "a.csv", table)))
        header = [{person if name == column else name: row[name] for name in row} for row in rows]
        assert_clean(told_by(read, write(tmp_path / "a.csv", header)))


GIVEN = {
    "--counts": ("vital", "--counts", "FILE", "--baseline", "1990:2010", "--target", "2012"),
    "--minimum": ("vital", "--minimum", "FILE", "--minimum-vintage", "2024-01-01"),
    "--triangle": ("registry", "--triangle", "FILE"),
    "--matched": ("registry", "--matched", "FILE", "--matched-vintage", "2024-01-01"),
}


@pytest.mark.parametrize("option", GIVEN)
def test_report_of_records_quotes_no_person(tmp_path, option):
    for path, more in product(each(EXTRACTS, tmp_path), ([], ["--json"])):
        arguments = [str(path) if word == "FILE" else word for word in GIVEN[option]]
        made = str(path.with_name("made"))
        code, out, err = run("report", *arguments, "--out", made, *more)
        assert (code, out, err.count("\n")) == (2, "", 1), path
        assert path.name in err
        assert_clean(err, path)
        assert list(path.parent.iterdir()) == [path]
