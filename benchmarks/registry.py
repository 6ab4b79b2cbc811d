"""Time the registry route from a fresh process to its table, and set PyMC's default sampler beside it.

    python benchmarks/registry.py [--weekly] [--seeds 20] [--nuts] [--pymc]

The reconstruction (by week, settled) and a simulated registry of five million records (by month; by week with
`--weekly`) are fitted. "Bare" has no bytecode of any package, "cold" is the first run after the set-up, which
compiles other packages and not this one, and "warm" the second. `--seeds` fits each with as many seeds more
and says whether each passes the gate of a report: ESS of at least 400 and R-hat of at most 1.01 of every
reported quantity, no divergences. `--nuts` confirms the month with NUTS, compiled by JAX if that extra is
installed, with no cache of compiled code. `--pymc` samples the same graph with `pm.sample`, whose compilation
takes minutes, and prints how many times as long it takes for an effective draw of the worst quantity. Each
fit has a process with the settings of a shell: variables that keep libraries to one thread, and Python from
keeping bytecode, are taken away.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

UNSET = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "PYTHONDONTWRITEBYTECODE")
PACKAGE = Path(__file__).resolve().parents[1] / "estimator"
ONE = """
import sys, time
begun = time.perf_counter()
import estimator as est
where, seed, engine = sys.argv[1], int(sys.argv[2]), sys.argv[3]
cases = est.load_registry_reconstruction() if where == "reconstruction" else est.ReportingTriangle.load(where)
periods = est.Periods(baseline=(2014, 2019), masked=(2020, 2021), target=(2022, 2023))
model = est.RegistryModel(cases, est.load_matched_sample(), periods)
if engine == "pymc":
    import pymc as pm
    from estimator.inference.convergence import diagnose_chains
    with model.build():
        tree = pm.sample(draws=1000, tune=1000, chains=4, cores=2, random_seed=seed, progressbar=False,
                         nuts_sampler="pymc", compute_convergence_checks=False)
    lost = int(tree["sample_stats"]["diverging"].sum())
    kept = tree["posterior"].to_dataset().drop_vars(("civilian_seen", "military_seen"))
    found = diagnose_chains(kept, divergences=lost).to_dict()
else:
    estimate = est.fit(model, engine=engine, seed=seed, allow_unconverged=True)
    str(estimate)
    found = estimate.diagnostics
import json, resource
own, helpers = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
kept = ("draws", "max_rhat", "min_ess_bulk", "min_ess_tail", "divergences", "worst", "converged")
print(json.dumps({name: found[name] for name in kept} | {
    "seconds": round(time.perf_counter() - begun, 1),
    "cpu": round(sum(one.ru_utime + one.ru_stime for one in (own, helpers)), 1),
}))
"""


def run(where, seed, *, cache, engine="hmc"):
    """Return what a process of its own says: its wall seconds, CPU seconds and diagnostics."""
    command = [sys.executable, "-W", "ignore", "-c", ONE, str(where), str(seed), engine]
    environment = {name: value for name, value in os.environ.items() if name not in UNSET}
    environment |= {"PYTHONPYCACHEPREFIX": str(cache), "PYTENSOR_FLAGS": f"base_compiledir={cache}"}
    done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
    return json.loads(done.stdout.strip().splitlines()[-1])


def prepare(cache, state):
    """Bring a cache of bytecode into a state: empty, as the set-up leaves it, or as the run before did."""
    if state == "bare":
        shutil.rmtree(cache, ignore_errors=True)
    elif state == "cold":
        compiler = [sys.executable, "-X", f"pycache_prefix={cache}", "-m", "compileall", "-qq", "-j", "0"]
        # a package may hold files that no Python compiles
        subprocess.run([*compiler, sys.prefix], check=False)
        shutil.rmtree(cache / PACKAGE.relative_to(PACKAGE.anchor), ignore_errors=True)


def seconds_a_draw(fit):
    """Return wall seconds for an effective draw of the worst quantity, from a fresh process on."""
    return fit["seconds"] / min(fit["min_ess_bulk"], fit["min_ess_tail"])


def triangle(folder, resolution):
    """Return the path of the triangle of a simulated registry."""
    from estimator.calibration.simulate.registry import simulate_registry
    from estimator.sources.registry.read import read_registry

    made = simulate_registry(seed=1)
    made.write(folder, kind="parquet")
    records = Path(folder) / "registry.parquet"
    found, _ = read_registry(records, extracted_on=made.extracted_on, resolution=resolution)
    return found.save(Path(folder) / f"{resolution}.parquet")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--weekly", action="store_true")
    parser.add_argument("--seeds", type=int, default=0)
    parser.add_argument("--nuts", action="store_true")
    parser.add_argument("--pymc", action="store_true")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        begun = time.perf_counter()
        cases = {"reconstruction": "reconstruction", "month": triangle(folder, "month")}
        if arguments.weekly:
            cases["week"] = triangle(folder, "week")
        print(f"simulated and read in {time.perf_counter() - begun:.0f} s", flush=True)
        cache = Path(folder) / "cache"
        for name, where in cases.items():
            for state in ("bare", "cold", "warm"):
                prepare(cache, state)
                print(name, state, run(where, 1, cache=cache), flush=True)
            for seed in range(2, arguments.seeds + 2):
                print(name, "seed", seed, run(where, seed, cache=cache), flush=True)
        if arguments.nuts:
            prepare(cache, "cold")
            print("month, NUTS", run(cases["month"], 1, cache=cache, engine="nuts"), flush=True)
        if arguments.pymc:
            ours, theirs = (run(cases["month"], 1, cache=cache, engine=engine) for engine in ("hmc", "pymc"))
            ratio = seconds_a_draw(theirs) / seconds_a_draw(ours)
            print("month, pm.sample", theirs, f"{ratio:.0f} times as long for an effective draw", flush=True)


if __name__ == "__main__":
    main()
