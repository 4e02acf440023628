"""The pages of the API, made of `openapi.json` and of nothing else: no script, nothing fetched.

1. Every operation of the file is there, by subject, with its scope, parameters, body and answers.
2. The style is inside the page, allowed by its digest: a policy that lets nothing else act.
"""

import hashlib
from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib import resources
from typing import Any, Final
from xml.etree.ElementTree import Element

from gateway.api.description import METHODS, document, resolve, scopes
from gateway.api.problems import PROBLEMS
from schemas.html import Cell, Node, table, tag, written

BRAND: Final = "Passerelle · API"
# Said once for all, at the top.
ALWAYS: Final = frozenset({"Passerelle-Motif", "Passerelle-Agent"})
KINDS: Final[Mapping[str, str]] = {
    "string": "texte",
    "integer": "entier",
    "object": "objet",
    "array": "liste",
    "boolean": "oui ou non",
    "null": "vide",
}
FORMATS: Final[Mapping[str, str]] = {
    "date": "AAAA-MM-JJ",
    "date-time": "date et heure (RFC 3339)",
    "binary": "octets",
}
WHERE: Final[Mapping[str, str]] = {"path": "adresse", "query": "après le ?", "header": "en-tête"}


@cache
def documentation() -> str:
    """The whole description, as a page."""
    info = document()["info"]
    sections = [_start(info), _scopes_section(), _always(), *_subjects(), _schemas(), _refusals()]
    return _sheet(info["title"], f"Version {info['version']} : {info['summary']}", sections)


@cache
def problem_page(code: str) -> str:
    """What one refusal means, and what to do. KeyError for a code that is none of ours."""
    known = PROBLEMS[code]
    body = tag(
        "section",
        tag("h2", f"{known.status} ", tag("span", code, class_="code")),
        tag("p", known.advice),
        class_="verdict non",
    )
    back = tag("p", tag("a", "Toute la documentation", href="../"))
    return _sheet(known.title, "Ce que veut dire ce refus", [body, back])


@cache
def style_source() -> str:
    """What a policy must allow for the style of these pages: its digest."""
    return f"'sha256-{b64encode(hashlib.sha256(_style().encode()).digest()).decode()}'"


def _start(info: Mapping[str, Any]) -> Element:
    return tag(
        "section",
        tag("p", info["description"]),
        tag(
            "p",
            "La description lisible par une machine : ",
            tag("a", "openapi.json", href="openapi.json"),
            ".",
            class_="note",
        ),
        tag("nav", tag("ul", *_contents()), aria_label="Sommaire"),
    )


def _contents() -> Iterator[Element]:
    for number, subject in enumerate(document()["tags"]):
        yield tag("li", tag("a", subject["name"], href=f"#sujet-{number}"))
    yield tag("li", tag("a", "Formes", href="#formes"))
    yield tag("li", tag("a", "Refus", href="#refus"))


def _scopes_section() -> Element:
    rows = [(tag("span", name, class_="code"), what) for name, what in scopes().items()]
    return tag(
        "section",
        tag("h2", "Portées"),
        table(("Portée", "Ce qu'elle ouvre"), rows, "Les portées d'un client"),
    )


def _always() -> Element:
    parameters = document()["components"]["parameters"].values()
    rows = [_parameter(each) for each in parameters if each["name"] in ALWAYS]
    titles = ("Paramètre", "Où", "Forme", "Ce que c'est")
    return tag(
        "section",
        tag("h2", "Avec chaque appel qui porte un jeton"),
        table(titles, rows, "En-têtes de chaque appel"),
    )


def _subjects() -> Iterator[Element]:
    for number, subject in enumerate(document()["tags"]):
        found = [
            _operation(path, method, node)
            for path, methods in document()["paths"].items()
            for method, node in methods.items()
            if method in METHODS and subject["name"] in node["tags"]
        ]
        yield tag(
            "section",
            tag("h2", subject["name"]),
            tag("p", subject["description"], class_="note"),
            *found,
            id=f"sujet-{number}",
        )


def _operation(path: str, method: str, node: Mapping[str, Any]) -> Element:
    needed = [scope for each in node["security"] for scope in each["jeton"]]
    right: Node = tag("span", needed[0], class_="code") if needed else "ouverte à tous"
    parts: list[Node] = [
        tag("h3", tag("span", f"{method.upper()} {path}", class_="code")),
        tag("p", tag("strong", node["summary"]), " · ", right),
        tag("p", node["description"]),
    ]
    held = (resolve(each) for each in node.get("parameters", ()))
    given = [each for each in held if each["name"] not in ALWAYS]
    if given:
        titles = ("Paramètre", "Où", "Forme", "Ce que c'est")
        rows = [_parameter(each) for each in given]
        parts.append(table(titles, rows, f"Paramètres de {node['operationId']}"))
    if "requestBody" in node:
        parts.append(tag("p", "Corps : ", *_contents_of(node["requestBody"]), "."))
    rows = [_answer(status, resolve(told)) for status, told in node["responses"].items()]
    parts.append(table(("Réponse", "Quand", "Contenu"), rows, f"Réponses de {node['operationId']}"))
    return tag("article", *parts, id=node["operationId"])


def _parameter(held: Mapping[str, Any]) -> Sequence[Cell]:
    name = tag("span", held["name"], class_="code")
    optional = () if held.get("required") else (tag("span", "facultatif", class_="effet"),)
    return (name, (WHERE[held["in"]], *optional), _form(held["schema"]), held["description"])


def _answer(status: str, told: Mapping[str, Any]) -> Sequence[Cell]:
    content: tuple[Node, ...] = tuple(_contents_of(told)) if "content" in told else ("vide",)
    return (tag("span", status, class_="code"), told["description"], content)


def _contents_of(held: Mapping[str, Any]) -> Iterator[Node]:
    for rank, (kind, content) in enumerate(held["content"].items()):
        yield f"{', ' if rank else ''}{kind}"
        yield from _link(content["schema"])


def _link(schema: Mapping[str, Any]) -> Iterator[Node]:
    named = schema.get("$ref") or schema.get("properties", {}).get("elements", {}).get("items", {})
    name = (named if isinstance(named, str) else named.get("$ref", "")).rpartition("/")[2]
    if name:
        yield " : "
        yield tag("a", name, href=f"#forme-{name}")


def _schemas() -> Element:
    found = []
    for name, schema in document()["components"]["schemas"].items():
        needed = schema.get("required", ())
        rows = [
            (
                tag("span", member, class_="code"),
                (*_form(held), *(() if member in needed else (" (facultatif)",))),
                resolve(held).get("description", ""),
            )
            for member, held in schema.get("properties", {}).items()
        ]
        caption = f"Membres de {name}"
        body = table(("Membre", "Forme", "Ce que c'est"), rows, caption)
        title = tag("h3", name)
        found.append(
            tag("article", title, tag("p", schema["description"]), body, id=f"forme-{name}")
        )
    return tag("section", tag("h2", "Formes"), *found, id="formes")


def _refusals() -> Element:
    rows: list[Sequence[Cell]] = [
        (
            str(known.status),
            tag("a", code, href=f"problemes/{code}", class_="code"),
            known.title,
            known.advice,
        )
        for code, known in PROBLEMS.items()
    ]
    titles = ("Statut", "Code", "Ce que c'est", "Que faire")
    return tag("section", tag("h2", "Refus"), table(titles, rows, "Codes de refus"), id="refus")


def _form(schema: Mapping[str, Any]) -> tuple[Node, ...]:
    """What a value looks like, in a few words."""
    held = resolve(schema)
    if "const" in held:
        return (f"« {held['const']} »",)
    if "enum" in held:
        return (", ".join("vide" if each is None else str(each) for each in held["enum"]),)
    kinds = held.get("type", [])
    said = " ou ".join(KINDS[each] for each in ([kinds] if isinstance(kinds, str) else kinds))
    format_ = [FORMATS.get(held["format"], held["format"])] if "format" in held else []
    ends = " à ".join(str(held[key]) for key in ("minimum", "maximum") if key in held)
    words = ", ".join([said or "valeur", *format_, *([ends] if ends else [])])
    pattern = (tag("span", held["pattern"], class_="forme"),) if "pattern" in held else ()
    return (words, *pattern)


def _sheet(title: str, under: str, sections: Sequence[Element]) -> str:
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("title", f"{title} · Passerelle"),
        tag("style", _style()),
    )
    body = tag(
        "body",
        tag(
            "header",
            tag("p", BRAND, class_="marque"),
            tag("h1", title),
            tag("p", under, class_="contrat"),
        ),
        tag("main", *sections),
        tag("footer", tag("p", "Chaque appel, servi ou refusé, est gardé avec son motif.")),
    )
    return written(tag("html", head, body, lang="fr"))


@cache
def _style() -> str:
    places = (("schemas", "page.css"), ("gateway.api", "documentation.css"))
    return "\n".join((resources.files(home) / name).read_text("utf-8") for home, name in places)
