"""Sizes, names and assertions: what a reader may expect of any file, counted on the syntax tree."""

import ast
import re
from collections.abc import Iterator
from typing import TypeAlias

from tests.house.tree import House

LONGEST_FILE = 350
LONGEST_FUNCTION = 40
# A migration is a list of tables, written once and never edited: splitting it would hide the order.
LISTS = "gateway/store/migrations/versions/"
_SINGULAR = {"manager", "handler", "helper", "util", "processor", "service", "engine"}
VAGUE = _SINGULAR | {f"{word}s" for word in _SINGULAR} | {"core", "common", "misc"}
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+")
Function: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef


def long_files(house: House) -> list[str]:
    """Files that need splitting."""
    lengths = ((source.path, source.text.count("\n")) for source in house.sources)
    return [f"{path} {lines}" for path, lines in lengths if lines > LONGEST_FILE]


def long_functions(house: House) -> list[str]:
    """Functions that no longer fit under one glance."""
    return [
        f"{source.where(function)} {function.name} {lines}"
        for source in house.sources
        if not source.path.startswith(LISTS)
        for function in functions(source.tree)
        if (lines := (function.end_lineno or 0) - function.lineno + 1) > LONGEST_FUNCTION
    ]


def vague_names(house: House) -> list[str]:
    """Files and classes named after no idea."""
    files = [source.path for source in house.sources if _is_vague(source.path)]
    classes = [
        f"{source.where(node)} {node.name}"
        for source in house.sources
        for node in ast.walk(source.tree)
        if isinstance(node, ast.ClassDef) and _is_vague(node.name)
    ]
    return files + classes


def silent_tests(house: House) -> list[str]:
    """Tests that cannot fail: no assertion, no expected error, no check."""
    return [
        f"{source.where(function)} {function.name}"
        for source in house.sources
        if source.path.startswith("tests/")
        for function in functions(source.tree)
        if function.name.startswith("test_") and not any(map(_asserts, ast.walk(function)))
    ]


def functions(tree: ast.AST) -> Iterator[Function]:
    """Every function, methods and inner ones included."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def _is_vague(name: str) -> bool:
    return not VAGUE.isdisjoint(word.lower() for word in _WORD.findall(name.removesuffix(".py")))


def _asserts(node: ast.AST) -> bool:
    match node:
        case ast.Assert(test=test):
            return not isinstance(test, ast.Constant)
        case ast.Call(func=ast.Attribute(attr="raises" | "warns", value=ast.Name(id="pytest"))):
            return True
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)):
            return name.partition("_")[0] in {"check", "assert", "verify"}
        case _:
            return False
