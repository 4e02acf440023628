"""What a sender is told of a verdict of record: the words, and the files that say more.

1. Three levels: ART (received whole), ARL (readable), ARA (integrated, or its content refused). Each is
   JSON of a versioned format (`schemas/accuse.json`); the ARA is also a CSV of counts.
2. Nothing here carries a value of the file: counts, codes, places, digests, and the sender's own name
   for it when it may be shown.
3. A file's name is a suffix, added by the place to the name of what was left there. Those of a replay
   have a mark of their own: they never replace what was said of the original.
4. Pure: the same verdict at the same moment gives the same bytes.

`docs/accuses.md` is what partners read of it.
"""

import csv
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final

from connectors.contract import Milestone, Notice
from gateway.delivery import Kept, Verdict
from schemas.codes import Code

FORMAT: Final = "passerelle/accuse/2"
REPORT, SUMMARY = "RAPPORT.csv", "ARA.csv"
SUMMARY_HEADER: Final = ("CODE", "GRAVITE", "LIBELLE", "ACTION", "NOMBRE")
# Codes of these families speak of how a file is read, not of what is in it.
READING: Final = ("GW-1", "GW-2", "GW-3", "GW-4", "GW-5")


class NoRejects(StrEnum):
    """Written instead of a digest where rejected lines could not go back: why, for the ARA to say."""

    TOO_MANY = "too-many"
    NO_KEY = "no-key"


WHY_NO_REJECTS: Final[Mapping[str, str]] = {
    NoRejects.TOO_MANY: "trop de lignes rejetées pour un fichier de renvoi : le rapport dit lesquelles",
    NoRejects.NO_KEY: "aucune clé OpenPGP de l'émetteur ne permet de lui chiffrer ce fichier",
    "": "non conservées",
}


@dataclass(frozen=True, slots=True)
class Origin:
    """The delivery whose content came first: what a duplicate repeats."""

    delivery: str
    ledger_index: int


@dataclass(frozen=True, slots=True)
class Rejects:
    """The rejected lines sealed for their sender: what ends their name, and the digest they have."""

    ending: str  # csv or xml
    sha256: str


def notices(
    kept: Kept, *, at: datetime, rejects: Rejects | None = None, origin: Origin | None = None
) -> tuple[Notice, ...]:
    """The acknowledgements of one verdict of record, in the order they may be said."""
    told = _Telling(kept, at, rejects, origin)
    first = [told.received()] if kept.digest else []
    if kept.verdict is Verdict.REFUSED and kept.code is not None:
        return (*first, told.refused(kept.code))
    return (*first, told.readable(), told.integrated())


def rejects_suffix(kept: Kept, ending: str) -> str:
    """What is added to a file's name for the rejected lines that go back."""
    return f"{_mark(kept)}REJETS.{ending}.gpg"


@dataclass(frozen=True, slots=True)
class _Telling:
    """One verdict being put into words."""

    kept: Kept
    at: datetime
    rejects: Rejects | None
    origin: Origin | None

    def received(self) -> Notice:
        """ART: it is here, whole."""
        body = self._body("ART", "RECU")
        return self._notice(Milestone.RECEIVED, "Fichier reçu en entier.", {"ART.json": body})

    def readable(self) -> Notice:
        """ARL: it could be opened and read."""
        return self._notice(Milestone.READABLE, "Fichier lisible.", {"ARL.json": self._positive()})

    def refused(self, code: Code) -> Notice:
        """ARL or ARA against it: what is wrong, and what to do."""
        kept, entry = self.kept, code.entry
        said = {"code": code.value, "libelle": entry.label, "action": entry.action}
        message = f"{code.value} {entry.label}. {entry.action}"
        if not kept.counts.read:
            body = self._body("ARL", "NEGATIF") | said | {"codes": {code.value: 1}}
            return self._notice(Milestone.UNREADABLE, message, {"ARL.json": body}, code)
        # It could be read: its content is what is refused.
        ara = self._integration("NEGATIF") | said
        files = {"ARL.json": self._positive(), "ARA.json": ara}
        return self._notice(Milestone.REFUSED, message, files, code)

    def integrated(self) -> Notice:
        """ARA: what became of its rows."""
        kept, counts = self.kept, self.kept.counts
        if kept.verdict is Verdict.DUPLICATE:
            body = self._integration("DOUBLON")
            if self.origin is not None:
                first = {"depot": self.origin.delivery}
                body["deja_integre"] = first | {"ecriture_journal": self.origin.ledger_index}
            message = "DOUBLON : contenu déjà intégré, sans effet."
            return self._notice(Milestone.INTEGRATED, message, {"ARA.json": body})
        message = (
            f"Intégré : {counts.read} lignes lues, {counts.accepted} acceptées, "
            f"{counts.rejected} rejetées, {counts.ignored} ignorées."
        )
        body = self._integration("POSITIF")
        return self._notice(Milestone.INTEGRATED, message, {"ARA.json": body})

    def _notice(
        self,
        milestone: Milestone,
        message: str,
        bodies: Mapping[str, Mapping[str, object]],
        code: Code | None = None,
    ) -> Notice:
        files = {name: _json(body) for name, body in bodies.items()}
        if "ARA.json" in files:
            files[SUMMARY] = _summary(self.kept)
            if self.kept.report:
                files[REPORT] = self.kept.report.encode()
        mark, kept = _mark(self.kept), self.kept
        words = ("ESSAI. " if kept.is_test else "") + ("REJEU. " if kept.replay_of else "")
        marked = {f"{mark}{name}": content for name, content in files.items()}
        return Notice(milestone, words + message, code.value if code else "", marked)

    def _body(self, level: str, result: str) -> dict[str, object]:
        kept = self.kept
        return {
            "format": FORMAT,
            "niveau": level,
            "resultat": result,
            "depot": kept.delivery,
            "nom": kept.name,
            "sha256": kept.digest,
            "octets": kept.size,
            "flux": kept.flow,
            "contrat": kept.contract_version,
            "sequence": kept.sequence,
            "essai": kept.is_test,
            "rejeu_de": kept.replay_of or None,
            "recu_le": _moment(kept.received_at),
            "fait_le": _moment(self.at),
            "ecriture_journal": kept.ledger_index,
        }

    def _positive(self) -> dict[str, object]:
        codes = {c: n for c, n in self.kept.codes.items() if c.startswith(READING)}
        return self._body("ARL", "POSITIF") | {"codes": codes}

    def _integration(self, result: str) -> dict[str, object]:
        kept, counts = self.kept, self.kept.counts
        rows = {
            "lues": counts.read,
            "acceptees": counts.accepted,
            "rejetees": counts.rejected,
            "ignorees": counts.ignored,
        }
        is_kept = kept.verdict is Verdict.ACCEPTED and not kept.is_test
        outputs = [{"nature": "jeu-complet", "lignes": counts.accepted}] if is_kept else []
        return self._body("ARA", result) | {
            "lignes": rows,
            "codes": dict(kept.codes),
            "sorties": outputs,
            "rapport": f"{_mark(kept)}{REPORT}" if kept.report else None,
            "rejets": self._rejects(),
        }

    def _rejects(self) -> Mapping[str, object] | None:
        if not self.kept.counts.rejected:
            return None
        if self.rejects is None:
            why = WHY_NO_REJECTS.get(self.kept.rejects, WHY_NO_REJECTS[""])
            return {"fichier": None, "sha256": None, "absence": why}
        suffix = rejects_suffix(self.kept, self.rejects.ending)
        return {"fichier": suffix, "sha256": self.rejects.sha256, "absence": None}


def _mark(kept: Kept) -> str:
    return f"REJEU-{kept.delivery[-8:]}." if kept.replay_of else ""


def _summary(kept: Kept) -> bytes:
    """Rows by what became of them, then one line per code."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";", lineterminator="\n")
    writer.writerow(SUMMARY_HEADER)
    counts = kept.counts
    rows = (("lues", counts.read), ("acceptées", counts.accepted))
    for word, number in (*rows, ("rejetées", counts.rejected), ("ignorées", counts.ignored)):
        writer.writerow(("", "", f"Lignes {word}", "", number))
    whole = {kept.code.value: 1} if kept.code is not None else {}
    for value, number in sorted((whole | kept.codes).items()):
        entry = Code(value).entry
        writer.writerow((value, entry.effect.value, entry.label, entry.action, number))
    return text.getvalue().encode()


def _json(body: Mapping[str, object]) -> bytes:
    return json.dumps(body, ensure_ascii=False, indent=1).encode() + b"\n"


def _moment(at: datetime | None) -> str | None:
    return None if at is None else at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
