"""The registry route as a part of the answer: what had been published of the same weeks by the day."""

import numpy as np
import pytest

from estimator.nowcast.registry_route import RegistryDraws, registry_part
from estimator.report.prose_synthesis import registry_sentence
from estimator.sources.record import load_record

ROUTE = RegistryDraws(np.arange(40_000.0, 80_001.0), "15-49", "2022-02-24", "2023-05-21", {"converged": True})


@pytest.mark.parametrize(
    ("day", "published"),
    [
        ("2023-07-11", {"July 2023": 46_584}),
        ("2026-05-22", {
            "July 2023": 46_584, "July 2024": 47_827, "February 2025": 37_645, "October 2025": 36_525,
            "May 2026": 39_098,
        }),
    ],
)  # fmt: skip
def test_publications_known_by_the_day_over_the_same_weeks(day, published):
    part = registry_part(ROUTE, load_record().as_of(day), level=0.95)
    rows = {row["name"].rpartition(", ")[2]: row["deaths"] for row in part["published"]}
    assert rows == pytest.approx(published, abs=1)
    assert (part["median"], part["lower"]) == pytest.approx((60_000, 41_000))


def test_weeks_that_a_publication_does_not_cover_are_not_compared():
    longer = RegistryDraws(ROUTE.dead, "15-49", "2022-02-24", "2024-01-07", {})
    names = [row["name"] for row in registry_part(longer, load_record(), level=0.95)["published"]]
    assert names[0] == "Meduza and Mediazona, July 2024"


def test_said_in_a_sentence_or_not_at_all():
    document = {"interval": {"level": 0.95}, "registry": None}
    assert registry_sentence(document) == ""
    part = registry_part(ROUTE, load_record().as_of("2023-07-11"), level=0.95)
    assert registry_sentence(document | {"registry": part}) == (
        "The registry route by itself, on a reconstruction of the registry as of 2023-06-23: 60,000 men aged "
        "15–49 died from 2022-02-24 to 2023-05-21 (95% credible interval 41,000 to 79,000). Published of the "
        "same weeks: 46,584 (Meduza and Mediazona, July 2023). The list names 24,217, of any age, who died "
        "in them; men who are declared late hardly had cases yet."
    )
