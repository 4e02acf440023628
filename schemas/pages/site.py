"""Every page and file published of the contracts, by path; each is made when first asked, then kept.

A visitor's path is only looked up: none of its characters is ever written back.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from importlib import resources

from schemas.contract import Layout
from schemas.examples import example, template
from schemas.pages.contract_page import contract_page
from schemas.pages.edition import Edition, editions
from schemas.pages.markup import HOME, STYLE
from schemas.pages.plain_pages import codes_page, index_page, journal_page, missing_page
from schemas.registry import Registry

HTML = "text/html; charset=utf-8"
EXAMPLE_ROWS, EXAMPLE_SEED = 12, 1
_KINDS = {Layout.CSV: "text/csv", Layout.XML: "application/xml"}


@dataclass(frozen=True)
class Document:
    """Bytes to serve, and what they are."""

    body: bytes
    kind: str

    @cached_property
    def tag(self) -> str:
        """An entity tag: the same bytes, the same tag."""
        return hashlib.sha256(self.body).hexdigest()[:32]


Made = Callable[[], Document]


class Site:
    """The documents of one registry."""

    def __init__(self, made: Mapping[str, Made]) -> None:
        self._made, self._kept = made, dict[str, Document]()

    @property
    def paths(self) -> tuple[str, ...]:
        """Every path there is."""
        return tuple(self._made)

    def find(self, path: str) -> Document | None:
        """Give what stands at a path, None when nothing does."""
        if path in self._made and path not in self._kept:
            self._kept[path] = self._made[path]()
        return self._kept.get(path)

    def missing(self, depth: int) -> Document:
        """What stands nowhere, as many folders below the root of the site: its links climb them."""
        return Document(missing_page(HOME + "/x" * depth), HTML)


def site(registry: Registry) -> Site:
    """The site of a registry, nothing of it made yet."""
    flows = {flow: editions(registry, flow) for flow in registry.held}
    made: dict[str, Made] = {
        STYLE: _style,
        HOME: partial(_index, tuple(found[-1] for found in flows.values())),
        f"{HOME}/codes": lambda: Document(codes_page(f"{HOME}/codes"), HTML),
    }
    for flow, found in flows.items():
        made[found[-1].home] = partial(_page, found[-1].home, found[-1])
        journal = f"{found[-1].home}/CHANGELOG.md"
        made[journal] = partial(_journal, journal, found[-1], registry.changelog(flow))
        for edition in found:
            made |= _of(edition)
    return Site(made)


def _of(edition: Edition) -> Mapping[str, Made]:
    contract, here = edition.contract, f"{edition.home}/{edition.contract.version}"
    kind = f"{_KINDS[contract.layout]}; charset={contract.encoding}"
    return {
        here: partial(_page, here, edition),
        f"{here}/schema.json": lambda: Document(edition.text.encode(), "application/json"),
        f"{here}/modele.{contract.layout.value}": lambda: Document(template(contract), kind),
        f"{here}/exemple.{contract.layout.value}": lambda: Document(
            example(contract, rows=EXAMPLE_ROWS, seed=EXAMPLE_SEED), kind
        ),
    }


def _page(here: str, edition: Edition) -> Document:
    return Document(contract_page(here, edition), HTML)


def _journal(here: str, edition: Edition, changelog: str) -> Document:
    return Document(journal_page(here, edition, changelog), HTML)


def _index(current: tuple[Edition, ...]) -> Document:
    return Document(index_page(HOME, current), HTML)


def _style() -> Document:
    text = resources.files("schemas.pages").joinpath("style.css").read_bytes()
    return Document(text, "text/css; charset=utf-8")
