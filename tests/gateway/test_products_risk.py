"""The list for référents, to the byte, and what it must never carry."""

from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from gateway.errors import NotAuthorised
from gateway.habilitation import Grant, compile_grant
from gateway.products import PRODUCTS
from gateway.products.cells import UnsafeCell
from gateway.products.risque_rupture import COLUMNS, MENTION, sheet
from gateway.rules import cross
from tests.world.extracts import made
from tests.world.habilitations import example, offer_of
from tests.world.journeys import AS_OF, cd_rows, dossier, journeys, pe_rows

EXAMPLES = Path(__file__).parents[2] / "config" / "habilitations"


def a_grant(columns: tuple[str, ...] = COLUMNS) -> Grant:
    habilitation = example("risque-rupture-cd", columns=columns)
    return compile_grant(habilitation, offer_of(habilitation), AS_OF)


def build(told: pl.DataFrame, known: pl.DataFrame, *, as_of: date, grant: Grant) -> bytes:
    drawn = sheet(told, known, as_of=as_of, departement="08")
    return made(drawn, "risque-rupture", grant, as_of)


def signals() -> pl.DataFrame:
    """`contrat` is R09; `silence` is R12, R13 and R13b; `suivi` is nothing."""
    everybody = ("contrat", "silence", "suivi")
    cd: list[tuple[Any, ...]] = [
        *((name, "ORIENTATION", date(2021, 6, 1), None, "SOCIAL", "ORIENTE") for name in everybody),
        *((name, "REFERENT", date(2021, 6, 1), None, None, "ACTIF") for name in everybody),
        *((name, "CONTRAT", date(2021, 6, 9), None, "CER", "VALIDE") for name in everybody[1:]),
        ("contrat", "CONTRAT", date(2021, 10, 10), date(2022, 4, 10), "CER", "VALIDE"),
    ]
    seen = (date(2022, 6, 1), date(2022, 1, 20), date(2022, 6, 1))
    cd += [
        (name, "RDV", day, None, "ENTRETIEN", "VENU")
        for name, day in zip(everybody, seen, strict=True)
    ]
    known = dossier(
        "silence",
        DATE_DEBUT_IDE=date(2021, 6, 1),
        DATE_SIGNATURE=date(2021, 6, 1),
        MODALITE_CODE="REN",
        DATE_DERNIER_ENT=date(2022, 1, 15),
        DATE_DERNIER_ENT_ETAT="utilisable",
    )
    return cross(journeys(cd_rows(cd), pe_rows(known), {"silence": "A"}), as_of=AS_OF).signals


def people(*rows: tuple[str, str, str | None], watched: bool = False) -> pl.DataFrame:
    names = {"PERSONNE": pl.String, "ID_CD": pl.String, "GRADE": pl.String}
    return pl.DataFrame(
        rows
        or [("contrat", "CD08-2", "none"), ("silence", "CD08-1", "A"), ("suivi", "CD08-3", "none")],
        schema=names,
        orient="row",
    ).with_columns(A_SURVEILLER=pl.lit(value=watched), PRIORITE=pl.lit("basse"))


def lines(body: bytes) -> list[list[str]]:
    return [line.split(";") for line in body.decode("utf-8-sig").splitlines()]


def test_the_list_is_exact_to_the_byte() -> None:
    assert (
        build(signals(), people(), as_of=AS_OF, grant=a_grant())
        == (
            "\ufeffID_CD;DATE_SITUATION;REGLE;NOM_REGLE;MOTIF;DEPUIS;JOURS;SEUIL;SOURCES;RAPPROCHEMENT;VERSION_REGLES;PRIORITE;A_SURVEILLER\r\n"
            "CD08-1;2022-06-15;R12;Aucun contact avec le département;"
            "Aucun contact connu du département depuis le 20/01/2022, soit 146 jours (seuil : 120 jours).;"
            "2022-01-20;146;120;cd-parcours du 15/06/2022;A;AVANT_2025-3;basse;non\r\n"
            "CD08-1;2022-06-15;R13;Aucun entretien Pôle emploi récent;"
            "Dernier entretien à Pôle emploi le 15/01/2022, soit 137 jours au 01/06/2022 (seuil : 90 jours).;"
            "2022-01-15;137;90;pe-parcours du 01/06/2022;A;AVANT_2025-3;basse;non\r\n"
            "CD08-1;2022-06-15;R13b;Double silence;"
            "Aucun contact connu du département depuis le 20/01/2022, soit 146 jours (seuil : 120 jours), "
            "ni entretien à Pôle emploi depuis le 15/01/2022, soit 137 jours au 01/06/2022 (seuil : 90 jours).;"
            "2022-01-20;146;120;cd-parcours du 15/06/2022, pe-parcours du 01/06/2022;A;AVANT_2025-3;basse;non\r\n"
            "CD08-2;2022-06-15;R09;Contrat échu non renouvelé;"
            "Contrat terminé le 10/04/2022 et non renouvelé depuis 66 jours (seuil : 60 jours).;"
            "2022-04-10;66;60;cd-parcours du 15/06/2022;aucun;AVANT_2025-3;basse;non\r\n"
        ).encode()
    )


def test_the_same_signals_in_another_order_are_the_same_bytes() -> None:
    expected = build(signals(), people(), as_of=AS_OF, grant=a_grant())
    assert build(signals().reverse(), people().reverse(), as_of=AS_OF, grant=a_grant()) == expected


def test_no_pseudonym_leaves() -> None:
    body = build(signals(), people(), as_of=AS_OF, grant=a_grant()).decode("utf-8-sig")
    assert not {cell for line in body.splitlines() for cell in line.split(";")} & {
        "contrat",
        "silence",
        "suivi",
    }


def test_only_the_people_of_the_recipient_leave() -> None:
    body = build(signals(), people(("contrat", "CD08-2", "none")), as_of=AS_OF, grant=a_grant())
    assert [line[0] for line in lines(body)[1:]] == ["CD08-2"]


def test_somebody_with_two_identifiers_is_found_under_both() -> None:
    both = people(("contrat", "CD08-9", "none"), ("contrat", "CD08-2", "none"))
    assert [
        line[0] for line in lines(build(signals(), both, as_of=AS_OF, grant=a_grant()))[1:]
    ] == ["CD08-2", "CD08-9"]


def test_one_identifier_for_two_persons_is_refused() -> None:
    with pytest.raises(ValueError, match="several persons"):
        build(
            signals(),
            people(("contrat", "CD08-1", "none"), ("silence", "CD08-1", "A")),
            as_of=AS_OF,
            grant=a_grant(),
        )


def test_columns_outside_the_grant_are_not_written() -> None:
    body = build(signals(), people(), as_of=AS_OF, grant=a_grant(("REGLE", "ID_CD")))
    assert lines(body) == [
        ["ID_CD", "REGLE"],
        ["CD08-1", "R12"],
        ["CD08-1", "R13"],
        ["CD08-1", "R13b"],
        ["CD08-2", "R09"],
    ]


def test_a_grant_that_opens_another_product_opens_nothing_here() -> None:
    other = example("contacts-rdv-insertion")
    with pytest.raises(NotAuthorised, match="autre produit"):
        build(signals(), people(), as_of=AS_OF, grant=compile_grant(other, offer_of(other), AS_OF))


@pytest.mark.parametrize("identifier", ["=1+1", "+33", "-5", "@x"])
def test_an_identifier_a_spreadsheet_would_run_is_refused(identifier: str) -> None:
    with pytest.raises(UnsafeCell, match="1 cells of ID_CD"):
        build(signals(), people(("contrat", identifier, "none")), as_of=AS_OF, grant=a_grant())


def test_the_mention_is_for_the_manifest_and_not_for_every_row() -> None:
    assert PRODUCTS["risque-rupture"].mention == MENTION and "pas une décision" in MENTION
    assert "décision" not in build(signals(), people(), as_of=AS_OF, grant=a_grant()).decode(
        "utf-8-sig"
    )


def test_no_signal_leaves_the_header_alone() -> None:
    assert (
        build(signals().clear(), people(), as_of=AS_OF, grant=a_grant()).decode("utf-8-sig")
        == ";".join(COLUMNS) + "\r\n"
    )


def test_a_planned_appointment_is_told_after_the_reason() -> None:
    body = build(signals(), people(watched=True), as_of=AS_OF, grant=a_grant(("MOTIF",)))
    assert len(lines(body)) == 5
    for (motive,) in lines(body)[1:]:
        assert motive.endswith(". À surveiller : un rendez-vous est prévu prochainement.")


def test_without_a_usable_file_of_pole_emploi_nobody_is_said_to_be_linked() -> None:
    rows = people(("contrat", "CD08-2", None))
    body = build(signals(), rows, as_of=AS_OF, grant=a_grant(("RAPPROCHEMENT",)))
    assert lines(body) == [["RAPPROCHEMENT"], ["aucun"]]
