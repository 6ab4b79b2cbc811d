"""Documented parameters of public names are those of the signature; exceptions raised are documented.

Public are the names of `import estimator as est`, with their methods, and those of the models. pydoclint
checks functions; a dataclass has no signature in its source, and its fields are compared here.
"""

import importlib
import inspect
import pkgutil
import re
from dataclasses import fields, is_dataclass
from pathlib import Path

import pytest
from pydoclint.main import _checkFile

import estimator as est
from estimator import models

CHECKED = {
    "DOC102": "more parameters documented than there are",
    "DOC103": "parameters documented are not those of the signature",
    "DOC501": "raises, without a Raises section",
    "DOC503": "raises what the Raises section leaves out",
}
LISTED = re.compile(r"^( +)([*\w]+(?:, [*\w]+)+)( : .*)?$", re.MULTILINE)
"""`level, kind` or `a, b : float`: an entry for several parameters, which pydoclint takes for one."""
OPTIONS = {
    "argTypeHintsInSignature": False, "argTypeHintsInDocstring": False, "checkArgOrder": False,
    "checkReturnTypes": False, "checkYieldTypes": False, "checkClassAttributes": False,
    "shouldDocumentStarArguments": False, "skipCheckingPrivateFunctions": True,
}  # fmt: skip


def modules_of_models():
    found = pkgutil.walk_packages(models.__path__, "estimator.models.")
    return [importlib.import_module(info.name) for info in found]


def public_objects():
    """Return public functions and classes by dotted name."""
    made = {name: getattr(est, name) for name in est.__all__}
    found = {f"{one.__module__}.{one.__qualname__}": one for one in made.values() if callable(one)}
    for module in modules_of_models():
        for name, one in vars(module).items():
            if name.startswith("_") or not callable(one):
                continue
            if getattr(one, "__module__", None) == module.__name__:
                found[f"{module.__name__}.{name}"] = one
    return found


PUBLIC = public_objects()
CLASSES = {name: one for name, one in PUBLIC.items() if is_dataclass(one)}


def documented(text):
    """Return the names in a docstring's Parameters section, or None without one."""
    section = re.search(r"Parameters\n-{10}\n(.*?)(?:\n\n\w[\w ]*\n-+\n|\Z)", text or "", re.DOTALL)
    if section is None:
        return None
    entries = re.findall(r"^(\w[\w, ]*?)(?: : .*)?$", section.group(1), flags=re.MULTILINE)
    return {name for entry in entries for name in entry.split(", ")}


def one_entry_a_parameter(source):
    """Write entries for several parameters as entries for one, for pydoclint."""

    def apart(found):
        margin, names, rest = found.groups()
        return "\n".join(f"{margin}{name}{rest or ''}" for name in names.split(", "))

    return LISTED.sub(apart, source)


def violations(path, folder):
    """Return what pydoclint reports of a module, as (name, code, message)."""
    text = one_entry_a_parameter(path.read_text(encoding="utf-8"))
    copy = folder / path.name
    copy.write_text(text, encoding="utf-8")
    made = []
    for violation in _checkFile(copy, style="numpy", **OPTIONS):
        code, message = violation.fullErrorCode, violation.msg
        name = re.search(r"`([\w.]+)`", message).group(1)
        if code in CHECKED and not only_more_is_documented(code, message):
            made.append((name, code, message))
    return made


def only_more_is_documented(code, message):
    """Exceptions of functions called inside are documented too: only the other way is a fault.

    A name in lower case is a function that makes an exception, not its type.
    """
    if code != "DOC503":
        return False
    listed, raised = (set(re.findall(r"'([A-Z]\w+)'", part)) for part in message.split("body:", 1))
    return raised <= listed


@pytest.mark.parametrize("module", sorted({one.__module__ for one in PUBLIC.values()}))
def test_docstrings_agree_with_signatures(module, tmp_path):
    path = Path(inspect.getsourcefile(importlib.import_module(module)))
    names = {name.removeprefix(f"{module}.") for name in PUBLIC if name.startswith(f"{module}.")}
    wrong = [
        f"{code} {CHECKED[code]}: {message}"
        for name, code, message in violations(path, tmp_path)
        if name.split(".")[0] in names and (code != "DOC103" or "Parameters" in doc_of(module, name))
    ]
    assert not wrong, "\n".join(wrong)


def doc_of(module, name):
    one = importlib.import_module(module)
    for part in name.split("."):
        one = inspect.getattr_static(one, part)
    return getattr(one, "__doc__", None) or one.__func__.__doc__ or ""


@pytest.mark.parametrize("name", CLASSES)
def test_fields_of_a_dataclass_are_documented(name):
    listed = documented(inspect.getdoc(CLASSES[name]))
    if listed is not None:
        assert listed == {field.name for field in fields(CLASSES[name]) if field.init}


@pytest.mark.parametrize("name", [name for name in est.__all__ if inspect.isfunction(getattr(est, name))])
def test_public_functions_document_their_parameters(name):
    one = getattr(est, name)
    assert (documented(inspect.getdoc(one)) or set()) == set(inspect.signature(one).parameters)


FAULTY = '''
def misdocumented(a, b, c):
    """Return a sum.

    Parameters
    ----------
    a, b : float
        Terms.
    d : float
        Another.
    """
    if a < 0:
        raise ValueError("negative")
    return a + b + c
'''


def test_a_wrong_docstring_is_seen(tmp_path):
    path = tmp_path / "wrong.py"
    path.write_text(FAULTY)
    (tmp_path / "copy").mkdir()
    codes = {code for _, code, _ in violations(path, tmp_path / "copy")}
    assert codes == {"DOC103", "DOC501", "DOC503"}
