"""A département's own configuration of the rules: decided by two people, versioned, never changed."""

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, select, update

from gateway.errors import Misconfigured, NotAuthorised
from gateway.ledger.entry import Act, Entry
from gateway.ledger.tables import ENTRY
from gateway.rulebook import ask_for, configuration_of, draft, edition_of, editions
from gateway.rules.thresholds import AVANT_2025, DEFAULTS, LPE_2025, Regime, Scored, Thresholds
from gateway.rules.written import NAMES, differences, kept, read, toml
from gateway.store.approvals import Approval, Matter, decide
from gateway.store.database import open_engine
from gateway.store.deeds import DEEDS
from gateway.store.rule_versions import decided, in_force
from gateway.store.tables import RULE_CONFIGURATION
from tests.world.furnished import CONFIG, PARTNER, document, run
from tests.world.sender import OPERATORS

START = 'departement = "08"\nregime = "AVANT_2025"\n'
SHORTER = START + "[delais]\nR09 = 45\n"
DAY = date(2026, 12, 1)


def proposed(engine: Engine, text: str = SHORTER, *, on: date = DAY, dep: str = "08") -> Approval:
    with engine.begin() as connection:
        wanted = draft(connection, dep, text, effective=on)
    return ask_for(engine, wanted, by="ana", motive="délai convenu")


def decided_on(engine: Engine, text: str = SHORTER, *, on: date = DAY) -> None:
    decide(
        engine, proposed(engine, text, on=on).id, by="bruno", agrees=True, then=DEEDS[Matter.RULES]
    )


def version_on(engine: Engine, day: date, departement: str = "08") -> str:
    with engine.begin() as connection:
        return edition_of(connection, departement, day).version


# --- the file


@pytest.mark.parametrize("regime", list(Regime))
def test_a_regime_written_and_read_again_is_itself(regime: Regime) -> None:
    ours = DEFAULTS[regime]
    text = toml(ours, departement="08")
    assert read(text, ours.version, departement="08") == ours
    assert kept(text, ours.version, departement="08") == ours


ALTERED = st.builds(
    Thresholds,
    regime=st.sampled_from(Regime),
    version=st.just("08-1"),
    freshness=st.integers(0, 365),
    delays=st.dictionaries(
        st.sampled_from(sorted(AVANT_2025.delays)), st.integers(0, 3660), min_size=1
    ),
    optional=st.frozensets(st.sampled_from(["R06b", "R10", "R22"])),
    harmless_exits=st.frozensets(st.from_regex(r"\A[0-9A-Z]{1,2}\Z")),
    retirement=st.integers(50, 120),
    watch=st.integers(0, 90),
    dismissal=st.integers(0, 90),
    absences=st.integers(1, 20),
    score=st.sampled_from(Scored),
)


@settings(max_examples=60, deadline=None)
@given(ALTERED, ALTERED)
def test_whatever_was_decided_is_read_back_and_every_difference_is_told(
    before: Thresholds, after: Thresholds
) -> None:
    assert kept(toml(before, departement="2A"), "08-1", departement="2A") == before
    assert (differences(before, after) == {}) == (before == after)
    assert (before.digest() == after.digest()) == (before == after)


def test_every_choice_of_a_configuration_has_a_key_in_the_file() -> None:
    fields = set(Thresholds.__dataclass_fields__)
    assert fields == {*NAMES.values(), "regime", "version", "delays"}


def test_what_a_file_leaves_out_is_as_in_its_regime() -> None:
    found = read(START.replace("AVANT", "LPE"), "08-1", departement="08")
    assert found == replace(LPE_2025, version="08-1")


def test_every_mistake_of_a_file_is_told_at_once() -> None:
    text = (
        'departement = "09"\nregime = "AVANT_2025"\nregles_facultatives = ["R09"]\n'
        '[delais]\nR99 = 1\n"R07.EMPLOI" = 31\n'
    )
    with pytest.raises(Misconfigured) as refused:
        read(text, "08-1", departement="08")
    for words in ("dit 09", "R09 n'est pas une règle facultative", "delais.R99", "R07.EMPLOI"):
        assert words in str(refused.value)


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ("delai = 1", "clé inconnue « delai »"),
        ("fraicheur_pe = -1", "fraicheur_pe"),
        ("absences = 0", "absences"),
        ('score = "toujours"', "score"),
        ('sorties_sans_rupture = ["a1"]', "sorties_sans_rupture"),
        ("delais = { R09 = 4000 }", "delais"),
        ("delais = { R09 = true }", "delais"),
        ("x = [", "TOML illisible"),
    ],
)
def test_an_odd_file_is_refused(more: str, words: str) -> None:
    with pytest.raises(Misconfigured, match=words):
        read(START + more, "08-1", departement="08")


# --- deciding


def test_two_people_decide_a_version_and_the_ledger_says_its_digest(engine: Engine) -> None:
    decided_on(engine)
    with engine.begin() as connection:
        held = editions(connection, "08")
        bodies = connection.scalars(select(ENTRY.c.body).order_by(ENTRY.c.seq)).all()
        rows = decided(connection, "08")
    assert [(each.version, each.since) for each in held] == [("08-1", DAY)]
    assert held[0].thresholds["R09"] == 45
    assert differences(AVANT_2025, held[0].thresholds) == {"delais.R09": "60 → 45"}
    assert (rows[0].proposed_by, rows[0].approved_by) == ("ana", "bruno")
    changed = [
        entry for entry in map(Entry.decode, map(bytes, bodies)) if entry.act is Act.RULES_CHANGED
    ]
    assert [(entry.subject, entry.actor) for entry in changed] == [("08", "bruno")]
    assert changed[0].facts["sha256"] == held[0].digest
    assert changed[0].facts["replaces"] == "AVANT_2025-3"


def test_a_proposal_alone_or_refused_changes_nothing(engine: Engine) -> None:
    asked = proposed(engine)
    assert version_on(engine, DAY) == "AVANT_2025-3"
    with pytest.raises(NotAuthorised, match="seconde personne"):
        decide(engine, asked.id, by="ana", agrees=True, then=DEEDS[Matter.RULES])
    decide(engine, asked.id, by="bruno", agrees=False, then=DEEDS[Matter.RULES])
    assert version_on(engine, DAY) == "AVANT_2025-3"


def test_a_version_is_in_force_from_its_day_and_in_its_departement(engine: Engine) -> None:
    decided_on(engine)
    assert version_on(engine, date(2026, 11, 30)) == "AVANT_2025-3"
    assert version_on(engine, DAY) == "08-1"
    assert version_on(engine, DAY, "09") == "AVANT_2025-3"
    with engine.begin() as connection:
        assert configuration_of(connection, "08", DAY)["R09"] == 45


def test_the_latest_effective_date_wins_then_the_last_decided(engine: Engine) -> None:
    decided_on(engine, SHORTER, on=date(2027, 1, 1))
    decided_on(engine, START + "[delais]\nR09 = 50\n", on=date(2026, 12, 1))
    decided_on(engine, START + "[delais]\nR09 = 55\n", on=date(2027, 1, 1))
    seen = [version_on(engine, day) for day in (DAY, date(2026, 12, 31), date(2027, 1, 1))]
    assert seen == ["08-2", "08-2", "08-3"]


def test_of_two_proposals_made_from_the_same_version_one_only_is_decided(engine: Engine) -> None:
    first, second = proposed(engine), proposed(engine, START + "absences = 1\n")
    decide(engine, first.id, by="bruno", agrees=True, then=DEEDS[Matter.RULES])
    with pytest.raises(NotAuthorised, match="entre-temps"):
        decide(engine, second.id, by="bruno", agrees=True, then=DEEDS[Matter.RULES])
    with engine.begin() as connection:
        assert [each.version for each in decided(connection, "08")] == ["08-1"]


def test_what_changes_nothing_is_not_proposed(engine: Engine) -> None:
    with pytest.raises(Misconfigured, match="c'est déjà ce que dit AVANT_2025-3"):
        proposed(engine, START)


def test_a_version_changed_in_the_database_is_not_believed(engine: Engine) -> None:
    decided_on(engine)
    with engine.begin() as connection:
        row = in_force(connection, "08", DAY)
        assert row is not None
        easier = row.content.replace('"R09" = 45', '"R09" = 450')
        connection.execute(update(RULE_CONFIGURATION).values(content=easier))
    with engine.begin() as connection, pytest.raises(Misconfigured, match="approuvée"):
        configuration_of(connection, "08", DAY)


def test_a_rule_added_to_the_code_later_has_no_delay_in_an_older_version() -> None:
    text = "\n".join(
        line for line in toml(AVANT_2025, departement="08").splitlines() if '"R22"' not in line
    )
    assert "R22" not in kept(text, "08-1", departement="08").delays
    assert "R22" in read(text, "08-2", departement="08").delays


# --- what an operator types


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("house")
    (root / "config" / "partners").mkdir(parents=True)
    (root / "config" / "gateway.toml").write_text(CONFIG + OPERATORS)
    (root / "config" / "partners" / "pe.toml").write_text(PARTNER)
    (root / "lieu").mkdir()
    (root / "etat").mkdir(mode=0o700)
    (root / "regles.toml").write_text(SHORTER)
    return root


def said(root: Path, *words: str | Path) -> Any:
    done = run(*words, "--config", root / "config" / "gateway.toml", "--json")
    assert done.exit_code == 0, done.stderr
    return document(done)


def test_an_operator_proposes_another_approves_and_the_version_can_be_exported(root: Path) -> None:
    propose = ("rules", "propose", "08", root / "regles.toml", "--depuis", "2020-01-01")
    asked = said(root, *propose, "--motif", "convenu", "--par", "ana")
    assert asked["montre"]["change delais.R09"] == "60 → 45"
    shown = run("approval", "show", asked["demande"], "--config", root / "config" / "gateway.toml")
    assert "[delais]" in shown.stdout
    said(root, "approval", "approve", asked["demande"], "--par", "bruno")
    (line,) = said(root, "rules", "list")
    assert (line["version"], line["en_vigueur"], line["decidee_par"]) == (
        "08-1",
        True,
        ["ana", "bruno"],
    )
    exported = said(root, "rules", "show", "08")["contenu"]
    (root / "exporte.toml").write_text(exported)
    assert said(root, "rules", "diff", "08", "08-1", root / "exporte.toml") == {}
    assert said(root, "rules", "diff", "08", "AVANT_2025-3", "08-1") == {"delais.R09": "60 → 45"}
    assert said(root, "rules", "show", "08", "--le", "2019-12-31")["version"] == "AVANT_2025-3"
    refused = run(
        *propose, "--motif", "m", "--par", "ana", "--config", root / "config" / "gateway.toml"
    )
    assert (refused.exit_code, "rien à décider" in refused.stderr) == (3, True)
    printed = run("rules", "list", "--config", root / "config" / "gateway.toml")
    assert "ana et bruno" in printed.stdout


@pytest.mark.parametrize("departement", ["8", "2C", "../08", "970000"])
def test_what_is_no_departement_is_said(root: Path, departement: str) -> None:
    refused = run("rules", "show", departement, "--config", root / "config" / "gateway.toml")
    assert (refused.exit_code, "écrivez 08, 2A ou 971" in refused.stderr) == (3, True)


def test_the_versions_survive_the_process(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'passerelle.sqlite'}"
    first = open_engine(url)
    decided_on(first)
    first.dispose()
    second = open_engine(url)
    assert version_on(second, DAY) == "08-1"
    second.dispose()
