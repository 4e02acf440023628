"""What a newcomer sees: deliveries, refusals, releases, proof, and where to look next. In French."""

from collections.abc import Mapping
from pathlib import Path

from rich.console import Console
from rich.table import Column, Table

from gateway.demo.play import Played
from gateway.demo.result import Document, triggered_by_rule
from gateway.demo.scenery import Scenery
from gateway.rules.catalogue import BY_ID
from gateway.rules.codes import LINKED
from gateway.sandbox.week import Week

VERDICTS: Mapping[str, str] = {
    "accepted": "[green]acceptée[/]",
    "refused": "[red]refusée[/]",
    "duplicate": "[yellow]doublon[/]",
}
STAGES: Mapping[str, str] = {
    "collect": "Relevé",
    "admit": "Admis",
    "unseal": "Ouvert",
    "scan": "Analysé",
    "check": "Contrôlé",
    "rejects": "Rejets",
    "link": "Relié",
    "pseudonymise": "Pseudo.",
}
# The others take no time that a newcomer would look at, and the page is narrow.
_SHOWN = ("collect", "unseal", "check", "link", "pseudonymise")
PARTNERS: Mapping[str, str] = {
    "cnaf": "CNAF (HubEE)",
    "pe": "Pôle emploi (SFTP)",
    "cd": "Département (SFTP)",
    "rdv-insertion": "RDV-Insertion",
}


def introduce(console: Console, week: Week, *, fresh: bool) -> None:
    """Say what is about to be played."""
    console.rule("[bold]Passerelle : la semaine d'un département")
    console.print(
        f"Département {week.departement}, au {week.as_of:%d/%m/%Y}. Personnes inventées ; "
        "vrais fichiers, vrai gpg, vrais protocoles, sur cette machine."
    )
    console.print('[dim]Antivirus désactivé pour la démonstration (\\[antivirus] mode = "off").[/]')
    if fresh:
        console.print(
            "[yellow]Autres fichiers que la dernière fois : la démonstration repart de zéro.[/]"
        )
    if week.unsent:
        console.print(f"[dim]Dans le dossier, et non envoyés : {', '.join(week.unsent)}[/]")


def conclude(console: Console, played: Played, scenery: Scenery, week: Week) -> None:
    """Say all that happened."""
    document = played.document
    _deliveries(console, document)
    _refusals(console, document)
    _signals(console, document)
    _releases(console, played)
    _ledger(console, document, scenery)
    if not played.started:
        console.print(
            "\n[bold]Rien de nouveau[/] : tout était déjà reçu, croisé et remis. "
            "Rien n'est reçu deux fois, rien n'est publié deux fois."
        )
    for key, why in played.failures.items():
        console.print(f"[red]En échec[/] {key} : {why}")
    _next(console, scenery, week)


def announce(console: Console, played: Played) -> None:
    """Say what a later round brought, in one line per new thing."""
    last = played.document["deliveries"][-1]
    told = f"{last['code']} {last['label']}" if last["code"] else "intégré"
    console.print(
        f"  tournée : {VERDICTS[last['verdict']]} {last['file']} ({PARTNERS[last['partner']]}), {told} ; "
        f"{len(played.document['releases'])} publication(s), {played.document['ledger']['entries']} écritures",
        soft_wrap=True,
    )


def _deliveries(console: Console, document: Document) -> None:
    # A name cut short would not tell one file from another: it folds instead.
    file = Column("Fichier", overflow="fold", ratio=1)
    counts = ("Lues", "Acceptées", "Rejetées")
    table = Table(
        "D'où",
        file,
        "Verdict",
        *counts,
        *(STAGES[stage] for stage in _SHOWN),
        box=None,
        expand=True,
    )
    for line in document["deliveries"]:
        table.add_row(
            PARTNERS[line["partner"]],
            line["file"],
            VERDICTS[line["verdict"]],
            *(str(line[f"rows_{name}"]) for name in ("read", "accepted", "rejected")),
            *(_seconds(line["seconds"].get(stage)) for stage in _SHOWN),
        )
    console.print("\n[bold]Reçus[/]")
    console.print(table)


def _seconds(spent: float | None) -> str:
    return "" if spent is None else f"{spent:.2f} s"


def _refusals(console: Console, document: Document) -> None:
    refused = [line for line in document["deliveries"] if line["verdict"] == "refused"]
    if refused:
        console.print(
            "\n[bold]Refus[/] (l'expéditeur a reçu le sien, le journal l'a écrit, les autres continuent)"
        )
    for line in refused:
        console.print(
            f"  [red]{line['code']}[/] {line['file']} : {line['label']}. {line['action']}",
            soft_wrap=True,
        )


def _signals(console: Console, document: Document) -> None:
    counts = triggered_by_rule(document)
    linked = sum(person["grade"] in LINKED for person in document["signals"].values())
    console.print(
        f"\n[bold]Croisement[/] : {len(document['signals'])} personnes suivies par le département, "
        f"{linked} reconnues chez Pôle emploi."
    )
    unknown = sum(person["population"] is None for person in document["signals"].values())
    if unknown:
        console.print(
            f"  [yellow]{unknown} personne(s) absente(s) du fichier mensuel de la CNAF (RSABEM)[/] : leur droit "
            "est inconnu, rien n'est dit d'elles. Demandez ce fichier s'il manque."
        )
    for rule, number in counts.items():
        console.print(f"  {rule:<5} {number:>4}  {BY_ID[rule].name}")
    unsure = sum(bool(person["not_evaluable"]) for person in document["signals"].values())
    console.print(
        f"  [dim]{unsure} personne(s) avec une règle non évaluable : dit, jamais deviné.[/]"
    )


def _releases(console: Console, played: Played) -> None:
    console.print("\n[bold]Publiés[/]")
    table = Table("À qui", "Fichier", "Lignes", "Habilitation", "Preuve", box=None)
    for line in played.document["releases"]:
        table.add_row(
            PARTNERS[line["recipient"]],
            line["file"],
            str(line["rows"]),
            line["habilitation"],
            f"écriture {line['ledger_index']} du journal",
        )
    console.print(table)
    for files in played.opened.values():
        for file in files:
            console.print(f"  ouvert par son destinataire : {_short(file)}", soft_wrap=True)


def _ledger(console: Console, document: Document, scenery: Scenery) -> None:
    ledger = document["ledger"]
    console.print(
        f"\n[bold]Journal[/] : {ledger['entries']} écritures, vérifié. Point de contrôle signé :"
    )
    for line in str(ledger["checkpoint"]).strip().splitlines():
        console.print(f"  {line}", soft_wrap=True, markup=False)
    folder = _short(scenery.root / "etat" / "journal")
    console.print(
        f"  À vérifier vous-même : .venv/bin/passerelle ledger verify {folder}", soft_wrap=True
    )


def _next(console: Console, scenery: Scenery, week: Week) -> None:
    console.print("\n[bold]À lire ensuite[/]")
    for path, what in (
        (scenery.received, "ce que chacun reçoit, une fois ouvert ; accusés compris"),
        (scenery.result, "toute la semaine en JSON"),
        (Path("gateway/passage/reception.py"), "le chemin d'un dépôt, à lire en premier"),
    ):
        console.print(f"  {_short(path)}  [dim]{what}[/]", soft_wrap=True)
    console.print(
        f"[dim]Recommencer : make demo. Rester en service : make demo KEEP=1. Autres fichiers que le {week.departement} : make demo SAMPLES=<dossier>.[/]",
        soft_wrap=True,
    )


def _short(path: Path) -> str:
    try:
        return str(path.resolve().relative_to(Path.cwd()))
    except ValueError:
        return str(path)
