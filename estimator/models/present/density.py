"""The log density of the war dead to a day, with its gradient, for many points at once.

Inside, a point is a column: constants of cells broadcast along rows, and rows are taken and added up fast.
"""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_array
from scipy.special import log_ndtr

from estimator.models.present.arrays import FEW, PresentArrays
from estimator.models.present.point import Delay, Lags, Layout, Point, Rows, student
from estimator.models.present.priors import PresentPriors

STUDENT_ITEM = 5.0
"""Degrees of freedom of the error of four weeks."""
SHAPES = 3
"""Slow shapes of the error that all publications share: men who died at different times are of
different kinds, and have a case with different probability, which publications take to be one."""
LEAST = 1e-8
"""Least share of late deaths declared: its log must be finite."""
LEAST_GROWN = 1e-9
"""Least share of names that come between two vintages: its log must be finite."""


class PresentDensity:
    """Log density and gradient of the parameters, given what was known on a day.

    Parameters are standard normal a priori, but for effects of one variance, and for the logs of
    ordinary deaths by block, which walk. Late deaths come by their odds, late to ordinary: statements
    hold hardly any late deaths of recent months, and say nothing of the odds there.
    """

    def __init__(self, arrays: PresentArrays, priors: PresentPriors) -> None:
        self.arrays, self.priors = arrays, priors
        self.layout = Layout(_sizes(arrays), priors)
        self.slices, self.size = self.layout.slices, self.layout.size
        self.steps = step_weights(arrays.knot_weights)
        self.late_steps = reverting_weights(arrays.knot_weights, priors.late_kept)
        self.shapes = shapes(arrays.blocks) * priors.capture_sd
        self.drift = (priors.complete_drift * self.steps.sum(0))[:, None]
        self.declared = Lags(arrays.cells.lag_declared, arrays.totals.lag, arrays.names.lag_declared)
        self.filed = Lags(arrays.filings.lag)
        self.publications = _CellRows(arrays, priors)
        self.names = _NameRows(arrays)

    def start(self) -> np.ndarray:
        """Return a point to look for the mode from."""
        point = np.zeros(self.size)
        point[self.slices["u"]] = np.log(self.priors.level[0])
        return point

    def __call__(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return log densities (B,) and gradients (B, n) of points (B, n)."""
        state = _State(self, Point(points, self.layout))
        _walk(state)
        for part in (_publications, _totals, _names, _minima, _filings, _yearly):
            part(state)
        state.finish()
        return state.point.value, state.point.gradient.T

    def deaths(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return all dead, the late among them, and late deaths declared by the day, (draws, blocks)."""
        state = _State(self, Point(points, self.layout))
        late = state.ordinary * state.odds
        share = Delay(state.point, "declared", np.log(self.arrays.lag_of_day)[:, None]).share
        return (state.ordinary + late).T, late.T, (late * share).T

    def published(self, points: np.ndarray) -> dict[str, np.ndarray]:
        """Return what each publication, year and count is expected to state without its error, (draws,).

        Of weekly figures it is the sum over whole blocks.
        """
        state, arrays = _State(self, Point(points, self.layout)), self.arrays
        ordinary, out = state.ordinary, {}
        late, cells = ordinary * state.odds, arrays.cells
        in_cells, in_totals, _ = (rows.of(state.declared.share) for rows in self.declared.rows)
        (in_filings,) = (rows.of(state.filed.share) for rows in self.filed.rows)
        seen, of = late[cells.block] * in_cells, ordinary[cells.block]
        kind = cells.kind[:, None]
        values = np.select([kind == 0, kind == 1], [of + seen, of], seen)
        for number, name in enumerate(cells.names):
            out[name] = values[cells.series == number].sum(0)
        for row, name in enumerate(arrays.totals.names):
            out[name] = arrays.totals.weights[row] @ (ordinary + late * in_totals[row])
        for row, name in enumerate(arrays.years.names):
            out[name] = arrays.years.weights[row] @ ordinary
        for row, name in enumerate(arrays.filings.names):
            out[name] = arrays.filings.weights[row] @ (late * in_filings[row])
        return out


def _sizes(arrays: PresentArrays) -> dict[str, int]:
    blocks, knots = arrays.blocks, len(arrays.knot_weights) - 1
    pubs, lists = arrays.publications, arrays.vintages
    sizes = {
        "u": blocks, "late_level": 1, "late_step": knots + 1,
        "filing_delay": 1, "filing_shape": 1, "declared_delay": 1, "declared_shape": 1,
    }  # fmt: skip
    if pubs:
        sizes |= {"common": 1, "capture": SHAPES, "revision": pubs - 1, "item_sd": 1, "slope": pubs}
        if arrays.cells.kind.any():
            sizes |= {"late_item_sd": 1}
    if lists:
        sizes |= {
            "list_scale": 1, "list_shape": 1, "complete_start": 1,
            "complete_drift": 1, "complete_step": knots, "pace": lists, "list_noise": 1,
        }  # fmt: skip
    if len(arrays.years.weights):
        sizes |= {"seen": 1}
    return sizes


def step_weights(weights: np.ndarray) -> np.ndarray:
    """Return what a walk's step at each later knot adds to each block, (knots - 1, blocks)."""
    return np.asarray(np.cumsum(weights[::-1], axis=0)[::-1][1:])


def reverting_weights(weights: np.ndarray, kept: float) -> np.ndarray:
    """Return what a step at each knot adds to each block where a share of it is left at the next knot.

    The first is as large as what earlier ones would have left, (knots, blocks).
    """
    number = np.arange(len(weights))
    left = np.triu(kept ** np.maximum(number - number[:, None], 0))
    left[0] /= np.sqrt(1 - kept**2)
    return np.asarray(left @ weights)


def shapes(blocks: int) -> np.ndarray:
    """Return slow shapes over the war, (SHAPES, blocks): cosines, the slower the larger."""
    place = (np.arange(blocks) + 0.5) / blocks
    order = np.arange(1, SHAPES + 1)[:, None]
    return np.asarray(np.cos(np.pi * order * place) / order)


class _CellRows:
    """What the figures of publications take from blocks and publications, and what is constant in them."""

    def __init__(self, arrays: PresentArrays, priors: PresentPriors) -> None:
        cells = arrays.cells
        self.block = Rows(cells.block, arrays.blocks)
        self.publication = Rows(cells.publication, arrays.publications)
        self.stated, self.wider = np.log(cells.deaths + FEW)[:, None], cells.wider[:, None]
        late = cells.kind == 2
        self.late, self.other = late.astype(float), (~late).astype(float)
        self.each = np.ones(len(late))
        self.with_late = (cells.kind != 1).astype(float)[:, None]
        self.error = Rows(late.astype(int), 2)
        self.fade = priors.slope_sd * np.exp(-cells.lag / priors.slope_days)[:, None]


class _NameRows:
    """What names take from blocks, vintages and lags."""

    def __init__(self, arrays: PresentArrays) -> None:
        names = arrays.names
        self.names = names.names[:, None]
        self.block, self.vintage = Rows(names.block, arrays.blocks), Rows(names.vintage, arrays.vintages)
        lags = Lags(names.lag, names.lag_before)
        now, before = (rows.at for rows in lags.rows)
        cells = np.arange(len(now))
        self.log_lags = lags.logs
        self.growth = csr_array(
            (np.r_[names.seen, -names.seen_before], (np.r_[cells, cells], np.r_[now, before])),
            shape=(len(cells), len(lags.logs)),
        )
        self.by_lag = self.growth.T.tocsr()
        self.each = np.ones(len(cells))


class _State:
    """What all statements are made of, by block (blocks, B), with the slopes that come back to it."""

    def __init__(self, density: PresentDensity, point: Point) -> None:
        self.density, self.point, self.arrays = density, point, density.arrays
        self.u = point["u"]
        self.ordinary = np.exp(self.u)
        level, spread = density.priors.late_share
        away = density.late_steps.T @ point["late_step"]
        self.odds = np.exp(level + spread * point["late_level"] + away)
        self.declared = Delay(point, "declared", density.declared.logs)
        self.filed = Delay(point, "filing", density.filed.logs)
        self.captures = "capture" in density.slices
        self.capture = density.shapes.T @ point["capture"] if self.captures else np.zeros_like(self.u)
        self.to_u, self.to_odds, self.to_capture = np.zeros((3, *self.u.shape))

    def finish(self) -> None:
        """Carry slopes of blocks and delays back to the parameters, and add the priors."""
        point, density = self.point, self.density
        point.push("u", self.to_u)
        if self.captures:
            point.push("capture", density.shapes @ self.to_capture)
        _, spread = density.priors.late_share
        point.push("late_level", spread * self.to_odds.sum(0))
        point.push("late_step", density.late_steps @ self.to_odds)
        self.declared.finish()
        self.filed.finish()
        point.finish()


def _walk(state: _State) -> None:
    """Add the prior of deaths by block: a random walk of their logs."""
    priors, (level, level_sd) = state.density.priors, state.density.priors.level
    first = (state.u[0] - np.log(level)) / level_sd
    value, slope = student(state.u[1:] - state.u[:-1], *priors.scale["walk"])
    state.point.value += value - 0.5 * first**2
    state.to_u[:-1] -= slope
    state.to_u[1:] += slope
    state.to_u[0] -= first / level_sd


def _publications(state: _State) -> None:
    """Add published figures by block: deaths of all kinds opened by then, or one stream of them."""
    rows, point, lags = state.density.publications, state.point, state.density.declared.rows[0]
    if not len(rows.stated):
        return
    revisions = state.arrays.revisions
    seen = np.maximum(lags.of(state.declared.share), LEAST)
    late = rows.block.of(state.odds) * seen * rows.with_late
    inside = late + rows.other[:, None]
    offset = point["common"] + revisions.T @ point["revision"]
    mean = (
        rows.block.of(state.u + state.capture) + np.log(inside)
        + rows.publication.of(offset) + rows.publication.of(point["slope"]) * rows.fade
    )  # fmt: skip
    errors = ["item_sd", "late_item_sd" if rows.late.any() else "item_sd"]
    precision = rows.error.of(np.concatenate([1 / point.positive(name) for name in errors])) / rows.wider
    expected = np.exp(mean)
    z, heavy = (rows.stated - np.log(expected + FEW)) * precision, STUDENT_ITEM
    squares = z**2
    weight = (heavy + 1) * z / (heavy + squares)
    point.value += rows.each @ (np.log(precision) - 0.5 * (heavy + 1) * np.log1p(squares / heavy))
    to_mean, to_scale = weight * precision * expected / (expected + FEW), weight * z - 1
    to_late = to_mean * late / inside
    by_block = rows.block.total(to_mean)
    state.to_u += by_block
    state.to_capture += by_block
    state.to_odds += rows.block.total(to_late)
    state.declared.to_share += lags.total(to_late / seen)
    by_publication = rows.publication.total(to_mean)
    point.push("common", by_publication.sum(0))
    point.push("revision", revisions @ by_publication)
    point.push("slope", rows.publication.total(to_mean * rows.fade))
    point.push_log("item_sd", rows.other @ to_scale)
    if rows.late.any():
        point.push_log("late_item_sd", rows.late @ to_scale)


def _totals(state: _State) -> None:
    """Add published totals of a period."""
    totals, point, lags = state.arrays.totals, state.point, state.density.declared.rows[1]
    if not len(totals.log_deaths):
        return
    revised, sd = state.arrays.revisions[:, totals.publication], totals.sd[:, None]
    ordinary = totals.weights[:, :, None] * (state.ordinary * np.exp(state.capture))
    late = ordinary * state.odds
    seen = late * lags.of(state.declared.share)
    opened = ordinary + seen
    total = opened.sum(1)
    mean = np.log(total) + point["common"] + revised.T @ point["revision"]
    z = (totals.log_deaths[:, None] - mean) / sd
    point.value -= 0.5 * (z**2).sum(0)
    to_mean = z / sd
    to_total = (to_mean / total)[:, None, :]
    by_block = (to_total * opened).sum(0)
    state.to_u += by_block
    state.to_capture += by_block
    state.to_odds += (to_total * seen).sum(0)
    state.declared.to_share += lags.total(to_total * late)
    point.push("common", to_mean.sum(0))
    point.push("revision", revised @ to_mean)


def _growth(log_lag: np.ndarray, point: Point) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the share of names that have come by a lag (Weibull), and its slopes of log scale and shape."""
    shape = point.positive("list_shape")
    ratio = log_lag - point.log("list_scale")
    x = np.exp(np.minimum(shape * ratio, 500))
    left = np.exp(-x)
    slope = left * x * shape
    return 1 - left, -slope, slope * ratio


def _log_gamma(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return Stirling's series for log gamma, up to a constant, and its slope: for x above two."""
    log, inverse = np.log(x), 1 / x
    return (x - 0.5) * log - x + inverse / 12, log - inverse / 2 - inverse**2 / 12


def _names(state: _State) -> None:
    """Add names by block that came between vintages."""
    rows, point, density = state.density.names, state.point, state.density
    names, lags = rows.names, density.declared.rows[2]
    if not len(names):
        return
    growth, by_scale, by_shape = _growth(rows.log_lags, point)
    grown = np.maximum(rows.growth @ growth, LEAST_GROWN)
    start, spread = density.priors.complete
    complete = (
        np.log(start) + spread * point["complete_start"] + density.drift * point["complete_drift"]
        + density.steps.T @ point["complete_step"]
    )  # fmt: skip
    paced = state.arrays.paced[:, None]
    odds, share = rows.block.of(state.odds), lags.of(state.declared.share)
    inside = 1 + odds * share
    expected = rows.block.of(np.exp(state.u + complete)) * rows.vintage.of(np.exp(point["pace"] * paced))
    expected = expected * inside * grown
    size = 1 / point.positive("list_noise") ** 2
    both, total = names + size, expected + size
    share_names, (of_both, by_both), (of_size, by_size) = both / total, _log_gamma(both), _log_gamma(size)
    log_total = np.log(total)
    point.value += rows.each @ (of_both - both * log_total + names * np.log(expected))
    point.value += len(names) * (size * np.log(size) - of_size)[0]
    to_mean = names - share_names * expected
    to_size = rows.each @ (by_both - log_total - share_names) + len(names) * (np.log(size) + 1 - by_size)[0]
    point.push_log("list_noise", -2 * size[0] * to_size)
    by_block, to_inside = rows.block.total(to_mean), to_mean / inside
    state.to_u += by_block
    state.to_odds += rows.block.total(to_mean - to_inside)
    state.declared.to_share += lags.total(to_inside * odds)
    point.push("complete_start", spread * by_block.sum(0))
    point.push("complete_drift", density.drift[:, 0] @ by_block)
    point.push("complete_step", density.steps @ by_block)
    point.push("pace", rows.vintage.total(to_mean) * paced)
    by_lag = rows.by_lag @ (to_mean / grown)
    point.push_log("list_scale", (by_lag * by_scale).sum(0))
    point.push_log("list_shape", (by_lag * by_shape).sum(0))


def _minima(state: _State) -> None:
    """Add that no fewer have died than are named, but for names that are wrong or in another half-year."""
    minima, error = state.arrays.minima, state.density.priors.list_error
    dead = state.ordinary * (1 + state.odds)
    total = minima.weights @ dead
    z = (np.log(total) - minima.log_names[:, None]) / error
    below = log_ndtr(z)
    state.point.value += below.sum(0)
    slope = np.exp(-0.5 * z**2 - below) / (np.sqrt(2 * np.pi) * error)
    by_death = minima.weights.T @ (slope / total)
    state.to_u += by_death * dead
    state.to_odds += by_death * state.ordinary * state.odds


def _filings(state: _State) -> None:
    """Add counts of court filings beyond those of peace: late deaths filed by then, as a noisy count."""
    filings, point, priors = state.arrays.filings, state.point, state.density.priors
    if not len(filings.log_filings):
        return
    # counts at several days err alike: together they weigh as one
    sd, (lags,) = priors.filing_sd * np.sqrt(len(filings.log_filings)), state.density.filed.rows
    late = filings.weights[:, :, None] * (state.ordinary * state.odds / priors.late_per_filing)
    filed = late * lags.of(state.filed.share)
    total = filed.sum(1) + 1.0
    z = (filings.log_filings[:, None] - np.log(total)) / sd
    point.value -= 0.5 * (z**2).sum(0)
    slope = (z / sd / total)[:, None, :]
    by_block = (slope * filed).sum(0)
    state.to_u += by_block
    state.to_odds += by_block
    state.filed.to_share += lags.total(slope * late)


def _yearly(state: _State) -> None:
    """Add excess deaths of vital registration by year: a share of the ordinary deaths of the year."""
    years, point = state.arrays.years, state.point
    if not len(years.sd):
        return
    share, share_sd = state.density.priors.seen
    # one baseline is behind all years, so that they err alike: together they weigh as one
    sd = (years.sd * np.sqrt(len(years.sd)))[:, None]
    total = years.weights @ state.ordinary
    mean = np.log(total) + np.log(share) + share_sd * point["seen"]
    z = (years.log_deaths[:, None] - mean) / sd
    point.value -= 0.5 * (z**2).sum(0)
    to_mean = z / sd
    state.to_u += state.ordinary * (years.weights.T @ (to_mean / total))
    point.push("seen", share_sd * to_mean.sum(0))
