"""HTML built as a tree and written once: every text is escaped, so that nothing given can act as markup."""

from xml.etree.ElementTree import Element, tostring

Node = Element | str


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
