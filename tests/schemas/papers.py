"""Small files of each flow, written for one test each. Nobody in them exists."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from schemas.check import check
from schemas.codes import Code
from schemas.reading import FileRefused, Reading
from schemas.registry import contract

# A town code (999) that was given to no town; assembled, so that no NIR is ever written here.
NUMBER = "".join(["2", "85", "07", "08", "999", "123"])


def key_of(number: str) -> str:
    counted = number.replace("2A", "19").replace("2B", "18")
    return f"{97 - int(counted) % 97:02d}"


def nir(number: str = NUMBER) -> str:
    return number + key_of(number)


def wrong_key(number: str = NUMBER) -> str:
    return f"{number}{int(key_of(number)) % 97 + 1:02d}"


def contact(index: int = 0, /, **changes: str) -> list[str]:
    cells = {
        "MATRICULE": f"{1000000 + index}",
        "ROLE": "DEMANDEUR",
        "TYPE": "Madame",
        "NIR": "",
        "DEMANDE": f"{index:011d}",
        "DATE": "01/02/2021",
        "DEBUT": "15/02/2021",
        "NOM": "ÉTÉ",
        "PRENOM": "ZOÉ",
        "TEL": "0600000000",
        "TEL2": "",
        "MAIL": "zoe@example.org",
    }
    return list((cells | changes).values())


def journey(index: int = 0, /, **changes: str) -> list[str]:
    cells = {
        "ID_CD": f"CD-{index}",
        "NUMDEMRSA": "",
        "MATRICULE": "",
        "ROLE": "DEM",
        "NIR": "",
        "NOM_NAISSANCE": "ÉTÉ",
        "NOM_USAGE": "",
        "PRENOM": "ZOÉ",
        "DATE_NAISSANCE": "1985-07-01",
        "FAIT": "RDV",
        "DATE": "2022-01-10",
        "DATE_FIN": "",
        "CODE": "ENTRETIEN",
        "STATUT": "VENU",
        "STRUCTURE": "",
    }
    return list((cells | changes).values())


def header(flow: str) -> str:
    return ";".join(column.name for column in contract(flow).read_columns)


def lines(flow: str, rows: Iterable[Sequence[str]]) -> str:
    return "\n".join([header(flow), *(";".join(row) for row in rows)]) + "\n"


def dossier(index: int = 0, /, **changes: str | None) -> str:
    cells: Mapping[str, str | None] = {
        "individu/nir": "",
        "individu/nom-naissance": "ÉTÉ",
        "individu/date-naissance": "1985-07-01",
        "allocataire/identifiant-pe": f"{index:010d}A",
        "inscription/date-debut-ide": "2021-03-01",
        "ppae/date-dernier-ent": "2022-02-01",
    } | changes
    blocks: dict[str, str] = {}
    for path, text in cells.items():
        block, name = path.split("/")
        if text is not None:
            blocks[block] = blocks.get(block, "") + f"<{name}>{text}</{name}>\n"
    inside = "".join(f"<{name}>\n{tags}</{name}>\n" for name, tags in blocks.items())
    return f"<dossier>\n{inside}</dossier>\n"


def pecg(dossiers: Sequence[str], **changes: str) -> str:
    said = {
        "kind": "PECG",
        "departement": "08",
        "reference": "2022-06-01",
        "made": "2022-06-14",
        "end_departement": "08",
        "end_reference": "2022-06-01",
        "total": f"{len(dossiers):07d}",
        "prolog": '<?xml version="1.0" encoding="ISO-8859-1"?>\n',
    } | changes
    return (
        f"{said['prolog']}<fichier-PE-CG>\n<entete><fichier>{said['kind']}</fichier>"
        f"<departement>{said['departement']}</departement>"
        f"<date-reference>{said['reference']}</date-reference>"
        f"<date-fabrication>{said['made']}</date-fabrication></entete>\n{''.join(dossiers)}"
        f"<fin><departement>{said['end_departement']}</departement>"
        f"<date-reference>{said['end_reference']}</date-reference>"
        f"<nb-dossiers>{said['total']}</nb-dossiers></fin>\n</fichier-PE-CG>\n"
    )


ENCODING = {
    "cnaf-contacts": "iso-8859-15",
    "pe-parcours": "iso-8859-1",
    "cd-parcours": "utf-8",
    "cnaf-beneficiaires": "iso-8859-1",
    "cnaf-instructions": "iso-8859-1",
}


class Desk:
    """A folder where a file is put down and checked."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "depot"

    def read(self, flow: str, content: str | bytes, departement: str = "08") -> Reading:
        body = content.encode(ENCODING[flow]) if isinstance(content, str) else content
        self._file.write_bytes(body)
        return check(self._file, contract(flow), departement=departement)

    def refusal(self, flow: str, content: str | bytes, departement: str = "08") -> FileRefused:
        try:
            self.read(flow, content, departement)
        except FileRefused as refused:
            return refused
        raise AssertionError("the file was accepted")

    def found(
        self, flow: str, odd: Sequence[str], plain: int = 40
    ) -> list[tuple[Code, str | None]]:
        """Check one odd row among plain ones; give what was said of it."""
        row = {"cnaf-contacts": contact, "cd-parcours": journey}[flow]
        rows = [row(index + 1) for index in range(plain)] + [list(odd)]
        reading = self.read(flow, lines(flow, rows))
        assert {one.record for one in reading.report.anomalies} <= {plain + 1}
        return [(one.code, one.column) for one in reading.report.anomalies]
