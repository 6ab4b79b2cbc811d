"""Parts of the registry kernel that only soldiers tell: capture, and cases of war dead by age and period."""

from typing import Any

import numpy as np
from scipy.special import expit, ndtr

from estimator.inference.registry_parts import Back, Part, scaled
from estimator.inference.registry_steps import Steps
from estimator.models.baseline import complement
from estimator.models.registry import priors
from estimator.models.registry.preconditioner import OPEN_EDGE, capture_shift, share_with_case

LOG_CASES = 50.0
"""Logarithm of more cases than there are people: steps of the search for the mode that go further than where
the density is nothing must not overflow."""


class Capture(Part):
    """Shares of the matched ages that ever have a case."""

    def _prepare(self) -> None:
        cases = np.asarray(self.data.matched.data["found"], float)
        self.matched = cases, np.asarray(self.data.matched.sampled, float) - cases
        self.share = share_with_case(self.data.matched)

    def open_then(self, z: np.ndarray, g: np.ndarray, military: np.ndarray) -> tuple[np.ndarray, Any, Back]:
        """Return the share of the sample's cases that were open (B,); backwards, the gradient by bin."""
        data, by_bin = self.data, self.data.share_followed_up
        if data.followed_up:
            return np.ones(len(z), z.dtype), 0.0, lambda d: np.zeros_like(military)
        late = 1 - military @ by_bin
        if not data.follow_up_unknown:
            return 1 - late, 0.0, lambda d: d[:, None] * by_bin
        row = self.at["follow_up_score"].start
        score = z[:, row]
        share = ndtr(score)

        def back(dopened: np.ndarray) -> np.ndarray:
            density = np.exp(-0.5 * score**2) / np.sqrt(2 * np.pi)
            g[:, row] = -dopened * late * density - score
            return np.asarray((dopened * share)[:, None] * by_bin)

        return 1 - share * late, -0.5 * score**2, back

    def shares(
        self, z: np.ndarray, g: np.ndarray, opened: np.ndarray
    ) -> tuple[tuple[np.ndarray, np.ndarray], np.ndarray, Back]:
        """Return capture by matched age (B, G) and the mean logit (B,), given the share of cases open (B,).

        Backwards it returns the gradient by that share.
        """
        at, modes = self.at, self.units.capture
        log_sd, ones = z[:, at["capture_spread"].start], modes.inverse.sum(1)
        stiffness = modes.roughness * np.exp(-2 * log_sd)[:, None]
        gap = (opened - self.share) / OPEN_EDGE
        shift = capture_shift(self.share, opened)
        information = self.units.capture_information + shift[:, None] * ones
        part = stiffness / (1 + stiffness)
        centre, width = priors.CAPTURE_MEAN
        mean, lp_mean, back_mean = scaled(
            z[:, at["capture_mean_free"]], width**-2, (part * information) @ ones[:, None], centre,
            part @ ones[:, None] ** 2,
        )  # fmt: skip
        inner = mean * ones
        x, lp, back_scaled = scaled(z[:, at["capture_free"]], stiffness, information, inner, 1.0)
        apart = x - inner
        sd = np.exp(log_sd) / priors.CAPTURE_SPREAD
        score = (mean - centre) / width
        lp = lp + lp_mean - 0.5 * ((stiffness * apart**2).sum(1) + sd**2 + score[:, 0] ** 2)
        lp += (1 - len(ones)) * log_sd
        capture = expit(x @ modes.modes.T)
        cases, missed = self.matched
        chance = capture * opened[:, None]
        lp += np.log(chance) @ cases + np.log1p(-chance) @ missed

        def back(dcapture: np.ndarray) -> np.ndarray:
            dchance = cases / chance - missed / (1 - chance)
            dlogit = (dcapture + dchance * opened[:, None]) * capture * (1 - capture)
            dapart = -stiffness * apart
            dfree, dstiffness, dinformation, dinner, _ = back_scaled(dlogit @ modes.modes + dapart)
            dmean = (dinner - dapart) @ ones[:, None] - score / width
            g[:, at["capture_mean_free"]], _, dknown, _, dweight = back_mean(dmean)
            dpart = dknown * ones * information + dweight * ones**2
            dstiffness += dpart / (1 + stiffness) ** 2 - 0.5 * apart**2
            dinformation = dinformation + dknown * ones * part
            g[:, at["capture_free"]] = dfree
            g[:, at["capture_spread"].start] = 1 - len(ones) - sd**2 - 2 * (dstiffness * stiffness).sum(1)
            dshift = -expit(gap) / (OPEN_EDGE * np.logaddexp(0, gap))
            return np.asarray((dchance * capture).sum(1) + dinformation @ ones * dshift)

        return (capture, mean[:, 0]), lp, back


class War(Part):
    """Soldiers' cases by age and period: a walk, a profile over age, and its drift."""

    def _prepare(self) -> None:
        data = self.data
        self.targets = len(data.target)
        self.target_rows = [list(data.matched.data.index).index(label) for label in data.target]
        self.unknown = data.matched.unknown_age if self.targets == len(data.matched.data) else None
        self.men = data.men[: self.targets].sum(0)
        self.over_age, self.over_time = priors.drift_basis(data)
        self.usual_war = data.war_level + np.log(data.war_exposure)
        self.usual_profile, covariance = priors.profile_prior(data.target)
        self.contrast = complement(np.ones((self.targets, 1)))
        self.profile_precision = np.linalg.inv(self.contrast.T @ covariance @ self.contrast)
        self.steps = Steps(data, self.units)

    def cases(
        self, z: np.ndarray, g: np.ndarray, capture: np.ndarray, log_opened: np.ndarray,
        peace: np.ndarray, open_then: np.ndarray,
    ) -> tuple[np.ndarray, np.ndarray, Back]:  # fmt: skip
        """Return soldiers' cases (B, N, T), with the sample's members of unknown age.

        Backwards it takes the gradient by the log of cases and returns those by capture, by the log share
        opened, by the men of peace and by the share of the sample's cases that were open.
        """
        drift, moved, lp_drift, back_drift = self.drift(z, g)
        walk, lp_walk, back_walk = self.walk(z, g, log_opened, peace, moved)
        level, lp_level, back_level = self.profile(z, g, capture, moved)
        cases = np.exp(np.minimum(walk[:, None, :] + level[:, :, None] + drift, LOG_CASES))
        lp_unknown, back_unknown = self._unknown(cases, capture, open_then)

        def back(dcases: np.ndarray) -> tuple[np.ndarray, ...]:
            by_age, dcapture, dopen_then = back_unknown()
            dcases = dcases + by_age[:, :, None] * cases
            dpeace, dopened, dmoved = back_walk(dcases.sum(1))
            dtarget, also = back_level(dcases.sum(2))
            dcapture[:, self.target_rows] += dtarget
            back_drift(dcases, dmoved + also)
            return dcapture, dopened, dpeace, dopen_then

        return cases, lp_drift + lp_walk + lp_level + lp_unknown, back

    def drift(self, z: np.ndarray, g: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, Back]:
        """Return the drift (B, N, T), and its shocks times their scale (B, N * Q)."""
        units = self.units.drift
        x, scale, lp, back_signed = self.signed(z, g, "war_drift", units.information, units.precision)
        turned = x @ units.modes.T
        moved = scale[:, None] * turned
        table = moved.reshape(len(z), self.targets, -1)

        def back(ddrift: np.ndarray, dmoved: np.ndarray) -> None:
            by_shock = self.over_age.T @ (ddrift @ self.over_time.T)
            dmoved = dmoved + by_shock.reshape(len(z), -1)
            back_signed((scale[:, None] * dmoved) @ units.modes)
            g[:, self.at["war_drift_scale"].start] += (dmoved * turned).sum(1) - scale / priors.DRIFT_SD**2

        lp = lp - 0.5 * (scale / priors.DRIFT_SD) ** 2
        return self.over_age @ (table @ self.over_time), moved, lp, back

    def walk(
        self, z: np.ndarray, g: np.ndarray, log_opened: np.ndarray, peace: np.ndarray,
        moved: np.ndarray,
    ) -> tuple[np.ndarray, np.ndarray, Back]:  # fmt: skip
        """Return the log number of soldiers' cases, all ages, by period (B, T)."""
        at, units, modes = self.at, self.units, self.units.war
        location, width = priors.WAR_STEP[self.data.resolution]
        log_step = z[:, at["war_step_sd"].start]
        score = (log_step - location) / width
        stiffness = self.steps.stiffness(z)
        mean = self.usual_war + log_opened
        information = units.war_precision * (
            np.log(units.war_beyond) + (self.men - peace) / units.war_beyond - 1
        )
        tight = 1 / priors.WAR_FIRST_SD**2
        information[:, 0] += tight * mean[:, 0]
        x, lp, back_scaled = scaled(
            z[:, at["war_free"]] - moved @ units.drift_to_walk.T, stiffness,
            information @ modes.modes, mean @ modes.inverse.T, 1.0,
        )  # fmt: skip
        apart = x - mean @ modes.inverse.T
        first = apart @ modes.modes[0]
        square, lp_steps, dsteps, back_steps = self.steps.density(z, g, apart, stiffness)
        lp = lp - 0.5 * (square + tight * first**2 + score**2)
        lp += lp_steps - self.steps.number * log_step

        def back(dwalk: np.ndarray) -> tuple[np.ndarray, ...]:
            dapart = dsteps - (tight * first)[:, None] * modes.modes[0]
            dfree, dstiffness, dinformation, dinner, _ = back_scaled(dwalk @ modes.modes + dapart)
            g[:, at["war_free"]] = dfree
            dlog_step = back_steps(dstiffness)
            g[:, at["war_step_sd"].start] = dlog_step - self.steps.number - score / width
            by_period = dinformation @ modes.modes.T
            dmean = (dinner - dapart) @ modes.inverse
            dmean[:, 0] += tight * by_period[:, 0]
            dpeace = -by_period * units.war_precision / units.war_beyond
            return dpeace, dmean - dwalk, -dfree @ units.drift_to_walk

        return x @ modes.modes.T - log_opened, lp, back

    def profile(
        self, z: np.ndarray, g: np.ndarray, capture: np.ndarray, moved: np.ndarray
    ) -> tuple[np.ndarray, Any, Back]:
        """Return log shares of the cases by age (B, N)."""
        if self.targets == 1:
            return np.zeros((len(z), 1)), 0.0, lambda d: (np.zeros_like(d), np.zeros_like(moved))
        share = capture[:, self.target_rows]
        profile = z[:, self.at["war_profile_free"]] - moved @ self.units.drift_to_profile.T
        apart = profile - (self.usual_profile + np.log(share)) @ self.contrast
        weighted = apart @ self.profile_precision
        level = profile @ self.contrast.T
        level -= level.max(1, keepdims=True)
        level -= np.log(np.exp(level).sum(1, keepdims=True))

        def back(dlevel: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
            dlevel = dlevel - np.exp(level) * dlevel.sum(1, keepdims=True)
            dprofile = dlevel @ self.contrast - weighted
            g[:, self.at["war_profile_free"]] = dprofile
            return weighted @ self.contrast.T / share, -dprofile @ self.units.drift_to_profile

        return level, -0.5 * (weighted * apart).sum(1), back

    def _unknown(self, cases: np.ndarray, capture: np.ndarray, opened: np.ndarray) -> tuple[Any, Back]:
        """Return the density of the sample's members of unknown age.

        Backwards it returns gradients by cases of each age, by capture and by the share of cases open.
        """
        batch = len(cases)
        if self.unknown is None:
            return 0.0, lambda: (
                np.zeros((batch, self.targets)), np.zeros_like(capture), np.zeros(batch),
            )  # fmt: skip
        seen, sampled = self.unknown
        by_age, share = cases.sum(2), capture[:, self.target_rows]
        dead = (by_age / share).sum(1)
        mean = by_age.sum(1) / dead
        chance = mean * opened

        def back() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
            dchance = seen / chance - (sampled - seen) / (1 - chance)
            slope = (dchance * opened / dead)[:, None]
            dcapture = np.zeros_like(capture)
            dcapture[:, self.target_rows] = slope * mean[:, None] * by_age / share**2
            return slope * (1 - mean[:, None] / share), dcapture, dchance * mean

        return seen * np.log(chance) + (sampled - seen) * np.log1p(-chance), back
