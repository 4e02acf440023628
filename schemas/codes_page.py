"""The published table of codes, written from `schemas.codes` and from nothing else."""

from schemas.codes import Code, Effect

FAMILIES = {
    "1": "Transport",
    "2": "Chiffrement et signature",
    "3": "Antivirus",
    "4": "Nom, séquence, doublon, période",
    "5": "Encodage et structure",
    "6": "Colonnes, types, valeurs",
    "7": "Lois du fichier entier",
    "8": "Habilitation",
    "9": "De notre côté",
}
EFFECTS = {
    Effect.FILE_REFUSED: "fichier refusé",
    Effect.ROW_REFUSED: "ligne rejetée",
    Effect.CELL_EMPTIED: "cellule vidée",
    Effect.ROW_IGNORED: "ligne ignorée",
    Effect.WARNING: "avertissement",
}
HEAD = """\
# Codes de verdict

Stables pour toujours : un code ne change jamais de sens et n'est jamais réemployé. Chaque accusé donne
le code, son libellé et quoi faire ; jamais une valeur du fichier. Page écrite par
`python -m schemas.codes_page > docs/codes.md`, un test la tient à jour.
"""


def render() -> str:
    """The page, in Markdown."""
    parts = [HEAD]
    for digit, family in FAMILIES.items():
        lines = [_line(code) for code in sorted(Code) if code.value[3] == digit]
        table = "| code | effet | ce qui ne va pas | que faire |\n|---|---|---|---|"
        parts.append(f"\n## GW-{digit}xx {family}\n\n{table}\n" + "\n".join(lines) + "\n")
    return "".join(parts)


def _line(code: Code) -> str:
    entry = code.entry
    return f"| `{code.value}` | {EFFECTS[entry.effect]} | {entry.label} | {entry.action} |"


if __name__ == "__main__":
    import sys

    sys.stdout.write(render())
