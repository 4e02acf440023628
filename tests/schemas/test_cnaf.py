"""Beneficiaries and instructions of the CNAF and the MSA: what is read, what never is, and each verdict."""

from typing import Any

import polars as pl
import pytest

from schemas.codes import Code
from schemas.contract import Category, Fate
from schemas.nomenclatures import nomenclature
from schemas.reading import FileRefused
from schemas.registry import contract
from schemas.reports import to_csv, to_json
from tests.schemas import foyers
from tests.schemas.foyers import (
    anomalies,
    anomaly,
    block,
    flow,
    flux,
    household,
    identification,
    instruction,
    instructions,
    person,
    situation,
    suspended,
    tags,
)
from tests.schemas.papers import NUMBER, Desk, contact, lines, nir, wrong_key

FLOW, ASKED = "cnaf-beneficiaires", "cnaf-instructions"
CUT = "....\n"
MONEY = flow(
    [block("InfosFinancieresFoyerRSA", identification(n)) for n in (1, 2)],
    head=flux(NATFLUX="F"),
    schema="vrsf0501.xsd",
)


def rows(desk: Desk, *households: str) -> list[dict[str, Any]]:
    reading = desk.read(FLOW, flow(households))
    assert reading.report.anomalies == ()
    return reading.rows.to_dicts()


def cut(text: str, after: str, count: int = 1, stop: str = CUT) -> str:
    """Stop a file after the so-manyth time something stands in it."""
    parts = text.split(after)
    return after.join(parts[:count]) + after + stop


TWO = [household(head=identification(1)), household(head=identification(2))]
# What the note on the kit says is wrong with each of its six files, in files of ours.
TRUNCATED = {
    "RSABEI": cut(flow(TWO, head=flux(TYPEFLUX="I")), "</Personne>\n"),
    "RSABEM": cut(flow(TWO), "<DemandeRSA>\n", 2, stop=""),
    "MSABEM": cut(flow(TWO, head=flux(APPLIEME="AGO")), "</IdentificationRSA>\n", 2),
    "MSAFIM": cut(MONEY, "<InfosFinancieresFoyerRSA>\n", 2),
    "RSAFIM": cut(MONEY, "<Partenaire>\n", 2, stop=""),
    "RSAFAM": cut(MONEY, "<Partenaire>\n", 2, stop=""),
}


@pytest.mark.parametrize("name", TRUNCATED)
def test_a_truncated_file_of_the_kit_is_refused_as_truncated(desk: Desk, name: str) -> None:
    refused = desk.refusal(FLOW, TRUNCATED[name])
    assert refused.code is Code.MALFORMED_XML
    assert refused.line == TRUNCATED[name].count("\n") + 1


def test_a_file_of_anomalies_is_read_and_told_apart(desk: Desk) -> None:
    odd = [household(state=situation(None), after=anomaly()) for _ in range(1)]
    reading = desk.read(FLOW, anomalies(odd, TYPEFLUX="I"))
    assert (reading.kind, reading.report.accepted) == ("I-ANO", 1)
    assert reading.rows.select("EN_ANOMALIE", "ETATDOSRSA").rows() == [("1", None)]
    assert desk.read(FLOW, flow(TWO)).kind == "M"


def test_a_dossier_without_a_state_is_refused_outside_anomalies(desk: Desk) -> None:
    stateless = household(head=identification(99), state=situation(None))
    good = [household(head=identification(n)) for n in range(30)]
    [found] = desk.read(FLOW, flow([*good, stateless])).report.anomalies
    assert (found.record, found.column, found.code) == (31, "ETATDOSRSA", Code.MISSING_VALUE)


@pytest.mark.parametrize(
    ("content", "code", "column"),
    [
        (anomalies(TWO).replace("00000002", "00000003"), Code.CONTROL_TOTAL, "ANO"),
        (flow(TWO, totals={"NBTOTDOSRSATRANSM": "00000003"}), Code.CONTROL_TOTAL, "TRANSM"),
        (flow(TWO, totals={}), Code.WRONG_ENVELOPE, "TRANSM"),
        (flow(TWO, head=flux(DTREF=None)), Code.WRONG_ENVELOPE, "DTREF"),
        (flow(TWO, head=flux(APPLIEME=None)), Code.WRONG_ENVELOPE, "APPLIEME"),
        (flow(TWO, head=flux(TYPEFLUX=None)), Code.WRONG_ENVELOPE, "TYPEFLUX"),
        (flow([], head=flux(NATFLUX="C"), schema="vrsc0201.xsd"), Code.WRONG_ENVELOPE, "NATFLUX"),
        (MONEY, Code.WRONG_ENVELOPE, "NATFLUX"),
        (instructions([instruction()]), Code.WRONG_ENVELOPE, "NATFLUX"),
    ],
)
def test_an_envelope_that_is_not_of_this_flow_refuses_the_file(
    desk: Desk, content: str, code: Code, column: str
) -> None:
    refused = desk.refusal(FLOW, content)
    assert refused.code is code
    assert refused.column is not None
    assert refused.column.endswith(column)


def test_a_flow_with_nobody_is_legal(desk: Desk) -> None:
    reading = desk.read(FLOW, flow([]))
    assert (reading.report.read, str(reading.reference_date)) == (0, "2022-05-31")
    assert desk.read(ASKED, instructions([])).report.read == 0


def test_the_complete_example_of_the_msa_is_accepted_and_its_hidden_nir_goes_nowhere(
    desk: Desk,
) -> None:
    ceding = tags({"FONORGCEDMUT": "MSA", "NUMORGCEDMUT": "512", "MATRICULEORGCEDMUT": NUMBER, "DDARRMUT": "2022-01-01"})  # fmt: skip
    long = "109876543212345"
    head = identification(
        1, block("OrganismeCedant", ceding), FONORG="MSA", MATRICULE=long, TYPEPARTE="CG",
        NUMDEMRSA="1234567808",
    )  # fmt: skip
    text = flow([household(person(NIR=nir()), head=head)], head=flux(APPLIEME="AGO", TYPEFLUX="I"))
    [row] = desk.read(FLOW, text).rows.to_dicts()
    assert (row["MATRICULE"], row["NUMDEMRSA"], row["NIR"]) == (long, "01234567808", nir())
    assert (row["TYPEPARTE"], row["NUMORGCEDMUT"], str(row["DDARRMUT"])) == ("CG", "512", "2022-01-01")  # fmt: skip
    dropped = contract(FLOW).with_fate(Fate.DROP)
    assert {name for name, value in row.items() if str(NUMBER) in str(value)} == {"NIR", "MATRICULEORGCEDMUT"}  # fmt: skip
    assert "MATRICULEORGCEDMUT" in dropped


def test_the_contacts_of_the_kit_are_refused_on_their_line(desk: Desk) -> None:
    rows = [contact(MATRICULE="42"), contact(MATRICULE="42", TYPE="Monsieur", NIR=wrong_key())]
    refused = desk.refusal("cnaf-contacts", lines("cnaf-contacts", rows).rstrip("\n"))
    assert refused.code is Code.TOO_MANY_REJECTS
    assert refused.report is not None
    assert [(a.line, a.column, a.code) for a in refused.report.anomalies] == [(3, "NIR", Code.NIR_KEY)]  # fmt: skip


def test_a_person_has_its_own_role_and_number_never_those_of_another(desk: Desk) -> None:
    parent = tags({"NOMNAI": "ÉTÉ", "NIR": NUMBER, "TYPEPAR": "MER"})
    child = person(block("Rattachement", parent), role="ENF", family_role="ENF", NIR=None)
    adult = person(role="CJT", family_role="DEM")
    found = rows(desk, household(adult, child))
    assert [(row["ROLEPERS"], row["NIR"]) for row in found] == [("CJT", NUMBER), ("ENF", None)]
    assert {row["MATRICULE"] for row in found} == {"0000001"}


def test_a_person_without_a_role_in_the_rsa_is_refused(desk: Desk) -> None:
    good = [household(head=identification(n)) for n in range(30)]
    odd = household(person(role="")).replace("<ROLEPERS></ROLEPERS>", "")
    [found] = desk.read(FLOW, flow([*good, odd])).report.anomalies
    assert (found.column, found.code) == ("ROLEPERS", Code.MISSING_VALUE)


def test_every_motive_is_joined_with_its_date_place_by_place(desk: Desk) -> None:
    motives = [("05 ", "2022-03-01"), ("70", None), ("AB ", "2022-04-01")]
    right = suspended("SuspensionDroit", ("DL", "2022-02-01"))
    state = situation("4", right, suspended("SuspensionVersement", *motives))
    [row] = rows(desk, household(state=state))
    assert (row["MOTISUSVERSRSA"], row["DDSUSVERSRSA"]) == ("05,70,AB", "2022-03-01,,2022-04-01")
    assert (row["MOTISUSDRORSA"], row["DDSUSDRORSA"]) == ("DL", "2022-02-01")


def test_activities_keep_their_places_and_those_of_another_person_apart(desk: Desk) -> None:
    def activity(act: str, start: str, end: str | None) -> str:
        return block("Activite", tags({"REG": "GE", "ACT": act, "DDACT": start, "DFACT": end}))

    busy = person(activity("CDD", "2020-01-01", "2020-06-30"), activity("ANP", "2021-01-01", None))
    idle = person(role="CJT")
    first, second = rows(desk, household(busy, idle))
    assert (first["ACT"], first["DDACT"], first["DFACT"]) == ("CDD,ANP", "2020-01-01,2021-01-01", "2020-06-30,")  # fmt: skip
    assert (second["ACT"], second["DDACT"], second["DFACT"]) == (None, None, None)


@pytest.mark.parametrize("act", ["A,B", "CDD;ANP", "cdd", "CONTRAT"])
def test_a_code_that_would_shift_its_neighbours_refuses_its_row(desk: Desk, act: str) -> None:
    odd = person(block("Activite", tags({"ACT": act, "DDACT": "2020-01-01"})))
    good = [household(head=identification(n)) for n in range(30)]
    [found] = desk.read(FLOW, flow([*good, household(odd)])).report.anomalies
    assert (found.column, found.code) == ("ACT", Code.WRONG_FORMAT)


def test_the_commune_is_that_of_the_current_address_whatever_its_place(desk: Desk) -> None:
    moved = foyers.address("02", "08999") + foyers.address("01", "08105")
    assert [row["NUMCOM"] for row in rows(desk, household(addresses=moved))] == ["08105"]
    abroad = foyers.address("02", "08999")
    assert [row["NUMCOM"] for row in rows(desk, household(addresses=abroad))] == [None]


def test_transfers_sanctions_and_entries_are_read_from_their_own_blocks(desk: Desk) -> None:
    leaving = block("OrganismePrenant", tags({"NUMORGPRENMUT": "511", "DDDEPAMUT": "2022-05-01"}))
    cuts = [{"MTREDRSA": "0000100.00", "DDREDRSA": day} for day in ("2022-01-01", "2022-02-01")]
    rights = block("AvisPCGDroitRSA", *(block("ReductionRSA", tags(each)) for each in cuts))
    events = [("ADR", "2022-05-02"), ("ENTDED", "2022-05-03"), ("HOSPLA", "2022-05-04")]
    after = "".join(block("Evenement", tags({"DTLIQ": day, "FG": fact})) for fact, day in events)
    [row] = rows(desk, household(head=identification(1, leaving), rights=rights, after=after))
    assert (row["NUMORGPRENMUT"], str(row["DDDEPAMUT"])) == ("511", "2022-05-01")
    assert (row["DDREDRSA"], row["DFREDRSA"]) == ("2022-01-01,2022-02-01", ",")
    assert row["DTLIQ_ENTDED"] == "2022-05-03"


def test_nothing_of_health_money_or_control_reaches_a_row_or_a_report(desk: Desk) -> None:
    secret = [
        block("Grossesse", tags({"DDGRO": "SECRET1", "NATFINGRO": "SECRET2"})),
        block("Ressources", block("RessourcesMensuelles", tags({"MTNATRESSMEN": "SECRET3"}))),
        block("PensionAlimentaire", block("CreanceAlimentaire", tags({"COMMCREALIM": "SECRET4"}))),
        block("Rattachement", tags({"NOMNAI": "SECRET5", "NIR": "SECRET6"})),
    ]
    checked = block("ControleAdministratif", tags({"LIBCIBCONTRO": "SECRET7"}))
    after = block("Controle", checked) + anomaly("DOSSIER SECRET8")
    reading = desk.read(FLOW, flow([household(person(*secret), after=after)]))
    said = str(reading.rows.to_dicts()) + to_json(reading.report) + to_csv(reading.report)
    assert "SECRET" not in said
    assert "CACHEE" not in said


@pytest.mark.parametrize("flow_name", [FLOW, ASKED])
def test_no_sensitive_column_is_carried_and_no_number_goes_further_than_the_index(
    flow_name: str,
) -> None:
    columns = contract(flow_name).columns
    paths = " ".join(column.path for column in columns)
    for block_name in ("Grossesse", "Ressources", "Pension", "Controle", "RIB", "Nationalite", "LIBANO", "Rattachement"):  # fmt: skip
        assert block_name not in paths
    for column in columns:
        if column.category in {Category.SENSITIVE, Category.KEY}:
            assert Fate.CARRY not in column.fates


def test_a_household_of_another_departement_says_so_on_its_row(desk: Desk) -> None:
    other = flow([household(head=identification(1, IDEPARTE="02A"))])
    assert contract(FLOW).departement_column == "IDEPARTE"
    try:
        assert desk.read(FLOW, other).rows["IDEPARTE"].to_list() == ["2A"]
    except FileRefused as refused:  # once the law of the rows' département is in force
        assert refused.code is Code.OTHER_DEPARTEMENT


@pytest.mark.parametrize(
    ("prolog", "encoding"),
    [("ISO-8859-1", "iso-8859-1"), ("windows-1252", "cp1252"), ("UTF-8", "utf-8")],
)
def test_accents_are_read_in_the_encoding_the_prolog_says(
    desk: Desk, prolog: str, encoding: str
) -> None:
    text = flow([household()], prolog=f'<?xml version="1.0" encoding="{prolog}"?>\n')
    assert desk.read(FLOW, text.encode(encoding)).rows["PRENOM"].to_list() == ["ZOÉ"]


@pytest.mark.parametrize(
    ("prolog", "encoding"),
    [
        ("ISO-8859-1", "utf-8"),
        ("UTF-8", "iso-8859-1"),
        ("windows-1252", "utf-8"),
        ("UTF-7", "ascii"),
        ("IBM037", "iso-8859-1"),
        ("UTF-16", "utf-16"),
        ("ISO-8859-15", "iso-8859-15"),
    ],
)
def test_an_encoding_the_contract_does_not_accept_is_never_guessed(
    desk: Desk, prolog: str, encoding: str
) -> None:
    text = flow([household()], prolog=f'<?xml version="1.0" encoding="{prolog}"?>\n')
    assert desk.refusal(FLOW, text.encode(encoding, "replace")).code is Code.WRONG_ENCODING


def test_windows_letters_are_read_as_they_are_meant(desk: Desk) -> None:
    def read(prolog: str, encoding: str, name: str) -> tuple[object, list[Code]]:
        text = flow([household(person(NOM=name))], prolog=f'<?xml version="1.0" encoding="{prolog}"?>\n')  # fmt: skip
        reading = desk.read(FLOW, text.encode(encoding))
        return reading.rows["NOM"].item(), [a.code for a in reading.report.anomalies]

    assert read("windows-1252", "cp1252", "CŒUR") == ("CŒUR", [])
    assert read("UTF-8", "utf-8", "ZOÉ") == ("ZOÉ", [])
    assert read("ISO-8859-1", "cp1252", "CŒUR") == ("CŒUR", [Code.CP1252_BYTE])


def test_contacts_come_with_the_consent_given_for_them(desk: Desk) -> None:
    both = [foyers.contacts(AUTORUTITEL="R", NUMTEL="06 00 00 00 00"), foyers.contacts(NUMTEL="0611111111")]  # fmt: skip
    text = instructions([instruction(contacts=both), instruction(contacts=[])])
    reading = desk.read(ASKED, text)
    assert reading.rows.select("NUMTEL", "AUTORUTITEL", "ADRELEC", "AUTORUTIADRELEC").rows() == [
        ("0600000000", "R", "zoe@example.org", "A"),
        (None, None, None, None),
    ]
    assert (reading.kind, reading.reference_date) == ("I", None)
    assert "SECRET" not in str(reading.rows.to_dicts())


def test_a_consent_never_goes_with_the_contact_of_another_block(desk: Desk) -> None:
    mixed = [foyers.contacts(AUTORUTITEL=None), foyers.contacts(AUTORUTITEL="A", NUMTEL="0611111111")]  # fmt: skip
    row = desk.read(ASKED, instructions([instruction(contacts=mixed)])).rows
    assert row.select("NUMTEL", "AUTORUTITEL").row(0) == ("0600000000", None)


@pytest.mark.parametrize(
    ("changes", "code", "column"),
    [
        ({"AUTORUTITEL": "X"}, Code.NOT_IN_LIST, "AUTORUTITEL"),
        ({"NUMTEL": "12"}, Code.PHONE, "NUMTEL"),
        ({"ADRELEC": "zoe"}, Code.EMAIL, "ADRELEC"),
    ],
)
def test_a_wrong_contact_is_said_on_its_request(
    desk: Desk, changes: dict[str, str], code: Code, column: str
) -> None:
    good = [instruction(head=identification(n)) for n in range(30)]
    odd = instruction(head=identification(99), contacts=[foyers.contacts(**changes)])
    [found] = desk.read(ASKED, instructions([*good, odd])).report.anomalies
    assert (found.record, found.code, found.column) == (31, code, column)


def test_requests_are_counted_against_their_own_total(desk: Desk) -> None:
    assert desk.refusal(ASKED, instructions([instruction()], total="2")).code is Code.CONTROL_TOTAL
    assert desk.refusal(ASKED, flow(TWO)).code is Code.WRONG_ENVELOPE


def test_the_groups_of_the_population_gate_speak_of_known_codes() -> None:
    for name in ("etatdosrsa", "motisusversrsa", "motisusdrorsa", "act", "rolepers", "autorisation-contact"):  # fmt: skip
        held = nomenclature(name)
        assert {code for codes in held.groups.values() for code in codes} <= set(held.labels)
    motives = nomenclature("motisusversrsa").groups
    assert set(motives["beneficiaire"]) == {*motives["reels"], *motives["theoriques"]}
    assert set(motives["reels"]) == {"05", "44", "70"}


def test_the_columns_of_a_reading_are_text_or_dates_only(desk: Desk) -> None:
    kinds = set(desk.read(FLOW, flow(TWO)).rows.drop("LIGNE").schema.dtypes())
    assert kinds == {pl.String, pl.Date}
