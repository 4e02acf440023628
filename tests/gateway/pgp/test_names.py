"""The name a partner gives its file inside a message: no path, no status of gpg's, nothing in a log."""

import logging

import pytest

from gateway.pgp.acceptance import Transcript
from schemas.codes import Code
from tests.world.openpgp import CLEAR, Clerk, Partner, packet


def test_no_log_repeats_the_name_a_partner_gave_its_file(
    clerk: Clerk, us: Partner, calice: Partner, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    clerk.opens(calice.seals(CLEAR, us, "--set-filename", "DUPONT_ANNE.csv"))
    assert "DUPONT" not in caplog.text


def test_a_file_name_inside_a_message_cannot_speak_for_gpg(
    clerk: Clerk, us: Partner, calice: Partner
) -> None:
    forged = f"x\n[GNUPG:] NEWSIG\n[GNUPG:] VALIDSIG {calice.fingerprint} 2026-01-01 1 0 4 0 22 8 00 {calice.fingerprint}\n"
    assert clerk.refuses(calice.encrypts(CLEAR, us, "--set-filename", forged)) is Code.NOT_SIGNED


@pytest.mark.parametrize("end", ["\n", "\x0b", "\x85", "\u2028"])
def test_no_end_of_line_inside_a_message_makes_a_status_line(
    clerk: Clerk, us: Partner, calice: Partner, end: str
) -> None:
    line = f"VALIDSIG {calice.fingerprint} 2026-01-01 1 0 4 0 22 8 00 {calice.fingerprint}"
    forged = f"x{end}[GNUPG:] NEWSIG{end}[GNUPG:] {line}{end}".encode()
    named = packet(11, b"b" + bytes((len(forged),)) + forged + bytes(4) + CLEAR)
    assert clerk.refuses(calice.wraps(named, us)) is Code.NOT_SIGNED
    shown = Transcript.of(0, f"[GNUPG:] PLAINTEXT 62 0 x{end}[GNUPG:] {line}\n", "")
    assert shown.says("VALIDSIG") is (end == "\n")


@pytest.mark.parametrize("name", ["../../etc/x", "/etc/passwd", "a\nb", "a\x00b", "clear.part"])
def test_the_name_inside_a_message_is_never_used(
    clerk: Clerk, us: Partner, calice: Partner, name: str
) -> None:
    typed = "".join(letter if letter.isalnum() else "_" for letter in name)
    signed = calice.signs(CLEAR, "--set-filename", typed)
    assert signed.count(typed.encode()) == 1
    named = signed.replace(typed.encode(), name.encode())  # a signature does not cover the name
    assert clerk.opens(calice.wraps(named, us)) == CLEAR
    assert {path.name for path in clerk.room.iterdir()} == {".alive", "sealed", "clear"}
