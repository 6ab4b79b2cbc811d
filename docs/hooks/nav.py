"""Leave pages out of the navigation that are not there yet, so that a page can come later."""

from pathlib import Path
from typing import Any

GENERATED = {"published.md", "dictionary.md", "api.md", "commands.md"}


def on_config(config: Any) -> Any:
    """Prune the navigation of pages without a file."""
    config.nav = _present(config.nav, Path(config.docs_dir))
    return config


def _present(items: list[Any], docs: Path) -> list[Any]:
    kept = []
    for item in items:
        ((title, target),) = item.items()
        if isinstance(target, list):
            target = _present(target, docs)
            if target:
                kept.append({title: target})
        elif target in GENERATED or (docs / target).is_file():
            kept.append(item)
    return kept
