"""Estimates on disk: netCDF or zarr, read without PyMC."""

import json
from pathlib import Path
from typing import Any

import xarray as xr

from estimator.errors import DataError

FORMAT = "registry-excess estimate 2"
FIRST = "registry-excess estimate 1"
"""Of version 0.1.0: an excess, each fact an attribute."""


def write_parts(
    path: str | Path, draws: xr.Dataset, posterior: xr.Dataset | None, facts: dict[str, Any]
) -> Path:
    """Write draws, posterior (all sampled parameters) and facts (what JSON can hold), and return the path.

    The format is netCDF, or zarr by that ending; what is at the path is replaced.
    """
    path = Path(path)
    root = draws.assign_attrs(format=FORMAT, facts=json.dumps(facts))
    # side by side: a group below another must share its coordinates, and periods differ
    tree = xr.DataTree.from_dict({"/draws": root})
    if posterior is not None:
        tree["posterior"] = xr.DataTree(posterior)
    if path.suffix == ".zarr":
        tree.to_zarr(path, mode="w", consolidated=False)
    else:
        tree.to_netcdf(path, engine="h5netcdf", mode="w")
    return path


def read_parts(path: str | Path) -> tuple[xr.Dataset, xr.Dataset | None, dict[str, Any]]:
    """Return the draws, posterior and facts that `write_parts` wrote; DataError if it did not write them."""
    path = Path(path)
    if not path.exists():
        raise DataError(f"{path.name}: no such file. Check the path.")
    zarr = path.suffix == ".zarr"
    options: dict[str, Any] = {"consolidated": False} if zarr else {}
    try:
        with xr.open_datatree(path, engine="zarr" if zarr else "h5netcdf", **options) as tree:
            tree.load()
            groups = {name: node.to_dataset() for name, node in tree.children.items()}
    except (OSError, ValueError) as problem:
        raise DataError(f"{path.name}: not a saved estimate. Write it with Estimate.save.") from problem
    draws = groups.get("draws", xr.Dataset())
    meta = draws.attrs
    if meta.get("format") == FIRST:
        written = ("years", "dates", "diagnostics", "provenance")
        facts = {name: json.loads(meta[name]) for name in written}
        facts |= {"unit": meta["unit"], "ages": meta["ages"], "running": bool(meta["running"])}
        return draws.drop_attrs(), groups.get("posterior"), facts
    if meta.get("format") != FORMAT:
        raise DataError(f"{path.name}: not a saved estimate of this version ({FORMAT}).")
    return draws.drop_attrs(), groups.get("posterior"), json.loads(meta["facts"])
