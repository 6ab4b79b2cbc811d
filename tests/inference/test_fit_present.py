"""The gate of the sampler of the war dead to a day."""

from dataclasses import replace
from datetime import date

from estimator.inference import fit_present, hmc
from estimator.inference.fit_present import sample_present
from estimator.models.present.arrays import present_arrays
from estimator.sources.record import load_record

DAY = date(2023, 7, 11)


def sample(*years, first=20, **options):
    arrays = present_arrays(replace(load_record().as_of(DAY), years=years), DAY)
    return sample_present(
        arrays, lambda blocks: {"deaths": blocks["deaths"].sum(-1)}, seed=1, warm_up=(10, 20, 10),
        first=first, largest_rhat=2.0, minimum_ess=5, **options,
    )  # fmt: skip


def test_a_round_with_divergences_is_taken_again_with_shorter_steps(monkeypatch):
    """Chains begin with steps that are much too long: what comes of these is not in the sample."""
    rounds, warmed_up, run = [], fit_present._warmed_up, fit_present.Chains.run

    def long_steps(*arguments):
        chains = warmed_up(*arguments)
        chains.step *= 4
        return chains

    def counted(chains, number, **options):
        before = chains.divergences
        places = run(chains, number, **options)
        if not options.get("adapt"):
            rounds.append((chains.step, chains.divergences - before))
        return places

    monkeypatch.setattr(fit_present, "BATCH", 20)
    monkeypatch.setattr(hmc, "SHORTER", 0.3)
    monkeypatch.setattr(fit_present, "_warmed_up", long_steps)
    monkeypatch.setattr(fit_present.Chains, "run", counted)
    found = sample()
    (first, lost), *_, (last, none) = rounds
    assert lost > 0
    assert none == 0
    assert last < first
    assert found.diagnostics.divergences == 0
    assert found.diagnostics.draws == fit_present.CHAINS * 20 * sum(not lost for _, lost in rounds)


def test_divergences_of_the_last_round_are_an_error(monkeypatch):
    monkeypatch.setattr(fit_present, "ROUNDS", 1)
    run = fit_present.Chains.run

    def diverging(chains, number, **options):
        places = run(chains, number, **options)
        chains.divergences += 1
        return places

    monkeypatch.setattr(fit_present.Chains, "run", diverging)
    found = sample(allow_unconverged=True)
    assert found.diagnostics.divergences >= 1
    assert "divergent transitions (none allowed)" in found.diagnostics.problems()[-1]
