"""What the real openssl writes is opened, in the forms that partners use."""

import hashlib
from itertools import product

import pytest

from gateway import cms
from gateway.errors import Misconfigured
from gateway.secret import Secret
from schemas.codes import Code
from tests.world.cms import CBC, CLEAR, GCM, STREAM, Desk, Signer, Us, encrypts, openssl

OAEP = ("-keyopt", "rsa_padding_mode:oaep")
OAEP_SHA256 = (*OAEP, "-keyopt", "rsa_oaep_md:sha256")


@pytest.mark.parametrize(
    ("cipher", "how"),
    [
        *product((CBC, GCM), ((), (STREAM,))),
        ("-aes-128-cbc", ("-keyid",)),
        ("-aes-192-cbc", (STREAM,)),
        ("-aes-128-gcm", ("-keyid",)),
        ("-aes-192-gcm", ()),
    ],
)
def test_a_signed_then_encrypted_message_is_opened(
    desk: Desk, us: Us, pe: Signer, cipher: str, how: tuple[str, ...]
) -> None:
    assert desk.opens(encrypts(pe.signs(CLEAR, *how), us.file, cipher, *how)) == CLEAR
    digest = hashlib.sha256(CLEAR).hexdigest()
    assert desk.verified == cms.Verified(pe.fingerprint, len(CLEAR), digest)


@pytest.mark.parametrize(
    "how",
    [
        (),
        (STREAM,),
        ("-md", "sha512"),
        ("-keyopt", "rsa_padding_mode:pss"),
        ("-keyopt", "rsa_padding_mode:pss", "-keyopt", "rsa_pss_saltlen:32", "-md", "sha384"),
        ("-nocerts",),
        ("-nosmimecap",),
    ],
)
def test_rsa_signatures_are_verified_in_every_form(
    desk: Desk, us: Us, pe_rsa: Signer, how: tuple[str, ...]
) -> None:
    assert desk.opens(encrypts(pe_rsa.signs(CLEAR, *how), us.file, GCM)) == CLEAR
    assert desk.verified is not None
    assert desk.verified.signer == pe_rsa.fingerprint


@pytest.mark.parametrize("how", [(), (STREAM,)])
def test_a_message_signed_around_its_envelope_is_opened(
    desk: Desk, us: Us, pe: Signer, how: tuple[str, ...]
) -> None:
    assert desk.opens(pe.signs(encrypts(CLEAR, us.file, GCM, *how), *how)) == CLEAR
    assert desk.verified is not None
    assert desk.verified.signer == pe.fingerprint


def test_a_message_also_meant_for_others_is_opened(
    desk: Desk, us: Us, pe_rsa: Signer, stranger: Signer
) -> None:
    signed = pe_rsa.signs(CLEAR)
    others = [name for one in (stranger, pe_rsa) for name in ("-recip", one.files[1])]
    assert desk.opens(encrypts(signed, us.file, CBC, *others)) == CLEAR
    mine_first = openssl(
        "cms", "-encrypt", "-binary", "-outform", "DER", CBC, "-recip", us.file, *others,
        stdin=signed,
    )  # fmt: skip
    assert desk.opens(mine_first) == CLEAR


def test_a_message_by_smime_is_opened_where_only_the_channel_vouches(desk: Desk, us: Us) -> None:
    sealed = openssl(
        "smime", "-encrypt", "-binary", "-outform", "DER", "-aes256", us.file, stdin=CLEAR
    )
    assert desk.opens(sealed, signature=False, integrity=False) == CLEAR
    assert desk.verified is not None
    assert desk.verified.signer == ""


@pytest.mark.parametrize("size", [0, 1, 15, 16, 17, 4095, 4096, 4097, 300_000])
def test_every_size_comes_out_whole(desk: Desk, us: Us, pe: Signer, size: int) -> None:
    content = bytes(range(256)) * (size // 256 + 1)
    whole = content[:size]
    for how in ((), (STREAM,)):
        # openssl does not know how to sign nothing by streaming.
        signed = pe.signs(whole, *(how if size else ()))
        assert desk.opens(encrypts(signed, us.file, CBC, *how)) == whole
        if size:  # nor to encrypt nothing with integrity
            assert desk.opens(encrypts(whole, us.file, GCM, *how), signature=False) == whole


def test_oaep_is_taken_with_sha256_and_refused_with_sha1(desk: Desk, us: Us, pe: Signer) -> None:
    signed = pe.signs(CLEAR)

    def sealed(*options: str) -> bytes:
        return openssl(
            "cms", "-encrypt", "-binary", "-outform", "DER", GCM, "-recip", us.file, *options,
            stdin=signed,
        )  # fmt: skip

    assert desk.opens(sealed(*OAEP_SHA256)) == CLEAR
    assert desk.refuses(sealed(*OAEP)) is Code.WEAK_CRYPTOGRAPHY
    with_old_mask = sealed(*OAEP_SHA256, "-keyopt", "rsa_mgf1_md:sha1")
    assert desk.refuses(with_old_mask) is Code.WEAK_CRYPTOGRAPHY


def test_a_key_of_ours_may_have_a_passphrase(desk: Desk, us: Us, in_gcm: bytes) -> None:
    plain = us.pair.secret.reveal().encode()
    locked = openssl(
        "pkcs8", "-topk8", "-v2", "aes-256-cbc", "-passout", "pass:sesame", stdin=plain
    )
    key = Secret(locked.decode())
    desk.own = cms.load_identity(key, us.pair.public, Secret("sesame"))
    assert desk.opens(in_gcm) == CLEAR
    for wrong in (None, Secret("other")):
        with pytest.raises(Misconfigured, match="phrase secrète"):
            cms.load_identity(key, us.pair.public, wrong)
