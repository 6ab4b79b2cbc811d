"""One report, built once: the terminal, JSON, tables, plots and page are made from this object."""

from pathlib import Path

from estimator.report.tables import Content


class Report(Content):
    """An estimate, its documented minimum and published figures, ready to be printed or written.

    Parameters
    ----------
    estimate : Estimate
        As `fit` returned it, of any route.
    minimum : DocumentedMinimum, optional
        The named list.
    level : float
        Mass of the equal-tailed credible intervals.
    published : DataFrame or callable, optional
        Published figures and ours, from `estimator.published.comparison.compare_with_published`, or
        that function itself: it is called once, with the estimate, its rows and the minimum.
    totals : DataFrame, optional
        Published figures of our periods and people that are shown in a column next to ours: period, name,
        estimate, lower, upper, interval; as `estimator.published.figures.vital_figures`.
    weeks : DataFrame or callable, optional
        Published weekly figures: week (first day), estimate, lower, upper, name, interval; or a function
        of the estimate that returns them, as `estimator.published.comparison.weekly_figures`.
    model : VitalModel or RegistryModel, optional
        What was fitted: with it the peacetime sex ratio is drawn, or the capture probability.
    command : str
        The command that makes this report again.
    files : mapping of str to str
        SHA-256 of each file that was read, by its name.
    name : str
        Whose deaths: a country or place. By default that of the estimate's provenance.
    """

    def write(self, folder: str | Path, *, force: bool = False) -> list[Path]:
        """Write page, tables, posterior and figures into a folder, all or none; return the files.

        DataError is raised if a file there was not written by an earlier report, unless ``force``.
        """
        from estimator.report.pages.write import write_report

        return write_report(self, folder, force=force)
