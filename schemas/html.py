"""HTML made of elements: a text is escaped where it is written, so that nothing can act as markup.

Only `element` makes `Html`; anything else it is given is a text, and an attribute always is.
"""

from html import escape

_VOID = frozenset({"meta", "rect"})


class Html(str):
    """Text that is markup already."""

    __slots__ = ()


def element(tag: str, *inside: object, **attributes: object) -> Html:
    """Write one element. In an attribute's name a last underscore is left out, the others are dashes."""
    said = "".join(
        f' {name.rstrip("_").replace("_", "-")}="{escape(str(value))}"'
        for name, value in attributes.items()
    )
    if tag in _VOID:
        return Html(f"<{tag}{said}>" if tag == "meta" else f"<{tag}{said}/>")
    return Html(f"<{tag}{said}>{joined(*inside)}</{tag}>")


def joined(*inside: object) -> Html:
    """Write elements and texts one after the other."""
    return Html("".join(one if isinstance(one, Html) else escape(str(one)) for one in inside))
