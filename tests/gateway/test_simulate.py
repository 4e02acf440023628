"""`flow simulate`, `flow run` and `doctor` say what waits at HubEE, what blocks it, and who holds it."""

import asyncio
import sys
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

from connectors.contract import Arrival, Snag, Stuck, Withholding
from connectors.folder import FolderSource
from gateway.cli import posts
from gateway.cli.scanner import OFF
from gateway.cli.speech import Exit
from gateway.doors.lookout import Entrance, Post, Sighting, Silence, passport
from gateway.rounds import Waiting
from gateway.settings import load
from gateway.store.holding import Holder
from gateway.store.locks import account_locks
from schemas.registry import contract
from tests.world.furnished import document, run
from tests.world.gateways import Hub, hub_of_cases

CASES = 3
NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)
CONTACTS = contract("cnaf-contacts")
POST = Post(
    "cnaf",
    FolderSource(Path("/x"), "cnaf"),
    (Entrance("cnaf-contacts", "08", CONTACTS),),
    alias="cnaf/X",
    kinds={"coordonnees-allocataire": "cnaf-contacts"},
)


def seen(
    *arrivals: Arrival, known: Sequence[str] = (), stuck: Sequence[Stuck] = (), **more: Any
) -> posts.Seen:
    sightings = [Sighting(a.key, passport(POST, a), POST, a) for a in arrivals]
    kept = frozenset(s.passport.delivery for s in sightings if s.key in known)
    return posts.Seen(sightings, stuck=[(POST, one) for one in stuck], known=kept, **more)


def arrival(key: str = "k", **more: Any) -> Arrival:
    given: dict[str, Any] = {"kind": "coordonnees-allocataire", "size": 3, "seen_at": NOON}
    return Arrival(key=key, name="coordonnees-allocataire.txt", **(given | more))


def test_each_file_says_what_the_next_round_would_do_of_it() -> None:
    found = seen(
        arrival("new"),
        arrival("virus", withheld=Withholding.VIRUS),
        arrival("again"),
        known=["again"],
    )
    fates = [posts.fate_of(sighting, found) for sighting in found.sightings]
    assert fates[0] == "sera relevé"
    assert fates[1].startswith("retenu : écarté par l'antivirus")
    assert fates[2].startswith("déjà reçu")
    (line, *_) = posts.document(found)["en_attente"]
    assert line == {
        "lieu": "cnaf/X",
        "partenaire": "cnaf",
        "flux": "cnaf-contacts",
        "departement": "08",
        "fichier": "coordonnees-allocataire.txt",
        "type": "coordonnees-allocataire",
        "octets": 3,
        "depuis": NOON.isoformat(),
        "suite": "sera relevé",
        "perdu_le": None,
    }


def test_what_is_stuck_says_since_when_why_what_to_do_and_until_when() -> None:
    stuck = Stuck("case-1", Snag.NOT_UPLOADED, NOON, date(2026, 12, 3))
    sentence = posts.stuck_sentence(POST, stuck)
    assert sentence.startswith("cnaf/X : case-1 bloqué, depuis le 02/11/2026 : une pièce annoncée")
    assert "À faire : demandez à l'émetteur" in sentence
    assert sentence.endswith("perdu à partir du 03/12/2026")
    assert posts.document(seen(stuck=[stuck]))["bloques"][0]["perdu_le"] == "2026-12-03"


def test_an_administrator_watches_what_is_stuck_held_elsewhere_or_lost_within_a_week() -> None:
    today = datetime.now(UTC).date()
    found = seen(
        arrival("soon", lost_on=today + timedelta(days=7)),
        arrival("later", lost_on=today + timedelta(days=8)),
        arrival("never"),
        stuck=[Stuck("case-1", Snag.GONE)],
        waiting=[Waiting("cnaf/X", Holder(12, "serveur-2", NOON))],
    )
    told = list(posts.watched(found))
    assert len(told) == 3
    assert "bloqué" in told[0]
    assert "relevée par une autre passerelle ; en attente (processus 12 sur serveur-2" in told[1]
    assert f"perdu à partir du {today + timedelta(days=7):%d/%m/%Y}" in told[2]


def test_a_silent_place_is_named_with_its_reason() -> None:
    silence = Silence("cnaf", "Denied", "cnaf/X")
    assert posts.silence_sentence(silence).startswith("cnaf/X ne répond pas (accès refusé")


async def said(hub: Hub, config: Path, *words: str) -> tuple[int, Any, str]:
    """Run a command beside the hub, which answers from this loop."""
    result = await asyncio.to_thread(run, *words, "--config", config)
    return result.exit_code, result, result.stdout


async def run_apart(config: Path) -> tuple[int, str]:
    """`flow run` in a process of its own: durable execution keeps the streams it was started with."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "gateway", "flow", "run", "--config", str(config)),
        stdout=asyncio.subprocess.PIPE,
    )
    told, _ = await process.communicate()
    return process.returncode or 0, told.decode()


async def test_simulate_shows_what_waits_and_changes_nothing(tmp_path: Path) -> None:
    async with hub_of_cases(tmp_path, CASES) as hub:
        config = hub.furnish(tmp_path / "g")
        hub.publish()
        code, result, _ = await said(hub, config, "flow", "simulate", "--json")
        assert code == Exit.DONE, result.stderr
        lines = document(result)["en_attente"]
        assert [line["suite"] for line in lines] == ["sera relevé"] * CASES
        assert {line["type"] for line in lines} == {"coordonnees-allocataire"}
        assert {line["lieu"] for line in lines} == {"cnaf/ContactsAllocataires-BRSA"}
        _, _, told = await said(hub, config, "flow", "simulate")
        assert told.count("sera relevé") == CASES
        assert f"{CASES} fichier(s) en attente." in told
        assert [hub.said(case) for case in hub.cases] == [[]] * CASES
        assert hub.sandbox.state().waiting_for_recipients() == CASES


async def test_who_holds_the_account_is_said_by_every_command_that_looks(tmp_path: Path) -> None:
    async with hub_of_cases(tmp_path, CASES) as hub:
        config = hub.furnish(tmp_path / "g")
        settings = load(config)
        settings.var.mkdir(mode=0o700)
        hub.publish()
        account = sha256(f"{hub.base}/oauth2/token\0{hub.credential[0]}".encode()).hexdigest()
        other = account_locks(settings.database_url, settings.var)
        assert other.take(f"compte-{account}")
        for words in (("flow", "simulate"), ("doctor",)):
            code, result, told = await said(hub, config, *words)
            assert code == Exit.DONE, result.stderr
            assert "relevée par une autre passerelle ; en attente (processus" in told, words
        code, told = await run_apart(config)
        assert code == Exit.DONE
        assert "relevée par une autre passerelle ; en attente (processus" in told
        assert hub.done == 0
        _, result, _ = await said(hub, config, "flow", "simulate", "--json")
        assert list(document(result)["autre_passerelle"]) == ["cnaf/ContactsAllocataires-BRSA"]
        other.close()
        code, told = await run_apart(config)
        assert f"{CASES} fichier(s) relevé(s), 0 bloqué(s)." in told
        assert (code, hub.done) == (Exit.DONE, CASES)


async def test_a_refused_credential_is_to_repair_and_a_good_one_is_not(tmp_path: Path) -> None:
    async with hub_of_cases(tmp_path, 1) as hub:
        config = hub.furnish(tmp_path / "g")
        code, result, _ = await said(hub, config, "doctor", "--json")
        assert document(result) == {"a_reparer": [], "a_surveiller": [OFF]}
        (config.parent / "hubee.secret").write_text("sesame")
        code, result, told = await said(hub, config, "doctor")
        assert code == Exit.CONFIGURATION
        assert "cnaf/ContactsAllocataires-BRSA : pas de jeton HubEE (accès refusé" in told
        assert told.count("ContactsAllocataires-BRSA") == 1
        assert "sesame" not in told + result.stderr
