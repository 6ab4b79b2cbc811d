"""Commands in README and docs that no option makes short, and what is replaced in them."""

from functools import partial

from tests import uncompiled
from tests.docs_files import SCALE


def one_small_registry(monkeypatch):
    """`estimator study recover` has no option for size and draws: its parts get them here."""
    from estimator.calibration import recovery

    small = partial(recovery.simulate_registry, scale=SCALE)
    monkeypatch.setattr(recovery, "simulate_registry", small)
    monkeypatch.setattr(recovery, "recover", partial(recovery.recover, draws=500))


def few_specifications(monkeypatch):
    """`estimator study multiverse` has no option for its choices: 8 of the 720 specifications."""
    from estimator.calibration import multiverse

    few = multiverse.Choices(
        baselines=(20, 10), trends=(None, 0.0), masked=(True,), control_ages=((55, 69),),
        border_ages=((50, 54),), ages=((15, 49),), shocks=(True,), cohorts=(True,),
    )  # fmt: skip
    monkeypatch.setattr(multiverse, "Choices", lambda: few)


def one_day(monkeypatch):
    """`estimator study backtest` has no option for its days: the first of ten."""
    from estimator.calibration import present_backtest

    days = present_backtest.DATES[:1]
    monkeypatch.setattr(present_backtest.present_backtest, "__defaults__", (days,))


FEWER = {
    # a graph takes minutes to compile, however small it is: all but the sampler is run
    "report vital --engine nuts": uncompiled.use,
    "study backtest": one_day,
    "study recover": one_small_registry,
    "study multiverse": few_specifications,
}
"""What a command begins with, to what is done to it before it is run."""
