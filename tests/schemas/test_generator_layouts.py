"""Generated files have the layouts partners really send, their careless ways included."""

import csv
import json
import re
import xml.etree.ElementTree as ET
from collections import Counter
from datetime import date
from pathlib import Path

from schemas.generator import write_departement

AS_OF = date(2022, 6, 15)
CONTACT_HEADER = (
    '"MATRICULE";"ROLE PERSONNE";"TYPE PERSONNE";"NIR";"NUMERO DEMANDE RSA";"DATE DEMANDE RSA";'
    '"DATE DEBUT DROITS - DEVOIRS";"NOM RESPONSABLE DOSSIER";"PRENOM RESPONSABLE DOSSIER";'
    '"NUMERO TELEPHONE DOSSIER";"NUMERO TELEPHONE 2 DOSSIER";"ADRESSE ELECTRONIQUE DOSSIER"'
)
JOURNEY_HEADER = (
    "ID_CD;NUMDEMRSA;MATRICULE;ROLE;NIR;NOM_NAISSANCE;NOM_USAGE;PRENOM;DATE_NAISSANCE;"
    "FAIT;DATE;DATE_FIN;CODE;STATUT;STRUCTURE"
)


def contact_rows(folder: Path) -> list[list[str]]:
    text = (folder / "cnaf/coordonnees-allocataire.txt").read_bytes().decode("iso-8859-15")
    return [line.split(";") for line in text.split("\n")[1:]]


def test_the_contact_file_has_the_layout_of_the_cnaf(folder: Path) -> None:
    raw = (folder / "cnaf/coordonnees-allocataire.txt").read_bytes()
    assert raw.startswith(CONTACT_HEADER.encode() + b"\n")
    assert b"\r" not in raw
    assert not raw.endswith(b"\n")
    assert raw.count(b'"') == 24
    assert not re.search(rb"[\x80-\x9f]", raw)
    assert any(byte > 0x9F for byte in raw)
    rows = contact_rows(folder)
    assert {len(row) for row in rows} == {12}
    assert {len(row[3]) for row in rows} == {0, 13, 15}
    assert {row[1] for row in rows} == {"DEMANDEUR", "CONJOINT"}
    assert any(len(row[0]) < 7 for row in rows)


def test_phones_and_emails_are_written_in_every_careless_way(folder: Path) -> None:
    written = {re.sub(r"\d", "9", cell) for row in contact_rows(folder) for cell in row[9:11]}
    assert {"", "9" * 10, "9" * 9, "99 99 99 99 99", "99.99.99.99.99"} <= written
    assert {"+" + "9" * 11, "9" * 13} <= written
    phones = {cell for row in contact_rows(folder) for cell in row[9:11]}
    assert any(cell.startswith(("069", "69", "+590", "+262", "+594", "+596")) for cell in phones)
    assert any(
        row[9].lstrip("0+")[:1] not in {"6", "7"} and re.match(r"0?[67]", row[10])
        for row in contact_rows(folder)
        if row[9]
    )
    emails = [row[11] for row in contact_rows(folder) if row[11]]
    assert any(email.isupper() for email in emails)
    assert any(email != email.strip() for email in emails)


def test_couples_share_a_matricule(folder: Path) -> None:
    rows = {(row[0].zfill(7), row[1]): row for row in contact_rows(folder)}
    couples = [key for key, role in rows if role == "CONJOINT"]
    assert len(couples) > 10
    for key in couples:
        one, other = rows[key, "DEMANDEUR"], rows[key, "CONJOINT"]
        assert one[4] == other[4]
        assert not one[3] or one[3][:13] != other[3][:13]


def test_the_journey_file_has_the_layout_of_its_contract(folder: Path) -> None:
    (path,) = (folder / "cd").iterdir()
    raw = path.read_bytes()
    assert path.name == "CD-PARCOURS_08_20220615_000001_V1.csv"
    assert raw.startswith(b"\xef\xbb\xbf" + JOURNEY_HEADER.encode() + b"\r\n")
    assert raw.endswith(b"\r\n")
    assert raw.count(b"\n") == raw.count(b"\r\n")
    rows = list(csv.DictReader(raw.decode("utf-8-sig").splitlines(), delimiter=";"))
    assert {row["FAIT"] for row in rows} == {
        "DROITS_DEVOIRS",
        "ORIENTATION",
        "CONTRAT",
        "RDV",
        "REFERENT",
        "PROCEDURE",
    }
    french = {row["ID_CD"] for row in rows if "/" in row["DATE"]}
    assert 10 < len(french) < 200
    assert {len(row["NIR"]) for row in rows} == {0, 13, 15}
    assert all(row["STATUT"] != "OUVERTE" for row in rows)


def test_somebody_without_nir_at_the_cd_has_one_at_the_cnaf(folder: Path) -> None:
    roles = {"DEMANDEUR": "DEM", "CONJOINT": "CJT"}
    numbers = {(row[4], roles[row[1]]): row[3] for row in contact_rows(folder)}
    (path,) = (folder / "cd").iterdir()
    rows = csv.DictReader(path.read_text("utf-8-sig").splitlines(), delimiter=";")
    missing = [row for row in rows if not row["NIR"]]
    assert missing
    assert all(numbers[row["NUMDEMRSA"], row["ROLE"]] for row in missing)


def test_the_pe_file_has_the_layout_of_pole_emploi(folder: Path) -> None:
    raw = (folder / "pe/PECG.xml").read_bytes()
    assert raw.startswith(b'<?xml version="1.0" encoding="ISO-8859-1"?>\n<fichier-PE-CG>\n')
    root = ET.fromstring(raw)
    head = {tag.tag: tag.text for tag in root.iterfind("entete/*")}
    assert head == {
        "fichier": "PECG",
        "periodicite": "M",
        "departement": "08",
        "date-reference": "2022-06-01",
        "date-fabrication": "2022-06-15",
        "version": "001,0",
    }
    end = {tag.tag: tag.text for tag in root.iterfind("fin/*")}
    count = len(root.findall("dossier"))
    assert end == {
        "departement": "08",
        "date-reference": "2022-06-01",
        "nb-dossiers": f"{count:07d}",
    }
    assert {len(node.text or "") for node in root.iter("nir")} == {13, 15}
    towns = {(node.text or "")[:2] for node in root.iter("commune-residence")}
    assert len(towns) == 2
    exits = {
        tag for tag in ("cessation", "radiation") if root.find(f".//date-{tag}-ide") is not None
    }
    assert exits == {"cessation", "radiation"}


def test_last_interviews_go_wrong_in_every_known_way(folder: Path) -> None:
    dossiers = list(ET.parse(folder / "pe/PECG.xml").iter("dossier"))
    said = {re.sub(r"\d", "9", d.findtext("ppae/date-dernier-ent") or "") for d in dossiers}
    assert {"9999-99-99", "9999", "", "99/99/9999"} == said
    assert any(d.find("ppae") is None for d in dossiers)
    assert any(
        d.find("ppae") is not None and d.find("ppae/date-dernier-ent") is None for d in dossiers
    )
    assert any((d.findtext("ppae/date-dernier-ent") or "").endswith("-02-30") for d in dossiers)


def test_the_wrong_total_is_the_only_difference_between_the_two_pe_files(folder: Path) -> None:
    right = (folder / "pe/PECG.xml").read_bytes().split(b"\n")
    wrong = (folder / "pe/PECG-total-faux.xml").read_bytes().split(b"\n")
    changed = [(a, b) for a, b in zip(right, wrong, strict=True) if a != b]
    assert len(changed) == 1
    assert changed[0][0].startswith(b"<nb-dossiers>")


def test_the_pe_file_is_never_made_after_the_as_of_date(tmp_path: Path) -> None:
    for day, made in ((1, "2023-03-01"), (10, "2023-03-10"), (28, "2023-03-15")):
        into = tmp_path / str(day)
        write_departement(into, departement="33", people=20, seed=1, as_of=date(2023, 3, day))
        root = ET.parse(into / "pe/PECG.xml").getroot()
        assert root.findtext("entete/date-fabrication") == made


def test_every_defect_stands_where_it_is_said_to(folder: Path) -> None:
    places = json.loads((folder / "expected/contacts-defauts.json").read_text("utf-8"))
    kinds = Counter(place["genre"] for place in places)
    assert kinds == {
        "nir_cle": 1,
        "nir_format": 1,
        "date_impossible": 1,
        "valeur_manquante": 1,
        "ligne_courte": 1,
        "ligne_longue": 1,
        "telephone": 2,
        "courriel": 2,
        "retour_ligne_entre_guillemets": 1,
        "octet_cp1252": 1,
        "doublon": 1,
    }
    raw = (folder / "cnaf/coordonnees-allocataire-defauts.txt").read_bytes().decode("iso-8859-15")
    clean = (folder / "cnaf/coordonnees-allocataire.txt").read_bytes().decode("iso-8859-15")
    lines = raw.split("\n")
    records = clean.split("\n")
    for place in places:
        found = "\n".join(lines[place["ligne"] - 1 : place["ligne_fin"]])
        if place["genre"] == "doublon":
            assert found in records
            assert place["enregistrement"] == len(records)
        else:
            assert found != records[place["enregistrement"]]
            assert found.split(";")[1] == records[place["enregistrement"]].split(";")[1]
    spoiled = {place["enregistrement"] for place in places}
    assert len(spoiled) == 13
    assert len(set(records) - set(lines)) == 12
