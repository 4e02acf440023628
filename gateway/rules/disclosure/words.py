"""The words of the public sheet that no rule carries: French, for anybody.

Sources: code des relations entre le public et l'administration (CRPA), L311-3-1, R311-3-1-1, R311-3-1-2,
L312-1-3; RGPD, art. 13 to 16, 22; loi 78-17, art. 47; code de l'action sociale et des familles (CASF),
R262-116-1 to R262-116-7.
"""

from collections.abc import Mapping
from typing import Final

from gateway.rules.rule import Family, Flow, Gate
from gateway.rules.standing import Standing
from gateway.rules.thresholds import Regime

TITLE: Final = "Fiche de l'algorithme : signaux de rupture de parcours"
PURPOSE: Final = (
    "Repérer tôt, dans les parcours d'insertion des bénéficiaires du RSA, les personnes que plus personne "
    "n'accompagne peut-être, pour qu'un professionnel reprenne contact avec elles.",
    "Base : coordination de l'accompagnement entre Pôle emploi et les départements (code de l'action "
    "sociale et des familles, art. R262-116-1, 2° et 3°) et conduite des actions d'insertion (art. L262-40).",
)
CONTRIBUTION: Final = (
    "L'algorithme ne décide rien. Il écrit, pour les référents du département, une liste de situations à "
    "vérifier, chacune avec ses raisons.",
    "Un professionnel lit chaque signal, peut l'écarter en disant pourquoi, et reste seul à agir. Aucune "
    "décision produisant des effets juridiques n'est prise sur ce seul fondement (RGPD, art. 22 ; loi "
    "n° 78-17, art. 47).",
    "Les signaux ne servent ni au contrôle, ni à la sanction, ni à la lutte contre la fraude. Ils ne sont "
    "jamais une raison de « suspension-remobilisation ».",
)
SOURCES: Final[Mapping[Flow, str]] = {
    Flow.CD: "Département : orientation, contrats, rendez-vous, référent, procédure en cours",
    Flow.PE: "Pôle emploi : inscription, sorties de liste, projet personnalisé, dernier entretien",
    Flow.CNAF: "CNAF et MSA : état du droit au RSA, suspensions, soumission aux droits et devoirs, adresse",
    Flow.RETURNS: "Département : ce que ses professionnels ont fait d'un signal",
}
OPERATIONS: Final = (
    "Les fichiers de chaque source sont contrôlés, puis les personnes rapprochées dans leur département "
    "seulement. Un rapprochement douteux ne produit aucun signal (S7).",
    "Une règle répond oui, non, ou « non évaluable » avec la raison. Une donnée absente n'est jamais "
    "lue comme une absence de rupture, ni comme une rupture.",
    "Une règle compare un nombre de jours écoulés à un seuil, atteint le jour même. Les règles qui lisent "
    "Pôle emploi comptent à la date de son fichier ; s'il a plus de {freshness} jours, elles ne sont pas "
    "évaluables.",
    "Certaines situations font taire une règle ou toutes (voir « Ce qui fait taire »).",
)
WEIGHING: Final = (
    "Chaque règle déclenchée a un poids, de 1 (faible) à 5 (fort). Les poids s'additionnent par famille, "
    "sans dépasser le plafond de la famille : deux règles qui parlent du même événement ne comptent pas "
    "deux fois. La famille « organisation » parle du service et ne compte pas dans le total de la personne.",
    "Priorité haute à partir de 8 points, ou si une règle de poids 5 est confirmée par une seconde "
    "famille ; moyenne de 5 à 7 ; basse de 3 à 4 ; en dessous, rien n'est montré. L'ordre de la liste "
    "n'est qu'un ordre d'attention, et chaque terme de la somme est montré.",
    "Un signe protecteur récent retranche des points, sans cacher aucun signal : rendez-vous honoré, contrat "
    "commencé, entretien à Pôle emploi, rendez-vous prévu. Il ne retire pas une priorité haute confirmée.",
)
RIGHTS: Final = (
    "Savoir : cette fiche, et les raisons de chaque signal qui vous concerne.",
    "Demander une explication individuelle (CRPA, art. R311-3-1-2) : le degré et le mode de contribution du "
    "traitement, les données vous concernant et leurs sources, les seuils et les poids appliqués à votre "
    "situation, les opérations effectuées.",
    "Accéder à vos données et les faire rectifier (RGPD, art. 15 et 16), auprès du département ou de "
    "l'organisme qui les a transmises ; la rectification vaut pour tous.",
    "Contester un signal auprès de votre référent : il l'écarte, et le signal se tait {dismissal} jours.",
    "Le droit d'opposition ne s'applique pas à ces échanges, prévus par le code de l'action sociale et des "
    "familles (art. R262-116-1 à R262-116-7).",
    "S'adresser au délégué à la protection des données du département, puis à la CNIL.",
)
NEVER_USED: Final = (
    "La santé, la grossesse, le handicap. Une activité que la CAF ou la MSA déclare peut faire taire "
    "les règles en silence : le motif n'est ni affiché, ni conservé avec le résultat.",
    "La nationalité, l'origine, les violences familiales, les parents.",
    "Le détail des ressources, les notes en texte libre, les sanctions passées.",
    "Le nom et le NIR : ils servent au rapprochement, jamais aux règles. L'adresse ne dit qu'une chose : si la "
    "personne vit dans le département.",
    "Aucun apprentissage automatique : les règles et les poids sont écrits à la main et publiés ici.",
)
FAMILIES: Final[Mapping[Family, str]] = {
    Family.EXIT: "sortie de liste",
    Family.CONTRACT: "contrat",
    Family.CONTACT: "contact",
    Family.RIGHTS: "droits",
    Family.ORGANISATION: "organisation",
}
GATES: Final[Mapping[Gate, str]] = {
    Gate.ACTIVE: "personnes soumises aux droits et devoirs, au droit actif, vivant dans le département",
    Gate.SUSPENDED: "personnes soumises aux droits et devoirs, dont le droit ou le versement est suspendu",
}
STANDINGS: Final[Mapping[Standing, str]] = {
    Standing.IN_USE: "évaluée",
    Standing.NOT_ASKED: "facultative, non demandée",
    Standing.OBSOLETE: "sans objet",
    Standing.WITHOUT_DELAY: "sans délai dans cette version",
}
# By value of `Effect`.
EFFECTS: Final[Mapping[str, str]] = {
    "personne": "plus aucun signal pour la personne",
    "regle": "la règle se tait",
    "source": "les règles qui lisent cette source ne sont pas évaluables",
    "a-surveiller": "le signal est montré, marqué « à surveiller »",
}
REGIMES: Final[Mapping[Regime, str]] = {
    Regime.AVANT_2025: "droit antérieur au 1er janvier 2025",
    Regime.LPE_2025: "loi n° 2023-1196 du 18 décembre 2023 pour le plein emploi",
}
# What a regime changes in the law of a rule, beside what the rule says itself.
AMENDED: Final[Mapping[Regime, Mapping[str, str]]] = {
    Regime.AVANT_2025: {},
    Regime.LPE_2025: {
        "R01": "Depuis 2025, le département oriente dans les six semaines.",
        "R07": "Depuis 2025, un seul contrat d'engagement pour tous les parcours, conclu dans le mois qui "
        "suit la notification (code du travail, art. D5411-14-1) ; les contrats antérieurs valent "
        "jusqu'à leur conversion. Pour un parcours emploi, le contrat est celui que dit Pôle emploi.",
        "R16": "Depuis 2025, le parcours social est réexaminé dans les douze mois.",
    },
}
CASES: Final[Mapping[str, str]] = {
    "SOCIAL": "parcours social",
    "SOCIOPRO": "parcours socioprofessionnel",
    "EMPLOI": "parcours emploi",
    "GLO": "accompagnement global",
    "REN": "suivi renforcé",
    "GUI": "suivi guidé",
    "SUI": "suivi",
    "RETARD": "retard",
    "FENETRE": "recul, au plus",
    "ENTREE": "durée pendant laquelle on est nouvel entrant",
}
# Keys that are no delay to reach.
MEASURES: Final[Mapping[str, str]] = {
    "R06b": "depuis le premier fichier sans la personne",
    "R10": "avant la fin du contrat",
    "R11": "recul sur lequel les absences comptent",
    "R17": "dès le second fichier",
    "R21": "un rendez-vous est prévu",
    "R21.RETARD": "un rendez-vous a eu lieu",
    "R22": "avant et après la fin de l'interdiction",
}
