"""Completeness of the named list by age, where both are known by age: once, in the spring of 2023.

``python docs/completeness_by_age.py`` prints the table of docs/present.md.
"""

from __future__ import annotations

import pandas as pd

from estimator.data.ages import AgeBands
from estimator.errors import DataError


def completeness_by_age(named: pd.Series, deaths: pd.DataFrame, *, unknown: float = 0.0) -> pd.DataFrame:
    r"""Return the share of war dead on the list by age, and the age mix of names against deaths.

    Of names of unknown age each age gets its part of those known: with :math:`n_a` names,
    u of unknown age and deaths :math:`D_a`,

    .. math:: \pi_a = \frac{n_a}{D_a}\Bigl(1 + \frac{u}{\sum_b n_b}\Bigr).

    List and deaths must be of the same time for :math:`\pi` to be a completeness; the ratio to the mean
    of all ages, ``relative``, needs only that ages were named alike over time.

    Parameters
    ----------
    named : Series
        Names by age band, labels such as ``20-24``; other labels are left out.
    deaths : DataFrame
        Index the same bands; columns deaths, lower and upper, in persons.
    unknown : float
        Names of unknown age.

    Returns
    -------
    DataFrame
        By age: named (with their part of the unknown), deaths, completeness, lower, upper, relative.

    Raises
    ------
    DataError
        If there is no band in common, or deaths are not above zero.
    """
    bands = [str(label) for label in deaths.index if str(label) in set(map(str, named.index))]
    if not bands:
        raise DataError(
            f"names are by {', '.join(map(str, named.index))}, deaths by "
            f"{', '.join(map(str, deaths.index))}: no band in common. Give the same bands."
        )
    AgeBands.from_labels(bands)
    kept = deaths.loc[bands, ["deaths", "lower", "upper"]].astype(float)
    if not (kept > 0).all().all():
        raise DataError("deaths by age and their bounds must be above zero. Leave the band out.")
    names = named.loc[bands].astype(float)
    # those of bands that are left out have their part of the unknown too
    names = names * (1 + unknown / named.sum())
    table = pd.DataFrame({"named": names, "deaths": kept["deaths"]})
    table["completeness"] = names / kept["deaths"]
    table["lower"], table["upper"] = names / kept["upper"], names / kept["lower"]
    whole = names.sum() / kept["deaths"].sum()
    return table.assign(relative=table["completeness"] / whole).rename_axis("age")


def spring_of_2023() -> pd.DataFrame:
    """Return names of April 2023 over the registry's deaths of 2022, by age."""
    from estimator.published.registry2023 import by_age_2022
    from estimator.sources.named_list_vintages import load_dead_by_age_and_unit

    names = load_dead_by_age_and_unit().sum(axis=1)
    deaths = by_age_2022().rename(columns={"estimate": "deaths"})
    deaths.index = [f"{age}-{int(age) + 4}" for age in deaths.index]
    return completeness_by_age(names.drop("unknown"), deaths, unknown=names["unknown"])


if __name__ == "__main__":
    print(spring_of_2023().round(3).to_string())
