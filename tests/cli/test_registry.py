"""`estimator ingest`."""

import json

import pytest
from typer.testing import CliRunner

from estimator.cli.main import app
from estimator.data.triangle import ReportingTriangle
from estimator.errors import DataError
from tests.sources.registry_extracts import EXTRACTED, crowd, record, write


def ingest(*arguments):
    return CliRunner().invoke(app, ["ingest", *(str(argument) for argument in arguments)])


def test_it_writes_the_triangle_and_prints_the_report(tmp_path):
    path = write(tmp_path / "a.csv", [*crowd(100), record(death="")])
    out = tmp_path / "t.parquet"
    done = ingest(path, "--extracted-on", EXTRACTED, "--out", out)
    assert done.exit_code == 0, done.output
    assert "date of death missing" in done.stdout
    assert done.stderr == ""
    assert ReportingTriangle.load(out).total > 80


def test_json_is_all_of_stdout(tmp_path):
    path = write(tmp_path / "a.csv", crowd(100))
    out = tmp_path / "t.parquet"
    more = ("--json", "--quiet", "--resolution", "month", "--ages", "20:49", "--max-delay", 6)
    done = ingest(path, "--extracted-on", EXTRACTED, "--out", out, *more)
    document = json.loads(done.stdout)
    triangle = ReportingTriangle.load(out)
    assert document["read"] == 100
    assert document["checksum"] == triangle.checksum
    assert (triangle.resolution, triangle.max_delay, len(triangle.ages)) == ("month", 6, 6)


def test_warnings_go_to_stderr(tmp_path):
    rows = [row | {"пол": "м"} for row in crowd(100)]
    done = ingest(
        write(tmp_path / "a.csv", rows),
        "--extracted-on",
        EXTRACTED,
        "--out",
        tmp_path / "t.parquet",
    )
    assert done.exit_code == 0
    assert "warning: the sex column contradicts" in done.stderr


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (("--extracted-on", "2020-01-01"), "opened after it"),
        (("--extracted-on", EXTRACTED, "--ages", "15:50"), "five-year bands"),
        (("--extracted-on", EXTRACTED, "--since", "2024"), "since"),
    ],
)
def test_nothing_is_written_on_error(tmp_path, more, message):
    path = write(tmp_path / "a.csv", crowd(100))
    out = tmp_path / "t.parquet"
    out.write_text("before")
    done = ingest(path, "--out", out, "--force", *more)
    assert isinstance(done.exception, DataError)
    assert message in str(done.exception)
    assert out.read_text() == "before"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.csv", "t.parquet"]


def test_out_is_checked_before_reading(tmp_path):
    path = write(tmp_path / "a.parquet", crowd(10))
    for out, message in ((path, "one of the files"), (tmp_path / "no" / "t.parquet", "no folder")):
        done = ingest(path, "--extracted-on", EXTRACTED, "--out", out, "--force")
        assert message in str(done.exception)
