"""Plots of an estimate by kind, and the namespace of all plots: each takes axes and returns them."""

import inspect

import numpy as np
import pytest
from matplotlib import pyplot as plt
from matplotlib.axes import Axes

import estimator as est
from estimator.estimate.estimate import KINDS
from tests.estimates import a_list, deaths_to_date, make_estimate


@pytest.fixture(autouse=True)
def _close_figures():
    yield
    plt.close("all")


@pytest.mark.parametrize("kind", ["total", "age", "time", "cumulative"])
def test_an_estimate_is_drawn_by_kind(kind):
    drawn = np.ravel(make_estimate().plot(kind, level=0.9))
    assert all(isinstance(axis, Axes) for axis in drawn)
    own = plt.subplots(1, 3)[1]
    ax = own if kind in ("total", "age") else own[0]
    assert set(np.ravel(make_estimate().plot(kind, ax=ax))) <= set(own)


def test_a_minimum_is_passed_on():
    axes = make_estimate().plot(minimum=a_list())
    assert "named dead (documented minimum)" in [line.get_label() for line in axes[0].lines]


def test_a_kind_that_is_none_is_answered_with_those_there_are():
    with pytest.raises(est.DataError, match=r"no plot 'excess'. Choose one of total, age, time"):
        deaths_to_date().plot("excess")


def test_every_plot_is_in_one_place_and_takes_axes():
    assert set(KINDS.values()) <= set(est.plots.__all__)
    for name in est.plots.__all__:
        plot = getattr(est.plots, name)
        assert "ax" in inspect.signature(plot).parameters, name
        assert name in est.plots.__doc__, name


def test_a_number_is_no_minimum():
    with pytest.raises(est.DataError, match=r"not int 5000.*DocumentedMinimum\(total=5000"):
        make_estimate().against(5000)


def test_vintages_are_listed_where_none_is_named():
    with pytest.raises(est.VintageError, match=r"say which vintage. \d+ are bundled.*list_vintages\(\)"):
        est.load_named_list()
    assert "2026-05-22" in set(est.list_vintages()["date"])
