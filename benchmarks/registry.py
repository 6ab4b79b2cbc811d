"""Time the registry model: compilation, cold and warm, and sampling, by month and by week.

    python benchmarks/registry.py [--weekly] [--seed 1] [--draws 3000]

A registry is simulated (five million records), read and fitted. Each compilation runs in a process of its
own: the first with an empty cache of compiled functions, the second with the first's.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ONE = """
import sys, time
from estimator.inference.fit_registry import compile_registry, fit_registry
import estimator as est
path, resolution, seed, draws = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
triangle = est.ReportingTriangle.load(path)
periods = est.Periods(baseline=(2014, 2019), masked=(2020, 2021), target=(2022, 2023))
model = est.RegistryModel(triangle, est.load_matched_sample(), periods)
data = model.arrays()
begun = time.perf_counter()
compiled = compile_registry(data)
print(f"compiled in {time.perf_counter() - begun:.0f} s", flush=True)
if draws:
    begun = time.perf_counter()
    estimate = fit_registry(model, seed=seed, draws=draws, compiled=compiled, allow_unconverged=True)
    found = estimate.diagnostics
    print(f"sampled in {time.perf_counter() - begun:.0f} s: R-hat {found['max_rhat']:.3f}, "
          f"bulk ESS {found['min_ess_bulk']:.0f}, {found['divergences']} divergences")
"""


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--weekly", action="store_true")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--draws", type=int, default=3000)
    arguments = parser.parse_args()
    resolution = "week" if arguments.weekly else "month"
    from estimator.calibration.simulate.registry import simulate_registry
    from estimator.sources.registry.read import read_registry

    with tempfile.TemporaryDirectory() as folder:
        begun = time.perf_counter()
        made = simulate_registry(seed=arguments.seed)
        made.write(folder, kind="parquet")
        triangle, _ = read_registry(
            Path(folder) / "registry.parquet",
            extracted_on=made.extracted_on,
            resolution=resolution,
        )
        path = triangle.save(Path(folder) / "triangle.parquet")
        print(f"simulated and read in {time.perf_counter() - begun:.0f} s", flush=True)
        cache = Path(folder) / "cache"
        environment = os.environ | {"PYTENSOR_FLAGS": f"base_compiledir={cache}"}
        for state, draws in (("cold", 0), ("warm", arguments.draws)):
            begun = time.perf_counter()
            command = [sys.executable, "-W", "ignore", "-c", ONE, str(path), resolution]
            subprocess.run([*command, str(arguments.seed), str(draws)], env=environment, check=True)
            print(f"{state}, {resolution}: {time.perf_counter() - begun:.0f} s", flush=True)


if __name__ == "__main__":
    main()
