"""Make the mutants of a file: mutmut's changes to the code of its functions and methods."""

import ast
import bisect
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import libcst as cst
from libcst.metadata import ByteSpanPositionProvider, MetadataWrapper, ParentNodeProvider
from mutmut.mutation import file_mutation
from mutmut.mutation.mutators import mutation_operators
from mutmut.mutation.pragma_handling import IgnoredCode

_SQL = re.compile(
    r"\b(BEGIN|CASE|COMMIT|CREATE|DELETE FROM|FROM|INSERT|NULL|OR|PRAGMA|SELECT|UPDATE|WHERE)\b"
)
# Names whose case does not matter: of encodings, of headers, and of a parameter of one.
_NAMES = {
    "ascii", "latin-1", "unicode_escape", "utf-8", "utf-8-sig",
    "allow", "authorization", "certifier-version", "charset", "content-encoding",
    "content-security-policy", "content-type", "date", "host", "retry-after", "www-authenticate",
}  # fmt: skip

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Mutant:
    """One change to a file.

    Attributes:
        name: where the change is, and what it changes.
        path: the file.
        function: the qualified name of the changed function.
        span: the lines of the function.
        lines: the change can only matter if one of these lines runs.
        is_default: whether the change is to a default value, which signatures have too.
        source: the changed text of the whole file.

    """

    name: str
    path: Path
    function: str
    span: range
    lines: frozenset[int]
    is_default: bool
    source: str


class _Visitor(file_mutation.MutationVisitor):
    """Mutate decorated functions too, which mutmut leaves out because it wraps functions."""

    def on_visit(self, node: cst.CSTNode) -> bool:
        match node:
            case cst.Call(func=cst.Name("cast"), args=[_, value]):  # whose type changes nothing
                value.visit(self)
                return False
        return super().on_visit(node)

    def _skip_node_and_children(self, node: cst.CSTNode) -> bool:
        if isinstance(node, cst.FunctionDef) and node.decorators:
            node = node.with_changes(decorators=())
        return super()._skip_node_and_children(node)


def mutants_of(path: Path, module: str) -> Iterator[Mutant]:
    """Yield the mutants of a file, in order; equal names are numbered."""
    source = path.read_text()
    functions = functions_of(ast.parse(source))
    starts = [first_line(function) for function in functions.values()]
    seen: dict[str, int] = {}
    for changed in _changed_sources(source):
        before, after, start = _difference(source, changed)
        qualname, function = list(functions.items())[bisect.bisect(starts, start) - 1]
        name = f"{module}.{qualname}: {' '.join(before.split())} -> {' '.join(after.split())}"
        seen[name] = seen.get(name, 0) + 1
        number = f" #{seen[name]}" if seen[name] > 1 else ""
        lines = _lines(function, start, start + before.count("\n"))
        is_default = first_line(function) <= start < function.body[0].lineno
        span = range(first_line(function), (function.end_lineno or 0) + 1)
        yield Mutant(name + number, path, qualname, span, lines, is_default, changed)


def functions_of(tree: ast.Module) -> dict[str, Function]:
    """Return the functions and methods of a module in order, by qualified name.

    If several have the same name, as the methods of a property do, a + is appended.
    """
    found: dict[str, Function] = {}

    def visit(body: list[ast.stmt], prefix: str) -> None:
        for node in body:
            if isinstance(node, ast.ClassDef):
                visit(node.body, f"{prefix}{node.name}.")
            elif isinstance(node, Function):
                name = prefix + node.name
                while name in found:
                    name += "+"
                found[name] = node

    visit(tree.body, "")
    return found


def first_line(function: Function | ast.Lambda) -> int:
    """Return the first line of a function and its decorators, as in its code object."""
    decorators = [] if isinstance(function, ast.Lambda) else function.decorator_list
    return min(node.lineno for node in (function, *decorators))


def _changed_sources(source: str) -> Iterator[str]:
    """Yield the whole source once for each of mutmut's changes."""
    wrapper = MetadataWrapper(cst.parse_module(source))
    visitor = _Visitor(mutation_operators, IgnoredCode(set(), set(), set()))
    module = wrapper.visit(visitor)
    spans = wrapper.resolve(ByteSpanPositionProvider)
    parents = wrapper.resolve(ParentNodeProvider)
    encoded = source.encode()
    for mutation in visitor.mutations:
        if not isinstance(mutation.contained_by_top_level_function, cst.FunctionDef):
            continue
        old, new = mutation.original_node, mutation.mutated_node
        span = spans.get(old)
        end = span.start + span.length if span else 0
        if span and encoded[span.start : end].decode() == module.code_for_node(old):
            text = module.code_for_node(new).encode()
            changed = (encoded[: span.start] + text + encoded[end:]).decode()
        else:
            replaced = module.deep_replace(old, new)
            assert isinstance(replaced, cst.Module)
            changed = replaced.code
        if changed != source and not _is_only_case(old, new, parents.get(old)):
            yield changed


def _is_only_case(old: cst.CSTNode, new: cst.CSTNode, parent: cst.CSTNode | None) -> bool:
    """Return whether only the case changes in SQL, or in a name that is passed or looked up."""
    match old, new:
        case cst.SimpleString(), cst.SimpleString() if old.value.upper() == new.value.upper():
            is_sql = _SQL.search(old.value) is not None
            is_name = str(old.evaluated_value).lower() in _NAMES
            return (is_sql and old.value.split("'")[1::2] == new.value.split("'")[1::2]) or (
                is_name and isinstance(parent, cst.Arg | cst.DictElement | cst.Index)
            )
    return False


def _difference(old: str, new: str) -> tuple[str, str, int]:
    """Return the lines that differ, before and after, and the number of the first one."""
    before, after = old.splitlines(), new.splitlines()
    start = 0
    while before[start] == after[start]:
        start += 1
    while min(len(before), len(after)) > start + 1 and before[-1] == after[-1]:
        del before[-1], after[-1]
    return "\n".join(before[start:]), "\n".join(after[start:]), start + 1


def _lines(function: Function, start: int, end: int) -> frozenset[int]:
    """Return lines such that at least one of them runs whenever the change can matter."""
    inner = [
        node
        for node in ast.walk(function)
        if isinstance(node, ast.stmt) and node.lineno <= start and end <= (node.end_lineno or 0)
    ]
    statement = max(inner, key=lambda node: node.lineno, default=function)
    body = getattr(statement, "body", None)
    if statement is function:
        return frozenset(range(function.body[0].lineno, (function.end_lineno or 0) + 1))
    if not body:
        return frozenset(range(statement.lineno, (statement.end_lineno or 0) + 1))
    header = range(statement.lineno, max(body[0].lineno, statement.lineno + 1))
    return frozenset({*range(start, end + 1), *(header if start in header else ())})
