"""Three ways to say no, and one to warn."""


class DataError(ValueError):
    """Input that cannot be used; the message names the place and the remedy."""


class VintageError(DataError):
    """Figures seen at different dates were about to be mixed, or the vintage is unknown."""


class ConvergenceError(RuntimeError):
    """A posterior did not pass its convergence test and is refused."""


class DataWarning(UserWarning):
    """Something about the input as a whole that a user must know; counts only."""


def check_choice(argument: str, value: object, *known: str) -> None:
    """Refuse a value that an argument does not take."""
    if value not in known:
        raise DataError(f"{argument}: {value!r} is not known. Write {' or '.join(map(repr, known))}.")
