"""Every verdict Passerelle can give on a file, with a stable code: the one table, never renumbered.

Families: 1xx transport · 2xx encryption and signature · 3xx antivirus · 4xx name, duplicate, period ·
5xx encoding and structure · 6xx columns, types, values · 7xx laws across rows and of the whole file ·
8xx habilitation · 9xx ours. `documentation` pages and acknowledgements are generated from it.
"""

from enum import StrEnum

from schemas.effects import Effect, Entry

__all__ = ["TABLE", "Code", "Effect", "Entry"]


class Code(StrEnum):
    """Stable codes; the value is what a partner reads."""

    INCOMPLETE_TRANSFER = "GW-101"
    TOO_LARGE = "GW-102"
    VIRUS_AT_PLACE = "GW-103"
    REJECTED_AT_PLACE = "GW-104"
    PURGED_AT_PLACE = "GW-105"
    MANIFEST_DIFFERS = "GW-106"
    NOT_OPENPGP = "GW-201"
    NOT_FOR_US = "GW-202"
    NOT_SIGNED = "GW-203"
    UNKNOWN_SIGNER = "GW-204"
    TAMPERED = "GW-205"
    TRUNCATED = "GW-206"
    SIGNATURE_REFUSED = "GW-207"
    NO_INTEGRITY = "GW-208"
    EXPANDS_TOO_MUCH = "GW-209"
    WEAK_CRYPTOGRAPHY = "GW-210"
    NOT_CMS = "GW-211"
    INFECTED = "GW-301"
    NOT_SCANNED_WHOLE = "GW-302"
    NESTED_ARCHIVE = "GW-303"
    UNKNOWN_NAME = "GW-401"
    DUPLICATE = "GW-402"
    PERIOD_ALREADY_ACCEPTED = "GW-403"
    OTHER_DEPARTEMENT = "GW-404"
    SAME_NAME = "GW-405"
    SAME_SEQUENCE = "GW-406"
    OLD_SEQUENCE = "GW-407"
    SEQUENCE_GAP = "GW-408"
    OTHER_ENVIRONMENT = "GW-409"
    EMPTY = "GW-501"
    CP1252_BYTE = "GW-502"
    WRONG_ENCODING = "GW-503"
    WRONG_HEADER = "GW-504"
    MALFORMED_XML = "GW-505"
    DOCTYPE = "GW-506"
    QUOTED_NEWLINE = "GW-507"
    SHORT_ROW = "GW-508"
    LONG_ROW = "GW-509"
    WRONG_ENVELOPE = "GW-510"
    MALFORMED_CSV = "GW-511"
    HEADER_RECOGNISED = "GW-512"
    MISSING_VALUE = "GW-601"
    IMPOSSIBLE_DATE = "GW-602"
    NIR_FORMAT = "GW-603"
    NIR_KEY = "GW-604"
    PHONE = "GW-605"
    EMAIL = "GW-606"
    NOT_IN_LIST = "GW-607"
    WRONG_FORMAT = "GW-608"
    UNUSABLE_DATE = "GW-609"
    SIRET = "GW-610"
    BEYOND_THE_LAW = "GW-611"
    CONTROL_TOTAL = "GW-701"
    HEADER_FOOTER_DIFFER = "GW-702"
    DUPLICATE_ROW = "GW-703"
    TOO_MANY_REJECTS = "GW-704"
    INCOHERENT_DATES = "GW-705"
    COLUMNS_DISAGREE = "GW-706"
    PEOPLE_DISAPPEARED = "GW-707"
    OUT_OF_SCOPE = "GW-708"
    NO_HABILITATION = "GW-801"
    INTERNAL = "GW-901"

    @property
    def entry(self) -> Entry:
        """The published line of this code."""
        return TABLE[self]


_FILE, _ROW, _CELL = Effect.FILE_REFUSED, Effect.ROW_REFUSED, Effect.CELL_EMPTIED
_IGNORED, _WARN = Effect.ROW_IGNORED, Effect.WARNING

TABLE: dict[Code, Entry] = {
    Code.INCOMPLETE_TRANSFER: Entry(
        _FILE,
        "Transfert incomplet : taille ou empreinte différente de celle annoncée",
        "Redéposez le fichier.",
    ),
    Code.TOO_LARGE: Entry(
        _FILE,
        "Fichier plus gros que la limite convenue",
        "Découpez l'envoi ou demandez une limite plus haute.",
    ),
    Code.VIRUS_AT_PLACE: Entry(
        _FILE,
        "Fichier écarté par l'antivirus du lieu de dépôt : il ne peut pas être relevé",
        "Vérifiez le poste d'origine, puis renvoyez un fichier sain.",
    ),
    Code.REJECTED_AT_PLACE: Entry(
        _FILE,
        "Fichier rejeté par le lieu de dépôt : taille ou type différents de ceux déclarés",
        "Renvoyez le fichier en déclarant sa taille et son type exacts.",
    ),
    Code.PURGED_AT_PLACE: Entry(
        _FILE, "Fichier effacé du lieu de dépôt avant d'avoir été relevé", "Renvoyez le fichier."
    ),
    Code.MANIFEST_DIFFERS: Entry(
        _FILE,
        "Le manifeste déposé avec le fichier ne le décrit pas : taille, empreinte ou nom différent",
        "Redéposez le fichier avec son manifeste exact.",
    ),
    Code.NOT_OPENPGP: Entry(
        _FILE,
        "Le fichier n'est pas un message OpenPGP chiffré",
        "Chiffrez le fichier avec notre clé publique et signez-le.",
    ),
    Code.NOT_FOR_US: Entry(
        _FILE,
        "Message chiffré pour un autre destinataire",
        "Chiffrez avec notre clé publique en cours de validité.",
    ),
    Code.NOT_SIGNED: Entry(
        _FILE,
        "Message sans signature",
        "Signez le fichier avec la clé que vous nous avez déclarée.",
    ),
    Code.UNKNOWN_SIGNER: Entry(
        _FILE,
        "Message signé par une clé inconnue de nous",
        "Signez avec la clé déclarée, ou déclarez la nouvelle clé avant l'envoi.",
    ),
    Code.TAMPERED: Entry(
        _FILE,
        "Message altéré : le contrôle d'intégrité échoue",
        "Renvoyez le fichier d'origine ; vérifiez le trajet de transfert.",
    ),
    Code.TRUNCATED: Entry(
        _FILE,
        "Message tronqué : il s'arrête avant sa fin",
        "Redéposez le fichier en entier (déposez sous .part puis renommez).",
    ),
    Code.SIGNATURE_REFUSED: Entry(
        _FILE,
        "Signature expirée, révoquée ou fausse",
        "Renouvelez la clé de signature et déclarez-la.",
    ),
    Code.NO_INTEGRITY: Entry(
        _FILE,
        "Message chiffré sans protection d'intégrité",
        "Utilisez un logiciel OpenPGP à jour (MDC ou AEAD).",
    ),
    Code.EXPANDS_TOO_MUCH: Entry(
        _FILE,
        "Contenu plus gros que la limite une fois déchiffré",
        "Découpez l'envoi ou demandez une limite plus haute.",
    ),
    Code.WEAK_CRYPTOGRAPHY: Entry(
        _FILE,
        "Algorithme ou taille de clé refusés par la politique convenue",
        "Utilisez une clé et un chiffrement de la liste convenue.",
    ),
    Code.NOT_CMS: Entry(
        _FILE,
        "Le fichier n'est pas une enveloppe CMS (S/MIME, DER)",
        "Chiffrez le fichier en CMS, en DER, avec notre certificat.",
    ),
    Code.INFECTED: Entry(
        _FILE,
        "Fichier infecté selon notre antivirus",
        "Vérifiez le poste d'origine, puis renvoyez un fichier sain.",
    ),
    Code.NOT_SCANNED_WHOLE: Entry(
        _FILE,
        "Contenu que l'antivirus ne peut pas examiner en entier",
        "Découpez l'envoi, ou retirez ce qui empêche l'examen (chiffrement interne).",
    ),
    Code.NESTED_ARCHIVE: Entry(
        _FILE,
        "Archive à l'intérieur de l'envoi",
        "Envoyez le fichier lui-même, chiffré, sans archive.",
    ),
    Code.UNKNOWN_NAME: Entry(
        _FILE, "Nom de fichier hors convention", "Respectez le modèle de nom convenu pour ce flux."
    ),
    Code.DUPLICATE: Entry(_WARN, "DOUBLON : contenu déjà intégré, sans effet", "Rien à faire."),
    Code.PERIOD_ALREADY_ACCEPTED: Entry(
        _FILE,
        "Un autre fichier a déjà été accepté pour cette période",
        "Demandez une reprise si ce fichier doit remplacer le premier.",
    ),
    Code.OTHER_DEPARTEMENT: Entry(
        _FILE,
        "Le fichier concerne un autre département que celui de l'expéditeur",
        "Vérifiez le département d'extraction.",
    ),
    Code.SAME_NAME: Entry(
        _FILE,
        "Un fichier du même nom et d'un autre contenu a déjà été reçu",
        "Donnez au fichier corrigé un nom nouveau (date ou séquence suivante).",
    ),
    Code.SAME_SEQUENCE: Entry(
        _FILE,
        "Numéro de séquence déjà reçu, avec un autre contenu",
        "Renvoyez le fichier sous le numéro de séquence suivant.",
    ),
    Code.OLD_SEQUENCE: Entry(
        _FILE,
        "Numéro de séquence plus ancien que le dernier reçu",
        "Renvoyez le fichier sous le numéro suivant, ou demandez une reprise.",
    ),
    Code.SEQUENCE_GAP: Entry(
        _WARN,
        "Trou de séquence : un ou plusieurs numéros n'ont pas été reçus",
        "Envoyez les fichiers manquants, ou dites qu'ils n'existent pas.",
    ),
    Code.OTHER_ENVIRONMENT: Entry(
        _FILE,
        "Fichier d'un autre environnement : essai reçu en production, ou l'inverse",
        "Déposez le fichier dans l'environnement que dit son nom.",
    ),
    Code.EMPTY: Entry(
        _FILE, "Fichier vide", "Renvoyez le fichier ; s'il n'y a personne, envoyez l'en-tête seul."
    ),
    Code.CP1252_BYTE: Entry(
        _WARN,
        "Caractère Windows dans un fichier déclaré ISO-8859",
        "Exportez dans l'encodage déclaré.",
    ),
    Code.WRONG_ENCODING: Entry(
        _FILE,
        "Encodage différent de celui du contrat",
        "Exportez dans l'encodage déclaré par le contrat du flux.",
    ),
    Code.WRONG_HEADER: Entry(
        _FILE,
        "En-tête différent de celui du contrat",
        "Reprenez les noms de colonnes du contrat, dans l'ordre.",
    ),
    Code.MALFORMED_XML: Entry(
        _FILE, "XML mal formé ou incomplet", "Vérifiez que le fichier est entier et bien formé."
    ),
    Code.DOCTYPE: Entry(
        _FILE, "Déclaration DOCTYPE interdite dans un XML", "Retirez la déclaration DOCTYPE."
    ),
    Code.QUOTED_NEWLINE: Entry(
        _WARN,
        "Retour à la ligne à l'intérieur d'une valeur",
        "Retirez les retours à la ligne des valeurs.",
    ),
    Code.SHORT_ROW: Entry(_ROW, "Ligne avec moins de colonnes que l'en-tête", "Corrigez la ligne."),
    Code.LONG_ROW: Entry(
        _ROW,
        "Ligne avec plus de colonnes que l'en-tête",
        "Corrigez la ligne (séparateur dans une valeur ?).",
    ),
    Code.WRONG_ENVELOPE: Entry(
        _FILE,
        "Enveloppe du fichier différente de celle du contrat",
        "Vérifiez la balise racine, le type de fichier et l'en-tête.",
    ),
    Code.MALFORMED_CSV: Entry(
        _FILE,
        "CSV mal formé : guillemet jamais fermé, ou valeur démesurée",
        "Fermez ou doublez les guillemets des valeurs ; vérifiez que le fichier est entier.",
    ),
    Code.HEADER_RECOGNISED: Entry(
        _WARN,
        "En-tête écrit autrement que dans le contrat, mais reconnu",
        "Reprenez les noms de colonnes du contrat, à la lettre.",
    ),
    Code.MISSING_VALUE: Entry(_ROW, "Valeur obligatoire absente", "Complétez la valeur."),
    Code.IMPOSSIBLE_DATE: Entry(_ROW, "Date impossible", "Corrigez la date."),
    Code.NIR_FORMAT: Entry(_ROW, "NIR de forme incorrecte", "Corrigez le NIR ou laissez-le vide."),
    Code.NIR_KEY: Entry(_ROW, "Clé du NIR fausse", "Corrigez le NIR : nous ne le réparons jamais."),
    Code.PHONE: Entry(_CELL, "Téléphone inutilisable, cellule vidée", "Corrigez le numéro."),
    Code.EMAIL: Entry(
        _CELL, "Adresse électronique inutilisable, cellule vidée", "Corrigez l'adresse."
    ),
    Code.NOT_IN_LIST: Entry(
        _ROW, "Code hors de la liste du contrat", "Utilisez un code de la liste publiée."
    ),
    Code.WRONG_FORMAT: Entry(_ROW, "Valeur de forme incorrecte", "Respectez le format du contrat."),
    Code.UNUSABLE_DATE: Entry(
        _WARN, "Date inexploitable, gardée comme absente", "Envoyez la date entière AAAA-MM-JJ."
    ),
    Code.SIRET: Entry(_ROW, "SIRET faux : quatorze chiffres avec leur clé", "Corrigez le SIRET."),
    Code.BEYOND_THE_LAW: Entry(
        _WARN,
        "Valeur que le texte fondant ce flux ne permet pas de transmettre",
        "Retirez ces lignes de l'extraction, ou faites écrire le motif dans la convention.",
    ),
    Code.CONTROL_TOTAL: Entry(
        _FILE,
        "Total de contrôle faux : le fichier est incomplet ou mal compté",
        "Renvoyez le fichier entier avec son total exact.",
    ),
    Code.HEADER_FOOTER_DIFFER: Entry(
        _FILE,
        "L'en-tête et la fin du fichier ne concordent pas",
        "Renvoyez le fichier produit d'un seul tenant.",
    ),
    Code.DUPLICATE_ROW: Entry(_IGNORED, "Ligne identique à une autre, ignorée", "Rien à faire."),
    Code.TOO_MANY_REJECTS: Entry(
        _FILE,
        "Trop de lignes rejetées : le fichier entier est refusé",
        "Corrigez les lignes du rapport et renvoyez le fichier.",
    ),
    Code.INCOHERENT_DATES: Entry(
        _FILE,
        "Dates du fichier incohérentes : de référence, de fabrication, ou du nom",
        "Vérifiez les dates de l'en-tête et du nom.",
    ),
    Code.COLUMNS_DISAGREE: Entry(
        _ROW,
        "Deux colonnes de la ligne se contredisent",
        "Corrigez la ligne : le contrat dit ce qui doit concorder.",
    ),
    Code.PEOPLE_DISAPPEARED: Entry(
        _WARN,
        "Beaucoup de personnes du fichier précédent ne sont plus dans celui-ci",
        "Vérifiez que l'extraction est entière ; sinon, rien à faire.",
    ),
    Code.OUT_OF_SCOPE: Entry(_IGNORED, "Ligne hors du champ du contrat, écartée", "Rien à faire."),
    Code.NO_HABILITATION: Entry(
        _FILE, "Aucune habilitation en vigueur pour ce flux", "Demandez une habilitation."
    ),
    Code.INTERNAL: Entry(
        _FILE, "Incident de notre côté", "Rien à faire : nous reprenons ce dépôt."
    ),
}
