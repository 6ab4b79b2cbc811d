"""What a report says in words: what is counted, what is left out, how the sample was tested."""

from __future__ import annotations

from typing import Any

from estimator.estimate import Estimate
from estimator.inference.convergence import PARETO_K_LIMIT, RHAT_LIMIT
from estimator.periods import describe_years
from estimator.report.spans import people_of

REGISTRY = "RegistryModel"


def is_war_dead(estimate: Estimate) -> bool:
    """Whether an estimate counts the war dead themselves, and not an excess over peacetime.

    Parameters
    ----------
    estimate : Estimate
        Of any route.
    """
    return "excess" in estimate.draws


def included(estimate: Estimate) -> list[str]:
    """Say what the number includes, and what its interval does.

    Parameters
    ----------
    estimate : Estimate
        Of any route.
    """
    people = people_of(estimate)
    if is_war_dead(estimate):
        return [
            f"War dead among {people}, those with a case in the registry and those without one: cases "
            "are raised by the share of named dead who have a case.",
            "The interval holds the uncertainty of that share, of the delay of cases, of the sex ratio "
            "in peacetime and of counting.",
        ]
    return [
        f"Registered {estimate.unit} of {people} beyond what the peacetime sex ratio would have brought, "
        "given those of the other sex: war dead, and any other rise that the other sex did not share.",
        "The interval holds the uncertainty of the peacetime sex ratio, of its course since the baseline "
        "period, and of counting.",
    ]


def left_out(estimate: Estimate) -> list[str]:
    """Say what the number leaves out, and what its interval does.

    Parameters
    ----------
    estimate : Estimate
        Of any route.
    """
    found = [f"Everybody but {people_of(estimate)}."]
    if is_war_dead(estimate):
        found += [
            "Those for whom no case would be opened in this registry, such as fighters from abroad and "
            "people of annexed territory.",
            "The missing whose death is not established, as far as the matched sample of named dead "
            "does not stand for them.",
        ]
    else:
        found += [
            "The missing, and those whose deaths are registered elsewhere, as in annexed territory: "
            "the capture of deaths is taken as complete. It is a lower route; where the named list "
            "exceeds the estimate, that is the likely reason.",
            "Late registration and errors in the table itself: the interval takes its counts as final.",
        ]
    if "region" in estimate.dims:
        found.append(
            "Shocks that regions share: each is fitted on its own, and the interval of their sum takes "
            "them as independent."
        )
    return found


def diagnostic_rows(estimate: Estimate) -> list[dict[str, str]]:
    """Return each measure of the sample: what was found, what is asked, and what it means.

    Parameters
    ----------
    estimate : Estimate
        With the diagnostics of its engine; a measure that it does not have is left out.
    """
    found = estimate.diagnostics
    asked = found.get("minimum_ess")
    at_least = f"at least {asked:,}" if asked else "not stated"
    told = (
        ("pareto_k", "Pareto k-hat", "{:.2f}", f"below {PARETO_K_LIMIT}",
         "whether the importance weights can be trusted: a long tail would leave few draws that count"),
        ("max_rhat", "R-hat, largest", "{:.3f}", f"at most {RHAT_LIMIT}",
         "whether chains that started apart agree; 1 is perfect"),
        ("min_ess_bulk", "effective sample size, smallest", "{:,.0f}", at_least,
         "how many independent draws the sample is worth for its middle"),
        ("min_ess_tail", "effective sample size of the tails, smallest", "{:,.0f}", at_least,
         "the same for the bounds of intervals"),
        ("divergences", "divergences", "{:,}", "none",
         "steps at which the sampler lost its way, a sign of a biased sample"),
    )  # fmt: skip
    return [
        {"measure": name, "found": form.format(found[key]), "asked": limit, "meaning": meaning}
        for key, name, form, limit, meaning in told
        if found.get(key) is not None
    ]


def engine_in_words(estimate: Estimate) -> str:
    """Say by which engine and how the posterior was drawn.

    Parameters
    ----------
    estimate : Estimate
        With diagnostics and provenance.
    """
    engine = estimate.diagnostics.get("engine", "unknown")
    how = {
        "marginal": "states are integrated out exactly and hyperparameters weighted by importance",
        "nuts": "the whole model is sampled with the No-U-Turn sampler",
    }.get(engine, "")
    drawn = estimate.diagnostics.get("draws")
    number = f"{drawn:,} draws" if isinstance(drawn, int) else ""
    return "; ".join(part for part in (f"Engine {engine}", how, number) if part) + "."


def specification_rows(estimate: Estimate) -> list[tuple[str, str]]:
    """Return the windows and choices of the model as pairs of name and value.

    Parameters
    ----------
    estimate : Estimate
        With provenance; what it does not hold is left out.
    """
    known = estimate.provenance
    rows: list[tuple[str, str]] = []

    def add(name: str, value: Any) -> None:
        if value not in (None, ""):
            rows.append((name, str(value)))

    add("model", known.get("model"))
    for name in ("baseline", "masked", "target"):
        if name in known:
            add(f"{name} period", describe_years(known[name]))
    add("war since", known.get("war_began"))
    if "ages" in known:
        add("target ages", "-".join(map(str, known["ages"])))
    if "control_ages" in known:
        add("control ages", "-".join(map(str, known["control_ages"] or ["none"])))
    add("target sex", known.get("target_sex"))
    if "damping" in known:
        add("damping of the trend", "estimated" if known["damping"] is None else known["damping"])
    add("sex ratio of", known.get("ratio_of"))
    add("resolution", known.get("resolution"))
    add("longest delay, periods", known.get("horizon"))
    if matched := known.get("matched"):
        add("matched sample", f"{matched['found']:,} of {matched['sampled']:,} found, "
            f"{matched['source']}, vintage {matched['vintage']}")  # fmt: skip
    add("draws", known.get("draws"))
    add("seed", known.get("seed"))
    return rows
