"""Nobody can be recognised in anything the gateway keeps, says or gives, beyond what a grant names.

The demo is played in a process of its own with every logger at DEBUG; then every identifier of every
person drawn is searched, in every writing, in every file it made and every word it said. The partners'
side is not searched: it is theirs.
"""

import base64
import hashlib
import json
import re
import shutil
import sqlite3
from collections.abc import Callable, Collection
from contextlib import closing
from pathlib import Path

import pytest

from schemas.generator import Truth
from tests.world.demo import Played, Stage, kill_in_clear, play, stage
from tests.world.needles import KINDS, Needles, contents_of

# Where a grant, or the demo's own promise, lets something be read. A mail may hold a name: it is the mail.
CONTACTS = re.compile(r"recus/rdv-insertion/CONTACTS_2A_\d{8}\.csv")
RISK = re.compile(r"recus/cd/RISQUE_RUPTURE_2A_\d{8}\.csv")
GRANTED: tuple[tuple[re.Pattern[str], frozenset[str]], ...] = (
    (CONTACTS, frozenset({"nir", "telephone", "courriel", "matricule"})),
    (RISK, frozenset({"cd"})),
    (re.compile(r"resultat\.json"), frozenset({"cd"})),
)
# The demo shows what each partner has in `ack/`: answers there bear the name the partner gave its file.
ANSWERS = re.compile(rb"^recus/(?:pe|cd)/accuses/.*$", re.MULTILINE)
MAIL = re.compile(rb"[^;\s]+@[^;\s]+")


def allowed(place: str) -> Collection[str]:
    return next((kinds for where, kinds in GRANTED if where.fullmatch(place)), ())


def everything(here: Stage) -> dict[str, bytes]:
    """All that is ours once played, and all that was said; mails taken out of the one file they may be in."""
    found = contents_of(here.var) | {"(said)": here.said}
    found["(paths)"] = ANSWERS.sub(b"", found["(paths)"])
    return {
        place: MAIL.sub(b"", body) if CONTACTS.fullmatch(place) else body
        for place, body in found.items()
    }


@pytest.fixture(params=["calm", "attacked"])
def played(request: pytest.FixtureRequest) -> Played:
    found: Played = request.getfixturevalue(request.param)
    return found


# --- the law


def test_the_week_was_really_played(calm: Played, attacked: Played) -> None:
    for played, deliveries in ((calm, 6), (attacked, 17)):
        assert played.code == 0
        document = json.loads((played.stage.var / "resultat.json").read_text("utf-8"))
        assert len(document["deliveries"]) == deliveries
        assert len(document["releases"]) == 2
        assert len(document["signals"]) == 80
        assert b"DEBUG:" in played.stage.said
        assert b"sqlalchemy.engine" in played.stage.said


def test_hostile_files_are_refused_each_for_what_it_is(attacked: Played) -> None:
    document = json.loads((attacked.stage.var / "resultat.json").read_text("utf-8"))
    codes = {line["code"] for line in document["deliveries"] if line["code"]}
    assert codes >= {"GW-401", "GW-503", "GW-504", "GW-505", "GW-506", "GW-510", "GW-511", "GW-701"}
    assert codes >= {"GW-704"}


def test_nobody_is_recognised_in_anything_kept_said_or_given(
    played: Played, people: Needles
) -> None:
    assert people.leaks(everything(played.stage), allowed) == []


def test_what_is_granted_is_given_so_the_search_sees_it(calm: Played, people: Needles) -> None:
    found = contents_of(calm.stage.var)
    seen = {(leak.place, leak.kind) for leak in people.leaks(found)}
    contacts = next(place for place in found if CONTACTS.fullmatch(place))
    risk = next(place for place in found if RISK.fullmatch(place))
    expected = {(contacts, kind) for kind in ("nir", "telephone", "courriel", "matricule")}
    assert seen >= expected | {(risk, "cd"), ("resultat.json", "cd")}


def test_acknowledgements_say_nothing_of_anybody(played: Played, people: Needles) -> None:
    """Where partners read them: in `ack/`, and in the events of HubEE."""
    sandbox = played.stage.partners
    told = contents_of(sandbox / "sftp" / "partners")
    names = {parcel.name for parcel in (sandbox / "sftp" / "partners").rglob("archive/*")}
    answers = {
        place.replace("\n", " "): body
        for place, body in told.items()
        if "/ack/" in place or place.endswith(".manifeste.json")
    }
    assert len(answers) > 8
    assert names
    assert people.leaks(answers) == []
    with closing(sqlite3.connect(sandbox / "hubee" / "world.sqlite")) as kept:
        world = [json.loads(body) for (body,) in kept.execute("SELECT body FROM records")]
    said = json.dumps(_events(world), ensure_ascii=False)
    assert "Intégré" in said
    assert people.leaks({"events": said.encode()}) == []


def test_rejected_lines_went_back_and_only_sealed(attacked: Played, people: Needles) -> None:
    places = attacked.stage.partners / "sftp" / "partners"
    sealed = {
        str(rank): p.read_bytes() for rank, p in enumerate(places.rglob("ack/*.REJETS.*.gpg"))
    }
    assert len(sealed) > 0
    assert {body[0] & 0x80 for body in sealed.values()} == {0x80}  # binary packets, not text
    assert people.leaks(sealed) == []
    reports = {
        str(rank): p.read_bytes() for rank, p in enumerate(places.rglob("ack/*.RAPPORT.csv"))
    }
    assert len(reports) >= len(sealed)
    assert people.leaks(reports) == []


def _events(world: object) -> list[object]:
    """Every message of every event, wherever the hub keeps it."""
    if isinstance(world, dict):
        own = [value for key, value in world.items() if key in {"message", "comment"}]
        return own + [one for value in world.values() for one in _events(value)]
    if isinstance(world, list):
        return [one for value in world for one in _events(value)]
    return []


def test_sealed_files_are_sealed(played: Played) -> None:
    sealed = [*(played.stage.var / "etat" / "coffre").rglob("*.age")]
    assert len(sealed) > 10
    assert {path.read_bytes()[:21] for path in sealed} == {b"age-encryption.org/v1"}
    kept = {p.suffix for p in (played.stage.var / "etat" / "coffre").rglob("*") if p.is_file()}
    assert kept == {".age"}


def test_only_the_owner_may_enter_what_is_ours(played: Played) -> None:
    for name in ("cles", "etat"):
        assert (played.stage.var / name).stat().st_mode & 0o077 == 0, name


# --- nothing clear is left


def test_nothing_clear_is_left_in_memory_or_in_temporary_folders(played: Played) -> None:
    assert played.stage.leftovers() == []


def test_killed_in_the_middle_of_clear_text_nothing_is_left_by_the_next_run(
    departement: tuple[Path, Truth], people: Needles
) -> None:
    with stage() as here:
        left = kill_in_clear(here, departement[0])
        assert left != []
        after_the_kill = contents_of(here.var) | {"(said)": here.said}
        assert people.leaks(after_the_kill) == []
        assert play(here, departement[0]).code == 0
        assert here.leftovers() == []
        assert people.leaks(everything(here), allowed) == []


# --- the search can find


def _samples(truth: Truth) -> dict[str, str]:
    """One value of each kind; the least common letters where there is a choice."""
    day = min(truth.birth_dates)
    accented = next(name for name in sorted(truth.names) if "é" in name)
    return {
        "nir": min(truth.nirs15),
        "nom": accented,
        "prenom": min(truth.first_names),
        "courriel": min(truth.emails),
        "telephone": min(truth.phones),
        "matricule": min(truth.matricules),
        "demande": min(truth.numdemrsa),
        "pe": min(truth.pe_ids),
        "cd": min(truth.cd_ids),
        "naissance": f"{day:%d/%m/%Y}",
    }


WRITINGS: dict[str, Callable[[str], bytes]] = {
    "utf-8": lambda value: value.encode(),
    "latin-1": lambda value: value.encode("iso-8859-15"),
    "utf-16": lambda value: value.encode("utf-16"),
    "upper": lambda value: value.upper().encode(),
    "lower": lambda value: value.lower().encode(),
    "base64": lambda value: base64.b64encode(value.encode()),
    "base64 in a sentence": lambda value: base64.b64encode(f"nom={value};".encode()),
    "percent": lambda value: "".join(f"%{b:02X}" for b in value.encode()).encode(),
    "json": lambda value: json.dumps({"valeur": value}).encode(),
    "hexadecimal": lambda value: value.encode().hex().encode(),
}


def test_an_identifier_planted_in_the_state_is_found_however_it_is_written(
    calm: Played, people: Needles, departement: tuple[Path, Truth]
) -> None:
    host = (calm.stage.var / "etat" / "journal" / "checkpoint").read_bytes()
    planted = {
        f"{kind} in {writing}": host[:40] + b"\n" + write(value) + b"\n" + host[40:]
        for kind, value in _samples(departement[1]).items()
        for writing, write in WRITINGS.items()
    }
    assert len(planted) == len(KINDS) * len(WRITINGS)
    found = {(leak.place, leak.kind) for leak in people.leaks(planted, allowed)}
    assert [place for place in planted if (place, place.split()[0]) not in found] == []


@pytest.mark.parametrize(
    "written", ["{0[0]} {0[1]}{0[2]} {0[3]}{0[4]}", "{0[0]}.{0[1]}{0[2]}.{0[3]}{0[4]}"]
)
def test_a_nir_as_people_write_it_is_found(
    people: Needles, departement: tuple[Path, Truth], written: str
) -> None:
    nir = min(departement[1].nirs15)
    separator = written[6]
    parts = (nir[0], nir[1:3], nir[3:5], nir[5:7], nir[7:10], nir[10:13], nir[13:])
    for length in (6, 7):
        spaced = separator.join(parts[:length]).encode()
        assert [leak.kind for leak in people.leaks({"x": b"NIR " + spaced})][:1] == ["nir"]


def test_a_digest_of_a_nir_is_found(people: Needles, departement: tuple[Path, Truth]) -> None:
    digest = hashlib.sha256(min(departement[1].nirs13).encode()).hexdigest()
    assert [leak.kind for leak in people.leaks({"x": digest.encode()})] == ["nir"]


@pytest.mark.parametrize("mode", ["DELETE", "WAL"])
def test_a_row_of_a_database_is_read_even_before_it_is_checkpointed(
    calm: Played, people: Needles, departement: tuple[Path, Truth], tmp_path: Path, mode: str
) -> None:
    copy = shutil.copytree(calm.stage.var / "etat", tmp_path / "etat")
    name = _samples(departement[1])["nom"]
    with closing(sqlite3.connect(copy / "passerelle.sqlite")) as database:
        database.execute(f"PRAGMA journal_mode={mode}")
        database.execute("UPDATE delivery SET name = ?", (name,))
        database.commit()
        leaks = people.leaks(contents_of(copy), allowed)
    assert {leak.kind for leak in leaks} == {"nom"}
    assert {leak.place.removesuffix("-wal") for leak in leaks} == {"passerelle.sqlite"}


def test_a_file_named_after_somebody_is_found(
    people: Needles, departement: tuple[Path, Truth], tmp_path: Path
) -> None:
    (tmp_path / f"{min(departement[1].cd_ids)}.txt").touch()
    assert {leak.kind for leak in people.leaks(contents_of(tmp_path))} == {"cd"}


def test_a_leak_is_reported_without_its_value(
    people: Needles, departement: tuple[Path, Truth]
) -> None:
    name = min(departement[1].names)
    leaks = people.leaks({"x": name.encode()})
    assert leaks
    assert name not in repr(leaks)
