"""What a newcomer may call wrongly: one clear sentence that names the argument and what to write."""

import pandas as pd
import pytest

import estimator as est
from estimator.errors import DataError
from tests.sources.inputs import EXTRACTED, deaths, extract

ROLES = pd.DataFrame({"week_start": ["2022-03-03"], "role": ["rifle"], "n": [1]})
DAYS = pd.DataFrame({"date": ["2022-03-03"], "count": [1]})
CALLS = {
    "no table": (lambda: est.read_counts(None), "NoneType: no file and no table"),
    "a list": (lambda: est.read_counts([1, 2]), "list: no file and no table"),
    "an empty table": (lambda: est.read_counts(pd.DataFrame()), "no rows"),
    "no such file": (lambda: est.read_counts("absent.csv"), "no such file"),
    "unit": (lambda: est.read_counts(deaths(), unit="persons"), "'deaths' or 'cases'"),
    "unknown_age": (lambda: est.read_counts(deaths(), unknown_age="ignore"), "'refuse' or 'drop'"),
    "ages in words": (lambda: est.read_counts(deaths(), ages="15:49"), r"such as \(15, 49\)"),
    "one age": (lambda: est.read_counts(deaths(), ages=(15,)), r"such as \(15, 49\)"),
    "ages downwards": (lambda: est.read_counts(deaths(), ages=(49, 15)), "not made of whole bands"),
    "a city": (lambda: est.read_counts(deaths(), timezone="Moscow"), "timezone 'Moscow' is not known"),
    "an encoding": (lambda: est.read_counts(deaths(), encoding=8), "encoding 8 is not known"),
    "totals of years": (lambda: est.read_counts(deaths(), cumulative=True), "Omit cumulative"),
    "a vintage": (lambda: est.read_minimum(DAYS, vintage="yesterday"), "YYYY-MM-DD"),
    "no vintage": (lambda: est.read_minimum(DAYS, vintage=None), "say when this one was seen"),
    "a list's zone": (lambda: est.read_minimum(DAYS, vintage="2024-01-01", timezone="X"), "Europe/Moscow"),
    "no files": (lambda: est.read_registry([], **EXTRACTED), "Name at least one"),
    "a day": (lambda: est.read_registry(extract(), extracted_on="soon"), "YYYY-MM-DD"),
    "resolution": (lambda: est.read_registry(extract(), resolution="day", **EXTRACTED), "'week' or 'month'"),
    "january": (lambda: est.read_registry(extract(), january="remove", **EXTRACTED), "'keep' or 'drop'"),
    "losses": (lambda: est.read_registry(extract(), losses="yes", **EXTRACTED), "'refuse' or 'accept'"),
    "openings": (
        lambda: est.read_registry(extract(), future_openings="x", **EXTRACTED), "'refuse' or 'drop'"
    ),
    "a delay": (lambda: est.read_registry(extract(), max_delay=-1, **EXTRACTED), "max_delay: -1"),
    "bands": (lambda: est.read_registry(extract(), ages=(15, 69), **EXTRACTED), "AgeBands.from_labels"),
    "no triangle": (lambda: est.read_triangle(None, **EXTRACTED), "NoneType: no file and no table"),
    "no extraction": (lambda: est.read_triangle(extract()), "say extracted_on"),
    "no sample": (lambda: est.read_matched_sample(None, vintage="2024-01-01"), "no file and no table"),
    "no roles": (lambda: est.read_named_by_role(None), "NoneType: no file and no table"),
    "roles by year": (lambda: est.read_named_by_role(ROLES, by="year"), "'month' or 'week'"),
    "until": (lambda: est.load_named_by_role(until="spring"), "YYYY-MM-DD"),
    "shares of a list": (lambda: est.role_shares(est.load_named_by_role()), "what fit_composition returns"),
    "a fit of a list": (lambda: est.fit_composition(est.load_named_by_role(), seed=1), "CompositionModel"),
    "dead of counts": (
        lambda: est.dead_by_role(est.load_rosstat(), None, seed=1), "what fit_composition returns"
    ),
    "spells of nothing": (lambda: est.crossings(None), "what fit_composition returns"),
    "a composition of nothing": (lambda: est.CompositionModel(None), "load_named_by_role"),
    "regions": (lambda: est.read_rosstat_regions(None), "NoneType: no file and no table"),
    "okrugs": (lambda: est.load_rosstat_regions(okrugs="both"), "'joined' or 'apart'"),
    "a list by year": (lambda: est.load_named_list("2022"), "YYYY-MM-DD"),
}  # fmt: skip


@pytest.mark.parametrize("call", CALLS)
def test_a_wrong_call_is_one_sentence(call):
    wrong, part = CALLS[call]
    with pytest.raises(DataError, match=part) as caught:
        wrong()
    assert "\n" not in str(caught.value)
