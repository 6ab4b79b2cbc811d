"""Time of the placebo: ``python benchmarks/placebo.py [--every 6] [--full] [--data FOLDER]``.

The twelve territories of ``hmd`` in the folder of third-party data. First a reduced placebo, every sixth
origin, on one worker and on two, each in a pool of its own, so that starting workers and their imports are in
the time; then, with ``--full``, every origin on two workers. Prints one row a run: fits, seconds, seconds a
fit and worker, and the speed-up over one worker. Run it on an idle machine: a neighbour's load shows as a
speed-up that is too small, and CPU seconds (children included) beside wall seconds tell.
"""

import argparse
import os
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
DATA = Path(os.environ.get("ESTIMATOR_DATA") or HERE.parent.parent / "shared" / "data")


def run(territories, jobs, every):
    """Return the fits made, wall seconds, and CPU seconds of all workers."""
    from estimator.calibration.placebo import placebo
    from estimator.calibration.study import process_pool

    started, before = time.perf_counter(), os.times()
    with process_pool(jobs) as pool:
        result = placebo(territories, seed=1, every=every, executor=pool)
    after = os.times()
    cpu = sum(after[2:4]) - sum(before[2:4])
    assert result.unconverged == 0
    return len(result.fits), time.perf_counter() - started, cpu


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--every", type=int, default=6)
    parser.add_argument("--full", action="store_true")
    asked = parser.parse_args()
    from estimator.sources.deaths import read_counts

    files = sorted((asked.data / "hmd").glob("*.csv"))
    if not files:
        parser.error(f"no hmd/*.csv in {asked.data}")
    territories = {file.stem: read_counts(file) for file in files}
    print(f"{len(territories)} territories, load {os.getloadavg()[0]:.1f} before the first run")
    print(f"{'run':24}{'fits':>6}{'wall, s':>9}{'CPU, s':>8}{'s a fit':>9}{'speed-up':>10}")
    plan = [("reduced, 1 worker", 1, asked.every), ("reduced, 2 workers", 2, asked.every)]
    plan += [("every origin, 2 workers", 2, 1)] * asked.full
    alone = None
    for name, jobs, every in plan:
        fits, wall, cpu = run(territories, jobs, every)
        rate = jobs * wall / fits
        alone = alone or rate
        print(
            f"{name:24}{fits:6}{wall:9.1f}{cpu:8.1f}{rate:9.2f}{jobs * alone / rate:10.2f}",
            flush=True,
        )


if __name__ == "__main__":
    main()
