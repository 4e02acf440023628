"""Laws of pseudonyms, against a plain HMAC of the standard library."""

import copy
import hashlib
import hmac
import secrets
import traceback
from importlib import import_module
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.errors import Misconfigured
from gateway.pseudonym import Domain, Pseudonymiser, Way, derive_key, epoch_of, has_vector
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
    name = hmac.new(key.hex().encode(), person.encode(), hashlib.sha256).hexdigest()
    return f"p1.{domain.epoch}." + name[:32]


@settings(max_examples=50, deadline=None)
@given(domains, persons)
def test_a_pseudonym_is_a_plain_hmac_under_a_plain_hkdf(domain: Domain, person: str) -> None:
    assert Pseudonymiser(MASTER, domain).of(person) == oracle(MASTER.reveal(), domain, person)


@settings(max_examples=50, deadline=None)
@given(domains, st.lists(persons, max_size=20))
def test_many_at_once_are_named_as_one_by_one(domain: Domain, many: list[str]) -> None:
    naming = Pseudonymiser(MASTER, domain)
    one_by_one = [naming.of(person) for person in many]
    assert naming.of_all(many) == one_by_one
    assert naming.of_series(pl.Series("id", many, dtype=pl.String)).to_list() == one_by_one


@settings(max_examples=50, deadline=None)
@given(domains, domains, persons)
def test_two_domains_never_share_a_pseudonym(one: Domain, other: Domain, person: str) -> None:
    shared = (
        Pseudonymiser(MASTER, one).of(person)[-32:] == Pseudonymiser(MASTER, other).of(person)[-32:]
    )
    assert shared == (one == other)


@settings(max_examples=50, deadline=None)
@given(domains, domains)
def test_the_encoding_of_a_domain_is_injective(one: Domain, other: Domain) -> None:
    assert (one.info == other.info) == (one == other)


@settings(max_examples=50, deadline=None)
@given(words, words, words)
def test_no_separator_moves_a_letter_from_one_field_to_the_next(
    first: str, second: str, third: str
) -> None:
    one, other = Domain(first + second, third, "1"), Domain(first, second + third, "1")
    assert one.info != other.info


@settings(max_examples=50, deadline=None)
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
    key = derive_key(MASTER, domain).reveal().hex().encode()
    assert Pseudonymiser(MASTER, domain).of_all(ids) == [
        f"p1.1.{hmac.new(key, person.encode(), hashlib.sha256).hexdigest()[:32]}" for person in ids
    ]


# --- two ways of naming many


@settings(max_examples=60, deadline=None)
@given(domains, st.lists(persons, max_size=30))
def test_both_ways_give_the_same_bytes(domain: Domain, many: list[str]) -> None:
    ids = pl.Series("id", many, dtype=pl.String)
    plain, vector = (Pseudonymiser(MASTER, domain, way) for way in (Way.PLAIN, Way.VECTOR))
    assert plain.of_series(ids).equals(vector.of_series(ids), check_names=True)
    assert plain.of_all(many) == [oracle(MASTER.reveal(), domain, person) for person in many]


@pytest.mark.parametrize("many", [9_999, 10_000, 10_001, 10_003])
def test_a_column_shared_between_threads_is_named_in_its_order(many: int) -> None:
    ids = pl.Series("id", [secrets.token_hex(4) for _ in range(many)])
    plain, vector = (
        Pseudonymiser(MASTER, Domain("r", "p", "1"), w) for w in (Way.PLAIN, Way.VECTOR)
    )
    assert vector.of_series(ids).equals(plain.of_series(ids), check_names=True)


@pytest.mark.parametrize("way", Way)
def test_both_ways_refuse_a_missing_person(way: Way) -> None:
    naming = Pseudonymiser(MASTER, Domain("r", "p", "1"), way)
    for ids in (["a", ""], ["a", None]):
        with pytest.raises(ValueError, match="missing"):
            naming.of_series(pl.Series("id", ids))
    assert naming.of_all([]) == []


class Weak:
    """A deriver whose keys are worth nothing."""

    def __init__(self, key: bytes) -> None:
        self.key = key

    def derive(self, info: bytes) -> Secret[bytes]:
        return Secret(self.key if info else b"")


@pytest.mark.parametrize(
    "key",
    [b"", b"k", bytes(32), b"ab" * 16, secrets.token_bytes(33)],
    ids=["empty", "short", "zeros", "repeated", "long"],
)
def test_a_weak_key_is_refused_whatever_gave_it(key: bytes) -> None:
    """polars-hash alone would take any, the empty one too."""
    with pytest.raises(ValueError, match="key"):
        Pseudonymiser(Weak(key), Domain("r", "p", "1"), Way.VECTOR)


def test_no_key_is_left_where_something_could_be_written(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What polars prints when asked to say everything, what it says of a failure, what can be kept."""
    monkeypatch.setenv("POLARS_VERBOSE", "1")
    domain = Domain("r", "p", "1")
    key = derive_key(MASTER, domain).reveal()
    naming = Pseudonymiser(MASTER, domain, Way.VECTOR)
    named = naming.of_series(pl.Series("id", [secrets.token_hex(16) for _ in range(100)]))
    said = [repr(naming), repr(named), "".join(capfd.readouterr())]
    said.append(named.to_frame().lazy().serialize(format="binary").hex())
    monkeypatch.setattr("gateway.pseudonym.hashing.HEX_DIGITS", "not a number")
    with pytest.raises(RuntimeError) as failure:
        naming.of_series(pl.Series("id", ["a"]))
    said.append("".join(traceback.format_exception(failure.value)))
    with pytest.raises(TypeError, match="neither pickled nor copied"):
        copy.deepcopy(naming)  # what a pickle would have to do
    for text in said:
        assert key.hex() not in text
        assert key.hex().encode().hex() not in text
        assert repr(key)[2:-1] not in text


def test_a_lazy_plan_would_hold_the_key_hence_an_eager_frame() -> None:
    """The trap itself: if this fails, polars-hash changed, and its note may go."""
    column: Any = import_module("polars_hash").col("id")
    plan = pl.LazyFrame({"id": ["a"]}).select(column.chash.hmac_sha256(key="c0ffee" * 8))
    assert b"c0ffee" * 8 in plan.serialize(format="binary")


def test_the_vectorised_way_asked_for_and_absent_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    assert has_vector()
    monkeypatch.setattr("gateway.pseudonym.hashing.find_spec", lambda _name: None)
    with pytest.raises(Misconfigured, match="rapide"):
        Pseudonymiser(MASTER, Domain("r", "p", "1"), Way.VECTOR).of("x")
    domain = Domain("r", "p", "1")
    assert Pseudonymiser(MASTER, domain).of("x") == oracle(MASTER.reveal(), domain, "x")


# --- a name says its epoch


@settings(max_examples=50, deadline=None)
@given(domains, st.lists(persons, min_size=1, max_size=3))
def test_a_column_of_names_says_its_epoch(domain: Domain, many: list[str]) -> None:
    names = Pseudonymiser(MASTER, domain).of_series(pl.Series(many))
    assert epoch_of(names) == domain.epoch
    assert epoch_of(names.clear()) is None


def test_a_column_of_two_epochs_is_refused() -> None:
    names = [Pseudonymiser(MASTER, Domain("r", "p", e)).of("x") for e in ("1", "2")]
    for mixed in (names, [names[0], "nobody"]):
        with pytest.raises(ValueError, match="one epoch"):
            epoch_of(pl.Series(mixed))
