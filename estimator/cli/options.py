"""The options that commands share, each defined once, and the checks of what users type.

Callbacks run while the command line is parsed: a wrong option is refused before anything is computed.
"""

import json
import os
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Annotated, Any, Literal

from typer import Argument, CallbackParam, Context, Option
from typer.core import TyperGroup

from estimator.errors import DataError

HELP = {"help_option_names": ["-h", "--help"]}


class Commands(TyperGroup):
    """Commands whose options are listed in groups by --help, flags without a type: they take no value."""

    def get_params(self, ctx: Any) -> list[Any]:
        """Return the options of the group itself."""
        return _arranged(super().get_params(ctx))

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Return a command by name."""
        command = super().get_command(ctx, cmd_name)
        if command is not None:
            _arranged(command.get_params(ctx))
        return command


PANELS = {
    "Data": (
        "counts", "counts_vintage", "unknown_age", "timezone", "cumulative", "encoding", "subtract_hiv",
        "minimum", "minimum_vintage", "minimum_cumulative",
        "triangle", "outage", "matched", "matched_vintage", "file", "name", "men", "names",
        "names_vintage", "missing_odds", "completeness",
    ),
    "Periods and ages": (
        "baseline", "masked", "target", "ages", "control_ages", "as_of", "through", "war_began", "by",
        "until",
    ),
    "Computation": ("engine", "level", "draws", "seed", "allow_unconverged", "jobs", "contributions", "dead"),
    "Output": ("out", "force", "language", "as_json", "quiet", "plot", "folder", "weeks"),
}  # fmt: skip
"""Options as --help groups them."""
METAVARS = {
    "counts": "FILE", "minimum": "FILE|DAY", "triangle": "FILE", "matched": "FILE", "filings": "FILE",
    "counts_vintage": "DAY", "minimum_vintage": "DAY", "matched_vintage": "DAY", "as_of": "DAY",
    "through": "DAY", "war_began": "DAY", "extracted_on": "DAY", "baseline": "YEARS", "masked": "YEARS",
    "target": "YEARS", "ages": "AGES", "control_ages": "AGES", "timezone": "ZONE", "encoding": "NAME",
    "name": "TEXT", "outage": "FROM:TO",
    "level": "SHARE", "men": "FILE", "names": "FILE", "names_vintage": "DAY", "missing_odds": "ROLE=N",
    "completeness": "ROLE=N", "draws": "N", "seed": "N", "jobs": "N", "plot": "FILE", "folder": "FOLDER",
}  # fmt: skip
"""What --help writes for the value of an option."""


def _arranged(parameters: list[Any]) -> list[Any]:
    """Give options of --help their group and a short word for their value; flags take none."""
    panel_of = {name: panel for panel, names in PANELS.items() for name in names}
    for parameter in parameters:
        if parameter.param_type_name != "option":
            continue
        parameter.rich_help_panel = panel_of.get(parameter.name)
        parameter.metavar = parameter.metavar or METAVARS.get(parameter.name)
        if getattr(parameter, "is_flag", False):
            parameter.metavar = ""
    return parameters


def check_folder(param: CallbackParam, value: Path | None) -> Path | None:
    """Return a folder to write into; one that cannot be made or written is refused."""
    if value is None:
        return None
    option, place = _name(param), value.absolute()
    while not place.exists() and place != place.parent:
        place = place.parent
    if not place.is_dir():
        what = "is a file" if place == value.absolute() else f"lies below {place.name}, a file"
        raise DataError(f"{option}: {value.name} {what}. Name a folder, which is made if not there.")
    _check_permission(place, option)
    return value


def _check_report_folder(context: Context, param: CallbackParam, value: Path | None) -> Path | None:
    """Return the folder of a report; one with files that no report wrote is refused without --force."""
    folder = check_folder(param, value)
    if folder is None or context.params.get("force"):
        return folder
    from estimator.report.pages.write import foreign_files

    if foreign := foreign_files(folder):
        raise DataError(
            f"{_name(param)}: {folder.name} has {foreign[0]}, and no report of this program wrote it. Choose "
            "another folder, or add --force."
        )
    return folder


MARKS = (b"registry-excess", b"registry_excess")
"""What files written by this program have in them, at their beginning or end."""


def _is_own(path: Path) -> bool:
    with path.open("rb") as file:
        head = file.read(1 << 14)
        file.seek(max(0, path.stat().st_size - (1 << 16)))
        return any(mark in head + file.read() for mark in MARKS)


def check_file(context: Context, param: CallbackParam, value: Path | None) -> Path | None:
    """Return a file to write.

    A folder, a file in no folder or a closed one, and without --force one that this program did not
    write, are refused.
    """
    if value is None:
        return None
    if value.is_dir():
        raise DataError(f"{_name(param)}: {value.name} is a folder. Name a file in it.")
    if not value.absolute().parent.is_dir():
        raise DataError(f"{_name(param)}: no folder {value.parent}. Make it first.")
    _check_permission(value.absolute().parent, _name(param))
    if value.is_file() and not context.params.get("force") and not _is_own(value):
        raise DataError(
            f"{_name(param)}: {value.name} is there already. Choose another name, or add --force."
        )
    return value


def check_plot(context: Context, param: CallbackParam, value: Path | None) -> Path | None:
    """Return a picture to write, whose ending says in which format."""
    if value is not None and value.suffix.lower() not in (".svg", ".png", ".pdf"):
        raise DataError(f"{_name(param)}: {value.name} has no ending of a picture. Write {value.stem}.svg.")
    return check_file(context, param, value)


def check_parquet(context: Context, param: CallbackParam, value: Path) -> Path | None:
    """Return a file to write as Parquet."""
    if value.suffix.lower() != ".parquet":
        raise DataError(f"{_name(param)}: a triangle is Parquet. Write {value.stem}.parquet.")
    return check_file(context, param, value)


def _name(param: CallbackParam) -> str:
    """Return an option as it is written; of an argument, its name."""
    return param.opts[0] if param.param_type_name == "option" else str(param.name).upper()


def _check_permission(folder: Path, option: str) -> None:
    if not os.access(folder, os.W_OK | os.X_OK):
        raise DataError(f"{option}: {folder.name or folder} cannot be written into. Choose another.")


def _check_level(param: CallbackParam, value: float) -> float:
    if not 0 < value < 1:
        raise DataError(f"{_name(param)}: {value:g} is not between 0 and 1. Write 0.95.")
    return value


def check_day(param: CallbackParam, value: str | None) -> str | None:
    """Return a day as YYYY-MM-DD."""
    from estimator.data.periods import parse_day

    return None if value is None else parse_day(value, _name(param)).isoformat()


def _check_known_day(param: CallbackParam, value: str | None) -> str | None:
    """Return the day whose knowledge is used; one that has not come is refused."""
    from datetime import date

    day = check_day(param, value)
    if day is not None and day > date.today().isoformat():
        raise DataError(f"{_name(param)}: {day} has not come yet. Name a day up to today.")
    return day


def check_days(param: CallbackParam, value: list[str] | None) -> list[str | None]:
    """Return days as YYYY-MM-DD."""
    return [check_day(param, one) for one in value or []]


def check_outages(param: CallbackParam, value: list[str] | None) -> list[str]:
    """Return pairs of days as YYYY-MM-DD:YYYY-MM-DD."""
    pairs = []
    for one in value or []:
        first, separator, last = one.partition(":")
        if not separator:
            raise DataError(f"{_name(param)}: {one!r} is not two days. Write 2022-09-05:2022-12-12.")
        pairs.append(f"{check_day(param, first)}:{check_day(param, last)}")
    return pairs


def day(text: str, *names: str) -> Any:
    """Return the option of a day, with its help."""
    return Option(*names, callback=check_day, help=text)


def running_totals(text: str, name: str = "cumulative") -> Any:
    """Return the option that says whether a file holds running totals, with its help."""
    return Option(f"--{name}/--no-{name}", help=f"{text}; else judged.")


def check_ages(param: CallbackParam, value: str) -> str:
    """Return ages as ``first:last``, written so or ``first-last``."""
    first, separator, last = value.replace("-", ":").partition(":")
    option = _name(param)
    if not separator or not first.strip().isdigit() or not last.strip().isdigit():
        raise DataError(f"{option}: {value!r} is not a span of ages. Write first:last: 15:49.")
    if int(last) < int(first):
        raise DataError(f"{option}: {int(first)}:{int(last)} runs backwards. Write {int(last)}:{int(first)}.")
    return f"{int(first)}:{int(last)}"


def _check_ages_or_none(param: CallbackParam, value: str) -> str:
    return "none" if value.lower() == "none" else check_ages(param, value)


def first_and_last(ages: str) -> tuple[int, int]:
    """Return the first and last age of a checked option."""
    first, last = ages.split(":")
    return int(first), int(last)


def model_ages(ages: str, control_ages: str) -> dict[str, Any]:
    """Return the ages of a model as its arguments."""
    control = None if control_ages == "none" else first_and_last(control_ages)
    return {"ages": first_and_last(ages), "control_ages": control}


def _named_folder(text: str) -> Path:
    if not text.strip():  # files would fall into the working folder
        raise DataError("--out is empty. Name a folder, or write --out . for the present one.")
    return Path(text)


Seed = Annotated[int, Option(min=0, help="Same seed, same machine: same digits.")]
Json = Annotated[bool, Option("--json", help="Print JSON and nothing else.")]
Quiet = Annotated[bool, Option("--quiet", "-q", help="Show no progress.")]
Jobs = Annotated[int, Option(min=1, help="Worker processes.")]
Level = Annotated[float, Option(callback=_check_level, help="Mass of equal-tailed intervals.")]
MOST = 1_000_000
"""Draws: more fill the memory and change no digit that is printed."""
Draws = Annotated[int, Option(min=1, max=MOST, help="Posterior draws.")]
OptionalDraws = Annotated[int | None, Option("--draws", min=1, max=MOST, help="Posterior draws.")]
OUT = "Folder for report.html, figures, tables and the numbers."
Out = Annotated[
    Path | None,
    Option("--out", "-o", parser=_named_folder, callback=_check_report_folder, metavar="FOLDER", help=OUT),
]
Force = Annotated[
    bool, Option("--force", is_eager=True, help="Replace files that this program did not write.")
]
OutFile = Annotated[Path | None, Option(callback=check_file, help="Write the table here, CSV.")]
Plot = Annotated[Path | None, Option(callback=check_plot, help="Draw it here: .svg, .png or .pdf.")]
Folder = Annotated[
    Path | None,
    Option(callback=check_folder, help="Keep results here: a study begun again goes on."),
]
AS_OF = "Use only what was known on this day; by default that of the list's last vintage."
AsOf = Annotated[str | None, Option(callback=_check_known_day, help=AS_OF)]
LIST = "Names by vintage and week of death"
Encoding = Annotated[str | None, Option(help="Of text, such as koi8-r, where the contents do not decide.")]
ListCumulative = Annotated[bool | None, running_totals("FILE holds running totals by week, or new names")]
ListArgument = Annotated[Path, Argument(help=f"{LIST}.")]
Baseline = Annotated[str | None, Option(help="Peacetime years to learn from, such as 2000:2019.")]
Masked = Annotated[str | None, Option(help="Years seen but not used, such as 2020,2021; or none.")]
Target = Annotated[str | None, Option(help="Years to estimate, such as 2022,2023.")]
Ages = Annotated[str, Option(callback=check_ages, help="Target ages, first:last or first-last.")]
CONTROL = "Ages with few war dead, which show shocks common to all; or none."
ControlAges = Annotated[str, Option(callback=_check_ages_or_none, help=CONTROL)]
MINIMUM = "Documented minimum: a bundled vintage (2026-05-22), a CSV of date,count, or none."
Minimum = Annotated[str | None, Option(help=MINIMUM)]
MinimumCumulative = Annotated[
    bool | None,
    running_totals("A CSV of --minimum holds running totals, or new names", "minimum-cumulative"),
]
MinimumVintage = Annotated[str | None, day("With a CSV: the day that list was seen, YYYY-MM-DD.")]
OUTAGE = "First day without normal entries in the registry and last day of the backlog; repeat it."
Outage = Annotated[list[str] | None, Option("--outage", callback=check_outages, help=OUTAGE)]
Language = Annotated[
    Literal["en", "ru"],
    Option(help="Language of the page and of what is printed; JSON and CSV stay English."),
]
Place = Annotated[str | None, Option("--name", help="Country or place; else the file's name.")]
AllowUnconverged = Annotated[
    bool, Option("--allow-unconverged", help="Report a sample that failed its test, marked.")
]


def shows_progress(quiet: bool) -> bool:
    """Whether a bar is shown: on a terminal, unless --quiet was given."""
    return not quiet and sys.stderr.isatty()


def print_json(document: Any) -> None:
    """Print a document as JSON on stdout; NaN is an error and never printed."""
    sys.stdout.write(json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False) + "\n")


def save_drawn(file: Path | None, draw: Callable[[], Any]) -> None:
    """Save what a function draws, where a file was given."""
    if file is not None:
        from estimator.report.plots.style import save_plot

        save_plot(draw(), file)


def print_answer(document: Any, parts: Iterable[Any], *, as_json: bool) -> None:
    """Print a document as JSON, or the tables and lines that show it."""
    from estimator.report.console import show

    if as_json:
        print_json(document)
    else:
        show(*parts)
