"""The truth says who is who: every identifier it gives is in the flow it names, and nowhere twice."""

from collections import Counter
from typing import Any

from tests.schemas.everything import Departement


def told(place: Departement, flow: str, key: str) -> Counter[str]:
    return Counter(p["flux"][flow][key] for p in place.persons if flow in p["flux"])


def test_every_dossier_and_every_row_of_pole_emploi_is_one_person(place: Departement) -> None:
    numbers = told(place, "pe-parcours", "IDENTIFIANT_PE")
    dossiers = Counter(n.text or "" for n in place.xml("pe/PECG.xml").iter("identifiant-pe"))
    assert numbers == dossiers
    assert set(numbers.values()) == {1}
    spie = place.csv(place.path_of("pe-spie-principal"), "utf-8")
    assert told(place, "pe-spie", "identifiant_unique_de") == Counter(
        row["identifiant_unique_de"] for row in spie
    )
    listed = Counter(row["identifiantpe"] for row in place.listed("inscrits"))
    assert told(place, "pe-listes", "identifiantpe") == listed


def test_every_person_of_the_departement_is_there_once(place: Departement) -> None:
    (path,) = (place.folder / "cd").glob("*.csv")
    rows = place.csv(f"cd/{path.name}", "utf-8-sig")
    assert set(told(place, "cd-parcours", "ID_CD")) == {row["ID_CD"] for row in rows}
    assert set(told(place, "cd-parcours", "ID_CD").values()) == {1}


def test_a_household_lists_its_adults_and_they_name_it(place: Departement) -> None:
    households = place.json("truth/households.json")["menages"]
    people = {person["id"]: person for person in place.persons}
    assert len(people) == len(place.persons)
    for household in households:
        assert {people[number]["menage"] for number in household["personnes"]} == {household["id"]}
    assert sum(h["jumeaux"] for h in households) > 0


def test_a_provisional_number_is_replaced_in_the_daily_file(place: Departement) -> None:
    replaced = [p for p in place.persons if "nir_provisoire" in p]
    assert len(replaced) > 5
    for person in replaced:
        numdemrsa = _household(place, person)["numdemrsa"]
        before, after = (
            _nir_of(place, name, numdemrsa) for name in ("cnaf/RSABEM.xml", "cnaf/RSABEI.xml")
        )
        assert (before, after) == (person["nir_provisoire"][:13], person["nir"][:13])
        assert before[0] in "78"
        assert after[0] in "12"


def test_adult_twins_differ_by_their_first_name_and_number(place: Departement) -> None:
    twins = [p for p in place.persons if "jumeau" in p]
    assert twins
    for twin in twins:
        others = [
            p
            for p in place.persons
            if (p["naissance"], p["nom_naissance"]) == (twin["naissance"], twin["nom_naissance"])
        ]
        assert len(others) == 2
        assert len({(p["prenom"], p["nir"]) for p in others}) == 2


def test_an_uncertain_birth_is_flagged_and_written_on_the_first(place: Departement) -> None:
    uncertain = {p["id"]: p for p in place.persons if "naissance_certitude" in p}
    assert {p["naissance_certitude"] for p in uncertain.values()} == {"J", "O"}
    flags = Counter(n.text for n in place.xml("cnaf/RSABEM.xml").iter("TYPEDTNAI"))
    assert flags["J"] > 0
    assert flags["O"] > 0
    assert flags["N"] > 50 * (flags["J"] + flags["O"]) / 2


def test_variants_of_names_are_few_of_every_kind_and_true(place: Departement) -> None:
    kinds = Counter(kind for p in place.persons for kind in p.get("variantes", {}).values())
    assert len(kinds) == 9
    share = sum("cnaf-beneficiaires" in p.get("variantes", {}) for p in place.persons)
    assert 0.02 < share / len(place.persons) < 0.10
    names = {row["identifiantpe"]: row for row in place.listed("inscrits")}
    plain = {
        p["flux"]["pe-listes"]["identifiantpe"]
        for p in place.persons
        if "pe-listes" in p["flux"] and "pe-listes" not in p.get("variantes", {})
    }
    ascii_only = str.maketrans("éèôïÉÈÔÏœŒ", "eeoiEEOIoO")
    for person in place.persons:
        number = person["flux"].get("pe-listes", {}).get("identifiantpe")
        if number in plain:
            found = names[number]["nom"].upper().translate(ascii_only)[:4]
            assert found == person["nom_naissance"].upper().translate(ascii_only)[:4]


def test_look_alikes_at_pole_emploi_are_other_people(place: Departement) -> None:
    scenarios = place.json("expected/signals.json")["people"]
    by_cd: dict[str, dict[str, Any]] = {
        p["flux"]["cd-parcours"]["ID_CD"]: p for p in place.persons if "cd-parcours" in p["flux"]
    }
    for id_cd, expected in scenarios.items():
        known = "pe-parcours" in by_cd[id_cd]["flux"]
        assert known is (expected["match"] in {"A", "X"})
        mistaken = "naissance_fausse_dans" in by_cd[id_cd]
        assert mistaken is (expected["match"] == "X")


def _household(place: Departement, person: dict[str, Any]) -> dict[str, Any]:
    (found,) = (
        h for h in place.json("truth/households.json")["menages"] if h["id"] == person["menage"]
    )
    told_of: dict[str, Any] = found
    return told_of


def _nir_of(place: Departement, path: str, numdemrsa: str) -> str:
    (found,) = (
        h.findtext("Personne/Identification/NIR")
        for h in place.xml(path).findall("InfosFoyerRSA")
        if h.findtext(".//NUMDEMRSA") == numdemrsa
    )
    return found or ""
