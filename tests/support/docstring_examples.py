"""Finding and running the examples in docstrings, which may use `await` at top level, as notebook cells may."""

from __future__ import annotations

import ast
import asyncio
import contextlib
import doctest
import inspect
import io
import sys
import traceback
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import CodeType
from typing import Any

PACKAGE = Path(__file__).parents[2] / "vfx_widgets"
_FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
_DocumentedNode = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Docstring:
    """A docstring of the package, or a string literal that documents a constant.

    Attributes:
        name: Qualified name of the documented object.
        text: The docstring without indentation.
        location: File and line.
    """

    name: str
    text: str
    location: str

    @property
    def examples(self) -> list[doctest.Example]:
        """The examples in the docstring."""
        return doctest.DocTestParser().get_examples(self.text, self.name)


def docstrings() -> Iterator[Docstring]:
    """Return all docstrings of the package."""
    for path in sorted(PACKAGE.rglob("*.py")):
        module = ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts).removesuffix(".__init__")
        yield from _docstrings_in(ast.parse(path.read_text(encoding="utf-8")), module, path)


def _docstrings_in(node: _DocumentedNode, name: str, path: Path) -> Iterator[Docstring]:
    if text := ast.get_docstring(node):
        yield Docstring(name, text, f"{path.relative_to(PACKAGE.parent)}:{node.body[0].lineno}")
    for previous, child in zip([None, *node.body], node.body, strict=False):
        if isinstance(child, _DocumentedNode):
            yield from _docstrings_in(child, f"{name}.{child.name}", path)
        elif (target := _assigned_name(previous)) and (text := _string_literal(child)):
            yield Docstring(f"{name}.{target}", text, f"{path.relative_to(PACKAGE.parent)}:{child.lineno}")


def _assigned_name(node: ast.stmt | None) -> str | None:
    target = node.targets[0] if isinstance(node, ast.Assign) else getattr(node, "target", None)
    return target.id if isinstance(target, ast.Name) else None


def _string_literal(node: ast.stmt) -> str | None:
    value = node.value if isinstance(node, ast.Expr) else None
    return value.value if isinstance(value, ast.Constant) and isinstance(value.value, str) else None


def run_code(code: CodeType, namespace: dict[str, Any], runner: asyncio.Runner) -> None:
    """Run code that may have `await` at top level."""
    result = eval(code, namespace)
    if code.co_flags & inspect.CO_COROUTINE:
        runner.run(result)


def run_block(source: str, namespace: dict[str, Any]) -> None:
    """Run a block of code as a notebook cell."""
    with asyncio.Runner() as runner:
        run_code(_compile(source, "exec"), namespace, runner)


def check(docstring: Docstring, namespace: dict[str, Any]) -> None:
    """Run the examples of a docstring in order.

    Raises:
        AssertionError: The output of an example differs from the documented one.
    """
    with asyncio.Runner() as runner:
        for example in docstring.examples:
            got = _run(example, namespace, runner)
            if not doctest.OutputChecker().check_output(example.exc_msg or example.want, got, _FLAGS):
                raise AssertionError(
                    f"{docstring.name} ({docstring.location}, line {example.lineno + 1} of it)\n"
                    f">>> {example.source}Expected:\n{example.exc_msg or example.want}Got:\n{got}"
                )


def _run(example: doctest.Example, namespace: dict[str, Any], runner: asyncio.Runner) -> str:
    """Return the output of an example, or the last line of its traceback."""
    output = io.StringIO()
    hook, sys.displayhook = sys.displayhook, sys.__displayhook__
    try:
        with contextlib.redirect_stdout(output):
            run_code(_compile(example.source, "single"), namespace, runner)
    except Exception as error:
        if example.exc_msg is None:
            raise
        return "".join(traceback.format_exception_only(error))
    finally:
        sys.displayhook = hook
    return output.getvalue()


def _compile(source: str, mode: str) -> CodeType:
    code = compile(source, "<example>", mode, flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)
    assert isinstance(code, CodeType)
    return code
