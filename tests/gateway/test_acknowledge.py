"""What a sender is told: never before its time, never a value, always what to do."""

import csv
import io
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from connectors.contract import Milestone, Notice
from gateway.delivery import Counts, Kept, Verdict
from gateway.notices import WHY_NO_REJECTS, NoRejects, Origin, Rejects, notices
from schemas.codes import Code, Effect
from tests.house.tree import ROOT
from tests.world.records import NOON

DIGEST, NO_ROWS = "ab" * 32, Counts()
REFUSING = [code for code in Code if code.entry.effect is Effect.FILE_REFUSED]
MIXED = Counts(10, 8, 1, 1)


def of(
    verdict: Verdict,
    code: Code | None = None,
    *,
    counts: Counts = NO_ROWS,
    digest: str = DIGEST,
    **changes: Any,
) -> Kept:
    report = "LIGNE;ENREGISTREMENT\n2;1\n" if counts.rejected else ""
    codes = {"GW-502": 2, "GW-604": counts.rejected} if counts.rejected else {}
    kept = Kept("d-1", verdict, code, 7, digest, 10, counts, codes, report, received_at=NOON)
    return replace(kept, name="CD-PARCOURS.csv", flow="cd-parcours", **changes)


def told_of(kept: Kept, **more: Any) -> Sequence[Notice]:
    return notices(kept, at=NOON, **more)


def documents(told: Sequence[Notice]) -> dict[str, Any]:
    files = {name: body for notice in told for name, body in notice.files.items()}
    return {name: json.loads(body) for name, body in files.items() if name.endswith(".json")}


def milestones(told: Sequence[Notice]) -> list[Milestone]:
    return [notice.milestone for notice in told]


def test_an_accepted_delivery_is_told_received_readable_integrated() -> None:
    told = told_of(of(Verdict.ACCEPTED, counts=MIXED))
    assert milestones(told) == [Milestone.RECEIVED, Milestone.READABLE, Milestone.INTEGRATED]
    assert [sorted(n.files) for n in told] == [
        ["ART.json"],
        ["ARL.json"],
        ["ARA.csv", "ARA.json", "RAPPORT.csv"],
    ]
    last = documents(told)["ARA.json"]
    assert last["lignes"] == {"lues": 10, "acceptees": 8, "rejetees": 1, "ignorees": 1}
    assert last["codes"] == {"GW-502": 2, "GW-604": 1}
    assert last["sorties"] == [{"nature": "jeu-complet", "lignes": 8}]
    assert (last["ecriture_journal"], last["rapport"]) == (7, "RAPPORT.csv")


def test_what_concerns_reading_is_said_by_the_second_level_already() -> None:
    said = documents(told_of(of(Verdict.ACCEPTED, counts=MIXED)))
    assert said["ARL.json"]["codes"] == {"GW-502": 2}


@pytest.mark.parametrize("code", REFUSING)
def test_a_refusal_is_told_with_its_code_its_label_and_what_to_do(code: Code) -> None:
    told = told_of(of(Verdict.REFUSED, code))
    assert milestones(told) == [Milestone.RECEIVED, Milestone.UNREADABLE]
    body = documents(told)["ARL.json"]
    assert (body["resultat"], body["code"]) == ("NEGATIF", code.value)
    assert (body["libelle"], body["action"]) == (code.entry.label, code.entry.action)
    assert body["codes"] == {code.value: 1}
    assert told[-1].code == code.value
    assert code.entry.action in told[-1].message


def test_a_content_refused_was_readable_and_comes_with_its_lines() -> None:
    told = told_of(of(Verdict.REFUSED, Code.TOO_MANY_REJECTS, counts=Counts(10, 0, 10, 0)))
    assert milestones(told) == [Milestone.RECEIVED, Milestone.REFUSED]
    assert sorted(told[-1].files) == ["ARA.csv", "ARA.json", "ARL.json", "RAPPORT.csv"]
    said = documents(told)
    assert (said["ARL.json"]["resultat"], said["ARA.json"]["resultat"]) == ("POSITIF", "NEGATIF")
    assert said["ARA.json"]["code"] == "GW-704"
    assert said["ARA.json"]["sorties"] == []


def test_what_was_never_whole_is_not_said_to_be_received() -> None:
    told = told_of(of(Verdict.REFUSED, Code.INCOMPLETE_TRANSFER, digest=""))
    assert milestones(told) == [Milestone.UNREADABLE]


def test_a_duplicate_is_told_as_such_with_the_delivery_it_repeats() -> None:
    kept = of(Verdict.DUPLICATE, Code.DUPLICATE)
    told = told_of(kept, origin=Origin("d-0", 3))
    assert milestones(told)[-1] is Milestone.INTEGRATED
    body = documents(told)["ARA.json"]
    assert body["resultat"] == "DOUBLON"
    assert body["deja_integre"] == {"depot": "d-0", "ecriture_journal": 3}
    assert "deja_integre" not in documents(told_of(kept))["ARA.json"]


def test_a_test_says_so_in_every_file_and_every_word_and_produces_nothing() -> None:
    told = told_of(of(Verdict.ACCEPTED, counts=MIXED, is_test=True))
    assert all(notice.message.startswith("ESSAI. ") for notice in told)
    said = documents(told)
    assert {body["essai"] for body in said.values()} == {True}
    assert said["ARA.json"]["sorties"] == []


def test_a_replay_names_its_original_and_never_takes_the_place_of_its_notices() -> None:
    original = of(Verdict.ACCEPTED, counts=MIXED)
    replay = replace(original, delivery="cd-parcours-0123456789abcdef", replay_of="d-1")
    told = told_of(replay, rejects=Rejects("csv", DIGEST))
    names = {name for notice in told for name in notice.files}
    assert {name.split(".")[0] for name in names} == {"REJEU-89abcdef"}
    assert all(notice.message.startswith("REJEU. ") for notice in told)
    said = documents(told)
    assert {body["rejeu_de"] for body in said.values()} == {"d-1"}
    ara = said["REJEU-89abcdef.ARA.json"]
    assert ara["rapport"] == "REJEU-89abcdef.RAPPORT.csv"
    assert ara["rejets"]["fichier"] == "REJEU-89abcdef.REJETS.csv.gpg"


def test_rejected_lines_are_announced_with_their_digest_or_with_why_they_stay() -> None:
    kept = of(Verdict.ACCEPTED, counts=MIXED)
    back = documents(told_of(kept, rejects=Rejects("csv", DIGEST)))["ARA.json"]["rejets"]
    assert back == {"fichier": "REJETS.csv.gpg", "sha256": DIGEST, "absence": None}
    for word in NoRejects:
        stays = documents(told_of(replace(kept, rejects=word.value)))["ARA.json"]["rejets"]
        assert stays == {"fichier": None, "sha256": None, "absence": WHY_NO_REJECTS[word]}
    assert documents(told_of(of(Verdict.ACCEPTED)))["ARA.json"]["rejets"] is None


def test_the_csv_counts_the_rows_then_each_code() -> None:
    told = told_of(of(Verdict.REFUSED, Code.TOO_MANY_REJECTS, counts=Counts(10, 0, 9, 1)))
    text = told[-1].files["ARA.csv"].decode()
    head, *rows = csv.reader(io.StringIO(text), delimiter=";")
    assert head == ["CODE", "GRAVITE", "LIBELLE", "ACTION", "NOMBRE"]
    assert [(row[2], row[4]) for row in rows[:4]] == [
        ("Lignes lues", "10"),
        ("Lignes acceptées", "0"),
        ("Lignes rejetées", "9"),
        ("Lignes ignorées", "1"),
    ]
    assert [(row[0], row[4]) for row in rows[4:]] == [
        ("GW-502", "2"),
        ("GW-604", "9"),
        ("GW-704", "1"),
    ]
    assert all(Code(row[0]).entry.action == row[3] for row in rows[4:])


# --- the published format

SCHEMA = json.loads((ROOT / "schemas" / "accuse.json").read_text("utf-8"))
TYPES: Mapping[str, Any] = {
    "string": str,
    "integer": int,
    "boolean": bool,
    "object": dict,
    "array": list,
    "null": type(None),
}
KEYWORDS = {
    "$schema", "$id", "$defs", "$ref", "title", "description", "type", "enum", "const", "pattern", "minimum",
    "required", "properties", "additionalProperties", "propertyNames", "items", "allOf", "if", "then",
}  # fmt: skip


def faults(value: Any, schema: Any, at: str = "") -> list[str]:
    """What JSON Schema says against a value, for the keywords our schema uses and no other."""
    assert schema.keys() <= KEYWORDS, schema.keys() - KEYWORDS
    if "$ref" in schema:
        return faults(value, SCHEMA["$defs"][schema["$ref"].removeprefix("#/$defs/")], at)
    found = [f"{at}: {word}" for word in _plain_faults(value, schema)]
    for each in schema.get("allOf", []):
        if not faults(value, each["if"], at):
            found += faults(value, each["then"], at)
    if isinstance(value, list):
        found += [f for one in value for f in faults(one, schema.get("items", {}), f"{at}[]")]
    return found + (_member_faults(value, schema, at) if isinstance(value, dict) else [])


def _plain_faults(value: Any, schema: Any) -> list[str]:
    kinds = schema.get("type", list(TYPES))
    named = [kinds] if isinstance(kinds, str) else kinds
    if type(value) not in [TYPES[kind] for kind in named]:
        return ["type"]
    wrong = {
        "enum": "enum" in schema and value not in schema["enum"],
        "const": "const" in schema and value != schema["const"],
        "pattern": isinstance(value, str) and not re.search(schema.get("pattern", ""), value),
        "minimum": type(value) is int and value < schema.get("minimum", value),
    }
    return [word for word, is_wrong in wrong.items() if is_wrong]


def _member_faults(value: dict[str, Any], schema: Any, at: str) -> list[str]:
    properties, others = schema.get("properties", {}), schema.get("additionalProperties", {})
    found = [f"{at}.{name}: absent" for name in schema.get("required", []) if name not in value]
    for name, member in value.items():
        found += faults(name, schema.get("propertyNames", {}), f"{at}.{name}")
        if name not in properties and others is False:
            found.append(f"{at}.{name}: unknown")
        else:
            found += faults(member, properties.get(name, others), f"{at}.{name}")
    return found


EVERY_KIND = [
    of(Verdict.ACCEPTED),
    of(Verdict.ACCEPTED, counts=MIXED, sequence=147, contract_version="1.0.0"),
    of(Verdict.ACCEPTED, counts=MIXED, is_test=True, replay_of="d-0", rejects="too-many"),
    of(Verdict.DUPLICATE, Code.DUPLICATE),
    of(Verdict.REFUSED, Code.TOO_MANY_REJECTS, counts=Counts(10, 0, 10, 0)),
    *(of(Verdict.REFUSED, code) for code in REFUSING),
    of(Verdict.REFUSED, Code.INCOMPLETE_TRANSFER, digest=""),
]


@pytest.mark.parametrize("kept", EVERY_KIND)
@pytest.mark.parametrize(
    "more", [{}, {"origin": Origin("d-0", 3), "rejects": Rejects("csv", DIGEST)}]
)
def test_every_notice_follows_the_published_format(kept: Kept, more: Any) -> None:
    said = documents(told_of(kept, **more))
    assert said
    assert [fault for body in said.values() for fault in faults(body, SCHEMA)] == []


@pytest.mark.parametrize(
    "change",
    [
        {"format": "passerelle/accuse/1"},
        {"niveau": "ARB"},
        {"resultat": "RECU"},
        {"sha256": "abc"},
        {"codes": {"GW-6": 1}},
        {"codes": {"GW-604": "1"}},
        {"lignes": {"lues": 1}},
        {"essai": "oui"},
        {"recu_le": "hier"},
        {"autre": 1},
        {"rejets": {"fichier": "x"}},
    ],
)
def test_the_published_format_refuses_anything_else(change: dict[str, Any]) -> None:
    ara = documents(told_of(of(Verdict.ACCEPTED, counts=MIXED)))["ARA.json"]
    assert faults(ara, SCHEMA) == []
    assert faults(ara | change, SCHEMA) != []
    (forgotten,) = change
    if forgotten in ara:
        assert faults({k: v for k, v in ara.items() if k != forgotten}, SCHEMA) != []


def test_the_format_is_published_where_the_documents_say() -> None:
    assert Path(ROOT / "schemas" / "accuse.json").is_file()
    assert SCHEMA["properties"]["format"]["const"] == "passerelle/accuse/2"
