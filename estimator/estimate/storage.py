"""Estimates on disk: netCDF or zarr, read without PyMC."""

import json
from pathlib import Path
from typing import Any

import xarray as xr

from estimator.data.drafts import draft_of
from estimator.errors import DataError

FORMAT = "registry-excess estimate 2"
FIRST = "registry-excess estimate 1"
"""Of version 0.1.0: an excess, each fact an attribute."""


def write_parts(
    path: str | Path, draws: xr.Dataset, groups: dict[str, xr.Dataset], facts: dict[str, Any]
) -> Path:
    """Write draws, groups for ArviZ and facts (what JSON can hold), and return the path.

    The format is netCDF, or zarr by that ending; what is at the path is replaced.
    """
    path = Path(path)
    root = draws.assign_attrs(format=FORMAT, facts=json.dumps(facts))
    # side by side: a group below another must share its coordinates, and periods differ
    tree = xr.DataTree.from_dict({"/draws": root} | {f"/{name}": group for name, group in groups.items()})
    if path.suffix == ".zarr":
        tree.to_zarr(path, mode="w", consolidated=False)
    else:
        with draft_of(path) as draft:
            tree.to_netcdf(draft, engine="h5netcdf", mode="w")
    return path


def read_parts(path: str | Path) -> tuple[xr.Dataset, dict[str, Any], dict[str, Any]]:
    """Return the draws, what an estimate keeps of the groups, by field, and the facts.

    DataError is raised if `write_parts` did not write the file.
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
        raise DataError(f"{path.name}: not a saved estimate. Write it with Estimate.save.") from problem
    draws = groups.get("draws", xr.Dataset())
    meta = draws.attrs
    if meta.get("format") == FIRST:
        written = ("years", "dates", "diagnostics", "provenance")
        facts = {name: json.loads(meta[name]) for name in written}
        facts |= {"unit": meta["unit"], "ages": meta["ages"], "running": bool(meta["running"])}
        return draws.drop_attrs(), {"posterior": groups.get("posterior")}, facts
    if meta.get("format") != FORMAT:
        raise DataError(f"{path.name}: not a saved estimate of this version ({FORMAT}).")
    facts = json.loads(meta["facts"])
    parameters = facts.pop("parameters", None)
    return draws.drop_attrs(), _fields(groups, parameters), facts


def _fields(groups: dict[str, xr.Dataset], parameters: list[str] | None) -> dict[str, Any]:
    """Return parameters, statistics of the sample and the counts fitted, each None where not there."""
    posterior = groups.get("posterior")
    if posterior is not None and parameters is not None:  # none: a file that holds nothing else
        posterior = posterior[parameters] if parameters else None
    observations = None
    if "constant_data" in groups:
        counts = groups["observed_data"]
        counts = counts[[name for name in ("deaths", "cases") if name in counts]]
        observations = counts.merge(groups["constant_data"])
    return {
        "posterior": posterior, "sample_stats": groups.get("sample_stats"), "observations": observations,
    }  # fmt: skip
