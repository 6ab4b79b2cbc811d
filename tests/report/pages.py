"""Reading a page as a browser would: its elements, what it would fetch, its text."""

from html.parser import HTMLParser

FETCHING = {
    "src", "srcset", "data", "poster", "action", "formaction", "background", "ping", "manifest",
    "cite", "xlink:href", "imagesrcset",
}  # fmt: skip


class Page(HTMLParser):
    """Elements with attributes and their text."""

    VOID = frozenset({"meta", "img", "link", "br", "hr", "input", "base", "source"})

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.elements, self.open = [], []
        self.feed(text)
        self.close()
        self.unclosed = [element["tag"] for element in self.open]

    def handle_starttag(self, tag, attrs):
        element = {"tag": tag, "text": "", **dict(attrs)}
        self.elements.append(element)
        if tag not in self.VOID:
            self.open.append(element)

    def handle_endtag(self, tag):
        assert self.open, f"</{tag}> closes nothing"
        assert self.open[-1]["tag"] == tag, f"</{tag}> closes <{self.open[-1]['tag']}>"
        self.open.pop()

    def handle_data(self, data):
        for element in self.open:
            element["text"] += data

    def all(self, tag):
        return [element for element in self.elements if element["tag"] == tag]

    @property
    def text(self):
        (body,) = self.all("body")
        return " ".join(body["text"].split())

    @property
    def fetched(self):
        """Addresses that a browser would ask for on opening the page."""
        found = []
        for element in self.elements:
            for name, value in element.items():
                wanted = name in FETCHING or (name == "href" and element["tag"] != "a")
                if wanted and not str(value).startswith("data:"):
                    found.append((element["tag"], name, value))
        return found
