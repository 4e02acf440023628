"""The indicators, written by hand: what each counts, in which classes, when its periods are closed.

1. A unit is one thing counted once (an orientation, an entry, a contract, an appointment, a signal). Classes are
   exclusive: a unit is in one class, of one period, of one line of each view.
2. A view is a way to cut the département: every unit is in one line of it, so that its lines add up to the
   département. A commune is an identity: neither canton nor EPCI can be a view.
3. No count of one table is a part of a count of another: subtracting tables would undo their secrecy. That
   is why 61 days (two months, R01) ends a class: beside the share « en 61 jours », a class ending
   at 60 would tell who waited exactly 61.
4. `closing`: days after the end of a period before it is published, once; facts dated later never count in it.
   A definition that changes takes another `name`: under the old one, periods are published already.
5. A stock counts the same people period after period: it is rounded, not cut (`secrecy.rounded`).

Sources: OARSA (DREES) for the two delays and their 2019 means, as the sheet of data.insertion quotes them (95 and
53 days); classes after WebRSA's `Statistiqueplanpauvrete` (< 30, 30–60, 60–89, ≥ 90).
"""

from dataclasses import dataclass

from gateway.indicators.periods import Granularity

__all__ = ["CATALOGUE", "DELAYS", "Granularity", "Indicator"]

STRUCTURE, ORIENTATION, RULE = "STRUCTURE", "ORIENTATION", "REGLE"
DELAYS = ("moins de 30 jours", "30 à 61 jours", "62 à 89 jours", "90 jours et plus")
# Upper bound of each class but the last, in days, included.
DELAY_ENDS = (29, 61, 89)
IN_TIME = 2  # the first two classes: within 61 days
WAITING = ("orientées en 61 jours au plus", "orientées plus tard", "sorties sans orientation",
           "encore en attente")  # fmt: skip
SHOWED_UP, EXCUSED, NO_SHOW = "présentes", "absentes excusées", "absentes sans excuse"
BY_CONTRACT, BY_REGISTRATION, BY_MEETING = "contrat", "inscription", "rendez-vous"
BY_JOB, NO_RETURN = "emploi ou formation", "sans retour en 90 jours"
RETURNS = (BY_CONTRACT, BY_REGISTRATION, BY_MEETING, BY_JOB, NO_RETURN)


@dataclass(frozen=True, slots=True)
class Indicator:
    """One table. `once`: a person counts once a period; `sensitive`: never shown at 0 % nor 100 %.

    `measures`: what is said of JOURS besides the counts (`delai`, `attente` for a delay not over for all).
    `reference`: a known mean, in days, and where it comes from. `follows_signals`: told by the lives of signals,
    which are forgotten six months after they end: always by month, and published before then or never.
    """

    name: str
    title: str
    definition: str
    unit: str
    classes: tuple[str, ...]
    closing: int
    views: tuple[str, ...] = ()
    once: bool = True
    sensitive: frozenset[str] = frozenset()
    measures: str = ""
    reference: tuple[int, str] | None = None
    is_stock: bool = False
    follows_signals: bool = False


_OARSA = "moyenne nationale 2019, enquête OARSA"
CATALOGUE: tuple[Indicator, ...] = (
    Indicator(
        name="delai-orientation",
        title="De l'entrée en droits et devoirs à l'orientation",
        definition="Jours entre l'entrée en droits et devoirs et la première orientation décidée depuis, "
        "pour les orientations décidées dans la période. Qui avait déjà une orientation en entrant n'y est pas.",
        unit="orientations",
        classes=DELAYS,
        closing=31,
        views=(STRUCTURE, ORIENTATION),
        measures="delai",
        reference=(95, _OARSA),
    ),
    Indicator(
        name="entrees",
        title="Ce que deviennent les entrées en droits et devoirs",
        definition="Personnes entrées dans la période et jamais orientées avant, 92 jours après sa fin. "
        "Celles qui attendent encore ne sont pas écartées : le délai médian (Kaplan-Meier) en tient compte.",
        unit="entrées",
        classes=WAITING,
        closing=92,
        measures="attente",
    ),
    Indicator(
        name="delai-contrat",
        title="De l'orientation au contrat",
        definition="Jours entre la décision d'orientation et le premier contrat validé commencé depuis, avant "
        "toute autre orientation, pour les contrats commencés dans la période. Une orientation déjà "
        "couverte par un contrat n'y est pas.",
        unit="contrats",
        classes=DELAYS,
        closing=31,
        views=(STRUCTURE, ORIENTATION),
        measures="delai",
        reference=(53, _OARSA),
    ),
    Indicator(
        name="rendez-vous",
        title="Absences aux rendez-vous",
        definition="Rendez-vous de la période dont l'issue est connue : absences sans excuse rapportées aux "
        "présences et à toutes les absences. Prévus, annulés et sans statut n'y sont pas.",
        unit="rendez-vous",
        classes=(SHOWED_UP, EXCUSED, NO_SHOW),
        closing=31,
        views=(STRUCTURE, ORIENTATION),
        once=False,
        sensitive=frozenset({NO_SHOW}),
    ),
    Indicator(
        name="suites-des-signaux",
        title="Ce qui suit un signal",
        definition="Signaux ouverts dans la période, et ce qui les a clos dans les 90 jours : contrat validé, "
        "inscription à Pôle emploi, rendez-vous honoré, emploi ou formation. Toujours par mois. Qui est signalé par deux règles "
        "compte deux fois.",
        unit="signaux",
        classes=RETURNS,
        closing=91,
        views=(RULE, STRUCTURE),
        follows_signals=True,
        once=False,
        sensitive=frozenset({NO_RETURN}),
    ),
    Indicator(
        name="en-attente-d-orientation",
        title="En attente d'orientation",
        definition="Personnes en droits et devoirs sans aucune orientation le dernier jour de la période, selon "
        "les jours écoulés depuis leur entrée.",
        unit="personnes",
        classes=DELAYS,
        closing=31,
        is_stock=True,
    ),
    Indicator(
        name="en-attente-de-contrat",
        title="En attente de contrat",
        definition="Personnes en droits et devoirs orientées vers le social ou le socioprofessionnel, sans contrat "
        "validé qui couvre leur orientation le dernier jour de la période, selon les jours écoulés depuis la "
        "décision.",
        unit="personnes",
        classes=DELAYS,
        closing=31,
        is_stock=True,
    ),
    Indicator(
        name="signaux-en-cours",
        title="Signaux par règle, et part non évaluable",
        definition="Photographie du premier croisement publié de la période : personnes examinées, signalées, et "
        "celles pour qui la règle n'a pas pu être évaluée, faute de donnée.",
        unit="personnes",
        classes=("examinées", "signalées", "non évaluables"),
        closing=0,
        views=(RULE,),
        is_stock=True,
    ),
)
BY_NAME = {indicator.name: indicator for indicator in CATALOGUE}
