"""R-hat and effective sample sizes of many quantities at once.

The definitions are those of Vehtari et al. 2021 (doi 10.1214/20-BA1221), as ArviZ computes them of one
quantity after another. For the hundred and fifty of a registry that takes half a second each time a sample is
judged, and loading ArviZ takes another half.
"""

import numpy as np
from scipy.special import ndtri

TAILS = (0.05, 0.95)


def measure_mixing(draws: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return rank R-hat, bulk ESS and tail ESS of each quantity; `draws` are (chain, draw, quantity).

    A quantity with a draw that is no finite number has NaN for all three.
    """
    whole = np.isfinite(draws).all(axis=(0, 1))
    draws = np.where(whole, draws, 0.0)
    halves = _halved(draws)
    folded = np.abs(halves - np.median(halves, axis=(0, 1)))
    bulk = _normal_scores(halves)
    rhat = np.maximum(_rhat(bulk), _rhat(_normal_scores(folded)))
    tails = [_ess(_halved((draws <= np.quantile(draws, tail, axis=(0, 1))).astype(float))) for tail in TAILS]
    rhat, size, tail = (np.where(whole, one, np.nan) for one in (rhat, _ess(bulk), np.minimum(*tails)))
    return rhat, size, tail


def _halved(draws: np.ndarray) -> np.ndarray:
    """Cut each chain in two: halves that disagree show as chains do."""
    half = draws.shape[1] // 2
    return np.concatenate([draws[:, :half], draws[:, -half:]])


def _normal_scores(draws: np.ndarray) -> np.ndarray:
    """Return normal quantiles of ranks among all draws of a quantity; equal draws have their mean rank."""
    flat = draws.reshape(-1, draws.shape[2])
    order = flat.argsort(axis=0)
    ranked = np.take_along_axis(flat, order, axis=0)
    place = np.arange(len(flat))[:, None]
    changes = ranked[1:] != ranked[:-1]
    first = np.maximum.accumulate(np.where(np.pad(changes, ((1, 0), (0, 0))), place, 0))
    ends = np.where(np.pad(changes, ((0, 1), (0, 0))), place, len(flat) - 1)
    last = np.minimum.accumulate(ends[::-1])[::-1]
    scores = np.empty_like(flat)
    np.put_along_axis(scores, order, ndtri(((first + last) / 2 + 0.625) / (len(flat) + 0.25)), axis=0)
    return scores.reshape(draws.shape)


def _rhat(draws: np.ndarray) -> np.ndarray:
    number = draws.shape[1]
    between = number * draws.mean(axis=1).var(axis=0, ddof=1)
    within = draws.var(axis=1, ddof=1).mean(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.sqrt((between / within + number - 1) / number))


def _ess(draws: np.ndarray) -> np.ndarray:
    """Return the effective sample size of means, by Geyer's initial monotone sequence."""
    chains, number, _ = draws.shape
    means = draws.mean(axis=1, keepdims=True)
    spectrum = np.fft.rfft(draws - means, n=2 * number, axis=1)
    products = np.fft.irfft((np.abs(spectrum) ** 2).mean(axis=0), axis=0)[:number] / number
    within = products[0] * number / (number - 1)
    variance = products[0] + means[:, 0].var(axis=0, ddof=1)
    constant = variance == 0
    correlation = 1 - (within - products) / np.where(constant, 1, variance)
    correlation[0] = 1
    # pairs of neighbouring lags are positive and fall; where one is not, noise begins
    pairs = correlation[: number - number % 2].reshape(-1, 2, correlation.shape[1])[: (number - 1) // 2]
    sums = pairs.sum(axis=1)
    stops = ~(sums > 0)
    stops[-1] = True
    end = stops.argmax(axis=0)[None]
    kept = np.arange(len(sums))[:, None] < end
    falling = np.where(kept, np.minimum.accumulate(sums), 0).sum(axis=0)
    even, both = (np.take_along_axis(values, end, axis=0)[0] for values in (pairs[:, 0], sums))
    rest = np.where(both < 0, np.maximum(even, 0), even)
    total = chains * number
    size = total / np.maximum(2 * falling + rest - 1, 1 / np.log10(total))
    return np.where(constant, total, size)
