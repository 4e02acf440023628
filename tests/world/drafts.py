"""Drafts drawn at random, every field of them: what somebody might ask for."""

from datetime import date, timedelta

from hypothesis import strategies as st

from gateway.habilitation import Direction, Draft, Format
from gateway.habilitation.model import Contact, Contacts, LegalBasis, Organisation

COLUMNS = ("MATRICULE", "NIR", "NOM", "PRENOM")
DEPARTEMENTS = ("08", "2A", "51", "971")
SLUGS = st.sampled_from(["un", "deux-trois"])
TEXTS = st.sampled_from(["un texte", "un autre"])
PEOPLE = st.builds(Contact, TEXTS, st.sampled_from(["a@example.org", "b@example.org"]))
BASES = st.one_of(
    st.builds(LegalBasis, TEXTS, url=st.sampled_from(["https://a.example", "https://b.example"])),
    st.builds(LegalBasis, TEXTS, document=st.sampled_from(["0" * 64, "1" * 64])),
)


@st.composite
def drafts(draw: st.DrawFn) -> Draft:
    """Any draft that can exist."""
    direction = draw(st.sampled_from(Direction))
    recipient = direction is Direction.RECIPIENT
    starts = draw(st.dates(date(2022, 1, 1), date(2022, 1, 8)))
    rows = st.integers(1, 3)
    return Draft(
        id="h",
        organisation=draw(st.builds(Organisation, st.sampled_from(["1" * 14, "2" * 14]), TEXTS)),
        direction=direction,
        purpose=draw(SLUGS),
        purpose_label=draw(TEXTS),
        legal_basis=draw(BASES),
        columns=tuple(draw(st.lists(st.sampled_from(COLUMNS), min_size=1, unique=True))),
        departements=tuple(draw(st.lists(st.sampled_from(DEPARTEMENTS), min_size=1, unique=True))),
        retention_months=draw(st.integers(1, 36)),
        starts=starts,
        ends=starts + timedelta(days=draw(st.integers(0, 5))),
        contacts=draw(st.builds(Contacts, PEOPLE, PEOPLE, PEOPLE)),
        product=draw(SLUGS) if recipient else None,
        flow=None if recipient else draw(SLUGS),
        daily_rows=draw(rows if recipient else st.none() | rows),
        format=draw(st.none() | st.sampled_from(Format)),
        retention_justification=draw(st.none() | TEXTS),
        datapass_id=draw(st.none() | TEXTS),
    )
