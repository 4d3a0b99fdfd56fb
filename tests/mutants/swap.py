"""Put a mutant in the place of the code that runs: no copy of the project, no import again."""

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
    """Return the functions of some files, each by its file, name and first line."""
    found: dict[Key, list[FunctionType]] = defaultdict(list)
    for function in gc.get_objects():
        if isinstance(function, FunctionType) and function.__code__.co_filename in paths:
            found[_key(function.__code__)].append(function)
    return found


def live_caches() -> list[Any]:
    """Return the caches of our functions, which hold what a mutant may have to do again."""
    return [
        cache
        for cache in gc.get_objects()
        if isinstance(cache, _lru_cache_wrapper) and cache.__module__.startswith("certifier_")
    ]


def put(mutant: Mutant, live: dict[Key, list[FunctionType]], folder: Path) -> None:
    """Have this process, and those that it starts, run the mutant from here on."""
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
    # What it no longer uses of the code around it, such as what super() needs, it mentions.
    if unused := set(before.co_freevars) - set(after.co_freevars):
        names = [ast.Expr(ast.Name(name, ast.Load())) for name in unused]
        mutated.body.append(ast.If(ast.Constant(value=False), [*names], []))
        after = _code(ast.fix_missing_locations(tree), mutant.path, mutated)
    for each in live.get(_key(before), ()):
        _set_defaults(each, original.args, mutated.args)
    # Functions in it may be there already, such as those that its module made on import.
    for old, new in zip(_with_inner(before), _with_inner(after), strict=False):
        for each in live.get(_key(old), ()):
            each.__code__ = new


def in_started_processes() -> None:
    """Have the processes that this one starts import started/sitecustomize.py."""
    started = str(Path(__file__).with_name("started"))
    os.environ["PYTHONPATH"] = os.pathsep.join(
        filter(None, [started, os.environ.get("PYTHONPATH")])
    )


def _key(code: CodeType) -> Key:
    return code.co_filename, code.co_qualname, code.co_firstlineno


def _code(source: str | ast.Module, path: Path, function: Function) -> CodeType:
    """Return the code of a function of a source."""
    (code,) = (
        code
        for code in _codes(compile(source, path, "exec"))
        if code.co_firstlineno == first_line(function) and code.co_name == function.name
    )
    return code


def _with_inner(code: CodeType) -> Iterator[CodeType]:
    """Yield a code and that of the functions in it."""
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _with_inner(constant)


def _codes(code: CodeType) -> Iterator[CodeType]:
    """Yield the code of functions and methods, not of functions in functions."""
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            if constant.co_flags & inspect.CO_OPTIMIZED:
                yield constant
            else:
                yield from _codes(constant)


def _set_defaults(live: FunctionType, before: ast.arguments, after: ast.arguments) -> None:
    """Give a function the defaults that its mutant has."""

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
