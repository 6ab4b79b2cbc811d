"""How long the first answer takes, and what NUTS costs: ``python benchmarks/report.py [--nuts]``.

Each command runs in its own process. "Cold" means without compiled bytecode of this project's
dependencies being warm in the disk cache of this process, and, for NUTS, with an empty compile cache.
The rival of nutpie is PyMC's own NUTS on the same model in the same run, in effective samples of the
worst quantity per second of sampling.
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
    """Compile and sample the bundled model with nutpie and with PyMC's sampler."""
    import pymc as pm

    import estimator as est
    from estimator.inference.convergence import diagnose_chains
    from estimator.inference.nuts import TARGET_ACCEPT, TUNE, sample_nuts

    periods = est.Periods(baseline=(2000, 2019), masked=(2020, 2021), target=(2022, 2023))
    model = est.VitalModel(est.load_rosstat(), periods)
    sample_nuts(model.surface(), seed=1, draws=200)  # compiled and cached before the clock starts
    started = time.perf_counter()
    _, ours = sample_nuts(model.surface(), seed=1)
    nutpie_seconds = time.perf_counter() - started
    started = time.perf_counter()
    with model.build():
        tree = pm.sample(
            draws=750,
            tune=TUNE,
            chains=4,
            cores=2,
            random_seed=1,
            progressbar=False,
            nuts_sampler="pymc",
            init="adapt_diag",
            target_accept=TARGET_ACCEPT[0],
            compute_convergence_checks=False,
        )
    pymc_seconds = time.perf_counter() - started
    theirs = diagnose_chains(
        tree["posterior"].to_dataset(), divergences=int(tree["sample_stats"]["diverging"].sum())
    )
    return {
        "nutpie": {"seconds": round(nutpie_seconds, 1), "min_ess": round(ours.min_ess_bulk)},
        "pymc": {"seconds": round(pymc_seconds, 1), "min_ess": round(theirs.min_ess_bulk)},
        "ess_per_second_ratio": round(
            (ours.min_ess_bulk / nutpie_seconds) / (theirs.min_ess_bulk / pymc_seconds), 1
        ),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--nuts", action="store_true", help="also NUTS, cold and warm, against PyMC"
    )
    options = parser.parse_args()
    found = {
        "import_estimator": timed(sys.executable, "-c", "import estimator"),
        "report_first": timed(COMMAND, "report"),
        "report_again": timed(COMMAND, "report"),
    }
    if options.nuts:
        with tempfile.TemporaryDirectory() as cache:
            flags = {
                "PYTENSOR_FLAGS": f"base_compiledir={cache}",
                "NUMBA_CACHE_DIR": f"{cache}/numba",
            }
            found["report_nuts_cold"] = timed(COMMAND, "report", "--engine", "nuts", **flags)
            found["report_nuts_warm"] = timed(COMMAND, "report", "--engine", "nuts", **flags)
        found["engines"] = engines()
    print(json.dumps(found, indent=2))


if __name__ == "__main__":
    main()
