"""One odd row among plain ones: what is said of it, and what is kept."""

from typing import Any

import pytest

from schemas.codes import Code
from tests.schemas.papers import (
    NUMBER,
    Desk,
    contact,
    dossier,
    journey,
    lines,
    nir,
    pecg,
    wrong_key,
)

NOM, MAIL = "NOM RESPONSABLE DOSSIER", "ADRESSE ELECTRONIQUE DOSSIER"
CONTACTS = [
    (contact(MATRICULE=""), Code.MISSING_VALUE, "MATRICULE"),
    (contact(MATRICULE="12345678"), Code.WRONG_FORMAT, "MATRICULE"),
    (contact(ROLE=""), Code.MISSING_VALUE, "ROLE PERSONNE"),
    (contact(ROLE="VOISIN"), Code.NOT_IN_LIST, "ROLE PERSONNE"),
    (contact(NIR=nir()[:14]), Code.NIR_FORMAT, "NIR"),
    (contact(NIR=wrong_key()), Code.NIR_KEY, "NIR"),
    (contact(DATE="31/02/2019"), Code.IMPOSSIBLE_DATE, "DATE DEMANDE RSA"),
    (contact(DEBUT="2019-02-01"), Code.IMPOSSIBLE_DATE, "DATE DEBUT DROITS - DEVOIRS"),
    (contact(DEMANDE="1234"), Code.WRONG_FORMAT, "NUMERO DEMANDE RSA"),
    (contact(TEL="0000000000"), Code.PHONE, "NUMERO TELEPHONE DOSSIER"),
    (contact(TEL2="06000012"), Code.PHONE, "NUMERO TELEPHONE 2 DOSSIER"),
    (contact(MAIL="a@example.org"), Code.EMAIL, MAIL),
    (contact(NOM='"LE\nBON"'), Code.QUOTED_NEWLINE, NOM),
    (contact(NOM="C\x9cUR"), Code.CP1252_BYTE, NOM),
    (contact(NOM="A\x07B"), Code.WRONG_FORMAT, NOM),
    (contact()[:-1], Code.SHORT_ROW, None),
    ([*contact(), ""], Code.LONG_ROW, None),
    (contact(1), Code.DUPLICATE_ROW, None),
]
JOURNEYS = [
    (journey(ID_CD=""), Code.MISSING_VALUE, "ID_CD"),
    (journey(ROLE="ENF"), Code.NOT_IN_LIST, "ROLE"),
    (journey(NIR=wrong_key()), Code.NIR_KEY, "NIR"),
    (journey(NOM_NAISSANCE=""), Code.MISSING_VALUE, "NOM_NAISSANCE"),
    (journey(PRENOM=""), Code.MISSING_VALUE, "PRENOM"),
    (journey(DATE_NAISSANCE="0001-01-01"), Code.IMPOSSIBLE_DATE, "DATE_NAISSANCE"),
    (journey(DATE_NAISSANCE="1899-12-31"), Code.IMPOSSIBLE_DATE, "DATE_NAISSANCE"),
    (journey(FAIT="PROMENADE"), Code.NOT_IN_LIST, "FAIT"),
    (journey(DATE=""), Code.MISSING_VALUE, "DATE"),
    (journey(STATUT=""), Code.MISSING_VALUE, "STATUT"),
    (journey(STATUT="SOUMIS"), Code.NOT_IN_LIST, "STATUT"),
    (journey(FAIT="DROITS_DEVOIRS"), Code.NOT_IN_LIST, "STATUT"),
    (journey(FAIT="ORIENTATION", STATUT="ORIENTE", CODE=""), Code.MISSING_VALUE, "CODE"),
    (journey(FAIT="ORIENTATION", STATUT="ORIENTE", CODE="CER"), Code.NOT_IN_LIST, "CODE"),
    (journey(FAIT="CONTRAT", STATUT="VALIDE", CODE=""), Code.MISSING_VALUE, "CODE"),
    (journey(FAIT="CONTRAT", STATUT="VALIDE", CODE="EP"), Code.NOT_IN_LIST, "CODE"),
    (journey(FAIT="REFERENT", STATUT="VENU"), Code.NOT_IN_LIST, "STATUT"),
    (journey(FAIT="PROCEDURE", STATUT="OUVERTE", CODE="XX"), Code.NOT_IN_LIST, "CODE"),
]


@pytest.mark.parametrize(("odd", "code", "column"), CONTACTS)
def test_an_odd_contact_is_named_by_one_code(
    desk: Desk, odd: list[str], code: Code, column: str | None
) -> None:
    assert desk.found("cnaf-contacts", odd) == [(code, column)]


@pytest.mark.parametrize(("odd", "code", "column"), JOURNEYS)
def test_an_odd_journey_row_is_named_by_one_code(
    desk: Desk, odd: list[str], code: Code, column: str | None
) -> None:
    assert desk.found("cd-parcours", odd) == [(code, column)]


@pytest.mark.parametrize(
    "row",
    [
        journey(NOM_NAISSANCE="", NOM_USAGE="HIVER"),
        journey(DATE_NAISSANCE="01/07/1985", DATE="10/01/2022"),
        journey(FAIT="DROITS_DEVOIRS", STATUT="SOUMIS", CODE=""),
        journey(FAIT="ORIENTATION", STATUT="EN_ATTENTE", CODE=""),
        journey(FAIT="CONTRAT", STATUT="REFUSE", CODE="CER"),
        journey(FAIT="REFERENT", STATUT="CLOS", CODE=""),
        journey(FAIT="PROCEDURE", STATUT="OUVERTE", CODE="EP"),
        journey(NIR=nir()[:13]),
        journey(NIR=nir()),
    ],
)
def test_an_unusual_but_lawful_journey_row_is_accepted(desk: Desk, row: list[str]) -> None:
    assert desk.found("cd-parcours", row) == []


@pytest.mark.parametrize(
    ("changes", "code", "column"),
    [
        ({"individu/nir": wrong_key()}, Code.NIR_KEY, "NIR"),
        ({"individu/date-naissance": ""}, Code.MISSING_VALUE, "DATE_NAISSANCE"),
        ({"individu/date-naissance": "01/07/1985"}, Code.IMPOSSIBLE_DATE, "DATE_NAISSANCE"),
        ({"individu/commune-residence": "8105"}, Code.WRONG_FORMAT, "COMMUNE_RESIDENCE"),
        ({"allocataire/identifiant-pe": "12"}, Code.WRONG_FORMAT, "IDENTIFIANT_PE"),
        ({"ppae/date-dernier-ent": "2022"}, Code.UNUSABLE_DATE, "DATE_DERNIER_ENT"),
        ({"individu/nom-naissance": "C\x9cUR"}, Code.CP1252_BYTE, "NOM_NAISSANCE"),
    ],
)
def test_an_odd_dossier_is_named_by_one_code(
    desk: Desk, changes: dict[str, Any], code: Code, column: str
) -> None:
    dossiers = [*(dossier(index + 1) for index in range(40)), dossier(**changes)]
    report = desk.read("pe-parcours", pecg(dossiers)).report
    assert [(a.record, a.code, a.column) for a in report.anomalies] == [(41, code, column)]
    assert report.anomalies[0].line > 40


def test_the_second_of_two_identical_dossiers_is_ignored_and_still_counted(desk: Desk) -> None:
    report = desk.read("pe-parcours", pecg([dossier(1), dossier(1)])).report
    assert (report.read, report.accepted, report.ignored) == (2, 1, 1)


def test_the_last_interview_says_how_its_date_was_found(desk: Desk) -> None:
    written = ["2022-02-01", "", None, "2022", "03/01/2022", "2022-02-30"]
    dossiers = [dossier(n, **{"ppae/date-dernier-ent": text}) for n, text in enumerate(written)]
    rows = desk.read("pe-parcours", pecg(dossiers)).rows
    assert rows["DATE_DERNIER_ENT_ETAT"].to_list() == [
        "utilisable", "date_vide", "date_absente", *["date_inexploitable"] * 3
    ]  # fmt: skip
    assert rows["DATE_DERNIER_ENT"].null_count() == 5


def test_a_record_over_two_lines_keeps_both_and_shifts_those_after_it(desk: Desk) -> None:
    rows = [contact(1), contact(2, NOM='"LE\nBON"'), contact(3, TEL="12")]
    report = desk.read("cnaf-contacts", lines("cnaf-contacts", rows)).report
    assert [(a.line, a.end_line, a.record) for a in report.anomalies] == [(3, 4, 2), (5, 5, 3)]


def test_cells_come_out_canonical_and_empty_ones_null(desk: Desk) -> None:
    row = contact(MATRICULE="42", NIR=f" {NUMBER} ", TEL="+33 6 00 00 00 00", TEL2="nul",
                  MAIL=" Zoe@Example.ORG ", NOM="C\x9cUR", DEMANDE="1234567890")  # fmt: skip
    text = lines("cnaf-contacts", [row])
    rows = desk.read("cnaf-contacts", text.encode("iso-8859-1")).rows
    kept = rows.row(0, named=True)
    assert kept["MATRICULE"] == "0000042"
    assert kept["NIR"] == NUMBER
    assert kept["NUMERO DEMANDE RSA"] == "01234567890"
    assert (kept["NUMERO TELEPHONE DOSSIER"], kept["NUMERO TELEPHONE 2 DOSSIER"]) == (
        "0600000000",
        None,
    )
    assert (kept[NOM], kept[MAIL]) == ("CœUR", "zoe@example.org")
    assert kept["LIGNE"] == 2
