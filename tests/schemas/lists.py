"""Small files of Pôle emploi's lists and of its SPIE extracts, written for one test. Nobody in them exists."""

from collections.abc import Iterable, Mapping, Sequence

from schemas.registry import contract

LISTS = ("pe-inscrits", "pe-cessations", "pe-radiations", "pe-stock")
EXITS = ("pe-cessations", "pe-radiations")
NEW, BEFORE, OLDEST = "depuis-novembre-2011", "avant-novembre-2011", "2009-2010"
MOTIVES = {
    "pe-cessations": ("90", "ABSENCE AU CONTROLE (NON REPONSE A DAM)"),
    "pe-radiations": ("92", "NON REPONSE A CONVOCATION SUSPENSION DE DEUX MOIS"),
}

Row = Mapping[str, str]


def number(index: int) -> str:
    """Thirteen characters of a NIR, of a town (999) that is none."""
    return "".join(["2", "85", "07", "08", "999", f"{index:03d}"])


def listed(flow: str, index: int = 0, /, **changes: str) -> Row:
    """One person of a list, in every column that one of its arrangements has."""
    code, label = MOTIVES.get(flow, ("1", ""))
    cells = {
        "index": f"{index + 1}",
        "nir": number(index),
        "identifiantpe": f"061{index:07d}X",
        "nom": "ÉTÉ",
        "prenom": "ZOÉ",
        "dtnai": "01/07/1985",
        "date": "02/05/2022",
        "code": code,
        "motif": label,
        "nir2": number(index),
        "codeinsee": "08105",
        "localite": "CHARLEVILLE-MEZIERES",
        "adresse": "1 RUE INVENTEE",
        "ale": "08008",
    }
    return cells | changes


def columns(flow: str, arrangement: str = NEW) -> Sequence[str]:
    """The columns of one arrangement of a flow."""
    found = [each.columns for each in contract(flow).arrangements if each.name == arrangement]
    return found[0]


def list_of(flow: str, rows: Iterable[Row], arrangement: str = NEW) -> str:
    """Lay rows out as one arrangement has them."""
    names = columns(flow, arrangement)
    return "".join(
        ";".join(cells) + "\n"
        for cells in [names, *([row[name] for name in names] for row in rows)]
    )


def spie(flow: str, index: int = 0, /, **changes: str) -> Row:
    """One row of a SPIE extract: what nobody sets is NULL."""
    day = "2022-03-01 00:00:00.0"
    always = {
        "identifiant_unique_de": f"00000000-0000-4000-8000-{index:012d}",
        "nom": "ÉTÉ",
        "prenom": "ZOÉ",
        "date_naissance": "1985-07-01 00:00:00.0",
        "departement": "08",
        "der_entretien": day,
        "referent_mail": "conseil@example.org",
        "dif_sante": "OUI",
        "brsa": "O",
        "codeaction": "AAP",
        "lblaction": "UN ATELIER",
        "date_prescription": day,
    }
    names = [column.name for column in contract(flow).read_columns]
    return {name: always.get(name, "NULL") for name in names} | changes


def extract_of(flow: str, rows: Iterable[Row], names: Sequence[str] = ()) -> str:
    """Lay rows out, by default with every column."""
    names = names or [column.name for column in contract(flow).read_columns]
    return "".join(
        ";".join(cells) + "\n"
        for cells in [names, *([row[name] for name in names] for row in rows)]
    )
