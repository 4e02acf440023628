"""Laws of pseudonyms, against a plain HMAC of the standard library."""

import hashlib
import hmac
import secrets

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.pseudonym import Domain, Pseudonymiser, derive_key
from gateway.secret import Secret

MASTER = Secret(secrets.token_bytes(32))
words = st.text(
    st.characters(codec="utf-8", exclude_categories=("Z", "C")), min_size=1, max_size=20
)
epochs = st.text("0123456789abcxyz-", min_size=1, max_size=16)
domains = st.builds(Domain, recipient=words, purpose=words, epoch=epochs)
persons = st.text(st.characters(codec="utf-8"), min_size=1, max_size=60)


def oracle(master: bytes, domain: Domain, person: str) -> str:
    """RFC 5869 and RFC 2104 by the book."""
    texts = ("passerelle/pseudonym/v1", domain.recipient, domain.purpose, domain.epoch)
    info = b"".join(len(text.encode()).to_bytes(2, "big") + text.encode() for text in texts)
    extracted = hmac.new(bytes(32), master, hashlib.sha256).digest()
    key = hmac.new(extracted, info + b"\x01", hashlib.sha256).digest()
    return f"p1.{domain.epoch}." + hmac.new(key, person.encode(), hashlib.sha256).hexdigest()[:32]


@settings(max_examples=50)
@given(domains, persons)
def test_a_pseudonym_is_a_plain_hmac_under_a_plain_hkdf(domain: Domain, person: str) -> None:
    assert Pseudonymiser(MASTER, domain).of(person) == oracle(MASTER.reveal(), domain, person)


@given(domains, st.lists(persons, max_size=20))
def test_many_at_once_are_named_as_one_by_one(domain: Domain, many: list[str]) -> None:
    naming = Pseudonymiser(MASTER, domain)
    one_by_one = [naming.of(person) for person in many]
    assert naming.of_all(many) == one_by_one
    assert naming.of_series(pl.Series("id", many, dtype=pl.String)).to_list() == one_by_one


@given(domains, domains, persons)
def test_two_domains_never_share_a_pseudonym(one: Domain, other: Domain, person: str) -> None:
    shared = (
        Pseudonymiser(MASTER, one).of(person)[-32:] == Pseudonymiser(MASTER, other).of(person)[-32:]
    )
    assert shared == (one == other)


@given(domains, domains)
def test_the_encoding_of_a_domain_is_injective(one: Domain, other: Domain) -> None:
    assert (one.info == other.info) == (one == other)


@given(words, words, words)
def test_no_separator_moves_a_letter_from_one_field_to_the_next(
    first: str, second: str, third: str
) -> None:
    one, other = Domain(first + second, third, "1"), Domain(first, second + third, "1")
    assert one.info != other.info


@given(persons, persons)
def test_two_persons_never_share_a_pseudonym(one: str, other: str) -> None:
    naming = Pseudonymiser(MASTER, Domain("r", "p", "2026"))
    assert (naming.of(one) == naming.of(other)) == (one == other)


def test_another_master_gives_other_names() -> None:
    domain = Domain("r", "p", "2026")
    assert Pseudonymiser(MASTER, domain).of("x") != Pseudonymiser(
        Secret(secrets.token_bytes(32)), domain
    ).of("x")


@pytest.mark.parametrize(("recipient", "purpose", "epoch"), [
    ("", "p", "1"), (" ", "p", "1"), ("r", "", "1"), ("r", "\t", "1"), ("r", "p", ""), ("r", "p", "a.b"), ("r", "p", "A"), ("r", "p", "1" * 17),
])  # fmt: skip
def test_an_incomplete_domain_is_refused(recipient: str, purpose: str, epoch: str) -> None:
    with pytest.raises(ValueError, match=r"recipient|epoch"):
        Domain(recipient, purpose, epoch)


@pytest.mark.parametrize(
    "master",
    [b"", b"short", bytes(32), b"\x01" * 32, secrets.token_bytes(31)],
    ids=["none", "short", "zeros", "ones", "31 bytes"],
)
def test_a_master_that_is_no_key_is_refused(master: bytes) -> None:
    with pytest.raises(ValueError, match="key"):
        Pseudonymiser(Secret(master), Domain("r", "p", "1"))


def test_a_missing_person_is_refused_and_never_named() -> None:
    naming = Pseudonymiser(MASTER, Domain("r", "p", "1"))
    with pytest.raises(ValueError, match="missing"):
        naming.of("")
    with pytest.raises(ValueError, match="missing"):
        naming.of_series(pl.Series("id", ["a", None]))


def test_a_pseudonymiser_does_not_show_its_key() -> None:
    domain = Domain("r", "p", "1")
    shown = repr(Pseudonymiser(MASTER, domain)) + repr(derive_key(MASTER, domain))
    assert MASTER.reveal().hex() not in shown
    assert derive_key(MASTER, domain).reveal().hex() not in shown


def test_naming_many_is_naming_each_by_plain_hmac() -> None:
    ids = [secrets.token_hex(16) for _ in range(5_000)]
    domain = Domain("r", "p", "1")
    key = derive_key(MASTER, domain).reveal()
    assert Pseudonymiser(MASTER, domain).of_all(ids) == [
        f"p1.1.{hmac.new(key, person.encode(), hashlib.sha256).hexdigest()[:32]}" for person in ids
    ]
