"""What a console or a notebook displays of data, models and priors is short and says what they are."""

import pytest

import estimator as est
from estimator.published.specification import RUSSIA, RUSSIA_REGISTRY


@pytest.fixture(scope="module")
def shown():
    counts, listed = est.load_rosstat(), est.load_named_list("2026-05-22")
    sample, triangle = est.load_matched_sample(), est.load_registry_20_24()
    return {
        "counts": counts, "minimum": listed, "sample": sample, "triangle": triangle, "periods": RUSSIA,
        "priors": est.BaselinePriors(), "vital": est.VitalModel(counts, RUSSIA),
        "registry": est.RegistryModel(est.load_registry_reconstruction(), sample, RUSSIA_REGISTRY),
    }  # fmt: skip


NAMES = ["counts", "minimum", "sample", "triangle", "periods", "priors", "vital", "registry"]


@pytest.mark.parametrize("name", NAMES)
def test_it_is_short_in_a_console_and_a_table_in_a_notebook(shown, name):
    text, page = repr(shown[name]), shown[name]._repr_html_()
    assert 1 <= len(text.splitlines()) <= 14
    assert max(map(len, text.splitlines())) <= 160
    assert page.startswith("<table>")
    assert "array(" not in text
    assert "dataclass" not in text


def test_what_matters_is_in_it(shown):
    assert "68,981,425" in repr(shown["counts"])
    assert "218,216 names, vintage 2026-05-22" in repr(shown["minimum"])
    assert "baseline 2000-2019" in repr(shown["vital"])
    assert "damping: 0.75" in repr(shown["priors"])


def test_a_source_is_escaped():
    listed = est.DocumentedMinimum(total=5, vintage="2022-05-01", source="<b>list</b>")
    assert "<b>" not in listed._repr_html_()
