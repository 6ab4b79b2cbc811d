"""The registry model's log density and its gradient in plain NumPy, many points at once.

The model is defined by the PyMC graph (`estimator.models.registry.graph`); this is the same function of the
same free variables, to a constant, which tests hold equal term by term. Each part (`registry_civilians`,
`registry_soldiers`) returns its
outputs, its part of the log density, and a function that takes gradients of the outputs backwards, adds what
is due to the free variables to the gradient and returns what is due to its inputs. Arrays begin with the
axis of points, B; then A ages (N of them target ages), T war periods, C cells, K knots, Y years.
"""

from collections.abc import Callable, Sequence

import numpy as np
from scipy.special import expit, ndtr

from estimator.inference.registry_civilians import Delay, SexRatio, Women
from estimator.inference.registry_parts import Part, product, total_of
from estimator.inference.registry_soldiers import Capture, War
from estimator.models.registry import priors


class RegistryKernel(Part):
    """Log density of a registry model in the units of a preconditioner."""

    def _prepare(self) -> None:
        self.size = max(part.stop for part in self.at.values())
        self.targets = len(self.data.target)
        self.ratio, self.delay = SexRatio(self.data, self.units), Delay(self.data, self.units)
        self.women, self.capture = Women(self.data, self.units), Capture(self.data, self.units)
        self.war = War(self.data, self.units)
        data = self.data
        self.base_design = np.hstack([data.base_years, data.base_season]).T
        self.war_design = np.hstack([data.war_years, data.war_season]).T
        self.contrast = data.age_contrast[:, None]

    def __call__(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return log densities (B,) and gradients (B, n) at points (B, n)."""
        density, _, back = self._evaluate(points)
        return density, back()

    def density_and_quantities(self, points: np.ndarray) -> tuple[np.ndarray, dict[str, np.ndarray]]:
        """Return log densities at points, and the deterministic variables of the graph by name."""
        density, values, _ = self._evaluate(points)
        if self.data.published_delays:
            curve = self.delay.curve_of(points, np.empty_like(points), "civilian_delay")
            values["civilian_delay"] = curve[0]
        return density, values

    def by_name(
        self, points: np.ndarray, quantities: Sequence[dict[str, np.ndarray]]
    ) -> dict[str, np.ndarray]:
        """Return scales and quantities by name, (chains, draws, ...).

        ``points`` are (chains, draws, n), and ``quantities`` those of all chains at each draw.
        """
        values = {name: np.stack([one[name] for one in quantities], axis=1) for name in quantities[0]}
        return self.scales(points) | values

    def scales(self, points: np.ndarray) -> dict[str, np.ndarray]:
        """Return the model's scales and coefficients at points, in their own units, by name."""
        scales = {}
        for name, part in self.at.items():
            value = points[..., part]
            if name in ("season", "season_of_young"):
                scales[name] = value
            elif name.endswith("_sd") or name == "capture_spread":
                scales[name] = np.exp(value[..., 0])
            elif name in ("damping", "shared", "war_persistence"):
                scales[name] = expit(value[..., 0])
            elif name.endswith("_scale"):
                scales[name.replace("_scale", "_sd")] = np.abs(value[..., 0])
            elif name == "follow_up_score":
                scales["follow_up"] = ndtr(value[..., 0])
        return scales

    def _evaluate(self, z: np.ndarray) -> tuple[np.ndarray, dict[str, np.ndarray], Callable[[], np.ndarray]]:
        """Return log densities, quantities by name, and what returns the gradient when it is called."""
        n = self.targets
        g = np.zeros_like(z)
        ratio, lp_ratio, back_ratio = self.ratio.surface(z, g)
        season, young = z[:, self.at["season"]], z[:, self.at["season_of_young"]]
        lp = lp_ratio - 0.5 * ((season**2).sum(1) + (young**2).sum(1)) / priors.SEASON_SD**2
        by_age = season[:, None, :] + self.contrast * young[:, None, :]
        coefficients = np.concatenate([ratio, by_age], axis=2)
        lp_base, dbase = self.ratio.baseline(product(coefficients, self.base_design))
        in_peace = product(coefficients, self.war_design)

        military, lp_military, back_military = self.delay.curve_of(z, g, "military_delay")
        seen, lp_seen, back_seen = self.delay.seen(z, g, military)
        civilian_sum, military_sum = (self.by_period(one) for one in seen)
        log_opened = [np.log(one + priors.UNSEEN) for one in (civilian_sum, military_sum)]
        women, lp_women, back_women = self.women.cases(z, g, log_opened[0])
        open_then, lp_open, back_open = self.capture.open_then(z, g, military)
        (capture, capture_mean), lp_capture, back_capture = self.capture.shares(z, g, open_then)
        peace = np.exp(women + in_peace)
        expected = peace[:, :n].sum(1)
        cases, lp_war, back_war = self.war.cases(
            z, g, capture, log_opened[1], expected * civilian_sum, open_then
        )
        lp_cases, dpeace, dwomen, dcases, dcivilian, dmilitary, dsum = self._likelihood(
            women, in_peace, peace, cases, seen, civilian_sum
        )

        def back() -> np.ndarray:
            # in the opposite order; gradients of positive quantities are by their logarithms
            dcapture, dopened, dexpected, dopen_then = back_war(dcases)
            dsums = dsum + dexpected * expected * civilian_sum
            dpeace[:, :n] += (dexpected * civilian_sum)[:, None, :] * peace[:, :n]
            dcurve = back_open(dopen_then + back_capture(dcapture))
            dsums += back_women(dwomen + dpeace) * civilian_sum / (civilian_sum + priors.UNSEEN)
            dopened = dopened / (military_sum + priors.UNSEEN)
            back_military(dcurve + back_seen(dcivilian, dmilitary, dsums, dopened))
            dratio = product(dbase, self.base_design.T) + product(dpeace, self.war_design.T)
            dratio, dseason = np.split(dratio, [ratio.shape[2]], axis=2)
            g[:, self.at["season"]] = dseason.sum(1) - season / priors.SEASON_SD**2
            g[:, self.at["season_of_young"]] = (dseason * self.contrast).sum(1) - young / priors.SEASON_SD**2
            back_ratio(dratio)
            return g

        lp = lp + lp_base + lp_military + lp_seen + lp_women + lp_open + lp_capture + lp_war + lp_cases
        share = capture[:, self.war.target_rows, None] * self.data.identified
        values = {
            "log_sex_ratio": ratio, "capture": capture, "war_cases": cases, "war_dead": cases / share,
            "civilian_men": peace[:, :n], "military_delay": military, "civilian_seen": seen[0],
            "military_seen": seen[1], "capture_mean": capture_mean,
        }  # fmt: skip
        return lp, values, back

    def _likelihood(
        self, women: np.ndarray, in_peace: np.ndarray, peace: np.ndarray, cases: np.ndarray,
        seen: tuple[np.ndarray, np.ndarray], civilian_sum: np.ndarray,
    ) -> tuple[np.ndarray, ...]:  # fmt: skip
        """Return the Poisson density of all cases since the war began.

        Then its gradients by the logs of peace and of women (B, A, T), of soldiers' cases (B, N, T), of
        the shares seen of both (B, C), and of civilians' sum (B, T).
        """
        data, n, batch = self.data, self.targets, len(women)
        opened = civilian_sum[:, None, :]
        logs = women + np.log(opened)
        rate = np.exp(logs)
        lp = logs.reshape(batch, -1) @ data.women.ravel() - total_of(rate)
        dwomen = data.women - rate
        dsum = dwomen.sum(1)
        dpeace = np.zeros_like(peace)
        if data.control:
            rate = peace[:, n:] * opened
            lp += total_of(data.men[n:] * (logs[:, n:] + in_peace[:, n:]) - rate)
            dpeace[:, n:] = data.men[n:] - rate
            dsum += dpeace.sum(1)
        civilian, military = seen[0][:, None, :], seen[1][:, None, :]
        if data.published_delays:
            civilians, soldiers = peace[:, :n] * civilian, cases * military
        else:
            civilians = self.by_cell(peace[:, :n])
            civilians *= civilian
            soldiers = self.by_cell(cases)
            soldiers *= military
        mean = civilians + soldiers
        excess = data.men_by_cell / mean
        excess -= 1.0
        civilians *= excess
        soldiers *= excess
        lp -= total_of(mean)
        np.log(mean, out=mean)
        lp += mean.reshape(batch, -1) @ data.men_by_cell.ravel()
        dpeace[:, :n] = self.by_period(civilians)
        dcases = self.by_period(soldiers)
        return lp, dpeace, dwomen, dcases, civilians.sum(1), soldiers.sum(1), dsum
