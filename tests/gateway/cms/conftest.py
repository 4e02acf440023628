"""Our certificate, a partner with two certificates, a stranger, and the desk where one message is opened."""

from collections.abc import Iterator

import pytest

from gateway import cms
from gateway.workroom import workroom
from tests.world.cms import CBC, CLEAR, GCM, Desk, Signer, Us, encrypts


@pytest.fixture(scope="package")
def us(tmp_path_factory: pytest.TempPathFactory) -> Us:
    return Us.made(tmp_path_factory.mktemp("us"))


@pytest.fixture(scope="package")
def own(us: Us) -> cms.Identity:
    return us.identity


@pytest.fixture(scope="package")
def pe(tmp_path_factory: pytest.TempPathFactory) -> Signer:
    return Signer(tmp_path_factory.mktemp("pe"), "PE signature")


@pytest.fixture(scope="package")
def pe_rsa(tmp_path_factory: pytest.TempPathFactory) -> Signer:
    return Signer(tmp_path_factory.mktemp("pe-rsa"), "PE signature RSA", "rsa2048")


@pytest.fixture(scope="package")
def stranger(tmp_path_factory: pytest.TempPathFactory) -> Signer:
    return Signer(tmp_path_factory.mktemp("stranger"), "Stranger", "rsa2048")


@pytest.fixture
def desk(own: cms.Identity, pe: Signer, pe_rsa: Signer) -> Iterator[Desk]:
    with workroom() as room:
        inner = room / "desk"
        inner.mkdir()
        yield Desk(inner, own, [cms.Declared.of(pe.pem), cms.Declared.of(pe_rsa.pem)])


@pytest.fixture(scope="package")
def in_gcm(us: Us, pe: Signer) -> bytes:
    """What we ask for: signed, then encrypted with integrity."""
    return encrypts(pe.signs(CLEAR), us.file, GCM)


@pytest.fixture(scope="package")
def in_cbc(us: Us, pe: Signer) -> bytes:
    return encrypts(pe.signs(CLEAR), us.file, CBC)


@pytest.fixture(scope="package")
def streamed(us: Us, pe: Signer) -> bytes:
    return encrypts(pe.signs(CLEAR, "-stream"), us.file, CBC, "-stream")


@pytest.fixture(scope="package")
def around(us: Us, pe: Signer) -> bytes:
    """Encrypted, then signed."""
    return pe.signs(encrypts(CLEAR, us.file, CBC))


@pytest.fixture(scope="package")
def goods(in_gcm: bytes, in_cbc: bytes, streamed: bytes, around: bytes) -> tuple[bytes, ...]:
    return in_gcm, in_cbc, streamed, around
