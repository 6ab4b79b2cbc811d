"""Parts of the registry kernel that civilians tell: sex ratio, delays and women's cases."""

from typing import Any

import numpy as np
from scipy.special import expit

from estimator.inference.registry_parts import Back, Part, scaled, total_of
from estimator.models.baseline import JITTER, LEVEL_MEAN, LEVEL_SD, age_correlation
from estimator.models.registry import priors
from estimator.models.registry.preconditioner import idle_sd, initial_cells


class SexRatio(Part):
    """The log sex ratio of cases by age and year, and men among cases of the baseline."""

    def _prepare(self) -> None:
        data, ages, years = self.data, len(self.data.midpoint), len(self.data.years)
        self.locations, self.widths = data.priors.moments(data.priors.SURFACE)
        self.eigenvalues, vectors = np.linalg.eigh(age_correlation(data.midpoint, shared=1.0))
        table = self.units.ratio.modes.reshape(ages, years, -1)
        self.turned = np.einsum("ai,ayj->iyj", vectors, table)
        self.to_vectors = self.turned.reshape(ages * years, -1)
        self.pairs = np.triu_indices(years)
        self.twice = np.where(self.pairs[0] == self.pairs[1], 1.0, 2.0)
        products = self.twice * (self.turned[:, self.pairs[0]] * self.turned[:, self.pairs[1]]).transpose(
            0, 2, 1
        )
        self.products = np.ascontiguousarray(products.reshape(-1, len(self.twice)).T)
        k = np.arange(years)
        lag = k[:, None] - k[None, :]
        self.later = ((lag > 0) & (k[None, :] > 0)).astype(float)
        self.lag = np.clip(lag, 0, None)
        level = ((lag >= 0) & (k[None, :] > 0)) * 1.0
        self.levels = level @ level.T

    def surface(self, z: np.ndarray, g: np.ndarray) -> tuple[np.ndarray, np.ndarray, Back]:
        """Return the log sex ratio by age and year (B, A, Y), with the priors of its scales."""
        ages, years, batch = len(self.data.midpoint), len(self.data.years), len(z)
        score = (z[:, :5] - self.locations) / self.widths
        g[:, :5] -= score / self.widths
        # always in double precision: this covariance is nearly singular where scales are small
        over_time, back_time = self._over_time(z[:, :5].astype(float), g)
        shared = expit(z[:, 4])
        inverse = np.linalg.inv(over_time).astype(z.dtype)
        determinant = np.linalg.slogdet(over_time)[1].astype(z.dtype)
        parts = 1 / (shared[:, None] * self.eigenvalues + 1 - shared[:, None] + JITTER)
        inside = inverse[:, self.pairs[0], self.pairs[1]] @ self.products
        inside = inside.reshape(batch, ages, -1)
        units = self.units.ratio
        free, lp, back_scaled = scaled(
            z[:, self.at["ratio_free"]], (parts[:, None, :] @ inside)[:, 0], units.information, 0.0,
            units.precision,
        )  # fmt: skip
        x = (free @ self.to_vectors.T).reshape(batch, ages, years)
        weighted = x @ inverse
        squares = (weighted * x).sum(2)
        lp = lp - 0.5 * ((score**2).sum(1) + (parts * squares).sum(1) + ages * determinant)
        lp += 0.5 * years * np.log(parts).sum(1)
        surface = LEVEL_MEAN + (free @ units.modes.T).reshape(batch, ages, years)

        def back(dsurface: np.ndarray) -> None:
            dx = -parts[:, :, None] * weighted
            dfree = dsurface.reshape(batch, -1) @ units.modes + dx.reshape(batch, -1) @ self.to_vectors
            g[:, self.at["ratio_free"]], dstiffness, *_ = back_scaled(dfree)
            dparts = 0.5 * (years / parts - squares) + (inside @ dstiffness[:, :, None])[:, :, 0]
            dpairs = (parts[:, :, None] * dstiffness[:, None, :]).reshape(batch, -1) @ self.products.T
            dinverse = np.zeros_like(inverse)
            dinverse[:, self.pairs[0], self.pairs[1]] = dpairs / self.twice
            dinverse[:, self.pairs[1], self.pairs[0]] = dpairs / self.twice
            dinverse -= 0.5 * x.transpose(0, 2, 1) @ (parts[:, :, None] * x)
            back_time(-(inverse @ dinverse @ inverse) - 0.5 * ages * inverse)
            dshared = -(dparts * parts**2 * (self.eigenvalues - 1)).sum(1)
            g[:, 4] += dshared * shared * (1 - shared)

        return surface, lp, back

    def _over_time(self, z: np.ndarray, g: np.ndarray) -> tuple[np.ndarray, Back]:
        """Return the covariance over time of `time_covariance` (B, Y, Y); its gradient is symmetric."""
        level, slope, transient = np.exp(z[:, 0]), np.exp(z[:, 1]), np.exp(z[:, 3])
        damping = expit(z[:, 2])
        k = np.arange(len(self.lag))
        powers = damping[:, None] ** k
        rest = (1 - damping)[:, None]
        first = (1 - powers) / rest
        dfirst = (first - k * powers / damping[:, None]) / rest
        innovations, dinnovations = (self.later * one[:, self.lag] for one in (first, dfirst))
        squares = innovations @ innovations.transpose(0, 2, 1)
        outer = first[:, :, None] * first[:, None, :]
        steady = 1 / (1 - damping**2)
        slopes = slope**2

        def wide(one: np.ndarray) -> np.ndarray:
            return one[:, None, None]

        covariance = wide(slopes * steady) * outer + wide(slopes) * squares + LEVEL_SD**2
        covariance += wide(level**2) * self.levels
        covariance[:, k, k] += (transient**2 + JITTER)[:, None]

        def back(d: np.ndarray) -> None:
            of_outer, of_squares = (d * outer).sum((1, 2)), (d * squares).sum((1, 2))
            g[:, 0] += (d * self.levels).sum((1, 2)) * 2 * level**2
            g[:, 1] += 2 * slopes * (of_squares + of_outer * steady)
            g[:, 3] += d[:, k, k].sum(1) * 2 * transient**2
            moved = (d * (dinnovations @ innovations.transpose(0, 2, 1))).sum((1, 2))
            moved += steady * ((d @ first[:, :, None])[:, :, 0] * dfirst).sum(1)
            ddamping = 2 * slopes * (moved + of_outer * damping * steady**2)
            g[:, 2] += ddamping * damping * (1 - damping)

        return covariance, back

    def baseline(self, logit: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the binomial log density of men among cases, and its gradient by the logit."""
        men = self.data.base_men
        both = men + self.data.base_women
        odds = np.exp(logit)
        above = odds + 1.0
        odds /= above
        odds *= -both
        odds += men
        np.log(above, out=above)
        lp = logit.reshape(len(logit), -1) @ men.ravel()
        lp -= above.reshape(len(logit), -1) @ both.ravel()
        return lp, odds


class Delay(Part):
    """Shares of cases seen by cell: curves of civilians and of soldiers, and shocks of both."""

    def _prepare(self) -> None:
        data, units = self.data, self.units

        def curve(published: np.ndarray, weight: float, root: np.ndarray) -> tuple[np.ndarray, ...]:
            location, basis, inner = priors.curve_prior(published, weight)
            return location, basis @ root, root.T @ np.linalg.inv(inner) @ root

        weights, bins = (priors.MILITARY_WEIGHT, priors.PUBLISHED_WEIGHT), data.bins
        self.curves = {
            "military_delay": curve(bins.military, weights[0], units.military_root),
            "civilian_delay": curve(bins.civilian, weights[1], units.civilian_root),
        }
        if not data.published_delays:
            self.root, self.off = initial_cells(data)
            self.number = data.cell_membership.sum(1)
            self.narrow = idle_sd(data)
            self.usual_sum = self.by_period(data.usual)
            self.civilians = self.by_period(data.civilians_by_cell)
            self.unopened = data.unopened

    def curve_of(self, z: np.ndarray, g: np.ndarray, name: str) -> tuple[np.ndarray, np.ndarray, Back]:
        """Return a delay curve (B, bins)."""
        published, basis, precision = self.curves[name]
        free = z[:, self.at[f"{name}_free"]]
        weighted = free @ precision
        logs = published + free @ basis.T
        shares = np.exp(logs - logs.max(1, keepdims=True))
        shares /= shares.sum(1, keepdims=True)

        def back(dshares: np.ndarray) -> None:
            dlogs = shares * (dshares - (dshares * shares).sum(1, keepdims=True))
            g[:, self.at[f"{name}_free"]] = dlogs @ basis - weighted

        return shares, -0.5 * (weighted * free).sum(1), back

    def seen(
        self, z: np.ndarray, g: np.ndarray, military: np.ndarray
    ) -> tuple[tuple[np.ndarray, np.ndarray], np.ndarray, Back]:
        """Return shares of civilians' and soldiers' cases seen by cell, and civilians' own likelihood.

        Backwards it takes gradients by the logs of both and of civilians' sum, and by soldiers' sum; and
        returns that by soldiers' curve.
        """
        data = self.data
        if data.published_delays:
            civilian, lp, back_civilian = self.curve_of(z, g, "civilian_delay")
            seen = civilian @ data.cell_visible.T, military @ data.cell_visible.T

            def back_curve(dcivilian: Any, dmilitary: Any, dsum: Any, dopened: Any) -> np.ndarray:
                back_civilian(((dcivilian + dsum) / seen[0]) @ data.cell_visible)
                return np.asarray((dmilitary / seen[1] + dopened) @ data.cell_visible)

            return seen, lp, back_curve
        shock, whole, lp, back_shocks = self.shocks(z, g)
        moved = np.exp(shock)
        moved *= data.usual
        kept = self.by_period(moved)
        logs = np.log(kept)
        factor = moved / data.usual * self.by_cell(np.exp(whole * self.unopened) * self.usual_sum / kept)
        opened = military @ data.cell_visible.T
        seen = data.usual * factor, opened * factor
        lp = lp + shock @ data.civilians_by_cell - logs @ self.civilians

        def back(dcivilian: Any, dmilitary: Any, dsum: Any, dopened: Any) -> np.ndarray:
            dmilitary = dmilitary + self.by_cell(dopened) * seen[1]
            dfactor = dcivilian + dmilitary
            by_period = self.by_period(dfactor)
            dshock = dfactor + data.civilians_by_cell
            dshock -= moved * self.by_cell((by_period + self.civilians) / kept)
            back_shocks(dshock, (by_period + dsum) * self.unopened)
            return np.asarray((dmilitary / opened) @ data.cell_visible)

        return seen, lp, back

    def shocks(self, z: np.ndarray, g: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, Back]:
        """Return the shocks of cells (B, C) and of whole periods (B, T), with their priors."""
        at, root = self.at, self.root
        log_sd, whole = z[:, at["cell_shock_sd"].start], z[:, at["period_shock"]]
        sd = np.exp(log_sd)[:, None]
        stiffness = 1 / (sd * root) ** 2
        x, lp, back_scaled = scaled(z[:, at["cell_free"]], stiffness, root * self.off, 0.0, 1.0)
        shock = x / root
        idle = self.by_period(shock) / np.sqrt(self.number)
        wide = (sd / self.narrow) ** 2
        score = (log_sd - priors.CELL[0]) / priors.CELL[1]
        lp = lp - 0.5 * (stiffness * x**2).sum(1) - shock.shape[1] * log_sd - 0.5 * score**2
        lp += 0.5 * (np.log1p(wide) - (idle / self.narrow) ** 2).sum(1)
        lp -= 0.5 * (whole**2).sum(1) / priors.PERIOD_SD**2

        def back(dshock: np.ndarray, dwhole: np.ndarray) -> None:
            dshock = dshock - self.by_cell(idle / self.narrow**2 / np.sqrt(self.number))
            g[:, at["cell_free"]], dstiffness, *_ = back_scaled(dshock / root - stiffness * x)
            dstiffness -= 0.5 * x**2
            g[:, at["cell_shock_sd"].start] = (
                (wide / (1 + wide)).sum(1)
                - 2 * (dstiffness * stiffness).sum(1)
                - shock.shape[1]
                - score / priors.CELL[1]
            )
            g[:, at["period_shock"]] = dwhole - whole / priors.PERIOD_SD**2

        return shock, whole, lp, back


class Women(Part):
    """Women's cases by age and period."""

    def _prepare(self) -> None:
        data, ages, knots = self.data, self.units.women_ages, self.units.women_knots
        self.to_knots = np.linalg.pinv(data.knots).T
        self.products_women = np.outer(ages.roughness, knots.roughness)
        usual = ages.inverse @ data.women_level[:, None]
        self.usual_modes = usual * knots.inverse.sum(1)
        self.age_ones = ages.inverse.sum(1)
        self.knots_in_time = knots.modes.T @ data.knots.T
        self.log_days = np.log(data.calendar)

    def cases(
        self, z: np.ndarray, g: np.ndarray, log_opened: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, Back]:
        """Return the log of women's cases (B, A, T); backwards, the gradient by the log share opened."""
        at, ages, knots = self.at, self.units.women_ages, self.units.women_knots
        log_step = z[:, at["women_step_sd"].start]
        stiffness = self.products_women * np.exp(-2 * log_step)[:, None, None]
        shift = log_opened @ self.to_knots
        inner = self.usual_modes + self.age_ones[:, None] * (shift @ knots.inverse.T)[:, None, :]
        free = z[:, at["women_free"]].reshape(inner.shape)
        x, lp, back_scaled = scaled(free, stiffness, self.units.women_information, inner, 1.0)
        apart = x - inner
        first = apart @ knots.modes[0]
        steps = len(ages.roughness) * (len(knots.roughness) - 1)
        score = (log_step - priors.WOMEN_STEP[0]) / priors.WOMEN_STEP[1]
        lp = lp - 0.5 * total_of(stiffness * apart**2) - steps * log_step - 0.5 * score**2
        tight = ages.roughness / priors.WOMEN_FIRST_SD**2
        lp -= 0.5 * first**2 @ tight
        women = ages.modes @ (x @ self.knots_in_time) - (shift @ self.data.knots.T)[:, None, :]
        women += self.log_days
        shock, lp_weekly, back_weekly = self._weekly(z, g)

        def back(dwomen: np.ndarray) -> np.ndarray:
            over_ages = dwomen.sum(1)
            back_weekly(over_ages)
            dapart = -stiffness * apart - (tight * first)[:, :, None] * knots.modes[0]
            dx = ages.modes.T @ (dwomen @ self.knots_in_time.T) + dapart
            dfree, dstiffness, _, dinner, _ = back_scaled(dx)
            dstiffness -= 0.5 * apart**2
            g[:, at["women_free"]] = dfree.reshape(len(z), -1)
            g[:, at["women_step_sd"].start] = (
                -2 * total_of(dstiffness * stiffness) - steps - score / priors.WOMEN_STEP[1]
            )
            dshift = np.tensordot(dinner - dapart, self.age_ones, axes=(1, 0)) @ knots.inverse
            return np.asarray((dshift - over_ages @ self.data.knots) @ self.to_knots.T)

        return women + shock, lp + lp_weekly, back

    def _weekly(self, z: np.ndarray, g: np.ndarray) -> tuple[Any, Any, Back]:
        """Return what all ages have in common in a week (B, 1, T), or nothing by month."""
        if self.data.resolution == "month":
            return 0.0, 0.0, lambda d: None
        x, scale, lp, back_shock = self.signed(z, g, "weekly_shock", *self.units.weekly)
        lp -= 0.5 * (scale / priors.WEEKLY_SHOCK) ** 2

        def back(dshock: np.ndarray) -> None:
            back_shock(scale[:, None] * dshock)
            g[:, self.at["weekly_shock_scale"].start] += (dshock * x).sum(1) - (
                scale / priors.WEEKLY_SHOCK**2
            )

        return (scale[:, None] * x)[:, None, :], lp, back
