"""A habilitation that is wrong cannot exist, and a grant never holds more than its habilitation."""

import re
from dataclasses import FrozenInstanceError, fields, replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.errors import Misconfigured, NotAuthorised
from gateway.habilitation import Grant, Habilitation, Offer, Status, compile_grant, kept, load
from gateway.products import PRODUCTS
from tests.world.habilitations import approved, content, example

EXAMPLES = Path(__file__).parents[2] / "config" / "habilitations"
CONTACTS = EXAMPLES / "contacts-rdv-insertion.example.toml"
A_DAY = date(2022, 6, 15)


def habilitation() -> Habilitation:
    return example()


def columns() -> tuple[str, ...]:
    return PRODUCTS["contacts-rdv-insertion"].columns


def offer() -> Offer:
    return PRODUCTS["contacts-rdv-insertion"].offer


def rewritten(tmp_path: Path, *changes: tuple[str, str]) -> Path:
    text = CONTACTS.read_text(encoding="utf-8")
    for old, new in changes:
        text, count = re.subn(old, new, text, count=1, flags=re.MULTILINE)
        assert count == 1, old
    path = tmp_path / "essai.toml"
    path.write_text(text, encoding="utf-8")
    return path


def faults(path: Path) -> list[str]:
    with pytest.raises(Misconfigured) as caught:
        load(path)
    return str(caught.value).removeprefix("habilitation refusée : ").split(" ; ")


@pytest.mark.parametrize(
    "path", sorted(EXAMPLES.glob("*.example.toml")), ids=lambda path: path.stem
)
def test_the_published_examples_compile_for_their_product(path: Path) -> None:
    drafted = approved(path)
    product = PRODUCTS[drafted.product or ""]
    grant = compile_grant(drafted, product.offer, A_DAY)
    assert grant.columns == product.columns and grant.departements == ("08",)


def test_every_product_has_an_example() -> None:
    assert {load(path).product for path in EXAMPLES.glob("*.example.toml")} == set(PRODUCTS)


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        (r"^siret = .*", 'siret = "123"', "« organisation.siret » n'a pas la forme attendue"),
        (r"^siret = .*", "", "« organisation.siret » manque"),
        (r"^id = .*", 'id = "Avec Espace"', "« id » n'a pas la forme attendue"),
        (r"^daily_rows = \d+", "daily_rows = 0", "« daily_rows » n'a pas la forme attendue"),
        (r"^daily_rows = .*", "", "un destinataire a un plafond : « daily_rows », lignes par jour"),
        (r"^url = .*", "", "la base légale a une « url » ou un « document » (PDF), l'un des deux"),
        (r"^url = .*", 'url = "http://x"', "« legal_basis.url » n'a pas la forme attendue"),
        (r'"08"', '"8"', "« departements » n'a pas la forme attendue"),
        (r'"08"', '"20"', "« departements » n'a pas la forme attendue"),
        (r'\["08"\]', "[]", "« departements » est vide ou répète un département"),
        (r'"NIR"', '"MATRICULE"', "« columns » est vide ou répète une colonne"),
        (r"^ends = .*", "ends = 2021-12-31", "« ends » est avant « starts »"),
        (r"^ends = .*", 'ends = "bientôt"', "« ends » n'a pas la forme attendue"),
        (
            r"^purpose_label = .*",
            'purpose_label = "  "',
            "« purpose_label » n'a pas la forme attendue",
        ),
        (
            r"^retention_months = 2",
            "retention_months = 37",
            "une conservation de plus de 36 mois demande « retention_justification »",
        ),
        (
            r"^product = .*",
            'flow = "cnaf-contacts"',
            "un destinataire (recipient) a un « product » et pas de « flow », un émetteur (source) l'inverse",
        ),
        (r"^url = .*", 'url = "http://exemple"', "« legal_basis.url » n'a pas la forme attendue"),
        (r"^\[contacts\.dpo\]", "[contacts.dpd]", "clé inconnue « contacts.dpd »"),
        (r"^id = ", 'colums = ["NIR"]\nid = ', "clé inconnue « colums »"),
        (
            r"^\[organisation\]\n.*\n.*\n",
            'organisation = "moi"\n',
            "« organisation » doit être une table",
        ),
    ],
)
def test_what_is_wrong_is_said_in_french(tmp_path: Path, old: str, new: str, fault: str) -> None:
    changes = (
        [(old, new)] if "organisation = " not in new else [(old, ""), (r"^id = ", new + "id = ")]
    )
    assert fault in faults(rewritten(tmp_path, *changes))


def test_all_the_errors_are_said_at_once(tmp_path: Path) -> None:
    path = rewritten(
        tmp_path,
        (r"^daily_rows = \d+", "daily_rows = -1"),
        ("^starts = ", "start = "),
        ("^columns = ", "colonnes = "),
    )
    # A ceiling below one, and twice an unknown key and a missing one.
    assert len(faults(path)) == 5


def test_what_is_not_toml_is_refused_without_quoting_it(tmp_path: Path) -> None:
    path = tmp_path / "essai.toml"
    path.write_text("id = = secret", encoding="utf-8")
    with pytest.raises(
        Misconfigured, match=r"^habilitation illisible : ce n'est pas du TOML en UTF-8$"
    ):
        load(path)


def test_a_long_retention_with_its_reason_is_accepted(tmp_path: Path) -> None:
    long = 'retention_months = 48\nretention_justification = "archives"'
    assert load(rewritten(tmp_path, ("^retention_months = 2", long))).retention_months == 48


@pytest.mark.parametrize(
    "change",
    [{"approved_by": " Camille "}, {"columns": ()}, {"version": 0}, {"departements": ("8",)}],
)
def test_code_cannot_build_what_a_file_may_not_say(change: dict[str, object]) -> None:
    with pytest.raises(Misconfigured):
        replace(habilitation(), **change)  # type: ignore[arg-type] # wrong on purpose


def test_the_digest_names_the_snapshot_to_the_letter() -> None:
    assert habilitation().digest() == habilitation().digest()
    assert habilitation().digest() != replace(habilitation(), daily_rows=1).digest()
    assert (
        habilitation().digest() == content(habilitation()).digest()
    )  # what was shown, nothing else


def test_what_is_kept_is_read_back_to_the_letter() -> None:
    drafted = content(habilitation())
    assert kept(drafted.canonical) == drafted


def test_a_grant_says_where_it_comes_from() -> None:
    grant = compile_grant(habilitation(), offer(), A_DAY)
    assert (grant.habilitation, grant.version, grant.snapshot) == (
        "h-08-contacts-rdv-insertion",
        1,
        habilitation().digest(),
    )
    assert grant.pseudonym_domain == ("00000000000001", "prise-de-contact")
    assert (grant.issued, grant.expires) == (A_DAY, date(2024, 12, 31))


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"status": Status.SUSPENDED}, "elle est suspendue"),
        ({"status": Status.REVOKED}, "elle est révoquée"),
        ({"status": Status.EXPIRED}, "elle est expirée"),
        ({"status": Status.SUPERSEDED}, "elle est remplacée par une version plus récente"),
        ({"starts": date(2022, 6, 16)}, "elle n'est en vigueur qu'à partir du 16/06/2022"),
        ({"ends": date(2022, 6, 14)}, "elle a pris fin le 14/06/2022"),
        (
            {"columns": ("MATRICULE", "DATE DE NAISSANCE")},
            "colonnes inconnues du produit : DATE DE NAISSANCE",
        ),
    ],
)
def test_no_grant_without_a_habilitation_in_force(change: dict[str, object], reason: str) -> None:
    with pytest.raises(NotAuthorised, match=re.escape(reason)):
        compile_grant(replace(habilitation(), **change), offer(), A_DAY)  # type: ignore[arg-type] # typed in the table


def test_every_status_but_active_has_its_sentence() -> None:
    for status in set(Status) - {Status.ACTIVE}:
        with pytest.raises(NotAuthorised, match=": elle est "):
            compile_grant(replace(habilitation(), status=status), offer(), A_DAY)


def test_a_grant_can_be_asked_for_one_departement_and_no_other() -> None:
    two = replace(habilitation(), departements=("08", "2A"))
    grant = compile_grant(two, offer(), A_DAY, departement="2A")
    grant.check_covers("2A")
    with pytest.raises(NotAuthorised, match="ne couvre pas ce département"):
        grant.check_covers("08")
    with pytest.raises(NotAuthorised, match="ne couvre pas ce département"):
        compile_grant(two, offer(), A_DAY, departement="51")


def test_a_sender_has_nothing_to_extract(tmp_path: Path) -> None:
    sender = approved(
        rewritten(
            tmp_path,
            ('^direction = "recipient"', 'direction = "source"'),
            ("^product = .*", 'flow = "cnaf-contacts"'),
        )
    )
    with pytest.raises(NotAuthorised, match="un envoi, pas une extraction"):
        compile_grant(sender, offer(), A_DAY)


def test_a_grant_is_not_made_by_hand_nor_widened() -> None:
    grant = compile_grant(habilitation(), offer(), A_DAY)
    values = {item.name: getattr(grant, item.name) for item in fields(Grant)}
    with pytest.raises(NotAuthorised):
        Grant(**values, seal=object())
    with pytest.raises(ValueError, match="seal"):
        replace(grant, columns=("NIR",))  # type: ignore[call-arg] # the seal is missing, which is the point
    with pytest.raises(FrozenInstanceError):
        grant.expires = date.max  # type: ignore[misc] # frozen, which is the point


DAYS = st.dates(date(2021, 1, 1), date(2025, 12, 31))


@settings(max_examples=60, deadline=None)
@given(starts=DAYS, length=st.integers(0, 900), on=DAYS, later=DAYS)
def test_a_grant_never_outlives_its_habilitation(
    starts: date, length: int, on: date, later: date
) -> None:
    ends = starts + timedelta(days=length)
    dated = replace(habilitation(), starts=starts, ends=ends)
    if not starts <= on <= ends:
        with pytest.raises(NotAuthorised):
            compile_grant(dated, offer(), on)
        return
    grant = compile_grant(dated, offer(), on)
    assert grant.expires <= ends
    if on <= later <= ends:
        grant.check_in_force(later)
    else:
        with pytest.raises(NotAuthorised):
            grant.check_in_force(later)


@settings(max_examples=60, deadline=None)
@given(st.sets(st.sampled_from([*columns(), "NOM", "PRENOM"]), min_size=1))
def test_a_grant_holds_the_columns_asked_for_or_nothing(asked: set[str]) -> None:
    narrow = replace(habilitation(), columns=tuple(sorted(asked)))
    if asked <= set(columns()):
        assert set(compile_grant(narrow, offer(), A_DAY).columns) == asked
    else:
        with pytest.raises(NotAuthorised):
            compile_grant(narrow, offer(), A_DAY)
