"""What is checked of a file, on the page of its contract: rules across columns, whole file, codes."""

from collections.abc import Iterator
from xml.etree.ElementTree import Element

from schemas.answerable import codes_of
from schemas.codes_page import EFFECTS
from schemas.contract import Contract, Envelope
from schemas.html import tag
from schemas.pages.markup import HOME, link, table
from schemas.wording import rule_words


def controls(here: str, contract: Contract) -> Iterator[Element]:
    """Give the sections, for the page at `here`."""
    yield from _rules(contract)
    yield tag("h2", "Contrôlé sur le fichier entier")
    yield tag("ul", *(tag("li", each) for each in _whole(contract)))
    yield from _codes(here, contract)


def _rules(contract: Contract) -> Iterator[Element]:
    if contract.rules:
        yield tag("h2", "Règles entre colonnes")
        yield tag("ul", *(tag("li", rule_words(rule)) for rule in contract.rules))


def _whole(contract: Contract) -> Iterator[str]:
    yield "L'encodage, octet par octet."
    most = contract.tolerated_rejects
    yield (
        f"Plus de {most:.0%} de lignes rejetées : tout le fichier est refusé."
        if most
        else "Une seule ligne rejetée : tout le fichier est refusé."
    )
    if contract.duplicates_ignored:
        yield "Deux lignes identiques : la seconde est ignorée."
    if contract.departement_column:
        yield f"{contract.departement_column} est le département de l'expéditeur, à chaque ligne."
    for name, values in contract.kept.items():
        yield f"Seules les lignes dont {name} vaut {' ou '.join(values)} sont gardées ; les autres sont écartées."
    if contract.disappearance_threshold is not None:
        share = f"{contract.disappearance_threshold:.0%}"
        yield f"Plus de {share} des personnes du fichier précédent absentes de celui-ci : un avertissement."
    if "(?P<lignes>" in (contract.file_name or ""):
        yield "Le nombre de lignes que dit le nom du fichier est celui des lignes lues."
    if contract.envelope is not None:
        yield from _of_envelope(contract.envelope)


def _of_envelope(envelope: Envelope) -> Iterator[str]:
    yield "Aucun DOCTYPE, aucune entité."
    if envelope.departement:
        yield "Le département de l'enveloppe est celui de l'expéditeur."
    if len(envelope.departement) > 1 or len(envelope.reference_date) > 1:
        yield "Le début et la fin de l'enveloppe disent la même chose."
    if envelope.made_on and envelope.reference_date:
        yield "La date de fabrication n'est pas avant la date de référence."
    if envelope.total:
        yield "Le total annoncé est le nombre d'enregistrements."


def _codes(here: str, contract: Contract) -> Iterator[Element]:
    yield tag("h2", "Codes de verdict possibles")
    yield tag(
        "p",
        "Après ouverture du fichier. Le transport, le chiffrement, le nom et l'ordre ont les leurs : ",
        link(here, f"{HOME}/codes", "tous les codes"),
        ".",
    )
    rows = [
        (
            link(here, f"{HOME}/codes#{code.value}", tag("code", code.value)),
            EFFECTS[code.entry.effect],
            code.entry.label,
            code.entry.action,
        )
        for code in codes_of(contract)
    ]
    head = ("Code", "Effet", "Ce qui ne va pas", "Que faire")
    yield table("Codes qu'un fichier de ce flux peut recevoir", head, rows)
