r"""What each source contributes to the answer: fitted again without it.

With precision :math:`P = 1/\operatorname{var}(\log T)`, a source's share is
:math:`(P - P_{-s}) / \sum_r (P - P_{-r})`, no less than zero: :math:`P_{-s}` is that of the answer fitted
without it. Statements of the source are compared with what is expected from the other sources, by the
two-sided p-value

.. math:: p = 2 \min\{P(y^{rep} \geq y),\; P(y^{rep} \leq y)\}.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import Executor, Future
from datetime import date
from typing import Any

import numpy as np

from estimator.data.record import Record
from estimator.estimate.intervals import interval_of
from estimator.inference.fit_present import PresentSample
from estimator.models.present.arrays import PresentArrays, present_arrays
from estimator.models.present.priors import PresentPriors
from estimator.nowcast.present import sample_record

SOURCES = {
    "publications": "published estimates of the registry",
    "names": "the named list",
    "filings": "court filings",
    "years": "vital registration",
}
"""Parts of a record, and what they are called."""
CONFLICT = 0.05
MAIN = 0.5
"""Where one source carries a larger share of the precision, the headline says whose number it is."""
WITHOUT_WARM_UP, WITHOUT_FIRST, WITHOUT_ESS = (20, 50, 20), 80, 150
"""Trajectories of an answer without a source, of which only a median and a width are shown."""
WITHOUT_RHAT = 1.05
"""Largest R-hat of an answer without a source; one that does not pass is not shown."""


def samples_without(
    known: Record, day: date, *, seed: int, executor: Executor | None = None
) -> Iterator[tuple[str, PresentSample]]:
    """Return each source of a record with a sample made without it; none where there is but one source.

    An executor begins with them at once; when the first is needed, this process takes over, from the last,
    those not yet begun. Without an executor each is made when the iterator reaches it.
    """
    there = [source for source in SOURCES if _present(known, source)]
    calls = [(source, (known.without(source), day, seed)) for source in there if len(there) > 1]
    if executor is None:
        return ((source, _sample_without(*call)) for source, call in calls)
    begun = [executor.submit(_sample_without, *call) for _, call in calls]
    return _results(calls, begun)


def _results(
    calls: list[tuple[str, tuple[Record, date, int]]], begun: list[Future[PresentSample]]
) -> Iterator[tuple[str, PresentSample]]:
    made = {}
    for (source, call), future in reversed(list(zip(calls, begun))):
        if future.cancel():
            made[source] = _sample_without(*call)
    for (source, _), future in zip(calls, begun):
        yield source, made[source] if source in made else future.result()


def _sample_without(rest: Record, day: date, seed: int) -> PresentSample:
    return sample_record(
        rest, day, seed=seed, warm_up=WITHOUT_WARM_UP, first=WITHOUT_FIRST, largest_rhat=WITHOUT_RHAT,
        minimum_ess=WITHOUT_ESS, allow_unconverged=True,
    )  # fmt: skip


def contributions(
    sample: PresentSample,
    known: Record,
    day: date,
    *,
    seed: int,
    level: float = 0.95,
    fitted: Iterable[tuple[str, PresentSample]] | None = None,
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return each source's contribution, and its statements against what is expected from the others.

    ``known`` is the record that the sample was made from, ``fitted`` those of `samples_without`, if begun.
    """
    whole = sample.deaths.sum(-1).ravel()
    fitted = samples_without(known, day, seed=seed) if fitted is None else fitted
    rows: list[dict[str, Any]] = []
    statements: list[dict[str, Any]] = []
    for source, rest in fitted:
        if not rest.diagnostics.converged:  # hardly more than the prior is left
            rows.append({
                "source": source, "name": SOURCES[source], "without": None, "shift": None,
                "gain": float(1 / np.log(whole).var()),
            })  # fmt: skip
            continue
        total = rest.deaths.sum(-1).ravel()
        gain = max(1 / np.log(whole).var() - 1 / np.log(total).var(), 0.0)
        rows.append({
            "source": source, "name": SOURCES[source], "without": interval_of(total, level),
            "shift": float(np.median(whole) / np.median(total) - 1), "gain": float(gain),
        })  # fmt: skip
        statements += _statements(source, known, day, rest, seed=seed, level=level)
    gained = sum(row["gain"] for row in rows)
    for row in rows:
        row["share"] = row.pop("gain") / gained if gained else 0.0
    return rows, statements


def _present(known: Record, source: str) -> bool:
    return bool(known.weekly if source == "publications" else getattr(known, source))


def main_source(rows: list[dict[str, Any]]) -> str | None:
    """Return the source that carries most of the precision, or None where none does."""
    first = max(rows, key=lambda row: row["share"], default=None)
    return first["source"] if first is not None and first["share"] > MAIN else None


def _statements(
    source: str, known: Record, day: date, rest: PresentSample, *, seed: int, level: float
) -> list[dict[str, Any]]:
    """Return what a source states of the dead, and what an answer without it expects it to state."""
    arrays, priors = present_arrays(known, day), PresentPriors()
    expected = rest.expected(arrays)
    rng, heavy = np.random.default_rng(seed), priors.scale["revision"]
    rows = []
    for name, stated, factor, sd in _stated(source, arrays, priors):
        draws = np.log(expected[name] * factor)
        spread = sd if source != "publications" else np.hypot(heavy[0], sd)
        draws = np.exp(draws + spread * rng.standard_t(heavy[1], len(draws)))
        p = float(min(1.0, 2 * min((draws >= stated).mean(), (draws <= stated).mean())))
        bounds = interval_of(draws, level)
        rows.append({
            "source": SOURCES[source], "statement": name, "stated": stated, "expected": bounds["median"],
            "expected_lower": bounds["lower"], "expected_upper": bounds["upper"], "p": p,
        })  # fmt: skip
    return rows


def _stated(
    source: str, arrays: PresentArrays, priors: PresentPriors
) -> list[tuple[str, float, float, float]]:
    """Return statements: name, figure, the factor from deaths to what it counts, its error in logs."""
    if source == "publications":
        cells, common = arrays.cells, priors.scale["common"][0]
        weekly = [
            (
                name,
                float(cells.deaths[cells.series == number].sum()),
                1.0,
                common,
            )
            for number, name in enumerate(cells.names)
            if (cells.series == number).any() and not name.endswith("forecast")
        ]
        totals = arrays.totals
        return weekly + [
            (name, float(np.exp(totals.log_deaths[row])), 1.0, float(totals.sd[row]))
            for row, name in enumerate(totals.names)
        ]
    if source == "years":
        years, (share, width) = arrays.years, priors.seen
        return [
            (name, float(np.exp(years.log_deaths[row])), share, float(np.hypot(years.sd[row], width)))
            for row, name in enumerate(years.names)
        ]
    if source == "filings":
        filings = arrays.filings
        return [
            (name, float(np.exp(filings.log_filings[row])), 1 / priors.late_per_filing, priors.filing_sd)
            for row, name in enumerate(filings.names)
        ]
    return []
