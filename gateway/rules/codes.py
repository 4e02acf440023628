"""Codes of Pôle emploi and of the CNAF that the rules read; their lists are the published nomenclatures.

A code that is nowhere here means nothing to the rules: lists of partners are open.
"""

from schemas.nomenclatures import nomenclature


def _group(name: str, *groups: str) -> tuple[str, ...]:
    known = nomenclature(name).groups
    return tuple(code for group in groups for code in known[group])


REGISTERED, CEASED, REMOVED = "inscription", "cessation", "radiation"

# Categories of registration that protect: not available for work (health, training), and with a job.
CATEGORY_UNAVAILABLE, CATEGORY_WITH_JOB = "4", "5"

# Cessation for want of the monthly update: the only one that article R262-112 lets Pôle emploi list.
NO_UPDATE = _group("pe-motifs-sortie", "cessation")

# ETATDOSRSA
RECIPIENT = _group("etatdosrsa", "beneficiaire_sans_motif")
RECIPIENT_BY_MOTIVE = _group("etatdosrsa", "beneficiaire_selon_motif")
CLOSED = _group("etatdosrsa", "ferme")
SUSPENDED = ("3", "4")  # the right, the payment
# Payment suspended, and yet a recipient: MOTISUSVERSRSA
STILL_ACTIVE = _group("motisusversrsa", "beneficiaire")
# Suspensions that say nobody could reach the person.
LOST_PAYMENT = _group("motisusversrsa", "perte_de_contact")
LOST_RIGHT = _group("motisusdrorsa", "perte_de_contact")

# ACT: a job, one's own or another's; training and study.
JOBS, TRAINING = _group("act", "emploi", "independant"), _group("act", "formation")
BUSY = JOBS + TRAINING
# ACT: read to keep silent, never shown and never kept with a result (catalogue, sections 3.3 and 6.6).
RESERVED = _group("act", "sante")

# Holders of the right: nobody else of a household is subject to duties.
ADULTS = _group("rolepers", "adultes")

# DATE_DERNIER_ENT_ETAT
USABLE = "utilisable"
FOLLOWED_BY_CD = ("SOCIAL", "SOCIOPRO")
EMPLOYMENT = "EMPLOI"

# Grades of a link with Pôle emploi: whose file is read, and whose link is in doubt.
LINKED = ("A", "B", "C", "S")
UNSURE = ("D", "X")
UNLINKED = "none"
