"""The public names: each is in the reference, says what it takes and gives, and has an example that runs."""

from __future__ import annotations

import builtins
import importlib
import inspect
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import vfx_widgets as vfx
from tests.support.docstring_examples import PACKAGE, Docstring, check, docstrings, run_block
from vfx_widgets import errors, upsampling
from vfx_widgets.jobs import connection
from vfx_widgets.jobs.schedule import DurationEstimate
from vfx_widgets.sandbox.clips import bundled_clips
from vfx_widgets.service.schemas import MediaMetadata, OperationBody
from vfx_widgets.upsampling import Lanczos, UpsampleError

ROOT = PACKAGE.parent
REFERENCE = ROOT / "docs" / "reference"
WITH_EXAMPLES = [docstring for docstring in docstrings() if docstring.examples]
# It changes the whole process, and so gets one of its own.
NOT_IN_THIS_PROCESS = "vfx_widgets.jobs.background.allow_nested_loops"


PAGES = "\n".join(page.read_text(encoding="utf-8") for page in sorted(REFERENCE.glob("*.md")))
LEFT_OUT = {name for names in re.findall(r":exclude-members: (.+)", PAGES) for name in names.split(", ")}


def documented() -> Iterator[tuple[str, Any]]:
    """What the reference shows: the name that it is shown by, and the thing itself."""
    for name in re.findall(r"\.\. auto(?:class|exception|function|data):: ([\w.]+)", PAGES):
        module, _, attribute = name.rpartition(".")
        yield name, getattr(importlib.import_module(module), attribute)


DOCUMENTED = dict(documented())
CLASSES = {name: value for name, value in DOCUMENTED.items() if inspect.isclass(value)}


def public_callables() -> Iterator[tuple[str, Any]]:
    """The functions and methods that the reference shows, their decorators taken off."""
    for name, value in DOCUMENTED.items():
        if inspect.isfunction(value):
            yield name, value
        for member, method in vars(value).items() if inspect.isclass(value) else ():
            function = getattr(method, "__func__", method)
            ours = inspect.isfunction(function) and function.__module__ == value.__module__
            if ours and not member.startswith("_") and member not in LEFT_OUT:
                yield f"{name}.{member}", function


CALLABLES = dict(public_callables())
# Errors that add nothing to what they are derived from, and parts of what another example shows.
SHOWN_BY_OTHERS = {
    value for value in CLASSES.values() if issubclass(value, errors.VfxError) and "__init__" not in vars(value)
} | {OperationBody, MediaMetadata, Lanczos, UpsampleError}


def home_of(value: Any, name: str) -> str:
    """The name of a thing where it is written."""
    if inspect.isclass(value) or inspect.isfunction(value):
        return f"{value.__module__}.{value.__qualname__}"
    return name


def section(docstring: str, title: str) -> str:
    """The text below ``Title:``, its indent taken off; empty where there is none."""
    found = re.search(rf"^{title}:\n((?:(?: {{4}}.*)?\n?)*)", inspect.cleandoc(docstring), re.MULTILINE)
    return inspect.cleandoc(found[1]) if found else ""


def entries(docstring: str, title: str) -> list[str]:
    return re.findall(r"^(\w+):", section(docstring, title), re.MULTILINE)


@pytest.fixture(scope="session")
def upsampled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clip of the sandbox, really upsampled."""
    file = tmp_path_factory.mktemp("examples") / "upsampled.mp4"
    Lanczos()(bundled_clips()[0].path, (1920, 1080), file)
    return file


@pytest.fixture
def namespace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, upsampled: Path) -> Iterator[dict[str, Any]]:
    """What the reference says that its examples begin with; the sandbox's upsampler has its result ready."""
    monkeypatch.chdir(tmp_path)
    for place in ("vfx_widgets.sandbox", "vfx_widgets.sandbox.running"):
        monkeypatch.setattr(f"{place}.Lanczos", lambda: lambda source, size, output: shutil.copyfile(upsampled, output))
    monkeypatch.setattr(
        "vfx_widgets.jobs.history.first_guess", lambda model, *, sandbox: DurationEstimate(median=0.1, spread=0.4)
    )
    monkeypatch.setattr(connection, "_sandbox", None)  # that of the process is for other tests, and really upsamples
    shutil.copyfile(bundled_clips()[0].path, "my_clip.mp4")
    names: dict[str, Any] = {}
    run_block(first_block(REFERENCE / "index.md"), names)
    names |= {name: value for name, value in vars(errors).items() if not name.startswith("_")}
    up, sandbox = names["up"], names["sandbox"]
    yield names
    up.close()
    for started in filter(None, [sandbox, connection._sandbox]):
        started.close()


def first_block(page: Path) -> str:
    (block, *_) = re.findall(r"^```python\n(.*?)^```", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    return str(block)


@pytest.mark.parametrize("docstring", WITH_EXAMPLES, ids=lambda docstring: docstring.name)
def test_the_example_gives_what_it_says(docstring: Docstring, request: pytest.FixtureRequest) -> None:
    if docstring.name == NOT_IN_THIS_PROCESS:
        done = subprocess.run([sys.executable, "-c", IN_A_PROCESS], cwd=ROOT, capture_output=True, text=True)
        assert (done.returncode, done.stderr) == (0, "")
        return
    check(docstring, request.getfixturevalue("namespace"))


IN_A_PROCESS = f"""
import asyncio
import vfx_widgets
from tests.support.docstring_examples import check, docstrings
[docstring] = [docstring for docstring in docstrings() if docstring.name == {NOT_IN_THIS_PROCESS!r}]
check(docstring, {{"asyncio": asyncio, "vfx": vfx_widgets}})
"""


def test_no_example_of_the_package_is_left_out() -> None:
    prompts = sum(
        len(re.findall(r"^ *>>> ", path.read_text(encoding="utf-8"), re.MULTILINE)) for path in PACKAGE.rglob("*.py")
    )
    assert prompts == sum(len(docstring.examples) for docstring in WITH_EXAMPLES)


def test_the_reference_has_every_public_name_and_every_error() -> None:
    tree = {error for error in vars(errors).values() if inspect.isclass(error) and issubclass(error, errors.VfxError)}
    shown = list(DOCUMENTED.values())
    assert [name for name in vfx.__all__ if getattr(vfx, name) not in shown] == []
    assert [error.__name__ for error in tree if error not in shown] == []


@pytest.mark.parametrize("name", [name for name, value in DOCUMENTED.items() if value not in SHOWN_BY_OTHERS])
def test_what_the_reference_shows_has_an_example(name: str) -> None:
    home = home_of(DOCUMENTED[name], name)
    assert any(docstring.name == home or docstring.name.startswith(f"{home}.") for docstring in WITH_EXAMPLES)


@pytest.mark.parametrize("name", CALLABLES)
def test_every_argument_is_documented(name: str) -> None:
    function = CALLABLES[name]
    arguments = [argument for argument in inspect.signature(function).parameters if argument not in ("self", "cls")]
    assert entries(function.__doc__ or "", "Args") == arguments


@pytest.mark.parametrize("name", CALLABLES)
def test_what_comes_back_is_documented(name: str) -> None:
    function = CALLABLES[name]
    gives = function.__annotations__.get("return")
    text = function.__doc__ or ""
    says = any(section(text, title) for title in ("Returns", "Yields")) or text.startswith("Return ")
    assert says is (gives not in (None, "None"))


@pytest.mark.parametrize("name", [*CALLABLES, *CLASSES])
def test_errors_that_are_documented_are_errors(name: str) -> None:
    value = CALLABLES.get(name) or CLASSES[name]
    for error in entries(value.__doc__ or "", "Raises"):
        kind = getattr(errors, error, None) or getattr(builtins, error, None) or getattr(upsampling, error, None)
        assert inspect.isclass(kind), error
        assert issubclass(kind, BaseException), error


@pytest.mark.parametrize("name", CLASSES)
def test_arguments_and_fields_of_a_class_are_documented(name: str) -> None:
    kind = CLASSES[name]
    written = {*entries(kind.__doc__ or "", "Args"), *entries(kind.__doc__ or "", "Attributes")}
    assert set(fields_of(kind)) <= written
    assert written <= {*fields_of(kind), *vars(kind), *names_set_in(kind)}


def fields_of(kind: type) -> list[str]:
    if fields := [*getattr(kind, "__dataclass_fields__", ()), *getattr(kind, "__struct_fields__", ())]:
        return fields
    if not inspect.isfunction(vars(kind).get("__init__")) or kind in NOT_MADE_BY_HAND:
        return []
    kinds = inspect.signature(kind).parameters.values()
    return [argument.name for argument in kinds if argument.kind is not argument.VAR_KEYWORD]


NOT_MADE_BY_HAND = {vfx.Job}


def names_set_in(kind: type) -> set[str]:
    """Names that the class gives to its objects."""
    return set(re.findall(r"\bself\.([a-z]\w*)\b(?:,| *:| *=)", inspect.getsource(kind)))


def test_signatures_that_are_written_out_are_the_real_ones() -> None:
    written = re.findall(r"auto\w+:: ([\w.]+)\((.+)\)", PAGES)
    assert written
    for name, arguments in written:
        keywords = inspect.signature(DOCUMENTED[name].__init__).parameters.values()
        shown = [f"{each.name}={each.default!r}" for each in keywords if each.default is not each.empty]
        assert arguments == ", ".join(["*", *shown]), name


def python_blocks(page: Path) -> list[str]:
    return re.findall(r"^```python\n(.*?)^```", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)


def test_the_code_in_the_readme_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    blocks = python_blocks(ROOT / "README.md")
    assert len(blocks) >= 2
    names: dict[str, Any] = {}
    for block in blocks:
        run_block(block, names)
    assert names["video"].path.is_file()
    assert (names["video"].width, names["video"].height) == (1920, 1080)
    names["up"].close()
