"""Bundled tables: every file known, authenticated and valid."""

import hashlib
import shutil
import subprocess
import sys

import pandas as pd
import pandera.pandas as pa
import pytest

from estimator.data import bundled
from estimator.errors import DataError
from tests import schemas

MANIFEST = ["id", "path", "sha256", "publication", "locator", "published_on", "vintage", "unit",
            "licence", "how_read"]  # fmt: skip
IDS = sorted(bundled.manifest()["id"])


@pytest.fixture
def copied(tmp_path, monkeypatch):
    """A copy of the fixtures that a test may damage."""
    folder = tmp_path / "fixtures"
    shutil.copytree(bundled.FIXTURES, folder)
    monkeypatch.setattr(bundled, "FIXTURES", folder)
    bundled.manifest.cache_clear()
    yield folder
    bundled.manifest.cache_clear()


def test_manifest_names_every_file_once():
    table = bundled.manifest()
    assert list(table.columns) == MANIFEST
    assert table["id"].is_unique
    on_disk = {path.relative_to(bundled.FIXTURES).as_posix() for path in bundled.FIXTURES.rglob("*.csv*")} - {
        "MANIFEST.csv"
    }
    assert set(table["path"]) == on_disk
    assert (table != "").all(axis=None)


def test_sources_tell_of_every_table():
    text = (bundled.FIXTURES / "SOURCES.md").read_text(encoding="utf-8")
    assert [table_id for table_id in IDS if f"**{table_id}**" not in text] == []


@pytest.mark.parametrize("table_id", IDS)
def test_checksum_and_schema(table_id):
    path = bundled.bundled_path(table_id)
    assert path.name.partition(".")[0] == table_id
    assert hashlib.sha256(path.read_bytes()).hexdigest() == bundled.manifest().loc[table_id, "sha256"]
    pd.testing.assert_frame_equal(schemas.validate_bundled(table_id), bundled.read_bundled(table_id))


def test_every_schema_has_a_table():
    assert sorted(schemas.SCHEMAS) == IDS


@pytest.mark.usefixtures("copied")
def test_a_tampered_copy_is_refused():
    path = bundled.bundled_path("rosstat_deaths_russia")
    path.write_text(path.read_text(encoding="utf-8").replace("18370", "18371", 1), encoding="utf-8")
    with pytest.raises(DataError, match=r"rosstat_deaths_russia\.csv: checksum"):
        bundled.read_bundled("rosstat_deaths_russia")
    assert bundled.bundled_path("rosstat_hiv_deaths_russia").exists()


def test_unknown_table():
    with pytest.raises(DataError, match="no bundled table 'weather'"):
        bundled.read_bundled("weather")
    with pytest.raises(DataError, match="no schema for table 'weather'"):
        schemas.schema_for("weather")


def _negative(table):
    return table.assign(deaths=table["deaths"].where(table.index != 4, -1))


def _doubled(table):
    return pd.concat([table, table.tail(1)], ignore_index=True)


def _short(table):
    return table.drop(index=10)


def _extra(table):
    return table.assign(remark="")


@pytest.mark.parametrize("damage", [_negative, _doubled, _short, _extra])
def test_a_broken_table_is_seen(monkeypatch, damage):
    whole = bundled.read_bundled("rosstat_deaths_russia")
    monkeypatch.setattr(schemas, "read_bundled", lambda table_id: damage(whole))
    with pytest.raises(DataError, match=r"rosstat_deaths_russia: \d+ fault\(s\), first in column"):
        schemas.validate_bundled("rosstat_deaths_russia")


def test_a_fault_names_its_column_and_row(monkeypatch):
    whole = bundled.read_bundled("rosstat_deaths_russia")
    monkeypatch.setattr(schemas, "read_bundled", lambda table_id: _negative(whole))
    with pytest.raises(DataError, match=r"1 fault.*column deaths, row 6.*found -1"):
        schemas.validate_bundled("rosstat_deaths_russia")


def test_an_interval_the_wrong_way_round_is_seen():
    table = bundled.read_bundled("rnd2023_weekly_excess")
    table.loc[3, ["lower95", "upper95"]] = table.loc[3, ["upper95", "lower95"]].to_numpy()
    with pytest.raises(pa.errors.SchemaError, match="lower95 <= excess_deaths <= upper95"):
        schemas.schema_for("rnd2023_weekly_excess").validate(table)


def test_reading_a_table_leaves_pandera_unloaded():
    code = (
        "import sys; from estimator.published.replicate import replicate; replicate();"
        "from estimator.published.figures import load_published; load_published();"
        "sys.exit('pandera' in sys.modules or 'pymc' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
