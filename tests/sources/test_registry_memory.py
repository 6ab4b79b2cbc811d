"""Memory stays bounded: twelve million records are read within two gigabytes."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARK = Path(__file__).parents[2] / "benchmarks" / "ingest.py"
ROWS = 12_000_000


@pytest.mark.slow
def test_twelve_million_records_take_less_than_two_gigabytes():
    """The reading runs in a process of its own, whose peak is asked of the operating system."""
    done = subprocess.run(
        [sys.executable, str(BENCHMARK), "--rows", str(ROWS), "--only", "ours"],
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    found = json.loads(done.stdout)["ours"]
    assert found["read"] == ROWS
    assert 0.6 * ROWS < found["kept"] < ROWS  # ages 15-69 of 15-94, duplicates once
    assert found["peak_gb"] < 2, f"{found['peak_gb']} GB for {ROWS:,} records"
