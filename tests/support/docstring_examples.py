"""Collects and runs the examples in docstrings. Like a notebook cell, an example may `await` at its top level."""

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
_Documented = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Docstring:
    """A docstring of the package, or the string below a constant or an attribute.

    Attributes:
        name: Full name of the documented object.
        text: The docstring without its indent.
        place: File and line.
    """

    name: str
    text: str
    place: str

    @property
    def examples(self) -> list[doctest.Example]:
        """The examples in it."""
        return doctest.DocTestParser().get_examples(self.text, self.name)


def docstrings() -> Iterator[Docstring]:
    """Yield every docstring of the package."""
    for path in sorted(PACKAGE.rglob("*.py")):
        module = ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts).removesuffix(".__init__")
        yield from _inside(ast.parse(path.read_text(encoding="utf-8")), module, path)


def _inside(node: _Documented, name: str, path: Path) -> Iterator[Docstring]:
    if text := ast.get_docstring(node):
        yield Docstring(name, text, f"{path.relative_to(PACKAGE.parent)}:{node.body[0].lineno}")
    for before, child in zip([None, *node.body], node.body, strict=False):
        if isinstance(child, _Documented):
            yield from _inside(child, f"{name}.{child.name}", path)
        elif (target := _assigned(before)) and (text := _bare_string(child)):
            yield Docstring(f"{name}.{target}", text, f"{path.relative_to(PACKAGE.parent)}:{child.lineno}")


def _assigned(node: ast.stmt | None) -> str | None:
    target = node.targets[0] if isinstance(node, ast.Assign) else getattr(node, "target", None)
    return target.id if isinstance(target, ast.Name) else None


def _bare_string(node: ast.stmt) -> str | None:
    value = node.value if isinstance(node, ast.Expr) else None
    return value.value if isinstance(value, ast.Constant) and isinstance(value.value, str) else None


def run_code(code: CodeType, namespace: dict[str, Any], runner: asyncio.Runner) -> None:
    """Run code that may `await` at its top level."""
    result = eval(code, namespace)
    if code.co_flags & inspect.CO_COROUTINE:
        runner.run(result)


def run_block(source: str, namespace: dict[str, Any]) -> None:
    """Run a block of code like a notebook cell."""
    with asyncio.Runner() as runner:
        run_code(_compiled(source, "exec"), namespace, runner)


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
                    f"{docstring.name} ({docstring.place}, line {example.lineno + 1} of it)\n"
                    f">>> {example.source}expected\n{example.exc_msg or example.want}got\n{got}"
                )


def _run(example: doctest.Example, namespace: dict[str, Any], runner: asyncio.Runner) -> str:
    """Return what the example prints, or the last line of its traceback."""
    printed = io.StringIO()
    hook, sys.displayhook = sys.displayhook, sys.__displayhook__
    try:
        with contextlib.redirect_stdout(printed):
            run_code(_compiled(example.source, "single"), namespace, runner)
    except Exception as error:
        if example.exc_msg is None:
            raise
        return "".join(traceback.format_exception_only(error))
    finally:
        sys.displayhook = hook
    return printed.getvalue()


def _compiled(source: str, mode: str) -> CodeType:
    code = compile(source, "<example>", mode, flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)
    assert isinstance(code, CodeType)
    return code
