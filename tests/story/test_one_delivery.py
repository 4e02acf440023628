"""One week, from the partners' doors to the recipients' screens: nothing lost, everything answered."""

import csv
import hashlib
import io
from pathlib import Path

import pytest

from gateway import pgp
from gateway.errors import Refused
from gateway.keyring import Keyring, Use
from gateway.ledger import LedgerBroken, VerifierKey, verify, verify_receipt
from gateway.sandbox.stand import PARTNERS, secret_key
from gateway.secret import Secret
from schemas.codes import Code
from tests.story.lived import Left, Lived, signals_agree
from tests.world.clerks import Verifier
from tests.world.oracle import contact_feed
from tests.world.town import read_ledger

CLEAN, WRONG = "coordonnees-allocataire.txt", "PECG-total-faux.xml"
LIMIT = 1 << 24

PRODUCTS_PLAYED = ("contacts-rdv-insertion", "risque-rupture")


def test_every_file_of_the_week_is_judged_and_nothing_failed(lived: Lived) -> None:
    sent = {parcel.path.name for parcel in lived.week.parcels}
    assert lived.fates.keys() == sent
    assert lived.failures == {}
    verdicts = {name: fate.row.verdict for name, fate in lived.fates.items()}
    accepted = {name for name, verdict in verdicts.items() if verdict == "accepted"}
    assert {"PECG.xml", CLEAN} < accepted
    assert verdicts[WRONG] == "refused"
    assert {fate.row.departement for fate in lived.fates.values()} == {lived.week.departement}


def test_the_ledger_tells_the_story_of_each_delivery_in_order(lived: Lived) -> None:
    for fate in lived.fates.values():
        told = ["delivery.accepted" if fate.row.verdict == "accepted" else "delivery.refused"]
        assert fate.acts == [*told, "delivery.acknowledged"]
        verdict, acknowledged = fate.page
        assert acknowledged["facts"]["about"] == fate.row.ledger_index
        assert verdict["facts"]["received_sha256"] == fate.row.digest
        assert verdict["facts"]["rows_read"] == fate.row.rows_read


def test_the_ledger_tells_the_week_in_order_deliveries_then_crossing_then_releases(
    lived: Lived,
) -> None:
    chapters = [entry["act"].partition(".")[0] for entry in lived.ledger]
    key = ["approval", "key", "approval"]  # asked for, in force, answered
    # Asked for; submitted, which asks a second person; the version, and the answer that made it.
    habilitation = ["habilitation", "approval", "habilitation", "habilitation", "approval"]
    ceremonies = key * len(PARTNERS) + habilitation * len(PRODUCTS_PLAYED)
    deliveries = ["delivery"] * (len(lived.fates) * 2)
    assert chapters == [
        *ceremonies,
        *deliveries,
        "crossing",
        *["release"] * 2 * len(PRODUCTS_PLAYED),
    ]


def test_the_sender_by_sftp_holds_its_three_acknowledgements(lived: Lived) -> None:
    fate = lived.fates["PECG.xml"]
    assert fate.answers.keys() == {"ART", "ARL", "ARA"}
    assert fate.answers["ART"]["sha256"] == fate.row.digest
    assert fate.answers["ARL"]["resultat"] == fate.answers["ARA"]["resultat"] == "POSITIF"
    assert fate.answers["ARA"]["lignes"]["lues"] == fate.row.rows_read > 0
    assert {answer["ecriture_journal"] for answer in fate.answers.values()} == {
        fate.row.ledger_index
    }


def test_whatever_a_sender_by_sftp_is_told_it_verifies_with_gpg(
    lived: Lived, tmp_path: Path
) -> None:
    public = Keyring(lived.scenery.keys).openpgp_public(Use.RELEASE)
    anybody = Verifier(tmp_path / "theirs", public)
    ack = lived.scenery.sandbox / "sftp" / "partners" / "pe" / "ack"
    told = [path for path in ack.iterdir() if path.suffix != ".asc"]
    assert len(told) >= 4
    assert [path.name for path in told if not anybody.accepts(path)] == []


def test_the_sender_by_hubee_reads_that_its_file_is_integrated(lived: Lived) -> None:
    heard = lived.fates[CLEAN].heard
    assert [status for status, _ in heard] == ["IN_PROGRESS", "DONE"]
    assert f"{lived.fates[CLEAN].row.rows_accepted} acceptées" in heard[-1][1]


def test_what_was_answered_waits_no_more_and_no_room_is_left(lived: Lived) -> None:
    assert [name for name, fate in lived.fates.items() if fate.waits] == []
    assert lived.left_rooms == []


@pytest.fixture(params=["contacts-rdv-insertion", "risque-rupture"])
def left(request: pytest.FixtureRequest, lived: Lived) -> Left:
    return lived.left[request.param]


def test_only_its_recipient_opens_a_release(lived: Lived, left: Left, tmp_path: Path) -> None:
    keyring = Keyring(lived.scenery.keys)
    ours = {f"gateway {use}": keyring.openpgp(use) for use in Use}
    theirs = {name: secret_key(lived.scenery.sandbox, name) for name in PARTNERS}
    readers = []
    for name, key in (ours | theirs).items():
        try:
            assert opened(left, key, keyring.openpgp_public(Use.RELEASE), tmp_path) == left.clear
            readers.append(name)
        except Refused as refused:
            assert refused.code is Code.NOT_FOR_US
    assert readers == [left.recipient]


def test_a_release_is_signed_by_us_and_by_nobody_else(
    lived: Lived, left: Left, tmp_path: Path
) -> None:
    key = secret_key(lived.scenery.sandbox, left.recipient)
    public = Keyring(lived.scenery.keys).openpgp_public(Use.RELEASE)
    verified = pgp.decrypt(
        left.sealed, tmp_path / "clear", own_key=key, sender_key=public, max_bytes=LIMIT
    )
    assert verified.signer_fingerprint == pgp.fingerprint_of(public)
    stranger = (lived.scenery.sandbox / "partenaires" / "pe.asc").read_text()
    with pytest.raises(Refused, match=r"GW-204"):
        opened(left, key, stranger, tmp_path)


def opened(left: Left, own_key: Secret[str], sender_key: str, room: Path) -> bytes:
    out = room / "opened"
    pgp.decrypt(left.sealed, out, own_key=own_key, sender_key=sender_key, max_bytes=LIMIT)
    return out.read_bytes()


def test_the_receipt_of_a_manifest_proves_offline_which_bytes_left(
    lived: Lived, left: Left
) -> None:
    key = VerifierKey.parse((lived.scenery.keys / "ledger.pub").read_text())
    proven = verify_receipt(left.manifest["journal"]["recu"], left.entry, key)
    assert proven.index == left.manifest["journal"]["ecriture"]
    said = lived.ledger[proven.index]
    digest = hashlib.sha256(left.clear).hexdigest()
    assert said["act"] == "release.authorised"
    assert said["facts"]["extract_sha256"] == left.manifest["sha256"] == digest
    assert said["facts"]["rows"] == left.manifest["lignes"]
    assert [entry["act"] for entry in left.page] == ["release.authorised", "release.delivered"]
    with pytest.raises(LedgerBroken):
        verify_receipt(left.manifest["journal"]["recu"], left.entry + b" ", key)


def test_the_ledger_verifies_with_the_key_that_was_handed_over(lived: Lived) -> None:
    key = VerifierKey.parse((lived.scenery.keys / "ledger.pub").read_text())
    folder = lived.scenery.root / "etat" / "journal"
    assert verify(folder, key).checkpoint.size == len(lived.ledger)
    assert read_ledger(folder) == lived.ledger


def test_the_contact_feed_is_the_expected_one_byte_for_byte(lived: Lived) -> None:
    expected = (lived.samples / "expected" / "contacts-rdv-insertion.csv").read_bytes()
    found = lived.left["contacts-rdv-insertion"].clear
    assert found == expected
    assert found == contact_feed(lived.samples / "cnaf" / CLEAN)
    assert found.count(b"\n") > 30


def test_the_signals_are_the_expected_ones(lived: Lived) -> None:
    assert signals_agree(lived.document["signals"], lived.expected()) > 50


def test_the_list_of_the_departement_holds_every_triggered_signal_and_no_other(
    lived: Lived,
) -> None:
    text = lived.left["risque-rupture"].clear.decode("utf-8-sig")
    listed = {(r["ID_CD"], r["REGLE"]) for r in csv.DictReader(io.StringIO(text), delimiter=";")}
    signals = lived.document["signals"]
    assert listed == {(who, rule) for who, said in signals.items() for rule in said["triggered"]}
    assert len({rule for _, rule in listed}) > 5
