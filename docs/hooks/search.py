"""Search of pages that are opened from the disk, where a browser starts no worker and reads no JSON.

The theme's own plugin for this loads its script from another server.
"""

from pathlib import Path
from typing import Any

from mkdocs.plugins import event_priority
from mkdocs.utils import get_relative_url

SHIM = "iframe-worker.js"


def on_post_page(output: str, page: Any, config: Any) -> str:
    """Load the script that does a worker's work in a frame, before the theme's own scripts."""
    source = get_relative_url(SHIM, page.url)
    return output.replace("</head>", f'<script src="{source}"></script></head>', 1)


@event_priority(-100)
def on_post_build(config: Any) -> None:
    """Write the index as a script too, once it is there."""
    index = Path(config.site_dir) / "search" / "search_index.json"
    script = f"var __index = {index.read_text(encoding='utf-8')}"
    index.with_suffix(".js").write_text(script, encoding="utf-8")
