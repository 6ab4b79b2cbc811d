"""Shared fixtures."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

# how long an example takes says more of the machine than of the code
settings.register_profile("house", deadline=None)
settings.load_profile("house")

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def external_data() -> Path:
    """The folder of third-party data: ESTIMATOR_DATA, or ../shared/data beside the repository."""
    folder = Path(os.environ.get("ESTIMATOR_DATA") or ROOT.parent / "shared" / "data")
    if not folder.is_dir():
        pytest.skip("no third-party data: set ESTIMATOR_DATA to its folder")
    return folder
