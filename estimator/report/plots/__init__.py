"""Plots: each takes the axes to draw in, or makes a figure, and returns the axes.

Names load when first used: importing this package does not load matplotlib.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "age": ["plot_excess_by_age"],
        "capture": ["plot_capture"],
        "multiverse": ["plot_specifications"],
        "nowcast": [
            "plot_completeness", "plot_deaths", "plot_overlap", "plot_so_far", "plot_statements",
        ],
        "placebo": ["plot_scoreboard"],
        "published": ["plot_comparison"],
        "ranks": ["plot_ranks"],
        "time": ["plot_cumulative", "plot_weekly"],
        "total": ["plot_sex_ratio", "plot_total"],
        "triangle": ["plot_delay", "plot_triangle"],
    },
)  # fmt: skip
