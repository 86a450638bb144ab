"""What the local names of a function stand for, as far as its source tells."""

import ast
from collections import Counter
from collections.abc import Iterator
from functools import cache

Function = ast.FunctionDef | ast.AsyncFunctionDef


@cache
def assigned(function: Function) -> dict[str, list[ast.expr]]:
    """What is assigned to each local variable of a function, as far as it is one expression."""
    values: dict[str, list[ast.expr]] = {}
    for node in ast.walk(function):
        if isinstance(node, ast.Assign):
            pairs = [pair for target in node.targets for pair in _unpacked(target, node.value)]
        elif isinstance(node, ast.AnnAssign):
            pairs = [(node.target, node.value or ast.Constant(None))]
        else:
            continue
        for target, value in pairs:
            if isinstance(target, ast.Name):
                values.setdefault(target.id, []).append(value)
    for name, times in _bindings(function).items():
        # what a loop, a WITH or a comprehension binds is no single value
        values.setdefault(name, []).extend(ast.Constant(None) for _ in range(times - len(values.get(name, ()))))
    return values


def _bindings(function: Function) -> Counter[str]:
    """How often each name is bound."""
    nodes = (node for node in ast.walk(function) if isinstance(node, ast.Name))
    return Counter(node.id for node in nodes if isinstance(node.ctx, ast.Store))


def _unpacked(target: ast.expr, value: ast.expr) -> Iterator[tuple[ast.expr, ast.expr]]:
    if not isinstance(target, ast.Tuple):
        yield target, value
    elif isinstance(value, ast.Tuple) and len(value.elts) == len(target.elts):
        yield from zip(target.elts, value.elts, strict=True)
    else:
        yield from ((part, ast.Constant(None)) for part in target.elts)


def arguments(function: Function) -> list[ast.arg]:
    """A function's arguments, but for `*args` and `**kwargs`."""
    return [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]


@cache
def annotations(function: Function) -> dict[str, list[ast.expr]]:
    """The annotations of a function's arguments and local variables."""
    found: dict[str, list[ast.expr]] = {}
    for argument in arguments(function):
        if argument.annotation:
            found.setdefault(argument.arg, []).append(argument.annotation)
    for node in ast.walk(function):
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            found.setdefault(node.target.id, []).append(node.annotation)
    return found
