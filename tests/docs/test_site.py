"""The site builds without a warning and asks no other server for anything."""

import importlib.util
import os
import re
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml

import estimator as est
from tests.report.browser import Browser, find_chromium

ROOT = Path(__file__).parents[2]
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
        # notebooks as they are written: test_notebooks.py runs them
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "WARNING" not in done.stderr
    return folder


def hook(name):
    spec = importlib.util.spec_from_file_location(name, ROOT / "docs" / "hooks" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_navigation_fits_the_pages_that_are_there(tmp_path):
    """A page may be listed before it is written, and written before it is listed."""
    nav = hook("nav")
    for name in ("index.md", "new.md"):
        (tmp_path / name).write_text("# A page")
    config = SimpleNamespace(
        docs_dir=str(tmp_path),
        nav=[{"Start": "index.md"}, {"More": [{"Later": "later.md"}]}, {"Python": "api.md"}],
    )
    found = nav.on_config(config).nav
    assert found[:2] == [{"Start": "index.md"}, {"Python": "api.md"}]
    assert "new.md" in found
    assert "later.md" not in str(found)


def test_a_notebook_is_a_page_with_what_it_printed_and_drew():
    files = hook("notebooks").page(ROOT / "notebooks" / "01_question_and_data.py")
    text = files["01_question_and_data.md"]
    assert text.startswith("# The question, and the data\n")
    assert "the outputs it was committed with" in text
    assert "68,981,425" in text
    assert "from estimator.report.plots.style import" not in text, "set-up is hidden"
    pictures = [name for name in files if name.endswith(".png")]
    assert len(pictures) >= 2
    assert all(f"({picture})" in text for picture in pictures)
    assert files[pictures[0]].startswith(b"\x89PNG")


def every_page():
    """Return the pages of the navigation in mkdocs.yml and all that are written, without endings."""
    nav = yaml.safe_load((ROOT / "mkdocs.yml").read_text(encoding="utf-8"))["nav"]
    listed = set(hook("nav")._targets(nav)) | hook("nav").GENERATED
    written = {path.relative_to(ROOT / "docs").as_posix() for path in (ROOT / "docs").rglob("*.md")}
    return sorted(target.removesuffix(".md") for target in listed | written)


@pytest.mark.slow
def test_pages_are_there(site):
    for page in every_page():
        assert (site / f"{page}.html").is_file(), page
    reference = (site / "api.html").read_text(encoding="utf-8")
    alias_and_package = {"SettledCases", "plots"}
    named = set(est.__all__) - alias_and_package
    assert [name for name in sorted(named) if f'.{name}"' not in reference] == []
    assert "plot_total" in reference
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


@pytest.mark.slow
@pytest.mark.skipif(find_chromium() is None, reason="no Chromium: install it, or name it in CHROMIUM")
def test_a_page_opened_from_the_disk_can_be_searched(site, tmp_path):
    browser = Browser(find_chromium(), tmp_path)
    browser.open(site / "log" / "vital_model.html", width=1280, dark=False)
    typed = "box.focus(); box.value = 'placebo'; box.dispatchEvent(new Event('input', {bubbles: true}))"
    browser.value(
        f"(() => {{ const box = document.querySelector('input[name=query]'); {typed}; return 1 }})()"
    )
    for _ in range(100):
        if found := browser.value("document.querySelectorAll('.md-search-result__item').length"):
            break
        time.sleep(0.1)
    asked = [url for url in browser.requested if not url.startswith(("file:", "data:"))]
    complaints = browser.complaints
    browser.close()
    assert found >= 5
    assert (asked, complaints) == ([], [])
