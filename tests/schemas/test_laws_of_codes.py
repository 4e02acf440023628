"""Field types of places, establishments and figures, held to independent oracles and to the law's own words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.fr import siret as oracle

from schemas.codes import Code
from schemas.fields.exits import is_harmless_exit
from schemas.fields.figures import AMOUNT, BOOLEAN, UUID
from schemas.fields.identifiers import PE_IDENTIFIER, short_pe_identifier
from schemas.fields.places import COMMUNE, DEPARTEMENT
from schemas.fields.siret import SIRET
from schemas.fields.suspensions import suspension_length
from tests.schemas.asking import computed, verdict

FIGURES = st.text("0123456789", min_size=14, max_size=14)


@given(FIGURES)
def test_a_siret_is_right_when_the_public_library_says_so(number: str) -> None:
    assert verdict(SIRET, number) == (number, None if oracle.is_valid(number) else Code.SIRET)


@given(st.text("0123456789", min_size=9, max_size=9), st.text("0123456789", min_size=4, max_size=4))
def test_some_last_figure_always_makes_a_right_siret(siren: str, number: str) -> None:
    tails = [f"{siren}{number}{figure}" for figure in range(10)]
    right = [tail for tail in tails if verdict(SIRET, tail)[1] is None]
    assert right == [tail for tail in tails if oracle.is_valid(tail)]


@pytest.mark.parametrize("number", ["35600000049837", "356 000 000 00048"])
def test_la_poste_has_a_key_of_its_own(number: str) -> None:
    assert verdict(SIRET, number)[1] is None


@pytest.mark.parametrize(
    ("written", "read"),
    [("08", "08"), ("8", "08"), ("008", "08"), ("052", "52"), ("2a", "2A"), ("02B", "2B"),
     ("974", "974"), ("988", "988"), (" 93 ", "93")],
)  # fmt: skip
def test_a_departement_is_read_in_every_writing_of_the_files(written: str, read: str) -> None:
    assert verdict(DEPARTEMENT, written) == (read, None)


@pytest.mark.parametrize("written", ["00", "96", "20", "2C", "979", "0", "AB", "1234"])
def test_what_is_no_departement_is_refused(written: str) -> None:
    assert verdict(DEPARTEMENT, written)[1] is Code.WRONG_FORMAT


@pytest.mark.parametrize("written", ["08081", "2A004", "97105", "98818"])
def test_a_commune_has_five_characters_of_a_departement(written: str) -> None:
    assert verdict(COMMUNE, written) == (written, None)


@pytest.mark.parametrize("written", ["8081", "00123", "96001", "2C004", "97901", "080811"])
def test_what_is_no_commune_is_refused(written: str) -> None:
    assert verdict(COMMUNE, written)[1] is Code.WRONG_FORMAT


@pytest.mark.parametrize(
    ("written", "read"), [("0001675.00", "1675.00"), ("0000000.00", "0.00"), ("-12.5", "-12.5")]
)
def test_an_amount_loses_its_padding_and_nothing_else(written: str, read: str) -> None:
    assert verdict(AMOUNT, written) == (read, None)


@pytest.mark.parametrize("written", ["12,50", "1e5", "12.345", "", "."])
def test_what_is_no_amount_is_refused(written: str) -> None:
    assert verdict(AMOUNT, written)[1] is Code.WRONG_FORMAT


def test_a_boolean_of_the_cnaf_is_a_nought_or_a_one() -> None:
    assert [verdict(BOOLEAN, text)[1] for text in ("0", "1", "2", "O")] == [
        None,
        None,
        Code.NOT_IN_LIST,
        Code.NOT_IN_LIST,
    ]


@given(st.uuids())
def test_a_uuid_is_read_in_both_cases(number: object) -> None:
    assert verdict(UUID, str(number).upper()) == (str(number), None)
    assert verdict(UUID, str(number)[:-1])[1] is Code.WRONG_FORMAT


@pytest.mark.parametrize(
    ("label", "length"),
    [
        ("NON REPONSE A CONVOCATION SUSPENSION DE DEUX MOIS", "P2M"),
        ("REFUS ACTION INSERTION SUSPENSION DE QUINZE JOURS", "P15D"),
        ("Insuffisance de recherche d'emploi suspension de 6 mois", "P6M"),
        ("SUSPENSION D'UN MOIS", "P1M"),
        ("SUSPENSION DE DOUZE MOIS", "P12M"),
        ("ABSENCE AU CONTROLE (NON REPONSE A DAM)", None),
        ("SUSPENSION DE LONGUE DUREE", None),
        ("", None),
        ("SUSPENSION PENDANT UNE PÉRIODE DE SIX MOIS", "P6M"),
        ("Suspension d’une durée de quatre mois", "P4M"),
        ("SUSPENSION DE DEUX (2) MOIS", "P2M"),
        ("SUSPENSION: 15J", "P15D"),
        ("RADIATION POUR UN MOIS", "P1M"),
        ("INTERDICTION DE REINSCRIPTION DE 12 MOIS", "P12M"),
        ("SUSPENSION DE TRENTE JOURS", "P30D"),
        ("SUSPENSION DE 0 MOIS", None),
        ("SUSPENSION DE 6 A 12 MOIS", None),
        ("SUSPENSION DE SIX MOIS A DOUZE MOIS", None),
        ("SUSPENSION DE DEUX MOIS ET 15 JOURS", None),
        ("SUSPENSION DE QUINZE JOURS PUIS SUSPENSION DE DEUX MOIS", None),
        ("SUSPENSION DE DEUX MOISSONS", None),
        ("FIN DE CONTRAT DE DEUX MOIS", None),
        ("SUSPENSION DE 123 MOIS", None),
    ],
)
def test_the_length_of_a_suspension_is_read_in_its_label(label: str, length: str | None) -> None:
    assert computed(suspension_length, label) == length


@given(st.integers(1, 99), st.sampled_from(["MOIS", "JOURS"]), st.text("ABCDEF ", max_size=12))
def test_a_length_in_figures_is_read_whatever_comes_before(
    number: int, unit: str, before: str
) -> None:
    label = f"{before} SUSPENSION DE {number} {unit}"
    assert computed(suspension_length, label) == f"P{number}{unit[0].replace('J', 'D')}"


@given(st.text("0123456789", min_size=8, max_size=8), st.text("0123456789", min_size=3, max_size=3))
def test_a_short_identifier_is_the_same_wherever_the_region_stands(
    figures: str, region: str
) -> None:
    short = f"{figures[:7]}X"
    whole = (f"{region}{short}", f"{short}{region}", short)
    assert [computed(short_pe_identifier, text) for text in whole] == [short] * 3
    assert [verdict(PE_IDENTIFIER, text)[1] for text in whole] == [None] * 3
    assert computed(short_pe_identifier, f"{region}{figures}") == figures


@pytest.mark.parametrize("text", ["1234567AB12", "", "1234567", "123456789012"])
def test_a_short_identifier_that_cannot_be_told_is_none(text: str) -> None:
    assert computed(short_pe_identifier, text) is None


@pytest.mark.parametrize(
    ("code", "said"),
    [("11", "1"), ("34", "1"), ("72", "1"), ("90", "0"), ("35", "0"), ("42", "0"), ("8X", "0")],
)
def test_an_exit_is_harmless_when_the_list_of_codes_says_so(code: str, said: str) -> None:
    assert computed(is_harmless_exit, code) == said
