"""RFC 6962 hashing over SHA-256, pure: what a leaf, a node, a root and an inclusion proof are.

1. A leaf is SHA-256(0x00 ‖ entry), a node is SHA-256(0x01 ‖ left ‖ right): neither can be taken for
   the other.
2. A tree of n leaves splits at the largest power of two strictly under n.
3. `Edge` is the right side of a growing tree, 256 wide: at most 255 hashes a level, whatever the size.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import sha256

WIDTH = 256
HASH_SIZE = 32
EMPTY_ROOT = sha256(b"").digest()


def leaf_hash(entry: bytes) -> bytes:
    """Hash one entry."""
    return sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash two subtrees, in order."""
    return sha256(b"\x01" + left + right).digest()


def split(size: int) -> int:
    """Largest power of two strictly under `size` (2 or more)."""
    return 1 << ((size - 1).bit_length() - 1)


def root_of(hashes: Sequence[bytes]) -> bytes:
    """Root over these leaf (or subtree) hashes."""
    if not hashes:
        return EMPTY_ROOT
    row = list(hashes)
    while len(row) > 1:
        # A lone last hash climbs unchanged: the same tree as the recursive split, without recursion.
        paired = [node_hash(row[i], row[i + 1]) for i in range(0, len(row) - 1, 2)]
        row = paired + row[len(paired) * 2 :]
    return row[0]


@dataclass(frozen=True, slots=True)
class FullTile:
    """256 hashes of one level, complete for ever."""

    level: int
    index: int
    hashes: tuple[bytes, ...]


@dataclass(slots=True)
class Edge:
    """The right side of a tree: for each level of tiles, the hashes of its unfinished tile."""

    levels: list[list[bytes]] = field(default_factory=list)

    @property
    def size(self) -> int:
        """How many leaves the tree has."""
        return sum(len(row) << (8 * level) for level, row in enumerate(self.levels))

    def push(self, leaf: bytes) -> Iterator[FullTile]:
        """Add one leaf hash; yield each tile it completes, lowest first. Exhaust it."""
        level, carried, size = 0, leaf, self.size + 1
        while True:
            if level == len(self.levels):
                self.levels.append([])
            row = self.levels[level]
            row.append(carried)
            if len(row) < WIDTH:
                return
            full = FullTile(level, (size >> (8 * (level + 1))) - 1, tuple(row))
            row.clear()
            yield full
            level, carried = level + 1, root_of(full.hashes)

    def root(self) -> bytes:
        """Root of the whole tree."""
        root: bytes | None = None
        for row in self.levels:
            end = len(row)
            while end:  # complete subtrees of this row, smallest (rightmost) first
                start = end - (end & -end)
                subtree = root_of(row[start:end])
                root = subtree if root is None else node_hash(subtree, root)
                end = start
        return EMPTY_ROOT if root is None else root


def inclusion_path(index: int, size: int, subtree: Callable[[int, int], bytes]) -> list[bytes]:
    """Hashes that lead from leaf `index` to the root of `size` leaves, sibling of the leaf first.

    `subtree(start, end)` gives the root over these leaves.
    """
    if not 0 <= index < size:
        raise ValueError("no such entry in this tree")
    start, end, path = 0, size, []
    while end - start > 1:
        middle = start + split(end - start)
        if index < middle:
            path.append(subtree(middle, end))
            end = middle
        else:
            path.append(subtree(start, middle))
            start = middle
    return path[::-1]


def root_from_path(index: int, size: int, leaf: bytes, path: Sequence[bytes]) -> bytes:
    """Root reached from `leaf` by `path` (RFC 9162 §2.1.3.2); ValueError if the path does not fit."""
    if not 0 <= index < size:
        raise ValueError("no such entry in this tree")
    here, last, root = index, size - 1, leaf
    for sibling in path:
        if last == 0:
            raise ValueError("the path is too long for this tree")
        if here & 1 or here == last:
            root = node_hash(sibling, root)
            while not here & 1 and here:
                here, last = here >> 1, last >> 1
        else:
            root = node_hash(root, sibling)
        here, last = here >> 1, last >> 1
    if last != 0:
        raise ValueError("the path is too short for this tree")
    return root
