"""The measures run, and their table lists each of them beside its peer. No time is ever asserted."""

import shutil
import subprocess
import sys
from pathlib import Path

from benchmarks.__main__ import HEADER, MEASURES
from benchmarks.pandas_peer import has_pandas

ROOT = Path(__file__).parents[2]
# Who has no wrk is told how to get it, in place of a peer.
WRK = "aiohttp nu" if shutil.which("wrk") else "wrk absent"
LINES = {
    "Contrôle d'un fichier de contacts": {
        "polars nu",
        "boucle csv + re",
        *(["pandas + pandera"] if has_pandas() else []),
    },
    "Bénéficiaires (XML), lire et contrôler": {"lxml.iterparse seul"},
    "Pseudonymes, par l'interpréteur": {"HMAC de cryptography, boucle nue"},
    "Pseudonymes, par polars-hash": {"HMAC de cryptography, boucle nue"},
    "Indicateurs, compter et cacher": {"polars nu, un seul group_by"},
    "OpenPGP, chiffrer et signer": {"python-gnupg"},
    "CMS, déchiffrer": {"openssl cms"},
    "CMS, déchiffrer et vérifier": {"openssl cms"},
    "OpenPGP, ouvrir et vérifier": {"gpg seul, mêmes options"},
    "OpenPGP, sceller et signer": {"gpg seul, mêmes options"},
    "OpenPGP, petits messages": {"gpg par défaut"},
    "Coffre, sceller et garder": {"cp + sha256"},
    "HubEE, recevoir": {"curl"},
    "HubEE, recevoir en deux fois": {"curl"},
    "API, petite requête": {WRK},
    "API, lire une publication": {WRK},
    "API, télécharger": {"aiohttp nu"},
    "Révocation en plein envoi": {"rien de livré, rien de laissé"},
    "SFTP, relever dans le coffre": {"sftp d'OpenSSH"},
    "SFTP, remettre et relire": {"sftp d'OpenSSH"},
    "SFTP, remettre sans relire": {"sftp d'OpenSSH"},
    "SFTP, relever de petits fichiers": {"sftp d'OpenSSH"},
    "Journal : écrire, publier, vérifier": {"chaîne d'empreintes"},
    "Semaine d'un département": {"lignes : "},
}


def test_the_table_lists_every_measure_beside_its_peer() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks", "--quick"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    rows = [line.split(" | ") for line in done.stdout.splitlines() if line.startswith("| ")]
    assert all(len(row) == len(HEADER) for row in rows)
    told = {(row[0].removeprefix("| "), row[4]) for row in rows[2:]}
    for name, peers in LINES.items():
        for peer in peers:
            assert [n for n, said in told if n == name and peer in said] == [name]
    assert len(told) == sum(map(len, LINES.values()))
    assert len(MEASURES) == len(LINES) - 9, (
        "two lines of HubEE, CMS, large OpenPGP files, pseudonyms; three of the API; four of SFTP"
    )


def test_the_page_of_figures_says_how_to_take_them_again() -> None:
    page = (ROOT / "docs" / "mesures.md").read_text("utf-8")
    assert "make bench" in page
    assert [name for name in LINES if f"| {name} |" not in page] == []
