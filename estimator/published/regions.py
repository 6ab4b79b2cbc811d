r"""Regional results: excess per man, shares, ranks, names, and what the loss goes with.

The loss of region :math:`r`, :math:`D_r` men lost of :math:`n_r`, goes with covariates :math:`x_r` as

.. math::

    E(D_r) = n_r\, e^{\alpha + \beta' x_r}

:math:`\beta` is found for each draw of the losses, each time with weights of regions that are exponential
draws (the Bayesian bootstrap): so the errors of the losses, what regions share of them, and the scatter of
regions about the line are all in its posterior. Draws of an excess may be negative; the estimating equation
of a Poisson regression, linear in the losses, takes them as they are.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from estimator.data.bundled import read_bundled
from estimator.errors import DataError
from estimator.estimate.estimate import Estimate
from estimator.estimate.intervals import interval_of, summarise
from estimator.published.ratio_rule import ratio_forecast
from estimator.sources.regions import COVARIATES, MEN, load_named_by_region, load_regions

PER = 10_000
YEAR_END = 60
"""Days about the end of a year in which a vintage of the list is set against the excess of years to that."""
NATION = "RU"
GRADIENT_VINTAGES = ("2022-12-09", "2023-12-27", "2026-06-24")
"""Vintages whose slopes are shown: about the ends of 2022 and 2023, and the last."""


def regional_table(estimate: Estimate, men: pd.Series | None = None, *, level: float = 0.95) -> pd.DataFrame:
    """Return one row a region, all ages and years together, by excess per man, the highest first.

    Parameters
    ----------
    estimate : Estimate
        Excess by region.
    men : Series, optional
        Men at risk by region; without them ranks are of the excess.
    level : float
        Mass of equal-tailed intervals.

    Returns
    -------
    DataFrame
        Indexed by region: observed, excess, per_10k (with men), share (of the sum of regions, in draws
        in which it is positive, if any) and rank (1 the highest), each median with ``_lower`` and ``_upper``.

    Raises
    ------
    DataError
        If the estimate has no regions, or men of one are not given.
    """
    draws, regions = _by_region(estimate)
    whole = draws.sum(axis=0)
    positive = whole > 0
    columns = {"excess": draws}
    if positive.any():
        columns["share"] = draws[:, positive] / whole[positive]
    ranked = draws
    if men is not None:
        ranked = columns["per_10k"] = PER * draws / _aligned(men, regions, "men")[:, None]
    columns["rank"] = (-ranked).argsort(axis=0).argsort(axis=0) + 1
    table = pd.DataFrame(index=pd.Index(regions, name="region"))
    table["observed"] = estimate.by("region").draws["observed"].values
    for name in ("excess", "per_10k", "share", "rank"):
        if name in columns:
            table = table.join(summarise(columns[name], name, level, table.index))
    return table.sort_values("per_10k" if men is not None else "excess", ascending=False)


def names_by_region(
    estimate: Estimate, names: pd.DataFrame, men: pd.Series | None = None, *, level: float = 0.95
) -> pd.DataFrame:
    """Return names per man and, where years agree, names over excess, one row a vintage and region.

    A vintage of about the end of a target year (`YEAR_END` days) is set against the excess of the years to
    that; other vintages have no such ratio. Where the excess may be zero, the upper bound is infinite.

    Parameters
    ----------
    estimate : Estimate
        Excess by region and period.
    names : DataFrame
        Columns vintage, publisher, region, names.
    men : Series, optional
        Men at risk by region.
    level : float
        Mass of equal-tailed intervals.

    Returns
    -------
    DataFrame
        vintage, publisher, region, names, and where known names_per_10k, years and names_over_excess with
        ``_lower`` and ``_upper``.
    """
    by_year, regions = _by_region_and_year(estimate)
    rows = []
    for (vintage, publisher), part in names.groupby(["vintage", "publisher"], sort=False):
        year = (pd.Timestamp(vintage) - pd.Timedelta(days=YEAR_END)).year
        covered = [one for one in estimate.years if one <= year]
        nearly = abs(pd.Timestamp(vintage) - pd.Timestamp(f"{year}-12-31")).days <= YEAR_END
        draws = None
        if covered and nearly and max(covered) == year:
            draws = by_year[:, np.isin(estimate.years, covered)].sum(axis=1)
        known = part.set_index("region")["names"]
        for place, region in enumerate(regions):
            if region not in known:
                continue
            row = {"vintage": vintage, "publisher": publisher, "region": region, "names": known[region]}
            if men is not None and region in men:
                row["names_per_10k"] = PER * known[region] / men[region]
            if draws is not None:
                row |= {"years": f"{covered[0]}-{year}" if len(covered) > 1 else f"{year}"}
                row |= _ratio(known[region], draws[place], level)
            rows.append(row)
    return pd.DataFrame(rows)


def _ratio(names: float, excess: np.ndarray, level: float) -> dict[str, float]:
    bounds = interval_of(excess, level)
    over = {end: names / bounds[end] if bounds[end] > 0 else np.inf for end in ("median", "lower", "upper")}
    return {
        "names_over_excess": over["median"],
        "names_over_excess_lower": over["upper"],
        "names_over_excess_upper": over["lower"],
    }


def published_2022(
    estimate: Estimate, deaths: pd.DataFrame, *, level: float = 0.95, fit_years: int = 5
) -> pd.DataFrame:
    """Return the published excess of 2022 by region with ours, and where the two part.

    Parameters
    ----------
    estimate : Estimate
        Ours, by region and period, 2022 among them, with the names of `load_regions`.
    deaths : DataFrame
        Deaths of the baseline and of 2022 by region, sex, age and year, as `Counts.to_frame` has them; the
        published rule is applied to them.
    level : float
        Mass of our intervals.
    fit_years : int
        Window of the published rule.

    Returns
    -------
    DataFrame
        Indexed by region: published, published_error (one standard error), ours with bounds, contained,
        rule (the published rule computed anew on the same deaths), trend (what the region's own straight
        lines of the ratio, against a constant ratio, add to that excess) and reason, in words.
    """
    table = read_bundled("ratio2025_regional_excess_2022").set_index("iso")
    names = load_regions().reset_index().set_index("iso")["region"]
    table = table[table.index != NATION]
    table.index = pd.Index(table.index.map(names), name="region")
    draws, regions = _by_region_and_year(estimate)
    place = pd.Index(regions, name="region")
    ours = summarise(draws[:, list(estimate.years).index(2022)], "ours", level, place)
    rows = table[["excess_2022_rounded10", "std_error_rounded10"]].join(ours, how="inner")
    rows.columns = pd.Index(["published", "published_error", "ours", "lower", "upper"])
    rows["contained"] = rows["published"].between(rows["lower"], rows["upper"])
    rows = rows.join(_rule_by_region(deaths, fit_years))
    rows["reason"] = [_reason(row) for row in rows.to_dict("records")]
    return rows


def _rule_by_region(deaths: pd.DataFrame, fit_years: int) -> pd.DataFrame:
    wide = deaths.set_index(["region", "sex", "age_low", "year"])["count"].unstack()
    window = [year for year in wide.columns if year < 2020][-fit_years:]
    rows = {}
    for region, part in wide.groupby(level="region"):
        men, women = (part.xs(sex, level="sex").droplevel("region") for sex in ("male", "female"))
        excess = {}
        for trend in ("linear", "constant"):
            middle, _ = ratio_forecast(
                window, men[window].values, women[window].values, [2022], women[[2022]].values,
                fit_years=fit_years, trend=trend,
            )  # fmt: skip
            excess[trend] = float(men[2022].sum() - np.nansum(middle))
        rows[region] = {"rule": excess["linear"], "trend": excess["linear"] - excess["constant"]}
    return pd.DataFrame.from_dict(rows, orient="index")


def _reason(row: Mapping[str, float]) -> str:
    """Say why a published figure is not in our interval; empty where it is."""
    if row["contained"]:
        return ""
    side = "above" if row["published"] > row["upper"] else "below"
    apart = row["published"] - row["ours"]
    if abs(row["trend"]) > 0.5 * abs(apart) and row["trend"] * apart > 0:
        return (
            f"{side}: the region's own line through five years adds {row['trend']:+,.0f} men; ours is "
            "drawn to the nation's trend"
        )
    if abs(row["published"] - row["rule"]) > 0.5 * abs(apart):
        return f"{side}: on these deaths the published rule gives {row['rule']:,.0f}"
    return f"{side}: five years of few deaths against twenty and the nation"


def loss_gradient(
    losses: np.ndarray, men: np.ndarray, covariates: pd.DataFrame, *, seed: int, level: float = 0.95
) -> pd.DataFrame:
    """Return posterior slopes of the log loss per man, for each covariate alone and for all together.

    Parameters
    ----------
    losses : array, shape (regions, draws)
        Men lost; a list's names are draws of their counting error (`name_draws`).
    men : array, shape (regions,)
        Men at risk.
    covariates : DataFrame
        One row a region; each column is taken in units of its standard deviation over regions.
    seed : int
        Of the weights of regions.
    level : float
        Mass of equal-tailed intervals.

    Returns
    -------
    DataFrame
        Columns: model (``alone`` or ``together``), covariate, slope (median), lower, upper and
        probability_positive; a slope of 0.1 is a loss 10% higher where the covariate is one standard
        deviation higher.
    """
    rng = np.random.default_rng(seed)
    standard = (covariates - covariates.mean()) / covariates.std()
    weights = rng.standard_exponential(losses.shape)
    sets = [("alone", [name]) for name in standard] + [("together", list(standard))]
    rows = []
    for kind, chosen in sets:
        slopes = _slopes(losses, men, standard[chosen].to_numpy(float), weights)
        for name, values in zip(chosen, slopes.T):
            bounds = interval_of(values, level)
            rows.append(
                (kind, name, *(bounds[end] for end in ("median", "lower", "upper")), (values > 0).mean())
            )
    return pd.DataFrame(
        rows, columns=["model", "covariate", "slope", "lower", "upper", "probability_positive"]
    )


def _slopes(losses: np.ndarray, men: np.ndarray, x: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Solve the weighted estimating equations of every draw by Newton's method; (draws, covariates)."""
    design = np.column_stack([np.ones(len(x)), x])
    total = (weights * losses).sum(axis=0)
    start = np.log(np.maximum(total, 1.0) / (weights * men[:, None]).sum(axis=0))
    point = np.column_stack([start, np.zeros((losses.shape[1], x.shape[1]))])
    for _ in range(30):
        expected = weights * men[:, None] * np.exp(np.clip(design @ point.T, -30, 5))
        score = design.T @ (weights * losses - expected)
        information = np.einsum("ri,rd,rj->dij", design, expected, design) + 1e-9 * np.eye(design.shape[1])
        move = np.clip(np.linalg.solve(information, score.T[..., None])[..., 0], -1.0, 1.0)
        point = point + move
        if np.abs(move).max() < 1e-8:
            break
    return np.asarray(point[total > 0, 1:])


def dose_slope(losses: np.ndarray, men: np.ndarray, names: np.ndarray, *, seed: int) -> np.ndarray:
    """Return draws of how much the excess rises with a list's names, persons a name, shape (draws,).

    Weighted least squares over regions of losses per man on names per man, men as weights; for each draw of
    the losses and exponential weights of regions. In a year of peace it is what the list goes with anyway:
    ratios that fell faster in some regions. It is a check on an excess, not a source of it.

    Parameters
    ----------
    losses : array, shape (regions, draws)
        Excess.
    men, names : array, shape (regions,)
        Men at risk, and names on the list.
    seed : int
        Of the weights of regions.
    """
    weights = men[:, None] * np.random.default_rng(seed).standard_exponential(losses.shape)
    weights /= weights.sum(axis=0)
    dose, rate = (names / men)[:, None], losses / men[:, None]
    away = dose - (weights * dose).sum(axis=0)
    return np.asarray((weights * away * rate).sum(axis=0) / (weights * away**2).sum(axis=0))


def name_draws(names: np.ndarray, draws: int, *, seed: int) -> np.ndarray:
    """Draw the expected names of regions from their counts, shape (regions, draws)."""
    return np.random.default_rng(seed).gamma(
        np.asarray(names, float)[:, None] + 0.5, size=(len(names), draws)
    )


def _by_region(estimate: Estimate) -> tuple[np.ndarray, list[str]]:
    if "region" not in estimate.dims:
        raise DataError("the estimate has no regions. Fit a RegionalModel.")
    chosen = estimate.by("region")
    return chosen.array(), [str(name) for name in chosen.draws["region"].values]


def _by_region_and_year(estimate: Estimate) -> tuple[np.ndarray, list[str]]:
    """Return draws of a region and year, shape (regions, years, draws), and the regions."""
    values = estimate.by("region", "period").values.transpose("region", "period", "chain", "draw")
    draws = np.asarray(values).reshape(values.sizes["region"], values.sizes["period"], -1)
    return draws, [str(name) for name in values["region"].values]


def _aligned(values: pd.Series, regions: list[str], what: str) -> np.ndarray:
    if lacking := [name for name in regions if name not in values.index]:
        raise DataError(f"{what} of {len(lacking)} regions are not given, first of {lacking[0]}. Add them.")
    return values.reindex(regions).to_numpy(float)


def russia_gradients(estimate: Estimate, *, seed: int, level: float = 0.95) -> pd.DataFrame:
    """Return `loss_gradient` of Russia: of the excess by target year, and of names at `GRADIENT_VINTAGES`.

    ``correlation_with_poverty`` is the plain correlation over regions, of the medians per man.
    """
    regions = load_regions()
    draws, order = _by_region_and_year(estimate)
    men = _aligned(regions[MEN], order, "men")
    given = regions.reindex(order)[list(COVARIATES.values())]
    covariates = given.rename(columns={column: name for name, column in COVARIATES.items()})
    losses = {f"excess {year}": draws[:, place] for place, year in enumerate(estimate.years)}
    listed = load_named_by_region()
    for vintage in GRADIENT_VINTAGES:
        part = listed[listed["vintage"] == vintage].set_index("region")["names"].reindex(order)
        number = draws.shape[-1]
        losses[f"names {vintage}"] = name_draws(part.fillna(0).to_numpy(), number, seed=seed)
    tables = []
    for name, loss in losses.items():
        plain = np.corrcoef(np.median(loss, axis=1) / men, covariates["poverty"])[0, 1]
        table = loss_gradient(loss, men, covariates, seed=seed, level=level)
        table.insert(0, "loss", name)
        tables.append(table.assign(correlation_with_poverty=plain))
    return pd.concat(tables, ignore_index=True)


def russia_statements(table: pd.DataFrame, gradients: pd.DataFrame) -> list[dict[str, str]]:
    """Return what is often said of Russia's regions, and what the estimate says of it."""
    poverty = gradients[(gradients["model"] == "alone") & (gradients["covariate"] == "poverty")]
    slopes = "; ".join(
        f"{row.loss}: {np.expm1(row.slope):+.0%} ({np.expm1(row.lower):+.0%} to "
        f"{np.expm1(row.upper):+.0%}), P(positive) "
        f"{row.probability_positive:.3f}, plain correlation {row.correlation_with_poverty:.2f}"
        for row in poverty.itertuples()
    )
    first = ", ".join(f"{name} {row.per_10k:.0f}" for name, row in table.head(6).iterrows())
    capitals = "; ".join(
        f"{name} {row.per_10k:.1f} per 10,000 ({row.per_10k_lower:.1f} to {row.per_10k_upper:.1f}), rank "
        f"{row['rank']:.0f} ({row.rank_lower:.0f} to {row.rank_upper:.0f}) of {len(table)}"
        for name, row in table.iterrows()
        if name in ("Moscow", "St Petersburg")
    )
    return [
        {
            "statement": "The highest proportional losses come from remote and poor regions",
            "figure": f"highest excess per 10,000 men: {first}. Loss per man where poverty is one standard "
            f"deviation higher: {slopes}",
        },
        {"statement": "Moscow and St Petersburg show few", "figure": capitals},
    ]
