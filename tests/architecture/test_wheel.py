"""Wheel and sdist are whole: checked by twine, and README's commands run in a clean environment."""

import json
import os
import subprocess
import sys
import venv
import zipfile

import pytest

from tests.conftest import ROOT


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """Return the folder of a built sdist and wheel."""
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    subprocess.run(command, check=True, capture_output=True)
    return folder


@pytest.fixture(scope="module")
def run(built, tmp_path_factory):
    """Return a function that runs `estimator` of the wheel, outside the checkout, and returns its output."""
    place = tmp_path_factory.mktemp("clean")
    venv.create(place / "env", with_pip=True)
    binaries = place / "env" / "bin"
    pip = [str(binaries / "python"), "-m", "pip", "install", "--quiet", "--no-compile"]
    subprocess.run([*pip, "--require-hashes", "-r", str(ROOT / "constraints.txt")], check=True, cwd=place)
    subprocess.run([*pip, "--no-deps", *map(str, built.glob("*.whl"))], check=True, cwd=place)
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
@pytest.mark.timeout(1800)  # it installs all that is pinned
def test_readmes_commands_run_from_the_wheel(run):
    document = json.loads(run("report", "vital", "--json"))
    assert document["diagnostics"]["converged"]
    assert len(document["estimates"]) == 24
    answer = json.loads(run("report", "--json", "--quiet"))
    assert answer["total"]["lower"] < answer["total"]["median"] < answer["total"]["upper"]
    assert "Россия" in run("report", "vital", "--language", "ru", "--out", "vital", "--quiet")
    assert (run.place / "vital" / "report.html").stat().st_size > 100_000
    run("compare", "--plot", "forest.svg")
    run("replicate")
    run("simulate", "made", "--seed", "1", "--scale", "0.01")
