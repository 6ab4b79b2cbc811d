"""Bayesian estimates of a war's hidden dead from public records, against the documented minimum.

Names load when first used: importing this package loads neither PyMC nor pandas.

Examples
--------
>>> import estimator as est
>>> periods = est.Periods(baseline=(2000, 2019), masked=(2020, 2021), target=(2022, 2023))
>>> print(periods)
baseline 2000-2019, masked 2020-2021, target 2022-2023
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)

__version__ = "0.2.0"
