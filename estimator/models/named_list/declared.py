r"""Court-declared deaths: from court filings to men who are not in the registry's estimate yet.

With F filings known by a day, B those of peacetime in the same time, and :math:`I \le F` with an
identifiable military link,

.. math::
    E &= \max(F - B,\, I), \qquad B \sim \mathcal N(8000\,y,\; (400\,y)^2), \\
    M &= I + m\,(E - I), \qquad m \sim \mathrm{Beta}(12, 3), \\
    L &= g\,M, \qquad g \sim \mathrm{Beta}(16, 4), \\
    O &= q\,L, \qquad q \sim \mathrm{Beta}(2, 8),

y being the years that filings of all persons cover (B = 0 where they are of soldiers alone). L are
the court-declared deaths, and O of them are deaths that the registry estimate holds already, so that

.. math:: \text{total} = \text{ordinary} + L - O.

Reasons of the priors:

- B: the press counts about 8,000 a year; courts decided 8,251 in 2021 and 7,923 in 2022.
- m, share of soldiers among filings beyond peace that show no military link: nothing else than the war
  multiplied such filings, but applicants are concealed in half of the rows. Mean 0.8, 95% 0.57 to 0.95.
- g, share granted, each man once and dead in fact: courts grant most applications, but a man is first
  declared missing and then dead, applications are withdrawn, and some are prisoners. Mean 0.8, 95%
  0.61 to 0.94.
- q, overlap: a declared death opens an inheritance case of its own, dated by the death, and the
  registry's figure may hold it; but its heirs come more than 180 days late, and the published delay
  hardly corrects for that. Mean 0.2, 95% 0.03 to 0.48. Data say nothing of it before May 2026: look at
  the sensitivity.

What is missing: filings after the last count known, those for men who died less than half a year ago,
and deaths registered late without a court. All of them make L too small.
"""

from dataclasses import dataclass, fields

import numpy as np
import pandas as pd

from estimator.errors import DataError

YEAR = 365.25


@dataclass(frozen=True)
class DeclaredPriors:
    """Priors of court-declared deaths: parameters of the Beta, mean and sd of the peacetime level.

    Parameters
    ----------
    peacetime : tuple of float
        Mean and sd of filings a year, of all persons.
    military, granted, overlap : tuple of float
        The Beta's two parameters. See the module for reasons.

    Raises
    ------
    DataError
        If a parameter is not above zero.
    """

    peacetime: tuple[float, float] = (8000.0, 400.0)
    military: tuple[float, float] = (12.0, 3.0)
    granted: tuple[float, float] = (16.0, 4.0)
    overlap: tuple[float, float] = (2.0, 8.0)

    def __post_init__(self) -> None:
        for one in fields(self):
            if not all(value > 0 for value in getattr(self, one.name)):
                raise DataError(
                    f"prior of {one.name}: {getattr(self, one.name)} must be above zero. Give "
                    f"{'mean and sd' if one.name == 'peacetime' else 'the two parameters of a Beta'}."
                )


def sample_declared(
    rows: pd.DataFrame, priors: DeclaredPriors, draws: int, rng: np.random.Generator
) -> pd.DataFrame:
    """Sample court-declared deaths from counts that do not overlap, all of one kind of persons.

    Returns one row a draw: beyond_peace (E), military (M), declared (L), overlap_share (q); persons.
    """
    filings, identified = rows["filings"].sum(), rows["identified"].fillna(0).sum()
    years = (rows["last_day"] - rows["first_day"]).dt.days.add(1).sum() / YEAR
    level, sd = priors.peacetime if rows["persons"].iloc[0] == "all" else (0.0, 0.0)
    peacetime = np.clip(rng.normal(level * years, sd * years, draws), 0, None)
    beyond = np.maximum(filings - peacetime, identified)
    military = identified + rng.beta(*priors.military, draws) * (beyond - identified)
    return pd.DataFrame({
        "beyond_peace": beyond,
        "military": military,
        "declared": rng.beta(*priors.granted, draws) * military,
        "overlap_share": rng.beta(*priors.overlap, draws),
    })  # fmt: skip
