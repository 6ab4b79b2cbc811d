"""Wheel and sdist are whole: checked by twine, and README's commands run in a clean environment."""

import json
import os
import subprocess
import sys
import venv
import zipfile
from importlib import metadata

import pytest
from packaging.requirements import Requirement

from tests.conftest import ROOT


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """Return the folder of a built sdist and wheel."""
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    subprocess.run(command, check=True, capture_output=True)
    return folder


def pinned():
    """Return the packages that constraints.txt pins for this machine."""
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pins = [Requirement(line.strip(" \\")) for line in lines if line[:1].isalnum()]
    return [pin.name for pin in pins if pin.marker is None or pin.marker.evaluate()]


def link_packages(names, site):
    """Link what is installed of packages into a folder: there is nothing else there to be imported."""
    for name in names:
        package = metadata.distribution(name)
        tops = {path.parts[0] for path in package.files if path.parts[0] != ".."} - {"__pycache__"}
        for top in tops - {one.name for one in site.iterdir()}:
            (site / top).symlink_to(package.locate_file(top))


@pytest.fixture(scope="module")
def run(built, tmp_path_factory):
    """Return a function that runs `estimator` of the wheel, outside the checkout, and returns its output.

    Of other packages the environment has those that constraints.txt pins, as links to the installed ones.
    """
    place = tmp_path_factory.mktemp("clean")
    venv.create(place / "env", with_pip=True)
    binaries = place / "env" / "bin"
    (site,) = (place / "env" / "lib").glob("python*/site-packages")
    link_packages(pinned(), site)
    pip = [str(binaries / "python"), "-m", "pip", "install", "--quiet", "--no-compile", "--no-index"]
    subprocess.run([*pip, *map(str, built.glob("*.whl"))], check=True, cwd=place)
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}

    def printed(*arguments):
        done = subprocess.run(
            [str(binaries / "estimator"), *arguments], cwd=place, env=environment, capture_output=True,
            text=True, check=True,
        )  # fmt: skip
        return done.stdout

    printed.place = place
    return printed


@pytest.mark.slow
def test_twine_finds_no_fault(built):
    archives = [str(file) for file in built.iterdir()]
    assert sorted(file.rsplit(".", 1)[1] for file in archives) == ["gz", "whl"]
    command = [sys.executable, "-m", "twine", "check", "--strict", *archives]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


@pytest.mark.slow
def test_the_wheel_has_types_templates_and_messages(built):
    (wheel,) = built.glob("*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    for name in (
        "py.typed",
        "report/ru.toml",
        "report/templates/report.css",
        "report/plots/registry.mplstyle",
    ):
        assert f"estimator/{name}" in names


@pytest.mark.slow
def test_readmes_commands_run_from_the_wheel(run):
    """The answer is README's, within a quarter of a standard deviation; else `python run.py readme`."""
    document = json.loads(run("report", "vital", "--json"))
    assert document["diagnostics"]["converged"]
    assert len(document["estimates"]) == 24
    kept = json.loads((ROOT / "docs" / "figures" / "answer.json").read_text(encoding="utf-8"))
    now = json.loads(run("report", "--json", "--quiet"))
    assert (kept["through"], kept["minimum"]) == (now["through"], now["minimum"])
    assert (now["as_of"], now["minimum"]) == ("2026-05-22", 218_216)
    assert now["minimum"] < now["total"]["lower"] < now["total"]["median"] < now["total"]["upper"]
    sd = (now["total"]["upper"] - now["total"]["lower"]) / 4
    for name, value in now["total"].items():
        assert abs(value - kept["total"][name]) < 0.25 * sd, name
    assert "Россия" in run("report", "vital", "--language", "ru", "--out", "vital", "--quiet")
    assert (run.place / "vital" / "report.html").stat().st_size > 100_000
    run("compare", "--plot", "forest.svg")
    run("replicate")
    run("simulate", "made", "--seed", "1", "--scale", "0.01")
