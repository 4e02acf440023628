"""A master that nobody reads: it stays in a PKCS#11 token, which gives the keys of domains (python-pkcs11).

1. key = HMAC-SHA-256(object, info ‖ 0x01), done in the token: the expansion step of HKDF (RFC 5869, 2.3).
   The object is a generic secret of 32 bytes or more, drawn in the token: already uniform, it needs no
   extraction (2.3, 3.3). Loaded with HKDF-Extract(master), it gives the names that master gave.
2. The object is sensitive and not extractable, or it is refused: else "nobody reads it" is only a wish.
3. What the token will not show cannot be judged by its bytes: it is compared, on a probe, with every key
   made of one repeated byte.
4. One session per key asked for, closed at once; the keys of domains are kept, one per domain.
"""

import hashlib
import hmac
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any, Final

from gateway.errors import Misconfigured
from gateway.secret import Secret

SMALLEST: Final = 32
_LARGEST: Final = 64  # a key longer than a block is its digest: no constant one is of 32 bytes then
_PROBE: Final = b"passerelle/pseudonym/probe/v1"


@dataclass(frozen=True, slots=True)
class TokenPlace:
    """Where the object is: the vendor's library, the label of the token, the label of the key."""

    module: str
    token: str
    key: str
    pin: Secret[str]


@dataclass(slots=True)
class TokenMaster:
    """Derives in the token. Open it with `open_token`."""

    place: TokenPlace
    _known: dict[bytes, Secret[bytes]] = field(default_factory=dict, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def derive(self, info: bytes) -> Secret[bytes]:
        """32 bytes bound to `info`. Raises `Misconfigured`."""
        with self._lock:
            if info not in self._known:
                with _object(self.place) as key:
                    self._known[info] = Secret(_sign(key, info + b"\x01"))
            return self._known[info]


def open_token(place: TokenPlace) -> TokenMaster:
    """The master in a token, once it was seen to be one. Raises `Misconfigured`."""
    with _object(place) as key:
        _check(key)
    return TokenMaster(place)


@contextmanager
def _object(place: TokenPlace) -> Iterator[Any]:
    pkcs11 = _library()
    try:
        token = pkcs11.lib(place.module).get_token(token_label=place.token)
        with token.open(user_pin=place.pin.reveal()) as session:
            yield _only(session, place)
    except (pkcs11.PKCS11Error, RuntimeError, OSError) as error:
        raise Misconfigured(_sentence(place, error)) from None


def _only(session: Any, place: TokenPlace) -> Any:  # noqa: ANN401 - the library's objects
    pkcs11 = _library()
    attribute, secret = pkcs11.Attribute, pkcs11.KeyType.GENERIC_SECRET
    wanted = {
        attribute.CLASS: pkcs11.ObjectClass.SECRET_KEY,
        attribute.KEY_TYPE: secret,
        attribute.LABEL: place.key,
    }
    found = list(session.get_objects(wanted))
    if len(found) == 1:
        return found[0]
    many = f"plusieurs clés « {place.key} » : il en faut une"
    none = f"aucune clé secrète « {place.key} » : vérifiez pseudonyms.key_label"
    raise Misconfigured(f"jeton PKCS#11 : {many if found else none}")


def _sentence(place: TokenPlace, error: Exception) -> str:
    """What to do about it; a vendor's own message could say anything."""
    said = {
        "NoSuchToken": f"aucun jeton « {place.token} » : vérifiez pseudonyms.token_label",
        "PinIncorrect": "code PIN refusé : vérifiez pseudonyms.pin_file avant qu'il ne se bloque",
        "PinLocked": "code PIN bloqué : l'administrateur du jeton doit le débloquer",
    }
    kind = type(error).__name__
    return "jeton PKCS#11 : " + said.get(
        kind, f"il ne répond pas ({kind}) ; vérifiez pseudonyms.module"
    )


def _check(key: Any) -> None:  # noqa: ANN401 - the library's object
    attribute = _library().Attribute
    if not key[attribute.SENSITIVE] or key[attribute.EXTRACTABLE]:
        raise Misconfigured(
            "jeton PKCS#11 : la clé peut en sortir ; recréez-la sensible et non extractible"
        )
    if not SMALLEST <= key[attribute.VALUE_LEN] <= _LARGEST:
        raise Misconfigured(f"jeton PKCS#11 : la clé doit avoir de {SMALLEST} à {_LARGEST} octets")
    answer, size = _sign(key, _PROBE), int(key[attribute.VALUE_LEN])
    for byte in range(256):
        constant = hmac.digest(bytes([byte]) * size, _PROBE, hashlib.sha256)
        if hmac.compare_digest(answer, constant):
            raise Misconfigured(
                "jeton PKCS#11 : la clé répète un octet, elle n'a pas été tirée au hasard"
            )


def _sign(key: Any, message: bytes) -> bytes:  # noqa: ANN401 - the library's object
    return bytes(key.sign(message, mechanism=_library().Mechanism.SHA256_HMAC))


def _library() -> Any:  # noqa: ANN401 - an optional module
    try:
        return import_module("pkcs11")
    except ImportError:
        raise Misconfigured("python-pkcs11 absent : pip install 'passerelle[pkcs11]'") from None
