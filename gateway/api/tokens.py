"""Assertions of clients and our own tokens: the one file that reads and writes JWT.

1. The algorithm is that of the key, never what a header says: P-256 signs ES256, Ed25519 signs EdDSA.
   A header that says another is refused; so is one with anything beside `alg`, `kid` and `typ`.
2. An assertion (RFC 7523) has iss = sub = its client, one audience and it is ours, an end at most five
   minutes ahead, `iat`, and a `jti`. Clocks may differ by `SKEW`.
3. A token (RFC 9068, `at+jwt`) is ours alone: ES256, five minutes, bound to one revision of its client, and
   to its TLS certificate when it has one (RFC 8705).
4. Whatever is wrong is one exception, `TokenRefused`, with a word for our log: who asks is told nothing.
"""

import hashlib
import json
import secrets
import time
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import jwt
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from gateway.errors import Misconfigured
from gateway.secret import Secret

LIFETIME: Final = 300
SKEW: Final = 30
LONGEST: Final = 4000
MOST_KEYS: Final = 5
JTI: Final = range(8, 201)
NAMES: Final = range(1, 81)
_SHAPES: Final[Mapping[tuple[str, str], tuple[str, tuple[str, ...]]]] = {
    ("EC", "P-256"): ("ES256", ("kty", "crv", "x", "y")),
    ("OKP", "Ed25519"): ("EdDSA", ("kty", "crv", "x")),
}
_WHY: Final[tuple[tuple[type[Exception], str], ...]] = (
    (jwt.ExpiredSignatureError, "expired"),
    (jwt.InvalidAudienceError, "audience"),
    (jwt.InvalidIssuerError, "issuer"),
    (jwt.InvalidAlgorithmError, "algorithm"),
    (jwt.InvalidSignatureError, "signature"),
    (jwt.MissingRequiredClaimError, "claim-missing"),
    (jwt.PyJWTError, "refused"),
)
_CLAIMS: Final = ["iss", "sub", "aud", "exp", "iat", "jti"]


class TokenRefused(Exception):
    """Not a token of ours, or not an assertion of theirs. `why`: a stable word, for our log alone."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True, slots=True)
class Assertion:
    """A verified assertion. `expires_at`: seconds since 1970, after which its `jti` may be forgotten."""

    jti: str
    expires_at: int


@dataclass(frozen=True, slots=True)
class Verified:
    """A verified token of ours. `thumbprint`: of the certificate it is bound to; empty when none."""

    client: str
    revision: int
    scopes: frozenset[str]
    expires_at: int
    thumbprint: str


def check_jwks(text: str | bytes) -> tuple[Mapping[str, str], ...]:
    """Read the public keys of a client: P-256 or Ed25519, each named. Raises `Misconfigured`."""
    try:
        given = json.loads(text)["keys"]
        keys = tuple(_public(key) for key in given)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError, jwt.PyJWTError):
        raise Misconfigured(
            "clés illisibles : un JWKS de clés publiques P-256 (ES256) ou Ed25519 (EdDSA), chacune avec "
            "un kid, sans clé privée"
        ) from None
    names = [key["kid"] for key in keys]
    if not keys or len(keys) > MOST_KEYS or len(set(names)) < len(names):
        raise Misconfigured(f"un JWKS a de 1 à {MOST_KEYS} clés, chacune sous un kid différent")
    return keys


def issuer_of(assertion: str) -> str:
    """Who an assertion says it is from: to be believed once it is verified. Raises `TokenRefused`."""
    try:
        said = jwt.decode(assertion, options={"verify_signature": False})["iss"]
    except (jwt.PyJWTError, ValueError, KeyError, TypeError, ArithmeticError, RecursionError):
        raise TokenRefused("unreadable") from None
    if not isinstance(said, str):
        raise TokenRefused("unreadable")
    return said


def key_name(assertion: str) -> str:
    """Which key it says signed it. Raises `TokenRefused`."""
    return str(_header(assertion, {"JWT"}).get("kid", ""))


def check_assertion(
    assertion: str, key: Mapping[str, Any], *, client: str, audience: str
) -> Assertion:
    """Verify an assertion of `client` with the key it names. Raises `TokenRefused`."""
    header = _header(assertion, {"JWT"})
    algorithm, _ = _SHAPES[key["kty"], key["crv"]]
    if header["alg"] != algorithm or header.get("kid") != key["kid"]:
        raise TokenRefused("algorithm")
    public = jwt.PyJWK(dict(key), algorithm=algorithm).key
    claims = _claims(assertion, public, algorithm, audience=audience, issuer=client, leeway=SKEW)
    if claims["sub"] != client:
        raise TokenRefused("subject")
    if claims["exp"] > time.time() + LIFETIME + SKEW:
        raise TokenRefused("too-long")
    if len(claims["jti"]) not in JTI:
        raise TokenRefused("jti")
    return Assertion(claims["jti"], int(claims["exp"]) + SKEW)


@dataclass(frozen=True)
class Mint:
    """Makes and verifies our tokens. `key`: PKCS#8 PEM, P-256; `address`: issuer and audience."""

    key: Secret[str]
    address: str

    def issue(self, client: str, revision: int, scopes: frozenset[str], thumbprint: str) -> str:
        """A token for a client, for `LIFETIME` seconds."""
        now = int(time.time())
        claims: dict[str, Any] = {
            "iss": self.address,
            "aud": self.address,
            "sub": client,
            "client_id": client,
            "rev": revision,
            "scope": " ".join(sorted(scopes)),
            "iat": now,
            "exp": now + LIFETIME,
            "jti": secrets.token_hex(16),
        }
        if thumbprint:
            claims["cnf"] = {"x5t#S256": thumbprint}
        headers = {"typ": "at+jwt", "kid": self.kid}
        return jwt.encode(claims, self._private, algorithm="ES256", headers=headers)

    def verify(self, token: str) -> Verified:
        """Verify a token of ours. Raises `TokenRefused`."""
        header = _header(token, {"at+jwt"})
        if header["alg"] != "ES256" or header.get("kid") != self.kid:
            raise TokenRefused("algorithm")
        public = self._private.public_key()
        claims = _claims(token, public, "ES256", audience=self.address, issuer=self.address)
        try:
            return Verified(
                client=claims["sub"],
                revision=int(claims["rev"]),
                scopes=frozenset(claims["scope"].split()),
                expires_at=int(claims["exp"]),
                thumbprint=claims.get("cnf", {}).get("x5t#S256", ""),
            )
        except (KeyError, ValueError, AttributeError):  # signed by us, by another version
            raise TokenRefused("refused") from None

    @cached_property
    def kid(self) -> str:
        """The name of our key: its RFC 7638 thumbprint."""
        held = jwt.algorithms.ECAlgorithm.to_jwk(self._private.public_key(), as_dict=True)
        members = {name: held[name] for name in ("crv", "kty", "x", "y")}
        text = json.dumps(members, sort_keys=True, separators=(",", ":"))
        return urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).decode().rstrip("=")

    @cached_property
    def _private(self) -> EllipticCurvePrivateKey:
        try:
            key = load_pem_private_key(self.key.reveal().encode(), password=None)
        except (ValueError, TypeError):
            raise Misconfigured("api-tokens.key illisible : passerelle key create") from None
        if not isinstance(key, EllipticCurvePrivateKey) or not isinstance(key.curve, SECP256R1):
            raise Misconfigured("api-tokens.key doit être une clé P-256 : passerelle key create")
        return key


def _public(key: Mapping[str, Any]) -> Mapping[str, str]:
    """A public key and nothing else of what was given."""
    algorithm, members = _SHAPES[key["kty"], key["crv"]]
    name = key["kid"]
    if "d" in key or key.get("use", "sig") != "sig" or key.get("alg", algorithm) != algorithm:
        raise ValueError("not a public key that signs so")
    if not isinstance(name, str) or len(name) not in NAMES or not name.isprintable():
        raise ValueError("no name")
    kept = {member: str(key[member]) for member in members} | {"kid": name}
    jwt.PyJWK(dict(kept), algorithm=algorithm)  # it is a point of its curve
    return kept


def _header(token: str, kinds: set[str]) -> Mapping[str, Any]:
    if len(token) > LONGEST:
        raise TokenRefused("unreadable")
    try:
        header = jwt.get_unverified_header(token)
    except (jwt.PyJWTError, ValueError, TypeError, RecursionError):
        raise TokenRefused("unreadable") from None
    if not header.keys() <= {"alg", "kid", "typ"} or not isinstance(header.get("alg"), str):
        raise TokenRefused("header")
    if "at+jwt" in kinds and header.get("typ") not in kinds:
        raise TokenRefused("header")
    return header


def _claims(
    token: str,
    key: Any,  # noqa: ANN401 - the library's
    algorithm: str,
    *,
    audience: str,
    issuer: str,
    leeway: int = 0,
) -> Mapping[str, Any]:
    try:
        claims: Mapping[str, Any] = jwt.decode(
            token,
            key,
            algorithms=[algorithm],
            audience=audience,
            issuer=issuer,
            leeway=leeway,
            options={"require": _CLAIMS, "strict_aud": True},
        )
    except jwt.PyJWTError as error:
        raise TokenRefused(next(why for kind, why in _WHY if isinstance(error, kind))) from None
    except (ValueError, TypeError, ArithmeticError, RecursionError):
        raise TokenRefused("refused") from None
    if not isinstance(claims["jti"], str) or not isinstance(claims["exp"], int):
        raise TokenRefused("claim-missing")
    return claims
