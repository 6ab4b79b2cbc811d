"""Fit the navigation to the pages that are there: one may come later, one may not be listed yet."""

from pathlib import Path
from typing import Any

NOTEBOOKS = Path(__file__).resolve().parents[2] / "notebooks"
GENERATED = {"published.md", "dictionary.md", "api.md", "commands.md"} | {
    f"notebooks/{path.stem}.md" for path in NOTEBOOKS.glob("*.py")
}


def on_config(config: Any) -> Any:
    """Leave out pages without a file, and put those that are not listed at the end."""
    docs = Path(config.docs_dir)
    there = {str(path.relative_to(docs)) for path in docs.rglob("*.md")} | GENERATED
    listed = set(_targets(config.nav))
    config.nav = [*_present(config.nav, there), *sorted(there - listed)]
    return config


def _targets(items: list[Any]) -> list[str]:
    found: list[str] = []
    for item in items:
        ((_, target),) = item.items()
        found += _targets(target) if isinstance(target, list) else [target]
    return found


def _present(items: list[Any], there: set[str]) -> list[Any]:
    kept = []
    for item in items:
        ((title, target),) = item.items()
        if isinstance(target, list):
            target = _present(target, there)
            if target:
                kept.append({title: target})
        elif target in there:
            kept.append(item)
    return kept
