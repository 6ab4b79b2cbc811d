"""Parameters of many points by name, the slopes that are added up for them, and their priors."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from scipy.sparse import csr_array

from estimator.models.present.priors import PresentPriors


class Layout:
    """Where each parameter is in a point, and how it is distributed a priori.

    Parameters are standard normal, but for effects of one variance, and for ``u``, whose prior is the
    walk's.
    """

    def __init__(self, sizes: Mapping[str, int], priors: PresentPriors) -> None:
        ends = np.cumsum([0, *sizes.values()])
        self.slices = {name: slice(low, high) for name, low, high in zip(sizes, ends, ends[1:])}
        self.size = int(ends[-1])
        self.positive = {name: row for row, name in enumerate(one for one in sizes if one in priors.positive)}
        self.positive_rows = np.array([self.slices[name].start for name in self.positive])
        self.sd = np.array([priors.positive[name][1] for name in self.positive])[:, None]
        self.log_median = np.log([priors.positive[name][0] for name in self.positive])[:, None]
        groups = [name for name in sizes if name in priors.scale]
        self.member = np.zeros((len(groups), self.size))
        for row, name in enumerate(groups):
            self.member[row, self.slices[name]] = 1.0
        self.normal = 1.0 - self.member.sum(0)
        self.normal[self.slices["u"]] = 0.0
        scale, freedom = np.array([priors.scale[name] for name in groups]).T[..., None]
        self.least, self.weight = freedom * scale**2, freedom + self.member.sum(1, keepdims=True)


class Point:
    """Points by name, one a column: a part has the shape (its size, B)."""

    def __init__(self, points: np.ndarray, layout: Layout) -> None:
        self.layout, self.points = layout, np.ascontiguousarray(points.T)
        self.logs = layout.log_median + layout.sd * self.points[layout.positive_rows]
        self.values = np.exp(self.logs)
        self.value = np.zeros(len(points))
        self.gradient = np.zeros_like(self.points)
        self.to_logs = np.zeros_like(self.logs)

    def __getitem__(self, name: str) -> np.ndarray:
        return self.points[self.layout.slices[name]]

    def positive(self, name: str) -> np.ndarray:
        """Return a positive parameter (1, B), whose log is normal."""
        row = self.layout.positive[name]
        return self.values[row : row + 1]

    def log(self, name: str) -> np.ndarray:
        """Return the log of a positive parameter, (1, B)."""
        row = self.layout.positive[name]
        return self.logs[row : row + 1]

    def push(self, name: str, slope: np.ndarray) -> None:
        """Add a slope (size of the part, B)."""
        self.gradient[self.layout.slices[name]] += slope

    def push_log(self, name: str, slope: np.ndarray) -> None:
        """Add the slope of a positive parameter's log, (B,)."""
        self.to_logs[self.layout.positive[name]] += slope

    def finish(self) -> None:
        """Add the priors, and carry slopes of logs to the parameters."""
        layout, squares = self.layout, self.points**2
        total = layout.least + layout.member @ squares
        self.value -= 0.5 * (layout.normal @ squares + (layout.weight * np.log(total)).sum(0))
        self.gradient -= (layout.normal[:, None] + layout.member.T @ (layout.weight / total)) * self.points
        self.gradient[layout.positive_rows] += layout.sd * self.to_logs


def student(x: np.ndarray, scale: float, freedom: float) -> tuple[np.ndarray, np.ndarray]:
    """Return the log density (B,) and slope (n, B) of normal effects whose variance is integrated out.

    The variance is scale² times an inverse chi-squared of so many degrees of freedom, over their number.
    """
    total = freedom * scale**2 + (x**2).sum(0)
    weight = freedom + len(x)
    return -0.5 * weight * np.log(total), -weight * x / total


class Rows:
    """The row of a table (rows, B) that each cell has."""

    def __init__(self, at: np.ndarray, rows: int) -> None:
        self.at, cells = at, at.size
        self.summed = csr_array((np.ones(cells), (at.ravel(), np.arange(cells))), shape=(rows, cells))

    def of(self, table: np.ndarray) -> np.ndarray:
        """Return each cell's values, (*cells, B)."""
        return table.take(self.at, axis=0)

    def total(self, cells: np.ndarray) -> np.ndarray:
        """Return the sums of cells by row, (rows, B)."""
        return np.asarray(self.summed @ cells.reshape(self.at.size, -1))


class Lags:
    """Lags of several sets of cells: what depends on a lag alone is computed once for each."""

    def __init__(self, *lags: np.ndarray) -> None:
        unique, at = np.unique(np.concatenate([one.ravel() for one in lags]), return_inverse=True)
        self.logs = np.log(unique)[:, None]
        ends = np.cumsum([one.size for one in lags])[:-1]
        self.rows = [
            Rows(part.reshape(one.shape), len(unique)) for part, one in zip(np.split(at, ends), lags)
        ]


class Delay:
    """Share of late deaths declared (or filed) by each of some lags, Weibull: (lags, B)."""

    def __init__(self, point: Point, name: str, log_lags: np.ndarray) -> None:
        self.point, self.name = point, name
        self.shape = point.positive(f"{name}_shape")
        self.ratio = log_lags - point.log(f"{name}_delay")
        self.hazard = np.log(2) * np.exp(np.minimum(self.shape * self.ratio, 6))
        self.share = -np.expm1(-self.hazard)
        self.to_share = np.zeros_like(self.share)

    def finish(self) -> None:
        """Carry slopes of the shares to the median delay and its shape."""
        slope = self.hazard * np.exp(-self.hazard) * self.shape * self.to_share
        self.point.push_log(f"{self.name}_delay", -slope.sum(0))
        self.point.push_log(f"{self.name}_shape", (slope * self.ratio).sum(0))
