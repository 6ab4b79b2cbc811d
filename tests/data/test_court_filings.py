"""Court filings: the bundled counts are those of their sources."""

from estimator.data.bundled import read_bundled
from estimator.sources.record import PEACETIME


def test_bundled_counts_agree_with_the_table_they_were_read_from():
    press = read_bundled("court_filings").set_index("date")
    read = read_bundled("court_filings_by_period")
    for row in read.itertuples():
        told = press.loc[row.row]
        number = f"{row.filings:,}"
        alone = told["cumulative_filings"] == row.filings
        short = f"{row.filings / 1000:g} thousand" in told["note"]
        assert alone or short or number in told["note"], row


def test_peacetime_level_is_that_of_court_decisions():
    decisions = read_bundled("court_decisions_on_missing_2021_2023")
    by_year = decisions.groupby("year")["cumulative_decisions"].max().loc[[2021, 2022]]
    assert ((by_year - PEACETIME).abs() < 400).all()
