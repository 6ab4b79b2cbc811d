import numpy as np
import pytest
import xarray as xr

from estimator.data.cases import CasesByPeriod
from estimator.errors import DataError
from tests import registries


def table(values=None, start="2022-01-03", ages=("20-24",)):
    values = np.ones((2, len(ages), 4)) if values is None else values
    periods = np.datetime64(start, "D") + 7 * np.arange(values.shape[2])
    return xr.DataArray(
        values,
        {"sex": ["female", "male"], "age": list(ages), "period": periods.astype("datetime64[ns]")},
        ("sex", "age", "period"),
    )


def test_a_triangle_settles_where_it_is_old_enough():
    triangle = registries.triangle()
    settled = CasesByPeriod.of(triangle, 5)
    assert len(settled.periods) == len(triangle.periods) - 5
    assert settled.data.equals(triangle.settled(5).isel(period=slice(0, -5)))
    assert "within 5 months, of a registry read on 2022-12-31" in settled.notes[-1]
    assert settled.vintage == "unknown"


def test_until_keeps_earlier_periods():
    cases = CasesByPeriod(table(), "week", "2022-06-01")
    assert len(cases.until("2022-01-12").periods) == 2
    assert cases.vintage == "2022-06-01"


@pytest.mark.parametrize(
    ("data", "extracted", "message"),
    [
        (table().rename(sex="gender"), None, "need the dims"),
        (table().isel(sex=[1, 0]), None, "sexes must be"),
        (table(start="2022-01-04"), None, "consecutive weeks"),
        (table().isel(period=[0, 2, 3]), None, "Add the missing ones"),
        (-table(), None, "not negative"),
        (table(), "2022-01-10", "begins after the extraction"),
        (table(), "soon", "not a date"),
    ],
)
def test_what_is_not_a_table_of_cases_is_refused(data, extracted, message):
    with pytest.raises(DataError, match=message):
        CasesByPeriod(data, "week", extracted, "a test")
