"""Ages between those of the war and the control ages: what they show, and what the war may take there."""

from dataclasses import replace

import numpy as np
import pytest

import estimator as est
from estimator.inference.marginal import GaussianCore
from estimator.models.vital.surface import BORDER_OVER_YEARS, BORDER_SD
from tests.simulated import simulate_counts

PERIODS = est.Periods(baseline=(1990, 2007), masked=(2008,), target=(2009, 2010))


def counts(women=200.0):
    return simulate_counts(seed=1, years=range(1990, 2011), lows=(15, 65), women=women)


@pytest.mark.parametrize(
    ("given", "border"),
    [
        ({}, ("50-54",)),
        ({"border_ages": None}, ()),
        ({"control_ages": None}, ()),
        ({"control_ages": (50, 69)}, ()),
        ({"ages": (15, 54)}, ()),
        ({"ages": (15, 44), "border_ages": (45, 54)}, ("45-49", "50-54")),
        ({"ages": (15, 44)}, ("50-54",)),
        ({"ages": (40, 64), "control_ages": (20, 34)}, ()),
    ],
)
def test_which_ages_are_border_ages(given, border):
    model = est.VitalModel(counts(), PERIODS, **given)
    assert model.border_labels == border
    assert model.specification()["border_ages"] == (", ".join(border) or None)
    assert set(border) <= set(model.model_labels)
    assert not set(border) & set(model.target_labels)


def test_the_allowance_is_in_border_ages_of_target_years_alone():
    surface = est.VitalModel(counts(), PERIODS).surface()
    flat = surface.allowance.reshape(surface.observed.size, -1)
    covariance = flat @ flat.T
    touched = np.flatnonzero(np.diag(covariance))
    cells = [(surface.ages[i], surface.years[j]) for i, j in zip(*divmod(touched, len(surface.years)))]
    assert cells == [("50-54", 2009), ("50-54", 2010)]
    assert surface.observed.ravel()[touched].all()
    expected = BORDER_SD**2 * np.array([[1, BORDER_OVER_YEARS], [BORDER_OVER_YEARS, 1]])
    np.testing.assert_allclose(covariance[np.ix_(touched, touched)], expected)


def expected_in_peace(made, **given):
    estimate = est.fit(est.VitalModel(made, PERIODS, **given), seed=1, draws=2000, minimum_ess=200)
    return estimate.draws["counterfactual"].sum(("age", "period")).values.ravel()


def test_war_dead_at_border_ages_move_little():
    """One man in twenty more at 50-54 in a nation's target years: a control age would take it for a shock."""
    peace = counts(women=20_000.0)
    data = peace.data.copy(deep=True)
    data["count"].loc[{"sex": "male", "age": "50-54", "period": [2009, 2010]}] *= 1.05
    war = replace(peace, data=data)

    def moved(**given):
        return expected_in_peace(war, **given).mean() / expected_in_peace(peace, **given).mean() - 1

    assert 0 < moved() < 0.35 * moved(control_ages=(50, 69))


def test_peace_at_border_ages_says_something_of_their_neighbours():
    def spread(**given):
        core = GaussianCore(est.VitalModel(counts(2000.0), PERIODS, **given).surface())
        _, drawn = core.draw(core.location, np.random.default_rng(1), 8000)
        return drawn[:, core.surface.ages.index("45-49"), -1].std()

    assert 1.02 * spread(control_ages=(50, 69)) < spread() < 0.98 * spread(border_ages=None)
