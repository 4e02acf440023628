"""A client of the API from the command line: two people to open it, one to close it."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from sqlalchemy import Engine

from gateway.errors import NotAuthorised
from gateway.ledger.entry import Act, Entry
from gateway.ledger.log import bodies, committed_size
from gateway.store.api_client_resumes import ask_resume
from gateway.store.api_clients import (
    Client,
    State,
    decide_state,
    every_client,
    find_client,
    propose,
)
from gateway.store.api_locks import locked, note_failure
from gateway.store.approvals import decide
from gateway.store.database import open_engine
from gateway.store.deeds import DEEDS
from tests.world.api import MAIN, PARTNER, PE, jwk_of
from tests.world.certificates import Authority
from tests.world.furnished import document, run

HELD = Client(
    "pe-si", 0, PE, "Pôle emploi", frozenset({"releases:read"}), jwks_uri="https://a.fr/k"
)


def approve(engine: Engine, wanted: Client, *, by: str = "bruno") -> None:
    asked = propose(engine, wanted, by="anne", motive="essai")
    decide(engine, asked.id, by=by, agrees=True, then=DEEDS[asked.matter])


def find(engine: Engine, client: str = "pe-si") -> Client:
    with engine.begin() as connection:
        found = find_client(connection, client)
    assert found is not None
    return found


def acts(engine: Engine) -> list[tuple[Act, Any]]:
    every = (Entry.decode(body) for body in bodies(engine, 0, committed_size(engine)))
    return [(e.act, e.facts.get("what")) for e in every if e.act is Act.CLIENT_CHANGED]


def test_a_client_opens_by_two_people_and_closes_by_one(emptied: Engine) -> None:
    asked = propose(emptied, HELD, by="anne", motive="essai")
    assert asked.shown["contenu"] == HELD.content
    with emptied.begin() as connection:
        assert every_client(connection) == []
    with pytest.raises(NotAuthorised):
        decide(emptied, asked.id, by="anne", agrees=True, then=DEEDS[asked.matter])
    decide(emptied, asked.id, by="bruno", agrees=True, then=DEEDS[asked.matter])
    assert (find(emptied).revision, find(emptied).state) == (1, State.ACTIVE)
    assert find(emptied).content == HELD.content
    for wanted in (State.SUSPENDED, State.REVOKED):
        decide_state(emptied, "pe-si", wanted, by="anne", motive="essai")
        assert find(emptied).state is wanted
    with pytest.raises(NotAuthorised, match="révoqué"):
        ask_resume(emptied, "pe-si", by="anne", motive="essai")
    with pytest.raises(NotAuthorised, match="révoqué"):
        propose(emptied, HELD, by="anne", motive="essai")
    assert [what for _, what in acts(emptied)] == ["approved", "suspended", "revoked"]


def test_a_suspended_client_opens_again_by_two_people_and_as_it_was(emptied: Engine) -> None:
    approve(emptied, HELD)
    with pytest.raises(NotAuthorised, match="en service"):
        ask_resume(emptied, "pe-si", by="anne", motive="fini")
    with pytest.raises(NotAuthorised, match="aucun client"):
        ask_resume(emptied, "autre", by="anne", motive="fini")
    decide_state(emptied, "pe-si", State.SUSPENDED, by="claire", motive="clé volée")
    with pytest.raises(NotAuthorised, match="personne seul"):
        decide_state(emptied, "pe-si", State.ACTIVE, by="anne", motive="fini")
    asked = ask_resume(emptied, "pe-si", by="anne", motive="fini")
    assert (asked.shown["décidée par"], asked.shown["décidée pour"]) == ("claire", "clé volée")
    with pytest.raises(NotAuthorised):
        decide(emptied, asked.id, by="anne", agrees=True, then=DEEDS[asked.matter])
    assert find(emptied).state is State.SUSPENDED
    decide(emptied, asked.id, by="bruno", agrees=True, then=DEEDS[asked.matter])
    assert (find(emptied).state, find(emptied).content) == (State.ACTIVE, HELD.content)
    assert [what for _, what in acts(emptied)] == ["approved", "suspended", "active"]


@pytest.mark.parametrize("since", ["key", "revoked"])
def test_what_was_decided_since_needs_another_resume(emptied: Engine, since: str) -> None:
    approve(emptied, HELD)
    decide_state(emptied, "pe-si", State.SUSPENDED, by="claire", motive="clé volée")
    asked = ask_resume(emptied, "pe-si", by="anne", motive="fini")
    if since == "key":
        approve(emptied, replace(HELD, jwks_uri="https://a.fr/other"))
    else:
        decide_state(emptied, "pe-si", State.REVOKED, by="claire", motive="fini")
    with pytest.raises(NotAuthorised, match="entre-temps" if since == "key" else "révoqué"):
        decide(emptied, asked.id, by="bruno", agrees=True, then=DEEDS[asked.matter])


def test_a_change_of_a_suspended_client_leaves_it_suspended(emptied: Engine) -> None:
    approve(emptied, HELD)
    decide_state(emptied, "pe-si", State.SUSPENDED, by="anne", motive="essai")
    approve(emptied, find(emptied))
    assert (find(emptied).revision, find(emptied).state) == (3, State.SUSPENDED)


def test_what_was_shown_is_no_longer_what_would_change(emptied: Engine) -> None:
    first = propose(emptied, HELD, by="anne", motive="essai")
    approve(emptied, replace(HELD, name="Autre"), by="claire")
    with pytest.raises(NotAuthorised, match="entre-temps"):
        decide(emptied, first.id, by="bruno", agrees=True, then=DEEDS[first.matter])


def test_a_client_never_goes_to_another_organisation(emptied: Engine) -> None:
    approve(emptied, HELD)
    with pytest.raises(NotAuthorised, match="à un autre"):
        propose(emptied, replace(HELD, siret="22080000000012"), by="anne", motive="essai")


@pytest.fixture
def config(tmp_path: Path) -> Path:
    (tmp_path / "config" / "partners").mkdir(parents=True)
    path = tmp_path / "config" / "gateway.toml"
    path.write_text(MAIN.format(port=8443, per_minute=60) + '[operators]\nidentity = "declared"\n')
    paper = PARTNER.format(alias="pe", name="Pôle emploi", siret=PE)
    (tmp_path / "config" / "partners" / "pe.toml").write_text(paper)
    return path


def written(folder: Path, *keys: dict[str, str]) -> Path:
    path = folder / "jwks.json"
    path.write_text(json.dumps({"keys": keys}))
    return path


def add(config: Path, file: Path, *more: str | Path) -> Any:
    words: list[str | Path] = [
        "client",
        "add",
        "pe",
        "--cle",
        file,
        "--portee",
        "releases:read",
        "--motif",
        "essai",
    ]
    return run(*words, *more, "--par", "anne", "--config", config, "--json")


def test_a_client_is_added_turned_stopped_and_unlocked(config: Path, tmp_path: Path) -> None:
    file = written(tmp_path, jwk_of(ec.generate_private_key(ec.SECP256R1()), "k1"))
    certificate = Authority(tmp_path / "tls").certify("pe")
    asked = document(
        add(config, file, "--reseau", "192.0.2.0/24", "--certificat", certificate, "--nom", "pe-si")
    )
    assert asked["montre"]["réseaux"] == "192.0.2.0/24"
    approved = run("approval", "approve", asked["demande"], "--par", "bruno", "--config", config)
    assert approved.exit_code == 0, approved.output
    shown = document(run("client", "show", "pe-si", "--config", config, "--json"))
    assert (shown["cles"], shown["etat"], len(shown["certificat"])) == (["k1"], "ACTIVE", 64)
    renewed = written(tmp_path, *(jwk_of(ec.generate_private_key(ec.SECP256R1()), k) for k in "ab"))
    turned = run(
        "client", "key", "pe-si", "--cle", renewed, "--motif", "rotation", "--par", "anne", "--config",
        config, "--json",
    )  # fmt: skip
    assert "change cles" in document(turned)["montre"]
    stop: list[str | Path] = ["--motif", "essai", "--par", "anne", "--config", config]
    assert document(run("client", "suspend", "pe-si", *stop, "--json"))["etat"] == "SUSPENDED"
    asked = document(run("client", "resume", "pe-si", *stop, "--json"))
    approved = run("approval", "approve", asked["demande"], "--par", "bruno", "--config", config)
    assert approved.exit_code == 0, approved.output
    assert (
        document(run("client", "show", "pe-si", "--config", config, "--json"))["etat"] == "ACTIVE"
    )
    assert document(run("client", "revoke", "pe-si", *stop, "--json"))["etat"] == "REVOKED"
    again = run("client", "resume", "pe-si", *stop)
    assert again.exit_code == 1
    engine = open_engine(f"sqlite:///{tmp_path / 'etat' / 'passerelle.sqlite'}")
    for _ in range(10):
        note_failure(engine, "client:pe-si")
    listed = document(run("client", "list", "--config", config, "--json"))
    assert list(listed["verrous"]) == ["client:pe-si"]
    assert run("client", "unlock", "pe-si", *stop).exit_code == 0
    with engine.begin() as connection:
        assert locked(connection) == {}
    engine.dispose()
    assert "révoqué" in run("client", "list", "--config", config).output


@pytest.mark.parametrize("wrong", ["rsa", "private", "twice", "nothing", "text", "off the curve"])
def test_what_is_not_a_set_of_public_keys_is_refused(
    config: Path, tmp_path: Path, wrong: str
) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    good = jwk_of(key, "k1")
    numbers = rsa.generate_private_key(65537, 2048).public_key().public_numbers()
    keys: dict[str, list[dict[str, str]]] = {
        "rsa": [{"kty": "RSA", "kid": "r", "n": f"{numbers.n:x}", "e": "AQAB"}],
        "private": [good | {"d": "c2VjcmV0"}],
        "twice": [good, good],
        "nothing": [],
        "off the curve": [good | {"y": good["x"]}],
    }
    file = written(tmp_path, *keys.get(wrong, []))
    if wrong == "text":
        file.write_text("bonjour")
    refused = add(config, file)
    assert refused.exit_code == 3
    assert "JWKS" in refused.stderr


@pytest.mark.parametrize(
    "more",
    [
        ("--portee", "tout"),
        ("--reseau", "192.0.2.1/24"),
        ("--nom", "Majuscule"),
        ("--jwks-uri", "https://pe.example.fr/k"),
    ],
)
def test_what_does_not_hold_together_is_refused(
    config: Path, tmp_path: Path, more: tuple[str, str]
) -> None:
    file = written(tmp_path, jwk_of(ec.generate_private_key(ec.SECP256R1()), "k1"))
    assert add(config, file, *more).exit_code == 3
