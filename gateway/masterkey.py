"""The master of pseudonyms, from where the settings say: a file, two shares, a token.

1. What systemd gives under the expected name (`LoadCredential=`) wins over a path: `pseudonym.key`,
   `pseudonym-1.share`, `pseudonym-2.share`, or the name in `pin_file`.
2. Shares meet in our memory only, at the start of what needs them, and are judged before anything is
   named. They are made once: a share without the other stops everything, it never draws a new master.
3. `open_master` reads; `make_shares` writes two files, each in its own place, both or none.
"""

import secrets
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from gateway.errors import Misconfigured
from gateway.keyring import MASTER, MASTER_SIZE, Keyring, read_private, write_private
from gateway.pseudonym import Master, fingerprint_of, shares
from gateway.pseudonym.shares import Share
from gateway.pseudonym.token import TokenPlace, open_token
from gateway.secret import Secret
from gateway.settings import Settings

NOT_CHOSEN: Final = (
    "pseudonymes : la clé maîtresse tient en un seul fichier et rien ne l'a choisi ; écrivez "
    '[pseudonyms] master = "shares" (deux officiers), ou "file" en toutes lettres'
)
LEFT_BEHIND: Final = f"pseudonymes : {MASTER} est encore dans le dossier de clés ; une fois les parts vérifiées, effacez-le"


def open_master(settings: Settings, keyring: Keyring) -> Master:
    """The master, checked. Raises `Misconfigured`, in French."""
    chosen = settings.main.pseudonyms
    if chosen.master == "shares":
        return shares.join(*_held(settings, keyring))
    if chosen.master == "pkcs11":
        pin = Secret(_text(settings, keyring, chosen.pin_file, chosen.pin_file).strip())
        return open_token(TokenPlace(chosen.module, chosen.token_label, chosen.key_label, pin))
    return keyring.pseudonym_master()


def master_warnings(settings: Settings) -> Iterator[str]:
    """What somebody should look at, of a master that works."""
    chosen = settings.main.pseudonyms.master
    if chosen is None:
        yield NOT_CHOSEN
    if chosen in {"shares", "pkcs11"} and _master_file(settings).exists():
        yield LEFT_BEHIND


def make_shares(places: Sequence[Path], master: Secret[bytes] | None = None) -> tuple[str, bool]:
    """The shares of a master, a new one by default; give its fingerprint, and whether they were made now.

    Shares that are there stay as they are. Raises `Misconfigured` when one is there without the other.
    """
    first, second = places
    _finish(first, second)
    there = [place for place in places if place.exists()]
    if len(there) == 1:
        raise Misconfigured(
            f"une part sans l'autre : {there[0]} ; retrouvez la seconde. Si la passerelle n'a encore "
            "rien reçu, effacez celle-ci et recommencez"
        )
    if there:
        kept = shares.join(read_share(first), read_share(second))
        if master is not None and kept != master:
            raise Misconfigured("ces parts sont d'une autre clé : rien n'a été remplacé")
        return fingerprint_of(kept), False
    made = shares.split(master or Secret(secrets.token_bytes(MASTER_SIZE)))
    for place in places:
        _clear(place)
    for place, share in zip(places, made, strict=True):
        write_private(_aside(place), shares.write(share).encode())
    _finish(first, second)
    return made[0].fingerprint, True


def read_share(place: Path) -> Share:
    """One share from its own file. Raises `Misconfigured`."""
    return shares.read(_decoded(read_private(place)[: shares.LARGEST], place.name), str(place))


def forget_file(settings: Settings, keyring: Keyring) -> None:
    """Erase the master's file once the shares of the settings give it back. Raises `Misconfigured`."""
    if shares.join(*_held(settings, keyring)) != keyring.pseudonym_master():
        raise Misconfigured(f"les parts ne redonnent pas {MASTER} : rien n'a été effacé")
    _master_file(settings).unlink()


def share_places(settings: Settings) -> Sequence[Path]:
    """Where the settings put the two shares. Raises `Misconfigured` when they say nowhere."""
    written = settings.main.pseudonyms.shares
    if not written:
        raise Misconfigured("dites où écrire les deux parts : [pseudonyms] shares = [.., ..]")
    return [settings.path(path) for path in written]


def _held(settings: Settings, keyring: Keyring) -> tuple[Share, Share]:
    places = list(settings.main.pseudonyms.shares) or ["", ""]
    found = []
    for rank, place in enumerate(places, 1):
        name = f"pseudonym-{rank}.share"
        found.append(shares.read(_text(settings, keyring, name, place), place or name))
    return found[0], found[1]


def _text(settings: Settings, keyring: Keyring, name: str, place: str) -> str:
    given = keyring.credential(name) if "/" not in name else None
    if given is None and not place:
        raise Misconfigured(
            f"{name} absent : LoadCredential={name}:…, ou son chemin dans [pseudonyms]"
        )
    content = read_private(settings.path(place)) if given is None else given
    return _decoded(content[: shares.LARGEST], name)


def _decoded(content: bytes, name: str) -> str:
    try:
        return content.decode()
    except UnicodeDecodeError:
        raise Misconfigured(f"{name} n'est pas un texte") from None


def _finish(first: Path, second: Path) -> None:
    """Both were written aside: each takes its name. Killed between the two, the next call ends it."""
    if not first.exists() and not (_aside(first).exists() and _aside(second).exists()):
        return
    for place in (first, second):
        if _aside(place).exists() and not place.exists():
            _aside(place).replace(place)


def _clear(place: Path) -> None:
    """Nothing of a call that was killed is left beside this place. Raises `Misconfigured`."""
    if not place.parent.is_dir():
        raise Misconfigured(f"dossier absent : {place.parent} (montez-le, ou créez-le en 0700)")
    for leftover in place.parent.glob(f"*{_aside(place).name}*"):
        leftover.unlink()


def _aside(place: Path) -> Path:
    return place.with_name(f"{place.name}.nouvelle")


def _master_file(settings: Settings) -> Path:
    return settings.path(settings.main.paths.keys) / MASTER
