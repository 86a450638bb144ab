"""Rows are read by name: a column that moves, or a new one, must not become another field's value."""

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.architecture.test_names import ROOT, sources

MOST_UNPACKED = 3
"""So many columns are seen at a glance beside their statement; more are read by name."""
FETCHES = {"execute", "rows", "fetch", "all"}

Loop = ast.For | ast.AsyncFor | ast.comprehension


def reads_rows(loop: Loop) -> bool:
    """Whether it goes through what a statement answered."""
    if isinstance(loop.iter, ast.Name):
        return loop.iter.id in {"rows", "result"}
    calls = (node.func for node in ast.walk(loop.iter) if isinstance(node, ast.Call))
    return any(isinstance(call, ast.Attribute) and call.attr in FETCHES for call in calls)


def reads_by_position(tree: ast.AST) -> Iterator[ast.expr]:
    """Where a row is unpacked, spread over arguments or indexed by number."""
    loops = [node for node in ast.walk(tree) if isinstance(node, Loop)]
    names = {loop.target.id for loop in loops if reads_rows(loop) and isinstance(loop.target, ast.Name)} | {"row"}
    for loop in loops:
        if reads_rows(loop) and isinstance(loop.target, ast.Tuple):
            starred = any(isinstance(target, ast.Starred) for target in loop.target.elts)
            if starred or len(loop.target.elts) > MOST_UNPACKED:
                yield loop.target
    for node in ast.walk(tree):
        if isinstance(node, ast.Starred) and isinstance(node.value, ast.Name) and node.value.id in names:
            yield node
        elif isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name) and node.value.id in names:
            if isinstance(node.slice, ast.Slice) or (
                isinstance(node.slice, ast.Constant) and isinstance(node.slice.value, int)
            ):
                yield node
        elif isinstance(node, ast.Assign) and isinstance(node.value, ast.Name) and node.value.id in names:
            yield from (target for target in node.targets if isinstance(target, ast.Tuple))


def places(paths: list[Path]) -> list[str]:
    return [
        f"{path.relative_to(ROOT)}:{node.lineno} {ast.unparse(node)}"
        for path in paths
        for node in reads_by_position(ast.parse(path.read_text("utf-8")))
    ]


def test_no_row_is_read_by_position() -> None:
    assert places(sources()) == []


def test_a_row_that_is_read_by_position_is_seen() -> None:
    code = """
async def orders(session):
    rows = await session.execute(ORDERS)
    listed = [Order(*row) for row in rows]
    first = {order[0]: order for order in await session.execute(ORDERS)}
    for id_, code, name, value in await session.execute(ORDERS):
        pass
    for id_, *others in rows:
        pass
    id_, code = row
    return [row[1:] for row in rows], [row.id for row in rows], [pair[0] for pair in pairs]
"""
    seen = sorted(ast.unparse(node) for node in reads_by_position(ast.parse(code)))
    assert seen == ["(id_, *others)", "(id_, code)", "(id_, code, name, value)", "*row", "order[0]", "row[1:]"]
