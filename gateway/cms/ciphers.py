"""The two ways a content is encrypted: AES-CBC, which vouches for nothing, and AES-GCM, which does."""

from collections.abc import Iterator
from typing import Final, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC, GCM
from cryptography.hazmat.primitives.padding import PKCS7

from gateway.cms import names
from gateway.cms.algorithms import Algorithm, weak
from gateway.cms.der import INTEGER, OCTETS, SEQUENCE, malformed
from gateway.errors import Refused
from schemas.codes import Code

UNVOUCHED: Final = (
    "altéré, chiffré avec une autre clé, ou sans signature valable à l'intérieur : en mode CBC, dire "
    "lequel trahirait le contenu"
)
BLOCK_SIZE: Final = 16
NONCE_SIZE: Final = 12
TAG_SIZES: Final = range(12, 17)  # bytes: 96 bits at least
UNSAID_TAG_SIZE = 12  # RFC 5084 §3.2


class Opening(Protocol):
    """A content being decrypted."""

    def update(self, block: bytes) -> Iterator[bytes | memoryview]:
        """The clear bytes that are sure to be content."""
        ...

    def finish(self, mac: bytes) -> bytes:
        """The last ones. Raises `Refused` (TAMPERED) when the content is not what was encrypted."""
        ...


class Suite(Protocol):
    """A content encryption that a message names."""

    @property
    def key_size(self) -> int:
        """Bytes of key."""
        ...

    def start(self, key: bytes, authenticated: bytes) -> Opening:
        """Begin to decrypt; `authenticated` are the attributes that go with the content."""
        ...


class Cbc:
    """AES-CBC, its initialisation vector in the message (RFC 3565 §4.1)."""

    def __init__(self, algorithm: Algorithm) -> None:
        self.key_size = names.CBC[algorithm.name]
        self._vector = algorithm.parameters.only(OCTETS) if algorithm.parameters else b""
        if len(self._vector) != BLOCK_SIZE:
            raise malformed()

    def start(self, key: bytes, authenticated: bytes) -> Opening:  # noqa: ARG002 - it authenticates nothing
        """Begin to decrypt."""
        return _CbcOpening(key, self._vector)


class Gcm:
    """AES-GCM, its nonce and the size of its tag in the message (RFC 5084 §3.2)."""

    def __init__(self, algorithm: Algorithm) -> None:
        self.key_size = names.GCM[algorithm.name]
        parts = algorithm.parameters.parts() if algorithm.parameters else []
        if not parts or algorithm.parameters is None or algorithm.parameters.tag != SEQUENCE:
            raise malformed()
        self._nonce = parts[0].only(OCTETS)
        said = [int.from_bytes(part.only(INTEGER), "big", signed=True) for part in parts[1:]]
        self._tag_size = said[0] if said else UNSAID_TAG_SIZE
        if len(self._nonce) != NONCE_SIZE or self._tag_size not in TAG_SIZES:
            raise weak("AES-GCM : nonce de 12 octets, sceau de 12 à 16 octets")

    def start(self, key: bytes, authenticated: bytes) -> Opening:
        """Begin to decrypt."""
        return _GcmOpening(key, self._nonce, self._tag_size, authenticated)


def suite_of(algorithm: Algorithm, *, authenticated: bool) -> Suite:
    """The content encryption of an envelope. Raises `Refused` for one we do not accept there."""
    here, elsewhere = (names.GCM, names.CBC) if authenticated else (names.CBC, names.GCM)
    if algorithm.name in elsewhere:
        raise malformed("mode de chiffrement contraire au type d'enveloppe")
    if algorithm.name not in here:
        raise weak("contenu : AES-CBC ou AES-GCM attendu")
    return Gcm(algorithm) if authenticated else Cbc(algorithm)


class _CbcOpening:
    def __init__(self, key: bytes, vector: bytes) -> None:
        self._context = Cipher(AES(key), CBC(vector)).decryptor()
        self._held = b""

    def update(self, block: bytes) -> Iterator[bytes | memoryview]:
        clear = self._context.update(block)
        if clear:  # the last block is held back: its padding is not content
            yield self._held
            yield memoryview(clear)[:-BLOCK_SIZE]
            self._held = clear[-BLOCK_SIZE:]

    def finish(self, mac: bytes) -> bytes:  # noqa: ARG002 - there is none
        unpadder = PKCS7(8 * BLOCK_SIZE).unpadder()  # looks at the padding in constant time
        try:
            self._context.finalize()
            return unpadder.update(self._held) + unpadder.finalize()
        except ValueError:
            raise Refused(Code.TAMPERED, UNVOUCHED) from None


class _GcmOpening:
    def __init__(self, key: bytes, nonce: bytes, tag_size: int, authenticated: bytes) -> None:
        self._context = Cipher(AES(key), GCM(nonce, None, min(TAG_SIZES))).decryptor()
        self._tag_size = tag_size
        self._context.authenticate_additional_data(authenticated)

    def update(self, block: bytes) -> Iterator[bytes | memoryview]:
        yield self._context.update(block)

    def finish(self, mac: bytes) -> bytes:
        if len(mac) != self._tag_size:
            raise Refused(Code.TAMPERED)
        try:
            return self._context.finalize_with_tag(mac)
        except InvalidTag:
            raise Refused(Code.TAMPERED) from None
