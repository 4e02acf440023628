"""People and households, drawn one after the other; no identifier is ever given twice.

1. Everybody is 25 to 58 years old on the as-of date: nobody is near an age rule.
2. A household has one MATRICULE and one NUMDEMRSA; a couple shares them, and the name its contact
   rows carry is the applicant's.
3. Numbers come from a walk through the whole range, so a hundred thousand draws never collide.
"""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from random import Random

from schemas.generator import contacts, names, nir
from schemas.generator.contacts import Contacts
from schemas.generator.truth import Drawn

_YOUNGEST, _OLDEST = 9_200, 21_400  # days: 25 and 58 years
# Steps prime to their range: each walk visits every number once before coming back.
_MATRICULES, _MATRICULE_STEP = 10_000_000, 3_700_613
_REQUESTS, _REQUEST_STEP = 900_000_000, 377_112_461
_PE_NUMBERS, _PE_STEP = 10_000_000_000, 3_141_592_657


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who does not exist. `nir` has thirteen characters."""

    woman: bool
    birth: date
    nir: str
    surname: str
    used_name: str
    first_name: str


@dataclass(frozen=True, slots=True)
class Household:
    """What the CAF files together: one number, one request, one applicant."""

    matricule: str
    numdemrsa: str
    requested: date
    applicant: Person


@dataclass(frozen=True, slots=True)
class Member:
    """A person in a household, `DEM` or `CJT`, with the contacts the CAF has for them."""

    person: Person
    household: Household
    role: str
    contacts: Contacts


class Registry:
    """Draws people of one département and remembers every identifier it gave."""

    def __init__(self, rng: Random, *, departement: str, as_of: date) -> None:
        self._rng, self._departement, self._as_of = rng, departement, as_of
        self._start = rng.randrange(10**10)
        self._households = self._pe_numbers = 0
        self.drawn = Drawn()

    def person(self, *, provisional: bool = False) -> Person:
        """Draw a person; a provisional number begins with 7 or 8."""
        rng = self._rng
        woman = rng.random() < 0.5
        birth = self._as_of - timedelta(days=rng.randint(_YOUNGEST, _OLDEST))
        surname, first = names.surname(rng), names.first_name(rng)
        used = names.surname(rng) if woman and rng.random() < 0.3 else surname
        number = self._new_nir(birth, woman, provisional=provisional)
        self._remember_names(surname, used, first)
        self.drawn.birth_dates.add(birth)
        return Person(woman, birth, number, surname, used, first)

    def applicant(self, *, provisional: bool = False) -> Member:
        """Open a household and draw its applicant."""
        return self._housed(self.person(provisional=provisional))

    def _housed(self, person: Person) -> Member:
        self._households += 1
        turn = self._start + self._households
        matricule = f"{turn * _MATRICULE_STEP % _MATRICULES:07d}"
        request = f"{turn * _REQUEST_STEP % _REQUESTS:09d}{self.suffix}"[-11:]
        requested = self._as_of - timedelta(days=self._rng.randint(620, 1_500))
        self.drawn.matricules.add(matricule)
        self.drawn.numdemrsa.add(request)
        household = Household(matricule, request, requested, person)
        return Member(person, household, "DEM", self._contacts(person))

    def spouse(self, of: Member, *, provisional: bool = False) -> Member:
        """Draw the spouse of an applicant; half of them share the applicant's contacts."""
        person = self.person(provisional=provisional)
        shared = self._rng.random() < 0.5
        found = of.contacts if shared else self._contacts(person)
        return Member(person, of.household, "CJT", found)

    def pe_id(self) -> str:
        """Give a Pôle emploi identifier: eleven characters, in one of its three shapes."""
        self._pe_numbers += 1
        number = f"{(self._start + self._pe_numbers) * _PE_STEP % _PE_NUMBERS:010d}"
        letter = self._rng.choice("ABCDEFGHJKLMNPQRSTUVWXYZ")
        shapes = (number + letter, number[:7] + letter + number[7:], f"{number}{int(number) % 10}")
        given = self._rng.choice(shapes)
        self.drawn.pe_ids.add(given)
        return given

    def reborn(self, person: Person) -> Person:
        """Give the same person another birth date, as a mistaken file would."""
        birth = person.birth + timedelta(days=self._rng.randint(1, 700))
        self.drawn.birth_dates.add(birth)
        return replace(person, birth=birth)

    def beyond(self, rng: Random) -> "Registry":
        """Give a registry that goes on where this one stopped, with another generator.

        Nobody it draws bears a number given here; this one must draw nobody any more.
        """
        other = Registry(rng, departement=self._departement, as_of=self._as_of)
        other._start, other._households = self._start, self._households
        other._pe_numbers, other.drawn = self._pe_numbers, self.drawn
        return other

    def twin(self, of: Person) -> Person:
        """Draw somebody born the same day with the same surname."""
        first = names.first_name(self._rng)
        while first == of.first_name:  # pragma: no cover - one draw in fourteen hundred
            first = names.first_name(self._rng)
        self._remember_names(of.surname, of.surname, first)
        woman = self._rng.random() < 0.5
        number = self._new_nir(of.birth, woman, provisional=False)
        return Person(woman, of.birth, number, of.surname, of.surname, first)

    def certified(self, person: Person) -> Person:
        """Give their final number to somebody who had a provisional one."""
        return replace(person, nir=self._new_nir(person.birth, person.woman, provisional=False))

    def alone(self, person: Person) -> Member:
        """Open a household for a person already drawn."""
        return self._housed(person)

    def remember(self, *words: str) -> None:
        """Remember first names drawn elsewhere, and the words of a composed name."""
        for word in words:
            self.drawn.first_names.update((word, names.plain(word)))

    @property
    def suffix(self) -> str:
        """NUMDEMRSA ends with the département, in digits: the Corsican letter becomes a 0."""
        return self._departement.replace("A", "0").replace("B", "0")[-2:]

    def _new_nir(self, birth: date, woman: bool, *, provisional: bool) -> str:
        while True:
            number = nir.draw(
                self._rng,
                born=birth,
                woman=woman,
                departement=self._departement,
                provisional=provisional,
            )
            if number not in self.drawn.nirs13:
                self.drawn.nirs13.add(number)
                return number

    def _remember_names(self, surname: str, used: str, first: str) -> None:
        self.drawn.names.update(n for word in (surname, used) for n in (word, names.plain(word)))
        self.drawn.first_names.update((first, names.plain(first)))

    def _contacts(self, person: Person) -> Contacts:
        found = contacts.draw(
            self._rng,
            first_name=person.first_name,
            surname=person.surname,
            number=len(self.drawn.nirs13),
        )
        self.drawn.phones.update(n for n in found.phones if n)
        self.drawn.emails.update(e for e in (found.email,) if e)
        return found
