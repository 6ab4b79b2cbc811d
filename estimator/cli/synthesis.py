"""`estimator report`: how many have died by a day, from all sources together, and where these conflict."""

from __future__ import annotations

from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from typer import Context, Option

from estimator.cli import options
from estimator.cli.report import bundled_checksum, checksum, reproduce
from estimator.errors import DataError

if TYPE_CHECKING:
    import pandas as pd

    from estimator.data.court_filings import CourtFilings
    from estimator.data.evidence import DeathsEvidence
    from estimator.data.named_list import NamedListVintages
    from estimator.estimate.estimate import Estimate

SOURCES = ("vital", "registry", "courts")
"""What may be used with the named list, which is always used."""
TABLES = {
    "vital": ("rosstat_deaths_russia",),
    "registry": (
        "rnd2023_weekly_excess", "registry2026_weekly_estimate", "published_figures",
        "rnd2023_matched_sample",
    ),
    "courts": ("court_filings_by_period",),
}  # fmt: skip
"""Bundled tables of each source."""


def _check_sources(value: str) -> str:
    chosen = [name.strip() for name in value.split(",")]
    if strange := [name for name in chosen if name not in SOURCES]:
        raise DataError(f"--sources: {strange[0]!r} is none. Choose from {','.join(SOURCES)}.")
    if not set(chosen) - {"courts"}:
        raise DataError("--sources: courts count missing men alone. Add vital, registry or both.")
    return ",".join(name for name in SOURCES if name in chosen)


def report(
    context: Context,
    as_of: options.AsOf = None,
    through: Annotated[
        str | None, options.day("Last day of death; by default --as-of, or what the list reaches.")
    ] = None,
    file: options.ListFile = None,
    sources: Annotated[
        str,
        Option(
            callback=_check_sources,
            help="Sources to use with the list: vital registration, publications of the registry, courts.",
        ),
    ] = "vital,registry,courts",
    filings: Annotated[Path | None, Option(help="Your counts of court filings.")] = None,
    conflicts: Annotated[
        bool,
        Option(
            "--conflicts/--no-conflicts",
            help="Fit without each source in turn, and compare it with what the others expect; a minute.",
        ),
    ] = True,
    weeks: Annotated[bool, Option("--weeks", help="Print weeks of death too; JSON has them always.")] = False,
    level: options.Level = 0.95,
    draws: options.Draws = 3000,
    seed: options.Seed = 1,
    out: options.Out = None,
    force: options.Force = False,
    as_json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Estimate the war's dead up to a day from all sources together; show where sources conflict.

    Vital registration, publications of the inheritance registry, the named list and court filings are
    used as they were known on a day. `estimator report vital` and `estimator report registry` estimate
    from one source, yours or the bundled one.

    Exit codes: 0 done, 2 input or usage is wrong, 3 the posterior did not converge.
    """
    if context.invoked_subcommand is not None:
        return
    if filings is not None and "courts" not in sources:
        raise DataError("--filings is of courts. Add courts to --sources, or leave it out.")
    if out is not None and not conflicts:
        raise DataError("--out: the page shows conflicts. Leave out --no-conflicts.")
    from estimator.nowcast.conflict import statements
    from estimator.nowcast.synthesis import synthesis
    from estimator.progress import progress_bar
    from estimator.report.console.synthesis import synthesis_parts
    from estimator.sources.matched_sample import load_matched_sample

    chosen = sources.split(",")
    with progress_bar("fitting all sources", shown=options.shows_progress(quiet)):
        vintages, evidence, counted = load_sources(file, as_of, chosen, filings, seed)
        deaths = synthesis(
            vintages, evidence, counted, as_of=as_of or vintages.vintage, through=through,
            seed=seed, draws=draws, mixed_vintages=True,
        )  # fmt: skip
        stated = None
        if conflicts:
            matched = load_matched_sample() if "registry" in chosen else None
            stated = statements(deaths, vintages, evidence, matched, seed=seed, level=level)
        document = _document(deaths, vintages, stated, level) | {
            "seed": seed, "sources": ["list", *chosen], "files": dict(_files(file, filings, chosen)),
            "command": reproduce(context, as_of=deaths.as_of, level=f"{level:g}", draws=draws),
        }  # fmt: skip
    files = []
    if out is not None:
        from estimator.report.pages.synthesis import write_joint

        files = write_joint(document, deaths, out, level=level, force=force)
    parts = chain(synthesis_parts(document, weeks=weeks), (f"wrote {path}" for path in files))
    options.print_answer(document, parts, as_json=as_json)


def load_sources(
    file: Path | None, as_of: str | None, sources: list[str], filings: Path | None, seed: int
) -> tuple[NamedListVintages, list[DeathsEvidence], CourtFilings | None]:
    """Return the list, the evidence on deaths, and counts of court filings, of the sources chosen."""
    from estimator.sources.court_filings import load_court_filings, read_court_filings
    from estimator.sources.named_list_vintages import find_list_vintages
    from estimator.sources.published_deaths import load_evidence

    vintages = find_list_vintages(file, as_of)
    counted = read_court_filings(filings) if filings else load_court_filings()
    evidence = [_vital_evidence(seed)] if "vital" in sources else []
    evidence += load_evidence() if "registry" in sources else []
    return vintages, evidence, counted if "courts" in sources else None


def _vital_evidence(seed: int) -> DeathsEvidence:
    from estimator.data.bundled import manifest
    from estimator.inference.fit import fit
    from estimator.models.vital.model import VitalModel
    from estimator.nowcast.synthesis import vital_evidence
    from estimator.published.specification import RUSSIA
    from estimator.sources.rosstat import load_rosstat

    excess = fit(VitalModel(load_rosstat(), RUSSIA), seed=seed)
    published = str(manifest().loc["rosstat_deaths_russia", "published_on"])
    return vital_evidence(excess, published_on=published)


def _document(
    deaths: Estimate, vintages: NamedListVintages, stated: pd.DataFrame | None, level: float
) -> dict[str, Any]:
    """Return the answer as plain values: totals, weeks, statements, conflicts and what it was made of."""
    from estimator.estimate.described import software
    from estimator.nowcast.chapman import cross_check
    from estimator.nowcast.conflict import conflicts
    from estimator.nowcast.documents import total_document, week_rows
    from estimator.nowcast.synthesis import by_period, describe_priors
    from estimator.nowcast.total import deaths_through, has_declared, overlap_sensitivity
    from estimator.published.comparison import published_totals
    from estimator.published.specification import RUSSIA
    from estimator.report.tables import plain_rows
    from estimator.sources.matched_sample import load_matched_sample

    known = deaths.provenance
    years = {"baseline": RUSSIA.baseline, "masked": RUSSIA.masked, "target": RUSSIA.target}
    assert deaths.through is not None
    assert deaths.as_of is not None
    return total_document(deaths, level) | {
        "quantity": "war deaths, persons", "draws": deaths.draws.sizes["draw"],
        "learned_from": known["learned_from"], "last_publication": known["published"],
        "little_more_than_prior": known["prior_only"] or None, "weeks": week_rows(deaths, level),
        "by_period": by_period(deaths, vintages, level).to_dict("records"),
        "statements": [] if stated is None else plain_rows(stated),
        "conflicts": [] if stated is None else conflicts(stated),
        "cross_check": cross_check(load_matched_sample(), list_vintage=vintages.as_of(deaths.as_of).vintage),
        "overlap_sensitivity": None if not has_declared(deaths)
        else overlap_sensitivity(deaths, level).reset_index().to_dict("records"),
        "published": published_totals(
            lambda day: deaths_through(deaths, day),
            through=deaths.through, as_of=deaths.as_of, level=level,
        ),
        "windows": {name: f"{part[0]}-{part[-1]}" for name, part in years.items()},
        "priors": describe_priors(), "versions": software(),
    }  # fmt: skip


def _files(file: Path | None, filings: Path | None, sources: list[str]) -> list[tuple[str, str]]:
    from estimator.sources.named_list_vintages import find_list_file

    own = [path for path in (find_list_file(file), filings) if path is not None]
    names = [name for source in sources for name in TABLES[source]]
    if filings is not None:
        names.remove("court_filings_by_period")
    return [*map(checksum, own), *map(bundled_checksum, names)]
