"""One small département with every flow, and naive ways of reading its files."""

import csv
import io
import json
import xml.etree.ElementTree as ET
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from schemas.generator.everything import Everything, write_everything
from schemas.generator.wishes import Layout, Wishes

AS_OF = date(2022, 6, 15)


@dataclass(frozen=True)
class Departement:
    """A folder and what the generator said of it."""

    folder: Path
    said: Everything

    def xml(self, path: str) -> ET.Element:
        return _parsed(self.folder / path)

    def bytes(self, path: str) -> bytes:
        return (self.folder / path).read_bytes()

    def json(self, path: str) -> Any:
        return json.loads((self.folder / path).read_text("utf-8"))

    def csv(self, path: str, encoding: str) -> list[dict[str, str]]:
        text = self.bytes(path).decode(encoding)
        return list(csv.DictReader(io.StringIO(text), delimiter=";"))

    def path_of(self, flow: str) -> str:
        (path,) = (each.path for each in self.said.written if each.flow == flow)
        return path

    def listed(self, kind: str) -> list[dict[str, str]]:
        return self.csv(self.path_of(f"pe-{kind}"), "iso-8859-1")

    @cached_property
    def households(self) -> list[ET.Element]:
        return self.xml("cnaf/RSABEM.xml").findall("InfosFoyerRSA")

    @cached_property
    def persons(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.json("truth/persons.json")["personnes"]
        return found


def written(
    folder: Path,
    departement: str = "08",
    people: int = 200,
    *,
    rates: Mapping[str, float] | None = None,
    layout: Layout = Layout.SINCE_2011,
) -> Departement:
    wishes = Wishes(departement, people, 3, AS_OF, rates or {}, layout)
    return Departement(folder, write_everything(folder, wishes))


@cache
def _parsed(path: Path) -> ET.Element:
    return ET.fromstring(path.read_bytes())


def role(person: ET.Element, nature: str) -> str | None:
    return person.findtext(f"Prestations[NATPREST='{nature}']/ROLEPERS")


def adults(household: ET.Element) -> list[ET.Element]:
    return [p for p in household.findall("Personne") if role(p, "RSA") != "ENF"]
