"""OpenPGP at a desk, beside bare gpg: one large file with the same options, many small ones as they come.

Clear text and messages are in memory on both sides, as in the gateway. The small messages are for a key
under a passphrase: gpg alone keeps it under the rounds it chose, and takes them again for each message,
so few are enough to know its pace.
"""

import statistics
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec

from benchmarks.measure import Line, Scale, timed, write_rows
from benchmarks.worker import Costs, Errand
from gateway.pgp import Desk, Desks, Keys, encrypt, generate_key
from gateway.pgp.home import QUIET, open_home
from gateway.secret import KeyPair, Secret
from gateway.workroom import workroom

ALONE = "gpg seul, mêmes options"
BY_DEFAULT = "gpg par défaut, un message à la fois"
AT_ONCE = 2
FEW = 3
SMALL = 800  # bytes
PHRASE = Secret("phrase de mesure")


def measure_large(folder: Path, scale: Scale) -> list[Line]:
    """Open and verify, seal and sign."""
    del folder  # nothing goes to a disk
    us, them = generate_key("Passerelle de mesure"), generate_key("Partenaire de mesure")
    with workroom(need=4 * scale.sealed << 20) as room:
        clear, sealed = write_rows(room / "clair", scale.sealed), room / "scelle"
        encrypt(clear, sealed, recipient_key=us.public, signing_key=them.secret)
        opening = _costs(us, them, sealed, room, seals=False, runs=scale.runs)
        sealing = _costs(us, them, clear, room, seals=True, runs=scale.runs)
    return [
        _line("OpenPGP, ouvrir et vérifier", scale, opening),
        _line("OpenPGP, sceller et signer", scale, sealing),
    ]


def measure_small(folder: Path, scale: Scale) -> list[Line]:
    """Open and verify messages of 800 bytes, our key under a passphrase."""
    del folder
    us, them = generate_key("Passerelle de mesure", PHRASE), generate_key("Partenaire de mesure")
    with workroom() as room:
        (room / "clair").write_bytes(b"x" * SMALL)
        message = room / "scelle"
        encrypt(room / "clair", message, recipient_key=us.public, signing_key=them.secret)
        ours = statistics.median(_at_a_desk(us, them, message, scale) for _ in range(scale.runs))
        theirs = _by_default(us, them, message) * scale.messages
    note = (
        f"notre clé sous phrase de passe ; les nôtres {AT_ONCE} à la fois ; pair mesuré sur {FEW}"
    )
    name = "OpenPGP, petits messages"
    return [Line(name, scale.messages, "messages", ours, BY_DEFAULT, theirs, note)]


def _costs(
    us: KeyPair, them: KeyPair, source: Path, room: Path, *, seals: bool, runs: int
) -> Costs:
    errand = Errand(us.secret.reveal(), them.public, str(source), str(room), seals, runs)
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.worker"],
        input=msgspec.json.encode(errand),
        stdout=subprocess.PIPE,
        check=True,
    )
    return msgspec.json.decode(done.stdout, type=Costs)


def _line(name: str, scale: Scale, costs: Costs) -> Line:
    seconds = statistics.median(costs.ours), statistics.median(costs.theirs)
    note = f"notre mémoire {costs.peak} Mio ; boucle en retard de {costs.late:.0f} ms au plus"
    note += f", de {costs.late_alone:.0f} quand gpg est seul"
    return Line(name, scale.sealed, "Mo", seconds[0], ALONE, seconds[1], note)


def _at_a_desk(us: KeyPair, them: KeyPair, message: Path, scale: Scale) -> float:
    """Seconds for all of them; the desk is open already, as it is after a first message."""
    keys = Keys("mesure", us.secret, them.public, PHRASE)
    with Desks() as desks, desks.at(keys) as desk, ThreadPoolExecutor(AT_ONCE) as threads:
        _open(desk, message, -1)
        return timed(lambda: list(threads.map(lambda n: _open(desk, message, n), range(scale.messages))))  # fmt: skip


def _open(desk: Desk, message: Path, number: int) -> None:
    out = message.with_name(f"clair-{number}")
    desk.decrypt(message, out, max_bytes=SMALL)
    out.unlink()


def _by_default(us: KeyPair, them: KeyPair, message: Path) -> float:
    """Seconds a message."""
    with workroom() as room, open_home(room, passphrase=PHRASE) as home:
        home.add_own(us.secret)
        home.add_public(them.public)
        command = ["gpg", "--homedir", home.gnupghome, "--batch", "--no-tty", "--yes", *QUIET,
                   "--pinentry-mode", "loopback", "--passphrase-fd", "0",
                   "--output", str(room / "clair"), "--decrypt", "--", str(message)]  # fmt: skip

        def each() -> None:
            subprocess.run(command, input=PHRASE.reveal().encode(), check=True, capture_output=True)

        each()
        return statistics.median(timed(each) for _ in range(FEW))
