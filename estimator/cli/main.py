"""Command line: parses, calls, prints.

Exit codes: 0 done; 1 a check failed (`replicate`, `study sbc`); 2 input or usage is wrong; 3 the posterior
did not converge.
"""

import shlex
import sys
import warnings
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any

import typer

from estimator.cli import calibration, nowcast, published, regions, registry, report
from estimator.cli.options import HELP, Commands
from estimator.errors import ConvergenceError, DataError, DataWarning

MOVED = {
    "flash": "report",
    "joint": "report",
    "figures": "compare --figures",
    "nowcast-backtest": "study backtest",
    **{
        study: f"study {study}"
        for study in ("placebo", "known-truth", "recover", "sbc", "multiverse", "present-recovery")
    },
}
"""Commands of earlier versions, and how they are written now."""
CLICK_ERROR: Any = typer.BadParameter.__mro__[2]
"""Wrong usage, of click or of typer's copy of it."""
ROUTES = {"vital": "report vital", "registry": "report registry", "joint": "report"}


class Root(Commands):
    """All commands; those of earlier versions are refused with one line that names the new one."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Return the commands in the order of --help: the answer first."""
        return sorted(super().list_commands(ctx), key=lambda name: name != "report")

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Return the command that the arguments name."""
        rest = [arg.replace("--first-seed", "--seed") for arg in args]  # of `recover`, before
        if args[0] in MOVED:
            given = [arg for arg in rest[1:] if arg != "--late"]
            _refuse(f"estimator {args[0]}", _written(MOVED[args[0]], given))
        if rest != args:
            _refuse("--first-seed", _written("", rest))
        return super().resolve_command(ctx, args)


class Report(Commands):
    """`estimator report` and its parts, which were routes and options of one command before."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parse the arguments; options that belong to a part are refused with its name."""
        if not args or args[0] not in self.commands:
            self._check_moved(args)
        return super().parse_args(ctx, args)

    def _check_moved(self, args: list[str]) -> None:
        given = {arg.partition("=")[0] for arg in args if arg.startswith("--")}
        if "--route" in given:
            at = next(i for i, arg in enumerate(args) if arg.startswith("--route"))
            cut = 1 if "=" in args[at] else 2
            route = " ".join(args[at : at + cut]).replace("=", " ").partition(" ")[2]
            rest = [*args[:at], *args[at + cut :]]
            _refuse("estimator report --route", _written(ROUTES.get(route, "report"), rest))
        takes_value = {o for param in self.params if not getattr(param, "is_flag", False) for o in param.opts}
        for before, part in pairwise(args):
            if part in self.commands and before not in takes_value:
                rest = [arg for arg in args if arg != part]
                _refuse(f"estimator report {args[0]} ... {part}", _written(f"report {part}", rest))
        own = {option for param in self.params for option in param.opts}
        for part, command in self.commands.items():
            options = {option for param in command.params for option in param.opts}
            if strange := sorted(given & options - own):
                _refuse(f"estimator report {strange[0]}", _written(f"report {part}", args))


def _written(command: str, args: list[str]) -> str:
    return shlex.join(["estimator", *command.split(), *args])


def _refuse(old: str, new: str) -> None:
    raise DataError(f"`{old}` is now `{new}`.")


app = typer.Typer(
    cls=Root,
    context_settings=HELP,
    no_args_is_help=True,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    help="""Estimate a war's hidden dead from public records, against the documented minimum.

    Start with `estimator report`: Russia's dead up to a day, from all sources that ship with the package.
    Then `estimator report vital --counts FILE --baseline 1990:2010 --target 2012` for your own table,
    and `estimator replicate` to see the published estimates recomputed.

    Exit codes: 0 done, 1 a check failed, 2 input or usage is wrong, 3 the posterior did not converge.
    """,
)
reports = typer.Typer(cls=Report, invoke_without_command=True, rich_markup_mode="markdown")
reports.callback()(report.report)
reports.command()(report.vital)
reports.command()(report.registry)
reports.command()(regions.regions)
reports.command()(regions.composition)
app.add_typer(reports, name="report", rich_help_panel="Estimate")
PANELS = {
    "Estimate": (nowcast.nowcast, published.compare),
    "Data": (registry.ingest, published.fetch, registry.simulate),
    "Check": (published.replicate,),
}
"""Commands as `estimator --help` groups them."""
for panel, commands in PANELS.items():
    for command in commands:
        app.command(rich_help_panel=panel)(command)
app.add_typer(calibration.app, name="study", rich_help_panel="Check")


def _version(wanted: bool) -> None:
    if wanted:
        from estimator import __version__

        typer.echo(f"registry-excess {__version__}")
        raise typer.Exit()


@app.callback()
def _all_commands(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_version, is_eager=True, help="Print the version and exit."),
    ] = False,
) -> None:
    """Take the options that are written before a command."""


def main() -> None:
    """Run the command line; errors and warnings are one line on stderr each, errors an exit code."""
    usual = warnings.showwarning

    def show(message: Any, category: type[Warning], *place: Any, **more: Any) -> None:
        if issubclass(category, DataWarning):
            sys.stderr.write(f"warning: {message}\n")
        else:
            usual(message, category, *place, **more)

    warnings.showwarning = show
    try:
        code = app(standalone_mode=False)
    except CLICK_ERROR as problem:
        message = " ".join(problem.format_message().split()).replace("Value error, ", "")
        if type(problem).__name__ == "NoArgsIsHelpError":
            problem.show()
        else:
            sys.stderr.write(f"error: {message}\n")
        raise SystemExit(2) from None
    except typer.Abort:
        raise SystemExit(1) from None
    except (DataError, ConvergenceError) as problem:
        sys.stderr.write(f"error: {problem}\n")
        raise SystemExit(2 if isinstance(problem, DataError) else 3) from None
    except OSError as problem:
        where = f"{Path(str(problem.filename)).name}: " if problem.filename else ""
        what = problem.strerror or type(problem).__name__
        sys.stderr.write(f"error: {where}{what}. Choose another place, or make room.\n")
        raise SystemExit(2) from None
    raise SystemExit(code)
