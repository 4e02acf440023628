"""The words of a contract, in the French of the people who fill its files: pages and dictionary."""

from collections.abc import Mapping

from schemas.contract import (
    Category,
    Column,
    ColumnType,
    Comparison,
    Contract,
    Fate,
    Layout,
    Rule,
    Tolerance,
)

CATEGORIES: Mapping[Category, str] = {
    Category.IDENTITY: "identité",
    Category.KEY: "clé de rapprochement",
    Category.JOURNEY: "parcours",
    Category.CONTACT: "contact",
    Category.SENSITIVE: "sensible",
}
FATES: Mapping[Fate, str] = {
    Fate.IDENTIFIER: "identifiant (index scellé)",
    Fate.LINK: "sert à reconnaître la personne",
    Fate.CARRY: "porté au parcours ou à un produit",
    Fate.DROP: "contrôlé puis écarté",
}
LAYOUTS: Mapping[Layout, str] = {Layout.CSV: "CSV", Layout.XML: "XML"}
TOLERANCES: Mapping[Tolerance, str] = {
    Tolerance.CASE: "majuscules ou minuscules",
    Tolerance.ACCENTS: "accents ou non",
    Tolerance.BLANKS: "espaces",
}
FORM_WORDS: Mapping[str, str] = {
    "texte": "texte",
    "nir": "NIR, 13 caractères, ou 15 avec la clé",
    "matricule": "numéro d'allocataire, 7 caractères",
    "numdemrsa": "numéro de demande, 11 caractères",
    "identifiant-pe": "identifiant Pôle emploi, 11 ou 8 caractères",
    "telephone": "téléphone français, métropole ou outre-mer",
    "courriel": "adresse électronique",
    "commune": "code INSEE de commune, 5 caractères",
    "departement": "code de département",
    "siret": "SIRET, 14 chiffres, clés vérifiées",
    "booleen": "0 ou 1",
    "montant": "montant en euros, point décimal",
    "uuid": "UUID",
    "date": "date",
    "date_souple": "date (inutilisable : avertissement)",
}
_DATES = {"%d": "JJ", "%m": "MM", "%Y": "AAAA"}
_COMPARISONS: Mapping[Comparison, str] = {
    Comparison.EQUAL: "est égal à",
    Comparison.AT_MOST: "n'est pas après",
    Comparison.AT_LEAST: "n'est pas avant",
}
_SENDERS = {"cnaf": "CNAF", "pe": "Pôle emploi", "cd": "Conseil départemental"}


def sender_of(contract: Contract) -> str:
    """Who sends a flow: the first word of its name."""
    return _SENDERS.get(contract.flow.split("-")[0], "Partenaire")


def recipient_of(contract: Contract) -> str:
    """For whom a flow is sent: the gateway receives it on behalf of a département."""
    own = contract.flow.startswith("cd-")
    return "Passerelle, pour les croisements" if own else "Passerelle, pour le département"


def form_words(column: Column) -> str:
    """How its values are written."""
    if column.type is ColumnType.DATE:
        written = " ou ".join(_date_words(each) for each in column.formats)
        return f"{FORM_WORDS[column.form]}, {written}"
    if column.enum:
        return "code d'une liste fermée"
    if column.labels:
        return "code d'une liste ouverte"
    words = FORM_WORDS.get(column.form, column.form)
    return f"{words}, motif {column.pattern}" if column.pattern else words


def presence_words(column: Column) -> str:
    """Whether its value must be there."""
    if column.state_of is not None:
        return f"calculée : état de {column.state_of}"
    if column.derived_from is not None:
        return f"calculée depuis {column.derived_from}"
    return "obligatoire" if column.required else "facultative"


def fate_words(column: Column) -> str:
    """What becomes of it."""
    return " ; ".join(FATES[fate] for fate in column.fates)


def rule_words(rule: Rule) -> str:
    """One demand across the columns of a row, as a sentence."""
    sentence = " ; ".join(_demands(rule))
    if not rule.when:
        return f"{sentence[:1].upper()}{sentence[1:]}."
    when = " et ".join(f"{name} vaut {value}" for name, value in rule.when.items())
    return f"Quand {when} : {sentence}."


def _demands(rule: Rule) -> list[str]:
    said = [f"{name} est obligatoire" for name in rule.required]
    said += [f"{name} vaut {_either(allowed)}" for name, allowed in rule.lists.items()]
    if rule.one_of:
        said.append(f"l'une au moins de {' et '.join(rule.one_of)} est remplie")
    if rule.cohesive:
        said.append(f"{', '.join(rule.cohesive)} : toutes remplies ou aucune")
    if rule.compared is not None:
        name, operator, other = rule.compared
        said.append(f"{name} {_COMPARISONS[operator]} {other}, où les deux sont remplies")
    return said


def _either(values: tuple[str, ...]) -> str:
    return values[0] if len(values) == 1 else f"{', '.join(values[:-1])} ou {values[-1]}"


def _date_words(written: str) -> str:
    for part, figures in _DATES.items():
        written = written.replace(part, figures)
    return written
