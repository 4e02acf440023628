"""A text that a pattern of ours matches, drawn at random.

Patterns of contracts are small: literals, `.`, escapes, classes, groups, alternatives and counts. Another
construct is a `ContractError`, so that a pattern nobody can illustrate is seen when its contract is written.
"""

from collections.abc import Callable, Mapping
from random import Random
from string import ascii_uppercase, digits

from schemas.slips import ContractError

Draw = Callable[[Random], str]

_MANY = 3  # what `*`, `+` and `{n,}` add at most
_ESCAPES = {"d": digits, "w": digits + ascii_uppercase, "s": " "}


def specimen(pattern: str, rng: Random, given: Mapping[str, str] | None = None) -> str:
    """Draw a text; a named group in `given` takes the text given. Raises `ContractError`."""
    reader = _Reader(pattern, given or {})
    draw = reader.alternatives()
    if reader.left:
        raise ContractError(f"cannot illustrate the pattern at {reader.left!r}")
    return draw(rng)


class _Reader:
    """Reads a pattern from the left; each method leaves `left` after what it understood."""

    def __init__(self, pattern: str, given: Mapping[str, str]) -> None:
        self.left, self._given = pattern, given

    def alternatives(self) -> Draw:
        """Branches separated by `|`."""
        branches = [self._sequence()]
        while self._take("|"):
            branches.append(self._sequence())
        return lambda rng: rng.choice(branches)(rng)

    def _sequence(self) -> Draw:
        parts: list[Draw] = []
        while self.left and self.left[0] not in "|)":
            parts.append(self._counted(self._atom()))
        return lambda rng: "".join(part(rng) for part in parts)

    def _atom(self) -> Draw:
        if self._take("("):
            return self._group()
        if self._take("["):
            return _one_of(self._class())
        if self._take("."):
            return _one_of(ascii_uppercase)
        if self._take("\\"):
            return _one_of(self._escaped())
        if self.left[0] in "*+?{^$":
            raise ContractError(f"cannot illustrate the pattern at {self.left!r}")
        return _one_of(self._next())

    def _group(self) -> Draw:
        name = ""
        if self._take("?P<"):
            name, _, self.left = self.left.partition(">")
        elif not self._take("?:") and self.left.startswith("?"):
            raise ContractError(f"cannot illustrate the pattern at {self.left!r}")
        inside = self.alternatives()
        if not self._take(")"):
            raise ContractError("a group of the pattern is not closed")
        given = self._given.get(name)
        return inside if given is None else lambda _: given

    def _class(self) -> str:
        found = ""
        while self.left and not self._take("]"):
            first = self._escaped() if self._take("\\") else self._next()
            if len(self.left) > 1 and self.left[0] == "-" and self.left[1] != "]":
                self._next()
                first = "".join(map(chr, range(ord(first), ord(self._next()) + 1)))
            found += first
        if not found or found.startswith("^"):
            raise ContractError("cannot illustrate a class that excludes")
        return found

    def _escaped(self) -> str:
        letter = self._next()
        return _ESCAPES.get(letter, letter)

    def _counted(self, atom: Draw) -> Draw:
        least, most = 1, 1
        if self._take("?"):
            least = 0
        elif self._take("*"):
            least, most = 0, _MANY
        elif self._take("+"):
            most = 1 + _MANY
        elif self._take("{"):
            counts, _, self.left = self.left.partition("}")
            low, comma, high = counts.partition(",")
            least = int(low)
            most = int(high) if high else least + (_MANY if comma else 0)
        return lambda rng: "".join(atom(rng) for _ in range(rng.randint(least, most)))

    def _take(self, text: str) -> bool:
        taken = self.left.startswith(text)
        self.left = self.left.removeprefix(text)
        return taken

    def _next(self) -> str:
        letter, self.left = self.left[:1], self.left[1:]
        return letter


def _one_of(letters: str) -> Draw:
    return lambda rng: rng.choice(letters)
