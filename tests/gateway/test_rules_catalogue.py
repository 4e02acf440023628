"""What every rule owes to people, and what the crossing refuses to work on."""

import string
from dataclasses import replace
from datetime import date

import polars as pl
import pytest

from gateway.rules import AVANT_2025, RULES, SUPPRESSORS, Thresholds, cross
from gateway.rules.rule import Effect, Flow, Moment, Rule
from gateway.rules.telling import SIGNALS
from gateway.rules.thresholds import LPE_2025, Regime
from tests.world.journeys import AS_OF, cd_rows, dossier, journeys, pe_rows

MOMENT = Moment(date(2022, 6, 15), date(2022, 6, 1), AVANT_2025)
BY_RULE = pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)


@BY_RULE
def test_every_rule_has_all_its_texts(rule: Rule) -> None:
    texts = [
        rule.id,
        rule.name,
        rule.definition,
        rule.legal_source,
        rule.sentence,
        *rule.false_positives,
    ]
    assert all(text.strip() for text in texts)
    assert rule.false_positives and rule.sources and rule.delays
    assert (
        rule.definition.endswith(".")
        and rule.legal_source.endswith(".")
        and rule.sentence.endswith(".")
    )


@BY_RULE
def test_every_rule_has_its_delays_in_the_thresholds(rule: Rule) -> None:
    assert all(AVANT_2025[key] >= 0 for key in rule.delays)


@BY_RULE
def test_a_sentence_only_quotes_evidence_the_rule_gives(rule: Rule) -> None:
    given = {evidence.name for evidence in rule.judge(MOMENT).evidence} | {
        "depuis",
        "jours",
        "au",
        "seuil",
    }
    quoted = {
        name.split(".")[0] for _, name, _, _ in string.Formatter().parse(rule.sentence) if name
    }
    assert quoted and quoted <= given
    assert set(rule.remarks) <= given


@BY_RULE
def test_evidence_comes_from_the_sources_the_rule_names(rule: Rule) -> None:
    assert {evidence.flow for evidence in rule.judge(MOMENT).evidence} == set(rule.sources)


def test_a_rule_stands_after_those_it_reads_and_has_an_id_of_its_own() -> None:
    ids = [rule.id for rule in RULES]
    assert len(set(ids)) == len(ids)
    for place, rule in enumerate(RULES):
        assert set(rule.reads) <= set(ids[:place])


def test_a_rule_read_by_another_that_needs_pole_emploi_is_gated_with_it() -> None:
    by_id = {rule.id: rule for rule in RULES}
    for rule in RULES:
        assert all(Flow.PE in rule.sources for read in rule.reads if Flow.PE in by_id[read].sources)


def test_every_suppressor_has_its_texts() -> None:
    assert SUPPRESSORS and all(s.id and s.name and s.definition for s in SUPPRESSORS)


def test_changing_a_delay_means_changing_the_version() -> None:
    """Changed a number on purpose? Give it a new version, then note the new digest here."""
    assert (AVANT_2025.version, AVANT_2025.digest()[:16]) == ("AVANT_2025-3", "898ed6c4a6c2fa59")
    assert (LPE_2025.version, LPE_2025.digest()[:16]) == ("LPE_2025-1", "58c64c29408723d0")


def test_thresholds_without_version_or_with_a_negative_delay_are_refused() -> None:
    with pytest.raises(ValueError, match="version"):
        replace(AVANT_2025, version="")
    with pytest.raises(ValueError, match="zero or more"):
        Thresholds(Regime.AVANT_2025, "essai", 45, {"R09": -1})


def test_thresholds_cannot_be_changed_once_named() -> None:
    delays = {"R09": 60}
    frozen = Thresholds(Regime.AVANT_2025, "essai", 45, delays)
    delays["R09"] = 1
    assert frozen["R09"] == 60
    with pytest.raises(TypeError):
        frozen.delays["R09"] = 1  # type: ignore[index]


def test_of_the_suppressors_those_that_silence_rule_by_rule_say_how() -> None:
    for one in SUPPRESSORS:
        assert (one.silences_rule is not None) is (one.effect is Effect.RULE)
    assert len({one.id for one in SUPPRESSORS}) == len(SUPPRESSORS)


def test_nobody_in_the_file_means_no_signal_and_nobody_silenced() -> None:
    crossing = cross(journeys(cd_rows([])), as_of=AS_OF)
    assert dict(crossing.signals.schema) == dict(SIGNALS)
    assert (crossing.signals.height, crossing.people.height) == (0, 0)


def test_columns_are_the_same_with_and_without_pole_emploi() -> None:
    cd = cd_rows([("p", "REFERENT", AS_OF, None, None, "ACTIF")])
    with_pe = cross(journeys(cd, pe_rows(dossier())), as_of=AS_OF)
    without = cross(journeys(cd, reference=None), as_of=AS_OF)
    assert with_pe.signals.schema == without.signals.schema
    assert with_pe.people.schema == without.people.schema
    assert without.people.columns == [
        "PERSONNE",
        "GRADE",
        "POPULATION",
        "SUPPRIME",
        "SUPPRESSEUR",
        "A_SURVEILLER",
    ]


def test_a_frame_without_its_columns_or_with_a_nameless_row_is_refused() -> None:
    good = journeys(cd_rows([("p", "RDV", AS_OF, None, None, "VENU")]), pe_rows(dossier()))
    assert good.pe is not None
    mistyped = good.pe.facts.cast({"DATE_DEBUT_IDE": pl.String})
    for wrong, what in (
        (replace(good, cd=replace(good.cd, facts=good.cd.facts.drop("STATUT"))), "STATUT"),
        (replace(good, pe=replace(good.pe, facts=mistyped)), "DATE_DEBUT_IDE"),
        (replace(good, people=good.people.drop("AGE")), "AGE"),
        (replace(good, people=pl.concat([good.people, good.people])), "twice"),
        (journeys(cd_rows([(None, "RDV", AS_OF, None, None, "VENU")])), "PERSONNE"),
    ):
        with pytest.raises(ValueError, match=what):
            cross(wrong, as_of=AS_OF)
