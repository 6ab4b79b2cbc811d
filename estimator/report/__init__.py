"""Reports: tables, plots, sentences, pages and the console. Plots load when first used."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(__name__, submodules=["plots"])
