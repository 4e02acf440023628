"""Every flow of an invented département has the layout partners send, and tells of the same people."""

import re
from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from stdnum.fr import nir as referee

from schemas.generator import write_departement
from schemas.generator.wishes import Layout
from tests.schemas.everything import AS_OF, Departement, adults, role, written

GATE = {"01", "05", "06", "35", "36", "44", "70"}
NEW = ("RSABEM.xml", "RSABEI.xml", "RSABAM.xml", "MSABEM.xml", "MSABEI.xml", "IRSACG.xml")


def contents(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_the_same_wishes_write_the_same_bytes_and_the_older_files_keep_theirs(
    tmp_path: Path,
) -> None:
    one, two, alone = (tmp_path / name for name in ("one", "two", "alone"))
    assert written(one, "2A", 40).said == written(two, "2A", 40).said
    assert contents(one) == contents(two)
    write_departement(alone, departement="2A", people=40, seed=3, as_of=AS_OF)
    assert contents(alone).items() <= contents(one).items()


def test_households_have_the_layout_of_the_caf(place: Departement) -> None:
    root = place.xml("cnaf/RSABEM.xml")
    count = len(place.households)
    assert root.findtext("TransmissionFlux/NBTOTDOSRSATRANSM") == f"{count:08d}"
    for household in place.households:
        assert re.fullmatch(r"[0-9]{7}0{8}", household.findtext(".//Organisme/MATRICULE") or "")
        assert household.findtext(".//TYPEPARTE") == "CG  "
        assert household.findtext(".//IDEPARTE") == "008"
        ranks = [node.text for node in household.iter("RGADR")]
        assert ranks == ["01", "02", "03"][: len(ranks)]
        assert len(household.findall("Personne/Prestations")) == 2 * len(
            household.findall("Personne")
        )
        assert {len(node.text or "") for node in household.iter("NIR")} <= {13}
    assert len(re.findall(rb"[\xc0-\xff]", place.bytes("cnaf/RSABEM.xml"))) > count
    assert {len(list(h.iter("RGADR"))) for h in place.households} == {1, 2, 3}


def test_a_role_in_family_benefits_is_not_always_the_one_in_the_rsa(place: Departement) -> None:
    people = [person for household in place.households for person in adults(household)]
    assert Counter(role(p, "PFA") == role(p, "RSA") for p in people)[False] > 4
    for household in place.households:
        assert sorted(role(p, "RSA") or "" for p in adults(household)) in (["DEM"], ["CJT", "DEM"])


def test_children_carry_the_numbers_of_their_parents_and_no_other(place: Departement) -> None:
    carried = 0
    for household in place.households:
        parents = {p.findtext("Identification/NIR") for p in adults(household)}
        for child in household.findall("Personne"):
            if role(child, "RSA") == "ENF":
                assert child.find("Identification/NIR") is None
                found = {node.text for node in child.findall("Rattachement/NIR")}
                assert found <= parents
                carried += len(found)
    assert carried > 100


def followed(place: Departement) -> Iterator[tuple[dict[str, str], dict[str, str]]]:
    for person in place.persons:
        if "cd-parcours" in person["flux"]:
            yield person["flux"]["cd-parcours"], person["flux"]["cnaf-beneficiaires"]


def test_everybody_the_departement_follows_is_in_the_population(place: Departement) -> None:
    by_matricule = {h.findtext(".//Organisme/MATRICULE"): h for h in place.households}
    states: Counter[str | None] = Counter()
    for _, at_caf in followed(place):
        household = by_matricule[at_caf["MATRICULE"]]
        (person,) = (p for p in adults(household) if role(p, "RSA") == at_caf["ROLEPERS"])
        assert person.findtext(".//TOPPERSDRODEVORSA") == "1"
        state = household.findtext(".//ETATDOSRSA")
        states[state] += 1
        assert state in {"2", "3", "4"}
        assert household.findtext(".//MOTISUSVERSRSA") in ({None} if state != "4" else GATE)
        assert (household.findtext(".//Adresse//NUMCOM") or "").startswith("08")
        assert household.find(".//OrganismePrenant") is None
    assert len(states) == 3
    assert sum(states.values()) == 1_000


def test_households_nobody_follows_are_in_every_state(place: Departement) -> None:
    ours = {at_caf["MATRICULE"] for _, at_caf in followed(place)}
    others = [h for h in place.households if h.findtext(".//Organisme/MATRICULE") not in ours]
    assert {h.findtext(".//ETATDOSRSA") for h in others} == set("0123456")
    assert any(h.find(".//OrganismePrenant") is not None for h in others)
    assert any(h.findtext(".//TOPPERSDRODEVORSA") == "0" for h in others)


def test_the_caf_and_the_contact_file_name_the_same_people(place: Departement) -> None:
    rows = [
        line.split(";")
        for line in place.bytes("cnaf/coordonnees-allocataire.txt")
        .decode("iso-8859-15")
        .split("\n")[1:]
    ]
    contacts = {(row[0].zfill(7), row[1][:3], row[4], row[3][:13]) for row in rows}
    roles = {"DEM": "DEM", "CJT": "CON"}
    people = {
        (
            (h.findtext(".//Organisme/MATRICULE") or "")[:7],
            roles[role(p, "RSA") or ""],
            h.findtext(".//NUMDEMRSA"),
            p.findtext("Identification/NIR") or "",
        )
        for h in place.households
        for p in adults(h)
    }
    assert contacts <= people


def test_the_msa_has_long_matricules_and_sometimes_a_nir_where_none_is_expected(
    place: Departement,
) -> None:
    households = place.xml("cnaf/MSABEM.xml").findall("InfosFoyerRSA")
    leaks = 0
    for household in households:
        matricule = household.findtext(".//Organisme/MATRICULE") or ""
        assert re.fullmatch(r"[0-9]{14}[1-9]", matricule)
        assert household.findtext(".//FONORG") == "MSA"
        assert household.findtext(".//TYPEPARTE") == "CG"
        for person in adults(household):
            number = person.findtext("Identification/NIR") or ""
            assert referee.is_valid(number)
            assert matricule not in number
            leaks += household.findtext(".//MATRICULEORGCEDMUT") == number[:13]
    assert 0 < leaks < len(households)


def test_a_daily_file_says_what_happened_and_a_monthly_one_does_not(place: Departement) -> None:
    for name, kind in (("RSABEI", "I"), ("MSABEI", "I"), ("RSABEM", "M"), ("MSABEM", "M")):
        root = place.xml(f"cnaf/{name}.xml")
        assert root.findtext("IdentificationFlux/TYPEFLUX") == kind
        told = [h.find("Evenement") is not None for h in root.findall("InfosFoyerRSA")]
        assert told
        assert set(told) == {kind == "I"}


def test_an_anomaly_file_has_no_situation_names_the_matricule_and_counts_anomalies(
    place: Departement,
) -> None:
    root = place.xml("cnaf/RSABAM.xml")
    households = root.findall("InfosFoyerRSA")
    assert households
    assert root.find("TransmissionFlux/NBTOTDOSRSATRANSM") is None
    total = root.findtext("TransmissionFlux/NBTOTDOSRSATRANSMANO")
    assert total == f"{len(households):08d}"
    monthly = place.xml("cnaf/RSABEM.xml")
    assert monthly.findtext("TransmissionFlux/NBTOTDOSRSATRANSMANO") == total
    for household in households:
        situation = household.find(".//SituationDossierRSA")
        assert situation is not None
        assert len(situation) == 0
        matricule = (household.findtext(".//Organisme/MATRICULE") or "")[:7]
        assert (household.findtext("Anomalie/LIBANO") or "").startswith(f"DOSSIER {matricule} : ")


def test_new_requests_say_what_may_be_done_with_contacts(place: Departement) -> None:
    root = place.xml("cnaf/IRSACG.xml")
    requests = root.findall("InfoDemandeRSA")
    assert root.findtext("TransmissionFlux/NBTOTDEMRSATRANSM") == f"{len(requests)}"
    assert {node.text for node in root.iter("AUTORUTITEL")} == {"A", "R", "I"}
    assert {node.text for node in root.iter("AUTORUTIADRELEC")} == {"A", "R", "I"}
    new = {
        h.findtext(".//NUMDEMRSA") for h in place.households if h.findtext(".//ETATDOSRSA") == "0"
    }
    assert {r.findtext(".//NUMDEMRSA") for r in requests} <= new


def test_the_lists_tell_the_dossiers_and_the_events_of_the_monthly_file(
    place: Departement,
) -> None:
    told: dict[str, set[tuple[str, ...]]] = {
        "inscrits": set(),
        "cessations": set(),
        "radiations": set(),
    }
    for dossier in place.xml("pe/PECG.xml").iter("dossier"):
        if not (dossier.findtext("individu/commune-residence") or "").startswith("08"):
            continue
        who = (dossier.findtext(".//identifiant-pe") or "", (dossier.findtext(".//nir") or "")[:13])
        for kind, tag, code in (
            ("inscrits", "date-debut-ide", "code-categorie"),
            ("cessations", "date-cessation-ide", "motif-cessation-ide"),
            ("radiations", "date-radiation-ide", "motif-radiation-ide"),
        ):
            day, why = dossier.findtext(f".//{tag}"), dossier.findtext(f".//{code}")
            if day and why:
                told[kind].add((*who, f"{date.fromisoformat(day):%d/%m/%Y}", why))
    for kind, expected in told.items():
        rows = place.listed(kind)
        assert {(r["identifiantpe"], r["nir"], r["date"], r["code"]) for r in rows} == expected
        assert len(rows) == len(expected) > 0
        assert all(row["nir"] == row["nir2"] for row in rows)


def test_the_stock_is_who_is_registered(place: Departement) -> None:
    def last(kind: str) -> dict[str, date]:
        return {
            row["identifiantpe"]: date(*map(int, reversed(row["date"].split("/"))))
            for row in place.listed(kind)
        }

    registered, exits = last("inscrits"), [last("cessations"), last("radiations")]
    expected = {
        number
        for number, day in registered.items()
        if all(day >= left.get(number, date.min) for left in exits)
    }
    stock = {row["identifiantpe"] for row in place.listed("stock")}
    assert stock == expected < set(registered)


def test_the_name_of_a_list_counts_its_rows(place: Departement) -> None:
    for kind in ("inscrits", "cessations", "radiations", "stock"):
        name = place.path_of(f"pe-{kind}")
        found = re.fullmatch(r"pe/Liste_BeneficiairesRSA_[A-Z][a-z]+_15_06_2022_1_(\d+)\.csv", name)
        assert found
        assert int(found[1]) == len(place.listed(kind))


@pytest.mark.parametrize(
    ("layout", "kind", "header"),
    [
        (Layout.BEFORE_2011, "stock", "nir;identifiantpe;nom;prenom;dtnai;date;code;nir2"),
        (Layout.FIRST, "stock", "index;nir;identifiantpe;nom;prenom;dtnai;date;code"),
        (Layout.FIRST, "radiations", "index;nir;identifiantpe;nom;prenom;dtnai;date;motif"),
    ],
)
def test_older_layouts_of_the_lists(tmp_path: Path, layout: Layout, kind: str, header: str) -> None:
    place = written(tmp_path, people=40, layout=layout)
    path = place.path_of(f"pe-{kind}")
    assert place.bytes(path).split(b"\n")[0].decode() == header
    if layout is Layout.FIRST:
        assert re.fullmatch(r"pe/RSA_[A-Z]+_202206_DPT08\.csv", path)


def test_spie_has_its_columns_a_uuid_for_everybody_and_no_number(place: Departement) -> None:
    principal = place.csv(place.path_of("pe-spie-principal"), "utf-8")
    actions = place.csv(place.path_of("pe-spie-actions"), "utf-8")
    assert (len(principal[0]), len(actions[0])) == (44, 11)
    people = {row["identifiant_unique_de"] for row in principal}
    assert len(people) == len(principal)
    assert {row["identifiant_unique_de"] for row in actions} <= people
    assert {row["brsa"] for row in principal} == {"O", "N", "NULL"}
    for path in (place.path_of("pe-spie-principal"), place.path_of("pe-spie-actions")):
        assert not re.search(r"\b[12478]\d{4}(?:\d\d|2[AB])\d{6}", place.bytes(path).decode())


def test_every_number_of_every_new_file_is_in_the_truth(place: Departement) -> None:
    truth = place.said.truth
    for name in NEW:
        root = place.xml(f"cnaf/{name}")
        assert {node.text for node in root.iter("NIR")} <= truth.nirs13 | truth.nirs15
        assert {node.text for node in root.iter("NUMDEMRSA")} <= truth.numdemrsa
        for node in root.iter("MATRICULE"):
            assert {(node.text or "")[:7], node.text} & truth.matricules
        known = {word.upper() for word in truth.names | truth.first_names}
        for tag in ("NOM", "NOMNAI", "PRENOM"):
            words = {w for node in root.iter(tag) for w in re.split(r"[-' ]", node.text or "")}
            assert {w for w in words if len(w) > 2} <= known | {w.replace("Œ", "OE") for w in known}
        assert {date.fromisoformat(n.text or "") for n in root.iter("DTNAI")} <= truth.birth_dates


def test_expected_counts_are_those_of_the_files(place: Departement) -> None:
    told = {one["fichier"]: one for one in place.json("expected/flux.json")}
    assert told["cnaf/RSABEM.xml"]["enregistrements"] == len(place.households)
    people = sum(len(h.findall("Personne")) for h in place.households)
    assert told["cnaf/RSABEM.xml"]["lues"] == people
    assert told[place.path_of("pe-stock")]["lues"] == len(place.listed("stock"))
    assert {one.path for one in place.said.written} == set(told)
