"""Replace running code with a mutant, without copying the project or importing it again."""

import ast
import gc
import inspect
import os
from collections import defaultdict
from collections.abc import Iterator
from functools import _lru_cache_wrapper
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any

from mutants.mutate import Function, Mutant, first_line, functions_of
from mutants.started.sitecustomize import replace_on_import

Key = tuple[str, str, int]


def live_functions(paths: set[str]) -> dict[Key, list[FunctionType]]:
    """Return the function objects of some files, by file, name and first line."""
    found: dict[Key, list[FunctionType]] = defaultdict(list)
    for function in gc.get_objects():
        if isinstance(function, FunctionType) and function.__code__.co_filename in paths:
            found[_key(function.__code__)].append(function)
    return found


def live_caches() -> list[Any]:
    """Return the caches of our functions, whose values were computed without the mutant."""
    return [
        cache
        for cache in gc.get_objects()
        if isinstance(cache, _lru_cache_wrapper) and cache.__module__.startswith("certifier_")
    ]


def put(mutant: Mutant, live: dict[Key, list[FunctionType]], folder: Path) -> None:
    """Make this process, and those that it starts, run the mutant from now on."""
    replaced = folder / f"{os.getpid()}.py"
    replaced.write_text(mutant.source)
    os.environ["MUTANT"] = f"{mutant.path}\n{replaced}"
    in_started_processes()
    replace_on_import(str(mutant.path), mutant.source)

    tree = ast.parse(mutant.source)
    original = functions_of(ast.parse(mutant.path.read_text()))[mutant.function]
    mutated = functions_of(tree)[mutant.function]
    before = _code(mutant.path.read_text(), mutant.path, original)
    after = _code(mutant.source, mutant.path, mutated)
    # The new code needs the same free variables, such as __class__ for super(): mention the unused.
    nodes = {
        (getattr(node, "name", "<lambda>"), first_line(node)): node
        for node in ast.walk(mutated)
        if isinstance(node, Function | ast.Lambda)
    }
    for old, new in _paired(before, after):
        unused = sorted(set(old.co_freevars) - set(new.co_freevars))
        node = nodes.get((new.co_name, new.co_firstlineno)) if unused else None
        never = ast.Constant(value=False)
        names = ast.Tuple([ast.Name(name, ast.Load()) for name in unused], ast.Load())
        if isinstance(node, ast.Lambda):
            node.body = ast.IfExp(never, names, node.body)
        elif node:
            node.body.append(ast.If(never, [ast.Expr(names)], []))
    after = _code(ast.fix_missing_locations(tree), mutant.path, mutated)
    for each in live.get(_key(before), ()):
        _set_defaults(each, original.args, mutated.args)
    # Inner functions may exist already, such as those of a decorator that ran on import.
    for old, new in _paired(before, after):
        for each in live.get(_key(old), ()):
            each.__code__ = new


def in_started_processes() -> None:
    """Make the processes that this one starts import started/sitecustomize.py."""
    started = str(Path(__file__).with_name("started"))
    os.environ["PYTHONPATH"] = os.pathsep.join(
        filter(None, [started, os.environ.get("PYTHONPATH")])
    )


def _key(code: CodeType) -> Key:
    return code.co_filename, code.co_qualname, code.co_firstlineno


def _code(source: str | ast.Module, path: Path, function: Function) -> CodeType:
    """Return the code object of a function in a source."""
    (code,) = (
        code
        for code in _codes(compile(source, path, "exec"))
        if code.co_firstlineno == first_line(function) and code.co_name == function.name
    )
    return code


def _paired(before: CodeType, after: CodeType) -> Iterator[tuple[CodeType, CodeType]]:
    """Yield both codes of a function and of each function in it, by their names and order."""
    left = list(_with_inner(after))
    for old in _with_inner(before):
        for new in left:
            if new.co_qualname == old.co_qualname:
                left.remove(new)
                yield old, new
                break


def _with_inner(code: CodeType) -> Iterator[CodeType]:
    """Yield a code object and those of the functions in it."""
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _with_inner(constant)


def _codes(code: CodeType) -> Iterator[CodeType]:
    """Yield the code objects of functions and methods, without inner functions."""
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            if constant.co_flags & inspect.CO_OPTIMIZED:
                yield constant
            else:
                yield from _codes(constant)


def _set_defaults(live: FunctionType, before: ast.arguments, after: ast.arguments) -> None:
    """Set the default values of a function to those of its mutant."""

    def value(old: ast.expr | None, new: ast.expr | None, current: Any) -> Any:
        if new is None or (old and ast.dump(old) == ast.dump(new)):
            return current
        expression = compile(ast.Expression(new), "default", "eval")
        return eval(expression, live.__globals__)  # noqa: S307

    if live.__defaults__:
        changes = zip(before.defaults, after.defaults, live.__defaults__, strict=True)
        live.__defaults__ = tuple(value(*change) for change in changes)
    named = live.__kwdefaults__ or {}
    for argument, old, new in zip(
        before.kwonlyargs, before.kw_defaults, after.kw_defaults, strict=True
    ):
        if argument.arg in named:
            named[argument.arg] = value(old, new, named[argument.arg])
