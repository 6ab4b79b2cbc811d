"""Age bands."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from estimator.data.ages import AgeBands, parse_band
from estimator.errors import DataError

BANDS = AgeBands((0, 15, 20, 85), (14, 19, 84, None))


@pytest.mark.parametrize(
    ("label", "band"),
    [
        ("15-19", (15, 19)),
        ("15 – 19", (15, 19)),
        ("15:19", (15, 19)),
        ("15-19 лет", (15, 19)),
        ("15-19 years", (15, 19)),
        ("15 to 19", (15, 19)),
        ("Y15-19", (15, 19)),
        ("Y_LT1", (0, 0)),
        ("[15-19]", (15, 19)),
        ("[85+]", (85, None)),
        ("[0]", (0, 0)),
        ("<5", (0, 4)),
        ("до 1 года", (0, 0)),
        ("Y_GE85", (85, None)),
        ("85+", (85, None)),
        ("85 +", (85, None)),
        ("85 и более", (85, None)),
        ("85 лет и старше", (85, None)),
        ("85 years and over", (85, None)),
        ("110+", (110, None)),
        ("40", (40, 40)),
        ("40 лет", (40, 40)),
        ("Y40", (40, 40)),
    ],
)
def test_labels_users_write(label, band):
    assert parse_band(label) == band


@pytest.mark.parametrize("label", ["", "[]", "1000+", "young", "05.сен", "15-19-24", "-5", "9-May", "1.5"])
def test_a_label_not_understood(label):
    with pytest.raises(DataError, match="not understood: "):
        parse_band(label)


@given(st.lists(st.integers(1, 10), min_size=1, max_size=20), st.booleans())
def test_labels_go_there_and_back(widths, is_open):
    low = tuple(int(x) for x in np.cumsum([0, *widths[:-1]]))
    high = tuple(a + w - 1 for a, w in zip(low, widths))
    bands = AgeBands(low, (*high[:-1], None) if is_open else high)
    assert AgeBands.from_labels(bands.labels) == bands
    assert len(bands) == len(widths)


@pytest.mark.parametrize(
    ("low", "high", "message"),
    [
        ((), (), "at least one band"),
        ((0, 5), (4,), "each lower bound its upper bound"),
        ((15, 18), (19, 24), "overlap: 15-19 and 18-24. Keep one set"),
        ((15, 25), (19, 29), "gap between 19 and 25. Add the missing band"),
        ((15, 20), (None, 24), "15\\+ is open-ended but is not the last"),
        ((20,), (15,), "20-15 is not a band"),
        ((-5,), (4,), "not a band of completed years"),
    ],
)
def test_bands_that_are_not(low, high, message):
    with pytest.raises(DataError, match=message):
        AgeBands(low, high)


def test_within_selects_whole_bands():
    assert BANDS.within(15, 84) == ("15-19", "20-84")
    for first, last in ((16, 84), (15, 49), (15, 90), (90, 95)):
        with pytest.raises(DataError, match=rf"ages {first}-{last} do not coincide.*0-14, 15-19"):
            BANDS.within(first, last)


def test_select():
    assert BANDS.select(["15-19", "20-84"]).labels == ("15-19", "20-84")
    with pytest.raises(DataError, match=r"no band 15-24. There are: 0-14, 15-19, 20-84, 85\+"):
        BANDS.select(["15-24"])


def test_midpoints_are_exact_years():
    assert BANDS.midpoint.tolist() == [7.5, 17.5, 52.5, 90.0]
