"""How data and models show themselves when a notebook or a console displays them."""

from html import escape


class Displayed:
    """Shows its text: in a console as it is, in a notebook as a small table under a heading."""

    def __repr__(self) -> str:
        return str(self)

    def _repr_html_(self) -> str:
        heading, *lines = str(self).splitlines()
        rows = "".join(f"<tr><td style='text-align:left'>{escape(line.strip())}</td></tr>" for line in lines)
        return f"<table><caption style='text-align:left'>{escape(heading)}</caption>{rows}</table>"
