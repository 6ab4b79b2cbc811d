"""How long the first answer takes, and what NUTS costs: ``python benchmarks/report.py [--nuts]``.

Each command runs in its own process. "Cold" means without compiled bytecode of this project's
dependencies being warm in the disk cache of this process, and, for NUTS, with an empty compile cache.
The rival of our NUTS engine is PyMC's default sampler on the same model in the same run, in effective samples
of the worst quantity per second of sampling, compilation left out on both sides.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

COMMAND = str(Path(sys.executable).parent / "estimator")


def timed(*arguments, **environment):
    started = time.perf_counter()
    subprocess.run(arguments, check=True, capture_output=True, env=os.environ | environment)
    return round(time.perf_counter() - started, 2)


def engines():
    """Sample the bundled model with our engine and with PyMC's default sampler, compiled before the clock.

    PyMC's runs twice: on the graph that our engine samples, whose surface is in units of a rough fit, and on
    the same model as one would write it first, with the surface itself as the variable.
    """
    import pymc as pm

    import estimator as est
    from estimator.inference.convergence import diagnose_chains
    from estimator.inference.nuts import TUNE_SURFACE, compile_graph, sample_compiled

    periods = est.Periods(baseline=(2000, 2019), masked=(2020, 2021), target=(2022, 2023))
    model = est.VitalModel(est.load_rosstat(), periods)
    compiled = compile_graph(model.build())
    sample_compiled(compiled, seed=1, draws=40, tune=40)
    started = time.perf_counter()
    _, ours = sample_compiled(compiled, seed=1, draws=3000, tune=TUNE_SURFACE)
    found = {"ours": (time.perf_counter() - started, ours)}
    for name, graph in {
        "pymc, same graph": model.build(),
        "pymc, plain graph": plain(model),
    }.items():
        with graph:
            tree = pm.sample(
                draws=1000,
                tune=1000,
                chains=4,
                cores=2,
                random_seed=1,
                progressbar=False,
                nuts_sampler="pymc",
                compute_convergence_checks=False,
            )
        posterior = tree["posterior"].to_dataset()
        divergences = int(tree["sample_stats"]["diverging"].sum())
        # PyMC's own count of seconds, which leaves compilation out
        seconds = float(tree["posterior"].attrs["sampling_time"])
        found[name] = (seconds, diagnose_chains(posterior, divergences=divergences))
    return {
        name: {
            "seconds": round(seconds, 1),
            "min_ess": round(told.min_ess_bulk),
            "divergences": told.divergences,
            "max_rhat": round(told.max_rhat, 3),
            "ess_per_second": round(told.min_ess_bulk / seconds, 1),
        }
        for name, (seconds, told) in found.items()
    }


def plain(model):
    """Return the vital model with the surface itself as its variable."""
    import pymc as pm
    import pytensor.tensor as pt

    from estimator.models.baseline_graph import JITTER, add_hyperparameters
    from estimator.models.likelihood import add_binomial

    surface = model.surface()
    ages, years = surface.observed.shape
    with pm.Model() as graph:
        over_age, over_time = surface.covariance(add_hyperparameters(surface.priors))
        roots = (
            pt.linalg.cholesky(matrix + JITTER * pt.eye(size))
            for matrix, size in ((over_age, ages), (over_time, years))
        )
        rows, columns = roots
        ratio = pm.MatrixNormal("log_sex_ratio", mu=surface.mean, rowchol=rows, colchol=columns)
        men, women = surface.target[surface.observed], surface.control[surface.observed]
        add_binomial("deaths", men + women, ratio[surface.observed.nonzero()], observed=men)
    return graph


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--nuts", action="store_true", help="also NUTS, cold and warm, against PyMC")
    options = parser.parse_args()
    found = {
        "import_estimator": timed(sys.executable, "-c", "import estimator"),
        "report_first": timed(COMMAND, "report", "vital"),
        "report_again": timed(COMMAND, "report", "vital"),
    }
    if options.nuts:
        with tempfile.TemporaryDirectory() as cache:
            flags = {
                "PYTENSOR_FLAGS": f"base_compiledir={cache}",
                "NUMBA_CACHE_DIR": f"{cache}/numba",
            }
            found["report_nuts_cold"] = timed(COMMAND, "report", "vital", "--engine", "nuts", **flags)
            found["report_nuts_warm"] = timed(COMMAND, "report", "vital", "--engine", "nuts", **flags)
        found["engines"] = engines()
    print(json.dumps(found, indent=2))


if __name__ == "__main__":
    main()
