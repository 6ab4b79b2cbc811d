"""The log density of the war dead to a day, with its gradient, for many points at once."""

from __future__ import annotations

import numpy as np
from scipy.special import ndtr

from estimator.models.present.arrays import PresentArrays
from estimator.models.present.priors import PresentPriors

STUDENT_ITEM = 5.0
"""Degrees of freedom of the error of four weeks."""


SHAPES = 3
"""Slow shapes of the error that all publications share: men who died at different times are of
different kinds, and have a case with different probability, which publications take to be one."""
LEAST = 1e-8
"""Least share of late deaths declared: its log must be finite."""


class Point:
    """Points (B, n) by name, and the slopes that are added up for them."""

    def __init__(self, points: np.ndarray, slices: dict[str, slice]) -> None:
        self.points, self.slices = points, slices
        self.value = np.zeros(len(points))
        self.gradient = np.zeros_like(points)

    def __getitem__(self, name: str) -> np.ndarray:
        return self.points[:, self.slices[name]]

    def push(self, name: str, slope: np.ndarray) -> None:
        """Add a slope (B, size of the part)."""
        self.gradient[:, self.slices[name]] += slope

    def normal(self, name: str) -> None:
        """Add a standard normal prior."""
        z = self[name]
        self.value -= 0.5 * (z**2).sum(1)
        self.push(name, -z)

    def student(self, name: str, scale: float, freedom: float) -> None:
        """Add the prior of effects that are normal with one variance, which is integrated out."""
        value, slope = student(self[name], scale, freedom)
        self.value += value
        self.push(name, slope)


def student(x: np.ndarray, scale: float, freedom: float) -> tuple[np.ndarray, np.ndarray]:
    """Return the log density (B,) and slope (B, n) of normal effects whose variance is integrated out.

    The variance is scale² times an inverse chi-squared of so many degrees of freedom, over their number.
    """
    total = freedom * scale**2 + (x**2).sum(1, keepdims=True)
    weight = freedom + x.shape[1]
    return -0.5 * weight * np.log(total[:, 0]), -weight * x / total


class PresentDensity:
    """Log density and gradient of the parameters, given what was known on a day.

    Parameters are standard normal a priori, but for effects of one variance, and for the logs of
    ordinary deaths by block, which walk. Late deaths come by their odds, late to ordinary: statements
    hold hardly any late deaths of recent months, and say nothing of the odds there.
    """

    def __init__(self, arrays: PresentArrays, priors: PresentPriors) -> None:
        self.arrays, self.priors = arrays, priors
        self.slices = _slices(arrays)
        self.size = max(part.stop for part in self.slices.values())
        self.log_median = {name: np.log(median) for name, (median, _) in priors.positive.items()}
        self.sd = {name: sd for name, (_, sd) in priors.positive.items()}

    def start(self) -> np.ndarray:
        """Return a point to look for the mode from."""
        point = np.zeros(self.size)
        point[self.slices["u"]] = np.log(self.priors.level[0])
        return point

    def positive(self, point: Point, name: str) -> np.ndarray:
        """Return a positive parameter (B, 1), whose log is normal."""
        return np.asarray(np.exp(self.log_median[name] + self.sd[name] * point[name]))

    def __call__(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return log densities (B,) and gradients (B, n) of points (B, n)."""
        point = Point(points, self.slices)
        for name in self.slices:
            if name in self.priors.scale:
                point.student(name, *self.priors.scale[name])
            elif name != "u":
                point.normal(name)
        state = _State(self, point)
        _walk(state)
        for part in (_publications, _totals, _names, _filings, _yearly):
            part(state)
        state.finish()
        return point.value, point.gradient

    def deaths(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return all dead, the late among them, and late deaths declared by the day, (draws, blocks)."""
        state = _State(self, Point(points, self.slices))
        ordinary = np.exp(state.u)
        late = ordinary * state.odds
        return ordinary + late, late, late * state.delayed(self.arrays.lag_of_day)[0]

    def published(self, points: np.ndarray) -> dict[str, np.ndarray]:
        """Return what each publication, year and count is expected to state without its error, (draws,).

        Of weekly figures it is the sum over whole blocks.
        """
        state, arrays = _State(self, Point(points, self.slices)), self.arrays
        ordinary, out = np.exp(state.u), {}
        late, cells = ordinary * state.odds, arrays.cells
        if len(cells.block):
            seen = late[:, cells.block] * state.delayed(cells.lag_declared)[0]
            of = ordinary[:, cells.block]
            values = np.select([cells.kind == kind for kind in range(3)], [of + seen, of, seen])
            for number, name in enumerate(cells.names):
                out[name] = values[:, cells.series == number].sum(1)
        for row, name in enumerate(arrays.totals.names):
            seen = late * state.delayed(arrays.totals.lag[row])[0]
            out[name] = ((ordinary + seen) * arrays.totals.weights[row]).sum(1)
        for row, name in enumerate(arrays.years.names):
            out[name] = (ordinary * arrays.years.weights[row]).sum(1)
        for row, name in enumerate(arrays.filings.names):
            filed = late * state.delayed(arrays.filings.lag[row], "filing")[0]
            out[name] = (filed * arrays.filings.weights[row]).sum(1)
        return out


def _slices(arrays: PresentArrays) -> dict[str, slice]:
    blocks, knots = arrays.blocks, len(arrays.knot_weights) - 1
    pubs, lists = arrays.publications, arrays.vintages
    sizes = {
        "u": blocks, "late_level": 1, "late_step": knots,
        "filing_delay": 1, "filing_spread": 1, "declared_delay": 1, "declared_spread": 1,
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
    ends = np.cumsum([0, *sizes.values()])
    return {name: slice(low, high) for name, low, high in zip(sizes, ends, ends[1:])}


def step_weights(weights: np.ndarray) -> np.ndarray:
    """Return what a walk's step at each later knot adds to each block, (knots - 1, blocks)."""
    return np.asarray(np.cumsum(weights[::-1], axis=0)[::-1][1:])


def shapes(blocks: int) -> np.ndarray:
    """Return slow shapes over the war, (SHAPES, blocks): cosines, the slower the larger."""
    place = (np.arange(blocks) + 0.5) / blocks
    order = np.arange(1, SHAPES + 1)[:, None]
    return np.asarray(np.cos(np.pi * order * place) / order)


class _State:
    """What all statements are made of, by block (B, blocks), with the slopes that come back to it."""

    def __init__(self, density: PresentDensity, point: Point) -> None:
        self.density, self.point, self.arrays = density, point, density.arrays
        self.u = point["u"]
        self.steps = step_weights(self.arrays.knot_weights)
        level, spread = density.priors.late_share
        self.odds = np.exp(level + spread * point["late_level"] + point["late_step"] @ self.steps)
        self.delays = {
            name: (density.positive(point, f"{name}_delay"), density.positive(point, f"{name}_spread"))
            for name in ("declared", "filing")
        }
        blocks = self.u.shape
        self.shapes = shapes(blocks[1]) * density.priors.capture_sd
        self.capture = point["capture"] @ self.shapes if "capture" in density.slices else np.zeros(blocks)
        self.to_capture = np.zeros(blocks)
        self.to_u, self.to_odds = np.zeros(blocks), np.zeros(blocks)

    def delayed(self, lag: np.ndarray, delay: str = "declared") -> tuple[np.ndarray, ...]:
        """Return the share of late deaths declared (or filed) by a lag, (B, cells), and its slopes.

        The slopes are of the logs of the median delay and of its spread.
        """
        median, spread = self.delays[delay]
        x = (np.log(lag) - np.log(median)) / spread
        slope = -np.exp(-0.5 * x**2) / np.sqrt(2 * np.pi)
        return ndtr(x), slope / spread, slope * x

    def push_delay(self, slope: np.ndarray, shares: tuple[np.ndarray, ...], delay: str = "declared") -> None:
        """Push the slope (B, cells) of the shares that `delayed` returned."""
        for name, change in zip((f"{delay}_delay", f"{delay}_spread"), shares[1:]):
            self.scaled(name, (slope * change).sum(1, keepdims=True))

    def finish(self) -> None:
        """Carry slopes of the blocks and delays back to the parameters."""
        point, density = self.point, self.density
        point.push("u", self.to_u)
        if "capture" in density.slices:
            point.push("capture", self.to_capture @ self.shapes.T)
        _, spread = density.priors.late_share
        point.push("late_level", spread * self.to_odds.sum(1, keepdims=True))
        point.push("late_step", self.to_odds @ self.steps.T)

    def scaled(self, name: str, slope: np.ndarray) -> None:
        """Push the slope of a positive parameter's log, (B, 1)."""
        self.point.push(name, self.density.sd[name] * slope)


def _walk(state: _State) -> None:
    """Add the prior of deaths by block: a random walk of their logs."""
    priors, (level, level_sd) = state.density.priors, state.density.priors.level
    first = (state.u[:, :1] - np.log(level)) / level_sd
    value, slope = student(np.diff(state.u, axis=1), *priors.scale["walk"])
    state.point.value += value - 0.5 * first[:, 0] ** 2
    state.to_u[:, :-1] -= slope
    state.to_u[:, 1:] += slope
    state.to_u[:, :1] -= first / level_sd


def _publications(state: _State) -> None:
    """Add published figures by block: deaths of all kinds opened by then, or one stream of them."""
    arrays, cells, point = state.arrays, state.arrays.cells, state.point
    if not len(cells.log_deaths):
        return
    density, block, at = state.density, cells.block, cells.publication
    odds, shares = state.odds[:, block], state.delayed(cells.lag_declared)
    with_late, late = cells.kind != 1, cells.kind == 2
    seen = np.maximum(shares[0], LEAST)
    inside = np.where(late, odds * seen, 1 + np.where(with_late, odds * seen, 0.0))
    part = np.where(with_late, odds * seen, 0.0) / inside
    slope_sd = density.priors.slope_sd
    fade = np.exp(-cells.lag / density.priors.slope_days)
    mean = (
        (state.u + state.capture)[:, block] + np.log(inside) + point["common"]
        + (point["revision"] @ arrays.revisions)[:, at]
        + slope_sd * point["slope"][:, at] * fade
    )  # fmt: skip
    scale = density.positive(point, "item_sd") * cells.wider
    if late.any():
        scale = np.where(late, density.positive(point, "late_item_sd"), scale)
    z = (cells.log_deaths - mean) / scale
    heavy = STUDENT_ITEM
    point.value += (-0.5 * (heavy + 1) * np.log1p(z**2 / heavy) - np.log(scale)).sum(1)
    weight = (heavy + 1) * z / (heavy + z**2)
    to_mean, to_scale = weight / scale, weight * z - 1
    state.to_u += to_mean @ cells.by_block
    state.to_odds += (to_mean * part) @ cells.by_block
    state.push_delay(to_mean * part / seen, shares)
    state.to_capture += to_mean @ cells.by_block
    point.push("common", to_mean.sum(1, keepdims=True))
    point.push("revision", to_mean @ cells.by_publication @ arrays.revisions.T)
    point.push("slope", slope_sd * ((to_mean * fade) @ cells.by_publication))
    state.scaled("item_sd", (to_scale * ~late).sum(1, keepdims=True))
    if late.any():
        state.scaled("late_item_sd", (to_scale * late).sum(1, keepdims=True))


def _totals(state: _State) -> None:
    """Add published totals of a period."""
    totals, point = state.arrays.totals, state.point
    for row in range(len(totals.log_deaths)):
        at = totals.publication[row]
        shares = state.delayed(totals.lag[row])
        ordinary = totals.weights[row] * np.exp(state.u + state.capture)
        seen = ordinary * state.odds * shares[0]
        total = (ordinary + seen).sum(1, keepdims=True)
        revised = state.arrays.revisions[:, at]
        mean = np.log(total) + point["common"] + (point["revision"] @ revised)[:, None]
        z = (totals.log_deaths[row] - mean) / totals.sd[row]
        point.value -= 0.5 * (z**2)[:, 0]
        to_mean = z / totals.sd[row]
        state.to_u += to_mean * (ordinary + seen) / total
        state.to_capture += to_mean * (ordinary + seen) / total
        state.to_odds += to_mean * seen / total
        state.push_delay(to_mean * ordinary * state.odds / total, shares)
        point.push("common", to_mean)
        point.push("revision", to_mean * revised)


def _growth(lag: np.ndarray, scale: np.ndarray, shape: np.ndarray) -> tuple[np.ndarray, ...]:
    """Return the share of names that have come by a lag (Weibull), and its slopes of log scale and shape."""
    ratio = np.log(lag) - np.log(scale)
    x = np.exp(np.minimum(shape * ratio, 500))
    left = np.exp(-x)
    return 1 - left, -left * shape * x, left * x * shape * ratio


def _log_gamma(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return Stirling's series for log gamma, up to a constant, and its slope: for x above two."""
    log = np.log(x)
    return (x - 0.5) * log - x + 1 / (12 * x), log - 1 / (2 * x) - 1 / (12 * x**2)


def _names(state: _State) -> None:
    """Add names by block that came between vintages."""
    cells, point, density = state.arrays.names, state.point, state.density
    if not len(cells.names):
        return
    block, at, matrix = cells.block, cells.vintage, state.steps
    scale, shape = density.positive(point, "list_scale"), density.positive(point, "list_shape")
    now, now_scale, now_shape = _growth(cells.lag, scale, shape)
    before, before_scale, before_shape = _growth(cells.lag_before, scale, shape)
    grown = np.maximum(cells.seen * now - cells.seen_before * before, 1e-9)
    start, spread = density.priors.complete
    drift = state.density.priors.complete_drift * matrix.sum(0)
    complete = (
        np.log(start) + spread * point["complete_start"] + drift * point["complete_drift"]
        + point["complete_step"] @ matrix
    )  # fmt: skip
    shares = state.delayed(cells.lag_declared)
    odds = state.odds[:, block]
    inside = 1 + odds * shares[0]
    log_mean = (
        state.u[:, block] + np.log(inside) + complete[:, block]
        + (point["pace"] * state.arrays.paced)[:, at] + np.log(grown)
    )  # fmt: skip
    noise = density.positive(point, "list_noise")
    size, names = 1 / noise**2, cells.names
    log_sum = np.logaddexp(np.log(size), log_mean)
    (of_both, by_both), (of_size, by_size) = _log_gamma(names + size), _log_gamma(size)
    point.value += (
        of_both - of_size + size * np.log(size) - (names + size) * log_sum + names * log_mean
    ).sum(1)
    share_names = (names + size) * np.exp(-log_sum)
    to_mean = names - share_names * np.exp(log_mean)
    to_size = (by_both - by_size + np.log(size) + 1 - log_sum - share_names).sum(1, keepdims=True)
    state.scaled("list_noise", -2 * size * to_size)
    by_block = to_mean @ cells.by_block
    state.to_u += by_block
    state.to_odds += (to_mean * odds * shares[0] / inside) @ cells.by_block
    state.push_delay(to_mean * odds / inside, shares)
    point.push("complete_start", spread * by_block.sum(1, keepdims=True))
    point.push("complete_drift", (by_block @ drift)[:, None])
    point.push("complete_step", by_block @ matrix.T)
    point.push("pace", (to_mean @ cells.by_vintage) * state.arrays.paced)
    to_grown = to_mean / grown
    for name, one, two in (("list_scale", now_scale, before_scale), ("list_shape", now_shape, before_shape)):
        change = to_grown * (cells.seen * one - cells.seen_before * two)
        state.scaled(name, change.sum(1, keepdims=True))


def _filings(state: _State) -> None:
    """Add counts of court filings beyond those of peace: late deaths filed by then, as a noisy count."""
    filings, point, priors = state.arrays.filings, state.point, state.density.priors
    # counts at several days err alike: together they weigh as one
    sd = priors.filing_sd * np.sqrt(len(filings.log_filings))
    for row in range(len(filings.log_filings)):
        shares = state.delayed(filings.lag[row], "filing")
        late = filings.weights[row] * np.exp(state.u) * state.odds / priors.late_per_filing
        filed = late * shares[0]
        total = filed.sum(1, keepdims=True) + 1.0
        z = (filings.log_filings[row] - np.log(total)) / sd
        point.value -= 0.5 * (z**2)[:, 0]
        slope = z / sd / total
        state.to_u += slope * filed
        state.to_odds += slope * filed
        state.push_delay(slope * late, shares, "filing")


def _yearly(state: _State) -> None:
    """Add excess deaths of vital registration by year: a share of the ordinary deaths of the year."""
    years, point = state.arrays.years, state.point
    share, share_sd = state.density.priors.seen
    # one baseline is behind all years, so that they err alike: together they weigh as one
    sd = years.sd * np.sqrt(len(years.sd))
    for row in range(len(years.weights)):
        ordinary = years.weights[row] * np.exp(state.u)
        total = ordinary.sum(1, keepdims=True)
        mean = np.log(total) + np.log(share) + share_sd * point["seen"]
        z = (years.log_deaths[row] - mean) / sd[row]
        point.value -= 0.5 * (z**2)[:, 0]
        slope = z / sd[row]
        state.to_u += slope * ordinary / total
        point.push("seen", share_sd * slope)
