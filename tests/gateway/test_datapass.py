"""DataPass is heard when it signs: it proposes and it closes, it never opens."""

import hmac
import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from gateway.authorising.datapass import FRESH, LARGEST, NotHeard, heard, receive
from gateway.authorising.desk import show
from gateway.habilitation import Status
from gateway.secret import Secret
from gateway.store.alerts import open_alerts
from gateway.store.habilitation_demands import Demand, State, amend, every, submit
from gateway.store.habilitations import every_current
from tests.world.demands import ASKS, NOW, acts, draft, granted, judged

KEY = b"un secret partage, de trente-deux octets"
SECRET = Secret(KEY)


def said(**changes: Any) -> dict[str, Any]:
    """What a DataPass form holds, in its words."""
    contacts = {
        f"{who}_{what}": value
        for who in ("responsable_traitement", "delegue_protection_donnees", "contact_technique")
        for what, value in (
            ("given_name", "Prénom"),
            ("family_name", "Inventé"),
            ("email", "invente@example.org"),
        )
    }
    return {
        "intitule": "Inviter aux rendez-vous",
        "cadre_juridique_nature": "CASF, art. L262-40",
        "cadre_juridique_url": "https://www.legifrance.gouv.fr/",
        "duree_conservation_donnees_caractere_personnel": "2",
        "scopes": ["matricule", "nir", "numero_telephone_dossier"],
        **contacts,
        **changes,
    }


def call(event: str = "submit", *, fired: int | None = None, **changes: Any) -> dict[str, Any]:
    """A body as DataPass's serializer writes it."""
    form = changes.pop("form_uid", "passerelle-contacts-rdv-insertion")
    insee = {"etablissement": {"adresseEtablissement": {"codeCommuneEtablissement": "08105"}}}
    organisation = {"id": 7, "name": "CD inventé", "siret": "00000000000018"}
    return {
        "event": event,
        "fired_at": int(NOW.timestamp()) if fired is None else fired,
        "model_type": "authorization_request/passerelle",
        "model_id": 123,
        "data": {
            "id": 123,
            "public_id": "D123",
            "state": "submitted",
            "form_uid": form,
            "organization": {**organisation, "insee_payload": insee},
            "applicant": {"email": "demandeur@example.org"},
            "authorizations": [],
            "data": said(**changes),
        },
    }


def signed(body: bytes, key: bytes = KEY) -> dict[str, str]:
    return {"X-Hub-Signature-256": f"sha256={hmac.new(key, body, 'sha256').hexdigest()}"}


def told(engine: Engine, content: object, *, now: Any = NOW) -> tuple[int, dict[str, Any]]:
    body = json.dumps(content).encode()
    return receive(engine, SECRET, signed(body), body, now)


def demands(engine: Engine) -> list[Demand]:
    with engine.begin() as connection:
        return list(every(connection, now=NOW))


def test_a_submission_prefills_a_demand_that_opens_nothing(engine: Engine) -> None:
    status, answer = told(engine, call())
    assert (status, answer["demande"]) == (200, "D1")
    (made,) = demands(engine)
    assert (made.state, made.requested_by, made.approval) == (State.REQUESTED, "datapass", None)
    asked = made.draft
    assert (asked.product, asked.departements) == ("contacts-rdv-insertion", ("08",))
    assert asked.columns == ("MATRICULE", "NIR", "NUMERO TELEPHONE DOSSIER")
    assert (asked.organisation.siret, asked.datapass_id) == ("00000000000018", "D123")
    assert (asked.starts, asked.ends) == (NOW.date(), NOW.date() + timedelta(days=364))
    with engine.begin() as connection:
        assert every_current(connection, NOW.date()) == []
        (alert,) = open_alerts(connection, kind="datapass")
        assert show(connection, "D1", NOW.date())["datapass"][0]["evenement"] == "submit"
    assert "D1 est à relire" in alert.alert.sentence


def test_told_again_it_does_nothing_twice_even_at_once(engine: Engine) -> None:
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: told(engine, call()), range(4)))
    assert sorted(answer.get("deja_recu", False) for _, answer in answers) == [False] + [True] * 3
    assert len(demands(engine)) == 1
    assert acts(engine) == [("habilitation.requested", "datapass")]


def test_a_second_submission_changes_the_same_demand_until_somebody_takes_it_up(
    engine: Engine,
) -> None:
    told(engine, call())
    later = int(NOW.timestamp()) + 1
    told(engine, call(fired=later, scopes=["matricule"]))
    (made,) = demands(engine)
    assert made.draft.columns == ("MATRICULE",)
    amend(engine, 1, made.draft, by=ASKS, now=NOW)
    _, answer = told(engine, call(fired=later + 1, scopes=["nir"]))
    assert "déjà reprise" in answer["suite"]
    (made,) = demands(engine)
    assert made.draft.columns == ("MATRICULE",)
    assert submit(engine, 1, by=ASKS, check=judged(NOW.date()), now=NOW).state is State.SUBMITTED


def test_an_approval_there_is_only_noted_here(engine: Engine) -> None:
    told(engine, call())
    status, answer = told(engine, call("approve"))
    assert (status, answer["demande"]) == (200, "D1")
    assert [one.state for one in demands(engine)] == [State.REQUESTED]
    with engine.begin() as connection:
        assert every_current(connection, NOW.date()) == []
        heard_of = show(connection, "D1", NOW.date())["datapass"]
    assert {one["evenement"] for one in heard_of} == {"submit", "approve"}


@pytest.mark.parametrize("number", ["D123", "123"])
def test_a_revocation_there_revokes_here_and_nothing_else(engine: Engine, number: str) -> None:
    granted(engine, draft(datapass_id=number))
    granted(engine, draft(id="h-autre", datapass_id="D1234"))
    _, answer = told(engine, call("revoke"))
    assert answer["suite"] == "révoquée : h-08-contacts-rdv-insertion"
    with engine.begin() as connection:
        found = {one.id: one.status for one in every_current(connection, NOW.date())}
    assert found == {"h-08-contacts-rdv-insertion": Status.REVOKED, "h-autre": Status.ACTIVE}
    assert ("habilitation.revoked", "datapass") in acts(engine)
    assert told(engine, call("revoke"))[1] == {"deja_recu": True}
    again = call("revoke", fired=int(NOW.timestamp()) + 1)
    assert told(engine, again)[1]["suite"] == "aucune habilitation à révoquer"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"form_uid": "api-particulier"}, "formulaire"),
        ({"scopes": ["matricule", "quotient_familial"]}, "1 périmètre"),
        ({"cadre_juridique_url": None}, "la base légale a une « url »"),
        ({"delegue_protection_donnees_email": ""}, "contacts.dpo.email"),
        ({"duree_conservation_donnees_caractere_personnel": "48"}, "retention_justification"),
    ],
)
def test_what_does_not_map_is_told_to_somebody_and_makes_nothing(
    emptied: Engine, changes: dict[str, Any], words: str
) -> None:
    status, answer = told(emptied, call(**changes))
    assert (status, answer["demande"]) == (200, None)
    assert words in answer["suite"]
    assert "quotient" not in answer["suite"]
    assert demands(emptied) == []
    with emptied.begin() as connection:
        (alert,) = open_alerts(connection, kind="datapass")
    assert "à saisir à la main" in alert.alert.sentence


def test_the_trial_call_of_datapass_is_answered(emptied: Engine) -> None:
    assert told(emptied, {"test": True, "timestamp": "2026-01-01"}) == (200, {"test": True})


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-Hub-Signature-256": ""},
        {"X-Hub-Signature-256": "sha256=" + "0" * 64},
        {"X-Hub-Signature-256": "sha1=" + "0" * 40},
        {"X-Hub-Signature-256": "é\udcff"},
        signed(b"autre chose"),
        signed(json.dumps(call()).encode(), b"autre secret"),
    ],
)
def test_what_is_not_signed_is_not_even_read(emptied: Engine, headers: dict[str, str]) -> None:
    body = json.dumps(call()).encode()
    assert receive(emptied, SECRET, headers, body, NOW)[0] == 401
    assert receive(emptied, Secret(b""), signed(body, b""), body, NOW)[0] == 401
    assert demands(emptied) == []
    assert acts(emptied) == [("call.refused", "datapass")] * 2


def test_the_name_of_the_header_has_no_case(emptied: Engine) -> None:
    body = json.dumps(call()).encode()
    headers = {name.lower(): value for name, value in signed(body).items()}
    assert receive(emptied, SECRET, headers, body, NOW)[0] == 200


@pytest.mark.parametrize("away", [FRESH, -FRESH])
def test_what_is_old_or_ahead_is_refused(emptied: Engine, away: timedelta) -> None:
    assert told(emptied, call(), now=NOW + away * 1.01)[0] == 400
    assert demands(emptied) == []
    assert told(emptied, call(), now=NOW + away)[0] == 200


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"event": "Submit!"}, 422),
        ({"model_id": "../1"}, 422),
        ({"model_id": None}, 422),
        ({"data": []}, 422),
        ({"fired_at": "2024-03-01"}, 400),
        ({"fired_at": True}, 400),
        ({"data": {**call()["data"], "public_id": "D1'; --"}}, 422),
    ],
)
def test_a_body_of_another_shape_is_refused(
    emptied: Engine, change: dict[str, Any], status: int
) -> None:
    assert told(emptied, call() | change)[0] == status
    assert demands(emptied) == []


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=200))
def test_whatever_is_signed_is_read_or_refused(body: bytes) -> None:
    try:
        assert isinstance(heard(SECRET, signed(body), body), dict)
    except NotHeard as refused:
        assert refused.status == 400


def test_too_much_is_not_read(emptied: Engine) -> None:
    body = b"{}" + b" " * LARGEST
    assert receive(emptied, SECRET, signed(body), body, NOW)[0] == 413


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(sorted(said())),
    JSON,
    st.sampled_from(["form_uid", "organization", "data"]),
    JSON,
)
def test_whatever_datapass_writes_is_answered(
    shared: Engine, field: str, value: Any, place: str, other: Any
) -> None:
    content = call(**{field: value})
    content["data"][place] = content["data"][place] if value else other
    content["fired_at"] = int(NOW.timestamp()) + hash(json.dumps([field, value, other])) % 500
    assert told(shared, content)[0] == 200
