"""The same person named otherwise, a few times in a hundred: what makes two files hard to link.

1. One person in `ONE_IN` has a variant in a flow; which one depends on the seed, the flow and the
   person's number only, so that the file and the truth agree without remembering anything.
2. Kinds: both names with a hyphen or a blank, the used name for the birth name, a particle, a second
   first name with a hyphen or a blank, first name and surname swapped, accents kept or lost.
3. A name longer than the flow can hold (28 characters at the CNAF, 50 elsewhere) is not drawn.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from schemas.generator import names
from schemas.generator.people import Person

ONE_IN = 14
_JOINED = frozenset({"deux_noms_tiret", "deux_noms_espace"})
_LONGEST = {"cnaf-beneficiaires": 28}
_LONGEST_ELSEWHERE = 50


@dataclass(frozen=True, slots=True)
class Named:
    """Names as one flow writes them, before capitals and accents. `kind` is empty for no variant."""

    birth: str
    used: str
    first: str
    kind: str = ""

    @property
    def only(self) -> str:
        """The surname of a flow that has one: the birth name, but for a variant that joins both."""
        return self.used if self.kind in _JOINED else self.birth

    @property
    def words(self) -> list[str]:
        """The single words the names are made of, those of two letters left out."""
        return [
            word
            for word in re.split(r"[-' ]", f"{self.birth} {self.used} {self.first}")
            if len(word) > 2
        ]


def own(seed: int, *words: str) -> Random:
    """Give a generator that depends on these words only."""
    return Random(":".join((str(seed), *words)))


def named(seed: int, flow: str, number: str, person: Person) -> Named:
    """Name a person as a flow does; `number` is their identifier there."""
    rng = own(seed, "nom", flow, number)
    plain = Named(person.surname, person.used_name, person.first_name)
    if rng.randrange(ONE_IN):
        return plain
    kind = rng.choice(sorted(_KINDS))
    varied = _KINDS[kind](plain, names.first_name(rng), kind)
    longest = _LONGEST.get(flow, _LONGEST_ELSEWHERE)
    fits = max(map(len, (varied.birth, varied.used))) <= longest
    return varied if fits and varied != Named(*_names(plain), kind) else plain


def _names(named: Named) -> tuple[str, str, str]:
    return named.birth, named.used, named.first


def _bare(word: str) -> str:
    return names.plain(word).capitalize()


def _both(with_: str) -> Callable[[Named, str, str], Named]:
    def varied(n: Named, _: str, kind: str) -> Named:
        married = n.birth != n.used
        return Named(n.birth, f"{n.birth}{with_}{n.used}" if married else n.used, n.first, kind)

    return varied


def _second(with_: str) -> Callable[[Named, str, str], Named]:
    return lambda n, other, kind: Named(n.birth, n.used, f"{n.first}{with_}{other}", kind)


_KINDS: dict[str, Callable[[Named, str, str], Named]] = {
    "deux_noms_tiret": _both("-"),
    "deux_noms_espace": _both(" "),
    "nom_usage_seul": lambda n, _, kind: Named(n.used, n.used, n.first, kind),
    "particule": lambda n, _, kind: Named(f"De {n.birth}", n.used, n.first, kind),
    "apostrophe": lambda n, _, kind: Named(f"D'{n.birth}", n.used, n.first, kind),
    "prenom_compose_tiret": _second("-"),
    "prenom_compose_espace": _second(" "),
    "noms_inverses": lambda n, _, kind: Named(n.first, n.first, n.birth, kind),
    "sans_accents": lambda n, _, kind: Named(_bare(n.birth), _bare(n.used), _bare(n.first), kind),
}
