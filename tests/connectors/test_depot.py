"""What companions of a file announce is compared, whatever was written in them."""

import json
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.answering import answer_names, meaning_of
from connectors.contract import Milestone, Withholding
from connectors.depot import Ready, dated, described, is_ready, is_waiting_name
from connectors.manifest import MANIFEST_LIMIT, read_manifest
from connectors.sftp_settings import SftpFolders

NAME, BODY = b"a.csv.gpg", b"body"
DIGEST = sha256(BODY).hexdigest()


def told(**changes: Any) -> bytes:
    return json.dumps({"sha256": DIGEST, "octets": len(BODY), **changes}).encode()


@pytest.mark.parametrize(
    "content",
    [
        told(),
        told(sha256=DIGEST.upper()),
        told(fichier="a.csv.gpg", lignes=3, periode="2026-11", sequence=147),
        told(schema={"version": [1, 2]}, emetteur="CNAF"),
    ],
)
def test_a_manifest_that_describes_its_file_announces_its_digest(content: bytes) -> None:
    found = described(NAME, len(BODY), None, content)
    assert (found.sha256, found.withheld) == (DIGEST, None)
    assert found.reference == {"manifest": sha256(content).hexdigest()}


@pytest.mark.parametrize(
    "content",
    [
        told(octets=5),
        told(octets=-1),
        told(octets="4"),
        told(fichier="../a.csv.gpg"),
        told(fichier="b.csv.gpg"),
        told(sha256=DIGEST[1:]),
        told(sha256=DIGEST + "\n"),
        told(lignes=-1),
        json.dumps({"sha256": DIGEST}).encode(),
        b"",
        b"[]",
        b"\xff",
        b"[" * MANIFEST_LIMIT,
        b'{"x":' + b"[" * 60_000,
        told() + b" " * MANIFEST_LIMIT,
    ],
)
def test_a_manifest_that_does_not_is_the_sender_s_to_repair(content: bytes) -> None:
    assert described(NAME, len(BODY), None, content).withheld is Withholding.MISDESCRIBED


def test_a_manifest_and_a_digest_that_contradict_each_other_are_refused() -> None:
    other = sha256(b"other").hexdigest().encode()
    assert described(NAME, 4, other, told()).withheld is Withholding.MISDESCRIBED
    assert described(NAME, 4, DIGEST.encode(), told()).withheld is None
    assert described(NAME, 4, other, None).sha256 == other.decode()


@given(content=st.binary(max_size=200) | st.recursive(st.none() | st.integers() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["sha256", "octets", "fichier", "x"]), inner)).map(lambda body: json.dumps(body).encode()))  # fmt: skip
def test_whatever_is_written_is_read_without_surprise(content: bytes) -> None:
    assert read_manifest(content) is None or b"sha256" in content
    assert meaning_of(content, "ARA") is None


def test_what_says_that_a_file_is_whole_is_as_agreed() -> None:
    assert is_ready(NAME, set(), Ready.RENAME)
    for ready, companions in (
        (Ready.OK, (b".ok", b".go")),
        (Ready.MANIFEST, (b".manifeste.json",)),
    ):
        assert not is_ready(NAME, {b"b.csv" + c for c in companions} | {b".ok"}, ready)
        for companion in companions:
            assert is_ready(NAME, {NAME + companion}, ready)
            assert not is_waiting_name(NAME + companion)


@pytest.mark.parametrize("mtime", [1e30, -1e30, float("nan")])
def test_a_date_that_is_none_is_none(mtime: float) -> None:
    assert dated(mtime) is None


@pytest.mark.parametrize(
    ("level", "result", "meaning"),
    [
        ("ART", "", Milestone.RECEIVED),
        ("ARL", "POSITIF", Milestone.READABLE),
        ("ARL", "NEGATIF", Milestone.UNREADABLE),
        ("ARA", "POSITIF", Milestone.INTEGRATED),
        ("ARA", "DOUBLON", Milestone.INTEGRATED),
        ("ARA", "NEGATIF", Milestone.REFUSED),
        ("ARL", "DOUBLON", None),
        ("ARA", "", None),
    ],
)
def test_an_answer_means_what_its_level_and_result_say(
    level: str, result: str, meaning: Milestone | None
) -> None:
    said = json.dumps({"niveau": level, "resultat": result, "lignes": {"lues": 3}}).encode()
    assert meaning_of(said, level) is meaning
    assert meaning_of(said, "ART" if level != "ART" else "ARA") is None


def test_a_name_that_is_no_component_is_answered_by_nobody() -> None:
    assert answer_names(["../a", "", "a/b", ".."]) == {}


@pytest.mark.parametrize(
    "folder", ["", "..", "a/..", "../a", "a//b", "a/", "a\nb", "a\\b", "./a", "a\0b", "/"]
)
def test_a_folder_that_leads_elsewhere_is_refused(folder: str) -> None:
    with pytest.raises(ValueError, match="plain path"):
        SftpFolders(depot=folder)


@pytest.mark.parametrize("folder", ["/OI33SPIE", "de pôt/à nous", "a.b/..c"])
def test_a_plain_folder_is_taken_as_it_is(folder: str) -> None:
    assert SftpFolders(depot=folder).depot == folder


def test_two_uses_of_one_folder_are_refused() -> None:
    with pytest.raises(ValueError, match="two folders"):
        SftpFolders(depot="x", archive="x")
