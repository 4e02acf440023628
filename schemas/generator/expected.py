"""What must come of a generated département, written beside it.

1. `signals.json` and `signals-sans-pe.json`: R09, R13 and R13b only, read from the scenarios. When
   Pôle emploi's file is refused, R13 and R13b cannot be evaluated for anybody, and no link exists.
2. `contacts-rdv-insertion.csv`: one row per reachable person, by MATRICULE then role.
3. `contacts-defauts.json`: where the defects are. `summary.json`: rows, rejects and counts.
"""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache
from pathlib import Path
from typing import TextIO

from schemas.generator.defects import Place
from schemas.generator.people import Member
from schemas.generator.scenarios import Expected, Outcome

Json = dict[str, object]
_NOT_RECEIVED = "pe_non_recu"
FEED_COLUMNS = (
    "MATRICULE",
    "NIR",
    "NUMERO TELEPHONE DOSSIER",
    "NUMERO TELEPHONE 2 DOSSIER",
    "ADRESSE ELECTRONIQUE DOSSIER",
)


def verdict(expected: Expected, *, pe_received: bool) -> Json:
    """Say what must be found for one person."""
    suppressed = pe_received and expected.match == "X"
    outcomes: dict[str, Outcome] = {
        "R09": expected.r09,
        "R13": expected.r13 if pe_received else _NOT_RECEIVED,
        "R13b": expected.r13b if pe_received else _NOT_RECEIVED,
    }
    if suppressed:
        outcomes = {}
    triggered = [rule for rule, outcome in outcomes.items() if outcome is True]
    reasons = {rule: why for rule, why in outcomes.items() if isinstance(why, str)}
    return {
        "scenario": expected.scenario,
        "match": expected.match if pe_received else None,
        "population": True,
        "triggered": triggered,
        "not_evaluable": list(reasons),
        "reasons": reasons,
        "suppressed": suppressed,
        "suppressor": "S7" if suppressed else None,
        "a_surveiller": expected.planned_soon and bool(triggered),
        "en_validation": [rule for rule in triggered if rule == "R09" and expected.awaiting],
    }


class SignalsFile:
    """Writes one file of expected signals as people come, and counts them."""

    def __init__(
        self, file: TextIO, *, departement: str, as_of: date, reference: date | None
    ) -> None:
        self._file, self._pe_received, self._first = file, reference is not None, True
        self._counts: dict[str, Counter[str]] = {
            kind: Counter() for kind in ("match", "triggered", "not_evaluable", "suppressed")
        }
        self._people = self._signalled = self._watched = 0
        head = {
            "departement": departement,
            "as_of": as_of.isoformat(),
            "regime": "AVANT_2025",
            "pe_reference": reference.isoformat() if reference else None,
        }
        file.write(json.dumps(head, indent=1).removesuffix("\n}") + ',\n "people": {')

    def write(self, id_cd: str, expected: Expected) -> None:
        """Write one person."""
        self._file.write(
            f'{"" if self._first else ","}\n  "{id_cd}": {_rendered(expected, self._pe_received)}'
        )
        self._first = False
        self._count(expected)

    def finish(self) -> None:
        """Close the object."""
        self._file.write("\n }\n}\n")

    @property
    def summary(self) -> Json:
        """Count what was written."""
        return {
            "people": self._people,
            "in_population": self._people,
            "people_with_a_signal": self._signalled,
            **{kind: dict(sorted(counter.items())) for kind, counter in self._counts.items()},
            "a_surveiller": self._watched,
        }

    def _count(self, expected: Expected) -> None:
        told = _told(expected, self._pe_received)
        self._people += 1
        self._signalled += bool(told["triggered"])
        self._watched += bool(told["a_surveiller"])
        self._counts["match"][str(told["match"])] += 1
        for kind in ("triggered", "not_evaluable"):
            rules = told[kind]
            if isinstance(rules, list):
                self._counts[kind].update(rules)
        if told["suppressed"]:
            self._counts["suppressed"][str(told["suppressor"])] += 1


@cache
def _told(expected: Expected, pe_received: bool) -> Json:
    return verdict(expected, pe_received=pe_received)


@cache
def _rendered(expected: Expected, pe_received: bool) -> str:
    """Lay a verdict out two levels deep; there are as many as scenarios, not as people."""
    told = json.dumps(_told(expected, pe_received), indent=1, ensure_ascii=False)
    return told.replace("\n", "\n  ")


class ContactFeed:
    """Keeps the rows of the cleaned feed until all are known: their order is by MATRICULE."""

    def __init__(self) -> None:
        self._rows: list[tuple[str, bool, str]] = []

    def __len__(self) -> int:
        return len(self._rows)

    def add(self, member: Member, nir_as_received: str) -> None:
        """Keep a member somebody can reach."""
        if reach := member.contacts.feed:
            matricule = member.household.matricule
            line = ";".join((matricule, nir_as_received, *reach))
            self._rows.append((matricule, member.role == "CJT", line))

    def write(self, path: Path) -> None:
        """Write the feed: ASCII, LF."""
        with path.open("w", encoding="ascii", newline="") as file:
            file.write(";".join(FEED_COLUMNS) + "\n")
            file.writelines(line + "\n" for _, _, line in sorted(self._rows))


def write_json(path: Path, content: object) -> None:
    """Write a document the way the others are."""
    path.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def defects(places: Sequence[Place]) -> list[Json]:
    """Say where the defects are."""
    return [
        {
            "ligne": place.line,
            "ligne_fin": place.end_line,
            "enregistrement": place.record,
            "colonne": place.defect.column,
            "genre": place.defect.kind,
            "effet": place.defect.effect.value,
        }
        for place in places
    ]


def rejects(rows: Mapping[str, int], spoiled: str, refused: str, places: Sequence[Place]) -> Json:
    """Say what each file must have refused: nothing, but for the two made to be refused."""
    effects = Counter(place.defect.effect.value for place in places)
    told: Json = dict.fromkeys(rows, 0)
    return told | {spoiled: dict(sorted(effects.items())), refused: "the whole file"}
