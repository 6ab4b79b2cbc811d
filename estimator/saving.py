"""Estimates on disk: netCDF or zarr, read without PyMC."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import xarray as xr

from estimator.errors import DataError

if TYPE_CHECKING:
    from estimator.estimate import Estimate

FORMAT = "registry-excess estimate 1"


def write_estimate(estimate: Estimate, path: str | Path) -> Path:
    """Write draws, posterior, diagnostics and provenance: netCDF, or zarr by that ending.

    Parameters
    ----------
    estimate : Estimate
        What to write.
    path : str or Path
        Where to; what is there is replaced.
    """
    path = Path(path)
    root = estimate.draws.assign_attrs(
        format=FORMAT, unit=estimate.unit, ages=estimate.ages, running=int(estimate.running),
        years=json.dumps(estimate.years), diagnostics=json.dumps(estimate.diagnostics),
        provenance=json.dumps(estimate.provenance), dates=json.dumps(estimate.dates or ()),
    )  # fmt: skip
    # side by side: a group below another must share its coordinates, and periods differ
    tree = xr.DataTree.from_dict({"/draws": root})
    if estimate.posterior is not None:
        tree["posterior"] = xr.DataTree(estimate.posterior)
    if path.suffix == ".zarr":
        tree.to_zarr(path, mode="w", consolidated=False)
    else:
        tree.to_netcdf(path, engine="h5netcdf", mode="w")
    return path


def read_parts(path: str | Path) -> dict[str, Any]:
    """Return the parameters of `Estimate` that `write_estimate` wrote.

    Parameters
    ----------
    path : str or Path
        Of the file, or of the folder that zarr writes.

    Raises
    ------
    DataError
        If the file is missing or is not an estimate.
    """
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
        raise DataError(
            f"{path.name}: not a saved estimate. Write it with Estimate.save."
        ) from problem
    draws = groups.get("draws", xr.Dataset())
    meta = draws.attrs
    if meta.get("format") != FORMAT:
        raise DataError(f"{path.name}: not a saved estimate of this version ({FORMAT}).")
    return {
        "draws": draws.drop_attrs(), "unit": meta["unit"], "ages": meta["ages"],
        "years": tuple(json.loads(meta["years"])), "diagnostics": json.loads(meta["diagnostics"]),
        "provenance": json.loads(meta["provenance"]), "posterior": groups.get("posterior"),
        "running": bool(meta["running"]), "dates": tuple(json.loads(meta["dates"])) or None,
    }  # fmt: skip
