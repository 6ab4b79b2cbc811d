"""The site builds without a warning and asks no other server for anything."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import estimator as est

ROOT = Path(__file__).parents[1]
LOADED = re.compile(
    r"""<(?:script|img|iframe|source)[^>]+src=["'](?:https?:)?//|<link[^>]+rel=["'](?:stylesheet|"""
    r"""preconnect|preload|dns-prefetch)["'][^>]+href=["'](?:https?:)?//"""
)


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    done = subprocess.run(
        [Path(sys.executable).parent / "mkdocs", "build", "--strict", "--site-dir", str(folder)],
        cwd=ROOT,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "WARNING" not in done.stderr
    return folder


@pytest.mark.slow
def test_pages_are_there(site):
    for page in (
        "index",
        "tutorial",
        "howto",
        "method",
        "published",
        "dictionary",
        "api",
        "ethics",
    ):
        assert (site / f"{page}.html").is_file(), page
    reference = (site / "api.html").read_text(encoding="utf-8")
    assert [name for name in est.__all__ if f'.{name}"' not in reference] == []
    assert "kobak" in (site / "published.html").read_text(encoding="utf-8").lower()
    assert (site / "figures" / "compare.svg").read_bytes().startswith(b"<?xml")
    assert not list(site.rglob("*.py"))


@pytest.mark.slow
def test_nothing_is_loaded_from_elsewhere(site):
    for page in site.rglob("*.html"):
        assert LOADED.findall(page.read_text(encoding="utf-8")) == [], page.name
    for sheet in site.rglob("*.css"):
        text = sheet.read_text(encoding="utf-8")
        assert not re.search(r"url\(\s*[\"']?(?:https?:)?//|@import", text), sheet.name


@pytest.mark.slow
def test_formulas_are_drawn(site):
    page = (site / "method.html").read_text(encoding="utf-8")
    assert page.count('class="formula"') >= 7
    assert "$$" not in page
