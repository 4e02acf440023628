"""From the users list to the users of RDV-Insertion's API: what they could not take is not said."""

import pytest

from gateway.errors import NotAuthorised
from gateway.pushing import users_of
from tests.world.userlist import HEADER, line, workbook


def test_a_row_of_the_list_is_a_user_of_their_api() -> None:
    (user,) = users_of(workbook([line(7)]))
    assert user.payload("rsa_orientation") == {
        "affiliation_number": "0000007",
        "title": "madame",
        "last_name": "EXEMPLE",
        "first_name": "Prénom7",
        "birth_date": "05/06/1952",
        "role": "demandeur",
        "department_internal_id": "IODAS-7",
        "email": "personne.7@exemple.org",
        "phone_number": "0612345678",
        "invitation": {"motif_category": {"short_name": "rsa_orientation"}},
    }


@pytest.mark.parametrize(
    ("column", "written", "field", "sent"),
    [
        ("Civilité", "M.", "title", "monsieur"),
        ("Civilité", "docteur", "title", ""),
        ("Rôle", "CJT / conjoint", "role", "conjoint"),
        ("Rôle", "Usager(e)", "role", "demandeur"),
        ("Rôle", "voisin", "role", ""),
        ("Adresses Mails", " Anne.Exemple@Exemple.ORG ", "email", "anne.exemple@exemple.org"),
        ("Adresses Mails", "a@exemple.org", "email", ""),
        ("Adresses Mails", "l'apostrophe@exemple.org", "email", ""),
        ("N° Téléphones", "06 12 34 56 78", "phone_number", "0612345678"),
        ("N° Téléphones", "+33612345678", "phone_number", "+33612345678"),
        ("N° Téléphones", "612345678", "phone_number", ""),
        ("Date de Naissance", "31/02/1952", "birth_date", ""),
        ("Date de Naissance", "1952-06-05", "birth_date", ""),
        ("NIR", "29901", "nir", ""),
        ("N° CAF", "0012345", "affiliation_number", "0012345"),
    ],
)
def test_what_they_could_not_take_is_not_said(
    column: str, written: str, field: str, sent: str
) -> None:
    (user,) = users_of(workbook([line(1, **{column: written})]))
    assert getattr(user, field) == sent


def test_a_column_that_was_not_granted_is_not_said_and_a_stranger_one_is_refused() -> None:
    (user,) = users_of(workbook([["EXEMPLE", "Anne", "I-1"]], HEADER[2:4] + HEADER[7:8]))
    assert (user.last_name, user.department_internal_id, user.email) == ("EXEMPLE", "I-1", "")
    named = {"Nom": "Nom bénéficiaire"}
    assert users_of(workbook([["X"]], ["Nom"]), named)[0].last_name == "X"
    for body in (workbook([["x"]], ["RSA"]), workbook([["a", "b"]], ["NIR", "NIR"]), b"PK", b""):
        with pytest.raises(NotAuthorised):
            users_of(body)
