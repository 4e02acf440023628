from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.ledger.tiles import At, tiles_of, width_at
from gateway.ledger.tree import EMPTY_ROOT, Edge, inclusion_path, leaf_hash, root_from_path, root_of

# Inputs and roots that the Certificate Transparency implementations share.
CT_INPUTS = [
    "",
    "00",
    "10",
    "2021",
    "3031",
    "40414243",
    "5051525354555657",
    "606162636465666768696a6b6c6d6e6f",
]
CT_ROOT_OF_1 = "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
CT_ROOT_OF_8 = "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"


def naive_root(leaves: list[bytes]) -> bytes:
    """RFC 6962 §2.1, as it is written."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return sha256(b"\x01" + naive_root(leaves[:k]) + naive_root(leaves[k:])).digest()


def some_leaves(size: int) -> list[bytes]:
    return [leaf_hash(b"%d" % n) for n in range(size)]


def edge_over(leaves: list[bytes]) -> Edge:
    edge = Edge()
    for leaf in leaves:
        list(edge.push(leaf))
    return edge


def test_roots_are_those_of_certificate_transparency() -> None:
    leaves = [leaf_hash(bytes.fromhex(text)) for text in CT_INPUTS]
    assert root_of(leaves[:1]).hex() == CT_ROOT_OF_1
    assert root_of(leaves).hex() == CT_ROOT_OF_8
    assert root_of([]) == EMPTY_ROOT == Edge().root()


@given(st.integers(0, 1100))
def test_the_growing_edge_has_the_root_of_the_recursive_definition(size: int) -> None:
    leaves = some_leaves(size)
    edge = edge_over(leaves)
    assert edge.root() == root_of(leaves) == naive_root(leaves)
    assert edge.size == size


def test_an_edge_past_two_levels_of_tiles_still_has_the_right_root() -> None:
    leaves = some_leaves(65536 + 300)
    edge = edge_over(leaves)
    assert [len(row) for row in edge.levels] == [44, 1, 1]
    assert edge.root() == root_of(leaves)


def test_every_leaf_of_every_small_tree_is_proven() -> None:
    leaves = some_leaves(65)
    for size in range(1, 66):
        root = naive_root(leaves[:size])
        for index in range(size):
            path = inclusion_path(index, size, lambda a, b: naive_root(leaves[a:b]))
            assert root_from_path(index, size, leaves[index], path) == root


@given(st.data())
def test_a_proof_holds_for_one_leaf_one_index_and_one_length_only(data: st.DataObject) -> None:
    size = data.draw(st.integers(2, 600))
    index, other = data.draw(
        st.lists(st.integers(0, size - 1), min_size=2, max_size=2, unique=True)
    )
    leaves = some_leaves(size)
    path = inclusion_path(index, size, lambda a, b: naive_root(leaves[a:b]))
    root = naive_root(leaves)
    assert root_from_path(index, size, leaves[index], path) == root
    assert root_from_path(index, size, leaves[other], path) != root
    for wrong in (path[:-1], [*path, root]):
        with pytest.raises(ValueError, match="path is too"):
            root_from_path(index, size, leaves[index], wrong)


def test_a_proof_past_the_end_of_the_tree_is_refused() -> None:
    with pytest.raises(ValueError, match="no such entry"):
        inclusion_path(3, 3, lambda _a, _b: b"")
    with pytest.raises(ValueError, match="no such entry"):
        root_from_path(3, 3, b"", [])


def test_a_tree_of_70000_has_the_tiles_of_the_specification() -> None:
    tiles = list(tiles_of(70000))
    widths = [[at.width for at in tiles if at.level == level] for level in (None, 0, 1, 2, 3)]
    assert widths == [[256] * 273 + [112], [256] * 273 + [112], [256, 17], [1], []]
    assert list(tiles_of(0)) == []
    assert [at.path for at in tiles_of(256)] == ["tile/entries/000", "tile/0/000", "tile/1/000.p/1"]


def test_paths_are_those_of_the_specification() -> None:
    assert At(0, 1234067).path == "tile/0/x001/x234/067"
    assert At(None, 5, 9).path == "tile/entries/005.p/9"
    for wrong in (
        "tile/0/x000/001",
        "tile/0/1",
        "tile/00/001",
        "tile/0/001.p/256",
        "tile/0/001.p/0",
        "tile/0/001/",
        "../tile/0/001",
    ):
        assert At.parse(wrong) is None


@given(st.none() | st.integers(0, 63), st.integers(0, 10**12), st.integers(1, 256))
def test_a_path_read_back_is_the_same_place(level: int | None, index: int, width: int) -> None:
    at = At(level, index, width)
    assert At.parse(at.path) == at


@given(st.integers(0, 10**7), st.integers(0, 3), st.integers(0, 50))
def test_the_width_of_a_tile_counts_its_hashes(size: int, level: int, index: int) -> None:
    complete = size // 256**level
    assert width_at(size, level, index) == len(range(index * 256, min(complete, index * 256 + 256)))
