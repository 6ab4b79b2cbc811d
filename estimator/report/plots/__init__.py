"""Plots: each takes the axes to draw in as ``ax``, or makes a figure, and returns the axes.

============================ ==============================================================
of an estimate               `plot_total`, `plot_excess_by_age`, `plot_weekly`, `plot_cumulative`,
                             `plot_sex_ratio`, `plot_capture`
of the dead to a day         `plot_deaths`, `plot_so_far`, `plot_completeness`,
                             `plot_contributions`
of published figures         `plot_comparison`
of regions and roles         `plot_tiles`, `plot_ranked`, `plot_shares`
of a registry                `plot_triangle`, `plot_delay`
of studies                   `plot_scoreboard`, `plot_specifications`, `plot_ranks`,
                             `plot_present_backtest`
============================ ==============================================================

``ax`` is one matplotlib axes, or several where a plot has panels. Names load when first used: importing
this package does not load matplotlib.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "age": ["plot_excess_by_age"],
        "capture": ["plot_capture"],
        "multiverse": ["plot_specifications"],
        "nowcast": [
            "plot_completeness", "plot_contributions", "plot_deaths", "plot_present_backtest",
            "plot_so_far",
        ],
        "placebo": ["plot_scoreboard"],
        "composition": ["plot_shares"],
        "published": ["plot_comparison"],
        "regions": ["plot_ranked", "plot_tiles"],
        "ranks": ["plot_ranks"],
        "time": ["plot_cumulative", "plot_weekly"],
        "total": ["plot_sex_ratio", "plot_total"],
        "triangle": ["plot_delay", "plot_triangle"],
    },
)  # fmt: skip
