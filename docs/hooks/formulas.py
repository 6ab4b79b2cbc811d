"""Formulas drawn at build time, so that no page asks another server for a typesetter."""

import html
import logging
import re
from functools import cache
from typing import Any

FENCE = re.compile(r"^(```|~~~).*?^\1", re.MULTILINE | re.DOTALL)
DISPLAY = re.compile(r"\$\$(.+?)\$\$", re.DOTALL)
INLINE = re.compile(r"(?<![\\$`\w])\$(?=\S)([^$\n`]+?)(?<=\S)\$(?![\w$])")
CODE = re.compile(r"`[^`\n]*`")
SIZE = 12.0
MARGIN = 1.0
MOVE, CLOSE = 1, 79
LETTERS = {MOVE: "M", 2: "L", 3: "Q", 4: "C", CLOSE: "Z"}
"""Matplotlib's codes of a path, in SVG."""
WORDS = {r"\ge ": r"\geq ", r"\le ": r"\leq ", r"\tfrac12": r"\frac{1}{2}", r"\tfrac": r"\frac"}


log = logging.getLogger("mkdocs.hooks.formulas")


def on_page_markdown(markdown: str, page: Any, **_: object) -> str:
    """Replace LaTeX by drawings, outside code; what cannot be drawn is a warning and stays LaTeX."""
    try:
        return _drawn(markdown)
    except ValueError as problem:
        reason = str(problem).strip().splitlines()
        log.warning("%s: a formula cannot be drawn: %s", page.file.src_uri, " ".join(reason))
        return markdown


def _drawn(markdown: str) -> str:
    kept: list[str] = []

    def keep(found: re.Match[str]) -> str:
        kept.append(found.group())
        return f"\x00{len(kept) - 1}\x00"

    text = CODE.sub(keep, FENCE.sub(keep, markdown))
    text = DISPLAY.sub(lambda found: _display(found.group(1)), text)
    text = INLINE.sub(lambda found: _draw(found.group(1)), text)
    while "\x00" in text:
        text = re.sub("\x00(\\d+)\x00", lambda found: kept[int(found.group(1))], text)
    return text


def _display(source: str) -> str:
    """Draw a displayed formula: aligned rows one below another, columns apart."""
    body = re.sub(r"\\(begin|end)\{aligned\}", "", source)
    rows = [" ".join(row.split()) for row in re.split(r"\\\\", body) if row.strip()]
    drawn = [
        "".join(f"<span>{_draw(part)}</span>" for part in _columns(row)) if "&" in row else _draw(row)
        for row in rows
    ]
    return "\n".join(f'<div class="formula">{row}</div>' for row in drawn)


def _columns(row: str) -> list[str]:
    """Join what stands left and right of a relation, and keep columns of equations apart."""
    parts = [part.strip() for part in row.split("&")]
    return [" ".join(part for part in parts[i : i + 2] if part) for i in range(0, len(parts), 2)]


@cache
def _draw(source: str) -> str:
    import numpy as np
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import text_to_path

    text = source.strip()
    for word, known in WORDS.items():
        text = text.replace(word, known)
    font = FontProperties(size=SIZE)
    points, codes = text_to_path.get_text_path(font, f"${text}$", ismath=True)
    width, height, depth = text_to_path.get_text_width_height_descent(f"${text}$", font, ismath=True)
    points = np.asarray(points) * (SIZE / text_to_path.FONT_SCALE)
    box = f"{-MARGIN} {-(height - depth) - MARGIN} {width + 2 * MARGIN} {height + 2 * MARGIN}"
    style = (
        f"width:{(width + 2 * MARGIN) / SIZE:.2f}em;height:{(height + 2 * MARGIN) / SIZE:.2f}em;"
        f"vertical-align:{-(depth + MARGIN) / SIZE:.2f}em"
    )
    label = html.escape(" ".join(source.split()), quote=True)
    return (
        f'<svg class="math" role="img" aria-label="{label}" viewBox="{box}" style="{style}">'
        f'<path fill="currentColor" d="{_path(points, codes)}"/></svg>'
    )


def _path(points: Any, codes: Any) -> str:
    """Write an outline as an SVG path; y grows downwards there."""
    out: list[str] = []
    last = None
    for (x, y), code in zip(points, codes):
        if code != last or code == MOVE:
            out.append(LETTERS[code])
        if code != CLOSE:
            out.append(f"{x:.2f} {-y:.2f}")
        last = code
    return " ".join(out)
