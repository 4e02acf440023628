"""HTML built as a tree and written once: every text is escaped, so that nothing given can act as markup."""

from collections.abc import Sequence
from xml.etree.ElementTree import Element, tostring

Node = Element | str
Cell = Node | tuple[Node, ...]


def tag(name: str, /, *children: Node, **attributes: str) -> Element:
    """Make an element; `class_` and `aria_label` are written `class` and `aria-label`."""
    written = {key.rstrip("_").replace("_", "-"): text for key, text in attributes.items()}
    element = Element(name, written)
    last: Element | None = None
    for child in children:
        if isinstance(child, Element):
            element.append(child)
            last = child
        elif last is None:
            element.text = (element.text or "") + child
        else:
            last.tail = (last.tail or "") + child
    return element


def written(document: Element) -> str:
    """Write a whole document."""
    text: str = tostring(document, encoding="unicode", method="html")
    return f"<!DOCTYPE html>\n{text}\n"


def table(titles: Sequence[str], rows: Sequence[Sequence[Cell]], caption: str) -> Element:
    """A table that reads as cards on a narrow screen; its caption is for who does not see it."""
    heads = (tag("th", title, scope="col") for title in titles)
    lines = (
        tag(
            "tr",
            *(
                tag("td", tag("div", *_nodes(cell)), data_titre=title)
                for title, cell in zip(titles, row, strict=True)
            ),
        )
        for row in rows
    )
    return tag(
        "table",
        tag("caption", caption),
        tag("thead", tag("tr", *heads)),
        tag("tbody", *lines),
    )


def _nodes(cell: Cell) -> Sequence[Node]:
    return cell if isinstance(cell, tuple) else (cell,)
