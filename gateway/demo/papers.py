"""The papers of the demo, as an administrator would write them: settings, partners, habilitations.

Organisations and SIRETs are invented. Habilitations are in force for as long as the demo may be run.
"""

import json
from collections.abc import Mapping
from pathlib import Path

from gateway.products import PRODUCTS

GATEWAY = """\
# Démonstration : réécrit à chaque lancement (les ports du bac à sable changent).
[paths]
var = "{var}"
keys = "{keys}"

[ledger]
origin = "{origin}"

[antivirus]
mode = "off"              # une machine de démonstration n'a pas clamd ; ailleurs, doctor le signale

[pseudonyms]
master = "file"           # une seule clé : une démonstration n'a pas deux officiers
"""

CNAF = """\
alias = "cnaf"
name = "CNAF (bac à sable HubEE)"
siret = "00000000000011"

[hubee]
environment = "bac-a-sable"
token_url = {token_url}
api_url = {api_url}

[[hubee.demarches]]
process_code = {process_code}
client_id = {client_id}
client_secret_file = "hubee.secret"

[hubee.demarches.types]
{attachment_type} = "cnaf-contacts"
RSABEM = "cnaf-beneficiaires"
MSABEM = "cnaf-beneficiaires"

[[flows]]
flow = "cnaf-contacts"
departement = "{departement}"
envelope = "hubee"        # HubEE ne chiffre ni ne signe : le canal est l'enveloppe

[[flows]]
flow = "cnaf-beneficiaires"
departement = "{departement}"
envelope = "hubee"
"""

SFTP = """\
alias = "{alias}"
name = "{name}"
siret = "{siret}"

[sftp]
host = {host}
port = {port}
username = {username}
client_key = {client_key}
host_keys = [{host_key}]
stable_seconds = 0.0      # bac à sable : les fichiers y apparaissent entiers

[[flows]]
flow = "{flow}"
departement = "{departement}"
"""

ALSO = """
[[flows]]
flow = "{flow}"
departement = "{departement}"
"""
LISTS = ("pe-inscrits", "pe-cessations", "pe-radiations", "pe-stock")

RDV_INSERTION = """\
alias = "rdv-insertion"
name = "RDV-Insertion (remise par dossier)"
siret = "00000000000014"

[folder]
path = {path}
"""

HABILITATION = """\
id = "{id}"
direction = "recipient"
product = "{product}"
purpose = "{purpose}"
purpose_label = "{label}"
columns = {columns}
departements = ["{departement}"]
retention_months = {months}
daily_rows = 100000
starts = 2022-01-01
ends = 2099-12-31

[organisation]
siret = "{siret}"
name = "{organisation}"

[legal_basis]
nature = "{basis}"
url = "https://www.legifrance.gouv.fr/"

[contacts.controller]
name = "Responsable de traitement (exemple)"
email = "responsable@example.org"

[contacts.dpo]
name = "Déléguée à la protection des données (exemple)"
email = "dpo@example.org"

[contacts.technical]
name = "Contact technique (exemple)"
email = "technique@example.org"
"""

CD_SIRET, RDV_SIRET = "00000000000013", "00000000000014"


def partner_papers(departement: str, access: Mapping[str, object], pickup: Path) -> dict[str, str]:
    """One TOML per partner of the sandbox; `access` is what `passerelle sandbox --json` printed."""
    hubee, sftp = access["hubee"], access["sftp"]
    if not isinstance(hubee, dict) or not isinstance(sftp, dict):
        raise TypeError("the sandbox gives tables")
    quoted = {name: json.dumps(value) for name, value in hubee.items()}
    pe = {name: json.dumps(value) for name, value in sftp["pe"].items()}
    cd = {name: json.dumps(value) for name, value in sftp["cd"].items()}
    return {
        "cnaf": CNAF.format(departement=departement, **quoted),
        "pe": SFTP.format(
            alias="pe",
            name="Pôle emploi (bac à sable SFTP)",
            siret="00000000000012",
            flow="pe-parcours",
            departement=departement,
            **pe,
        )
        + "".join(ALSO.format(flow=flow, departement=departement) for flow in LISTS),
        "cd": SFTP.format(
            alias="cd",
            name=f"Conseil départemental {departement} (bac à sable SFTP)",
            siret=CD_SIRET,
            flow="cd-parcours",
            departement=departement,
            **cd,
        )
        + ALSO.format(flow="cd-retours", departement=departement),
        "rdv-insertion": RDV_INSERTION.format(path=json.dumps(str(pickup))),
    }


def contacts_habilitation(departement: str) -> str:
    """RDV-Insertion may receive contacts of this département."""
    return HABILITATION.format(
        id=f"h-{departement.lower()}-contacts-rdv-insertion",
        product="contacts-rdv-insertion",
        purpose="prise-de-contact",
        label="Inviter les bénéficiaires du RSA à leurs rendez-vous d'insertion",
        columns=json.dumps(PRODUCTS["contacts-rdv-insertion"].columns),
        departement=departement,
        months=2,
        siret=RDV_SIRET,
        organisation="RDV-Insertion (exemple)",
        basis="CASF, art. L262-40 (conduite des actions d'insertion)",
    )


def risk_habilitation(departement: str) -> str:
    """The CD may receive the list of people who may be dropping out."""
    return HABILITATION.format(
        id=f"h-{departement.lower()}-risque-rupture",
        product="risque-rupture",
        purpose="reprise-de-contact",
        label="Aider les référents à reprendre contact ; jamais pour contrôler ni sanctionner",
        columns=json.dumps(PRODUCTS["risque-rupture"].columns),
        departement=departement,
        months=6,
        siret=CD_SIRET,
        organisation=f"Conseil départemental {departement} (exemple)",
        basis="CASF, art. L262-40 et R262-116-1, 2° et 3° (coordination de l'accompagnement)",
    )
