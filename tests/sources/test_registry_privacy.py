"""No name, patronymic or date of birth of a record reaches an output, a file, or an error."""

import gzip
import json
import logging
import traceback
import warnings

import pytest
from typer.testing import CliRunner

from estimator.cli_registry import app
from estimator.errors import DataError
from estimator.sources.registry import read_registry
from tests.sources.registry_extracts import EXTRACTED, NAMES, PLANTED, crowd, record, write


def assert_clean(text):
    text = text.casefold()
    for word in PLANTED:
        assert word not in text, word


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


@pytest.mark.parametrize("make", FAULTY)
def test_errors_quote_no_person(tmp_path, make):
    with pytest.raises(DataError) as told:
        read_registry(make(tmp_path), extracted_on=EXTRACTED)
    assert_clean(chained(told.value))
    assert_clean("".join(traceback.format_exception_only(told.value)))


def test_warnings_quote_no_person(tmp_path):
    rows = [row | {"пол": "м" if "вна" in row["ФИО"] else "ж"} for row in crowd(50)]
    heap = [record(death="2022-01-01", birth=f"1983-04-{i + 1:02}") for i in range(30)]
    path = write(tmp_path / "a.csv", rows + [row | {"пол": "м"} for row in heap])
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        read_registry(path, extracted_on=EXTRACTED)
    assert told
    assert_clean("\n".join(str(warning.message) for warning in told))


@pytest.mark.parametrize("make", FAULTY)
def test_the_command_line_quotes_no_person_and_writes_nothing(tmp_path, make):
    out = tmp_path / "t.parquet"
    done = CliRunner().invoke(
        app, [str(make(tmp_path)), "--extracted-on", EXTRACTED, "--out", str(out)]
    )
    assert done.exit_code != 0
    assert_clean(done.output + done.stderr + chained(done.exception))
    assert [path.name for path in tmp_path.iterdir()] in (["a.csv"], ["a.parquet"])


def test_the_command_line_prints_and_saves_no_person(tmp_path):
    path = write(tmp_path / "a.csv", [*crowd(200), *[record()] * 3])
    out = tmp_path / "t.parquet"
    for more in ([], ["--json"]):
        done = CliRunner().invoke(
            app, [str(path), "--extracted-on", EXTRACTED, "--out", str(out), *more]
        )
        assert done.exit_code == 0, done.output
        assert_clean(done.output + done.stderr)
    assert json.loads(done.stdout)["read"] == 203
