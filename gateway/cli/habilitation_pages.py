"""How `passerelle habilitation` prints a demand, a habilitation, and what changes."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from gateway.authorising import desk, told
from gateway.cli.speech import OUT
from gateway.errors import Misconfigured

Name = Annotated[
    str, typer.Argument(metavar="NOM", help="Une demande (D12), ou le nom d'une habilitation.")
]
DemandName = Annotated[str, typer.Argument(metavar="DEMANDE", help="Son numéro : D12.")]
Document = Mapping[str, Any]


def number_of(said: str) -> int:
    """The number of a demand as it was typed. Raises `Misconfigured`."""
    number = desk.number_of(said.upper())
    if number is None:
        raise Misconfigured("une demande s'écrit D12 : passerelle habilitation list les donne")
    return number


def print_demand(found: Document) -> None:
    """A demand: where it stands, who, why, its content when it is there."""
    OUT.print(
        f"{found['demande']} : {found['habilitation']}, {told.STEPS[found['etat']]}.", markup=False
    )
    OUT.print(f"Demandée par {found['par']} : {found['motif']}", markup=False, soft_wrap=True)
    if found["message"]:
        OUT.print(f"Répondu : {found['message']}", markup=False, soft_wrap=True)
    if found["decidee_par"]:
        OUT.print(f"Décidée par {found['decidee_par']}.", markup=False)
    for one in found.get("datapass", ()):
        OUT.print(f"DataPass {one['datapass']}, {one['evenement']} : {one['suite']}", markup=False)
    if "contenu" in found:
        print_table(flat(found["contenu"]))


def print_request(found: Document) -> None:
    """Exactly what waits for a second person, and the digest to give back."""
    print_table(found["montre"])
    OUT.print(f"Empreinte de ce qui est montré : {found['empreinte']}", soft_wrap=True)


def print_versions(found: Document) -> None:
    """A habilitation: its present content, its versions, what was decided of it."""
    OUT.print(f"{found['id']}, version {found['version']} : {found['etat']}.", markup=False)
    print_table(flat(found["versions"][-1]["contenu"]))
    table = Table("Version", "Demande", "Demandée par", "Approuvée par", "Le", "Statut", box=None)
    for one in found["versions"]:
        cells = ("demande", "demandee_par", "approuvee_par", "approuvee_le", "statut")
        table.add_row(str(one["version"]), *(escape(str(one[cell])) for cell in cells))
    OUT.print(table)
    for one in found["decisions"]:
        said = f"{one['le']} : {one['statut']}, par {one['par']} ({one['motif']})"
        OUT.print(said, markup=False, soft_wrap=True)


def print_changes(changes: Sequence[Document]) -> None:
    """What changes, line by line; what widens stands out."""
    if not changes:
        OUT.print("Rien ne change.")
        return
    table = Table("Champ", "Change", "Effet", box=None)
    for one in changes:
        effect = one["effet"]
        shown = f"[bold]{effect}[/]" if effect == "élargit" else effect
        table.add_row(one["champ"], escape(one["change"]), shown)
    OUT.print(table)


def print_table(lines: Mapping[str, Any]) -> None:
    """Names and values, whole."""
    table = Table(show_header=False, box=None)
    for name, value in lines.items():
        table.add_row(escape(name), escape(str(value)))
    OUT.print(table)


def flat(content: Mapping[str, Any], place: str = "") -> dict[str, str]:
    """Every value of a content under its whole name: `contacts.dpo.email`."""
    lines: dict[str, str] = {}
    for name, value in content.items():
        if isinstance(value, dict):
            lines |= flat(value, f"{place}{name}.")
        else:
            joined = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
            lines[f"{place}{name}"] = joined
    return lines
