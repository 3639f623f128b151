"""Public names: each is in the reference, documents its arguments and results, and has an example that runs."""

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
from vfx_widgets.jobs.schedule import DurationEstimate

ROOT = PACKAGE.parent
REFERENCE = ROOT / "docs" / "reference"
PAGES = "\n".join(page.read_text(encoding="utf-8") for page in sorted(REFERENCE.glob("*.md")))
EXCLUDED_MEMBERS = {name for names in re.findall(r":exclude-members: (.+)", PAGES) for name in names.split(", ")}
WITH_EXAMPLES = [docstring for docstring in docstrings() if docstring.examples]
# It changes the event loop of the whole process, so it runs in a separate process.
ISOLATED = "vfx_widgets.jobs.background.allow_nested_loops"
# Documented classes whose example is part of another one's.
WITHOUT_EXAMPLE = {"Lanczos", "MediaMetadata", "OperationBody", "UpsampleError"}


def documented() -> Iterator[tuple[str, Any]]:
    """Yield the objects in the reference, with the names they are documented by."""
    for name in re.findall(r"\.\. auto(?:class|exception|function|data):: ([\w.]+)", PAGES):
        module, _, attribute = name.rpartition(".")
        yield name, getattr(importlib.import_module(module), attribute)


DOCUMENTED = dict(documented())
CLASSES = {name: value for name, value in DOCUMENTED.items() if inspect.isclass(value)}


def public_callables() -> Iterator[tuple[str, Any]]:
    """Yield the functions and methods in the reference, without their decorators."""
    for name, value in DOCUMENTED.items():
        if inspect.isfunction(value):
            yield name, value
        for member, method in vars(value).items() if inspect.isclass(value) else ():
            function = getattr(method, "__func__", method)
            ours = inspect.isfunction(function) and function.__module__ == value.__module__
            if ours and not member.startswith("_") and member not in EXCLUDED_MEMBERS:
                yield f"{name}.{member}", function


CALLABLES = dict(public_callables())


def inherits_its_example(value: Any) -> bool:
    """Return whether a class is an error without its own arguments, or shown in another example."""
    if not inspect.isclass(value):
        return False
    is_plain_error = issubclass(value, errors.VfxError) and "__init__" not in vars(value)
    return is_plain_error or value.__name__ in WITHOUT_EXAMPLE


def defining_name(value: Any, name: str) -> str:
    """Return the name of an object in the module that defines it. Constants may be imported from a submodule."""
    if inspect.isclass(value) or inspect.isfunction(value):
        return f"{value.__module__}.{value.__qualname__}"
    package, _, constant = name.rpartition(".")
    matches = [
        docstring.name
        for docstring in WITH_EXAMPLES
        if docstring.name.startswith(f"{package}.") and docstring.name.endswith(f".{constant}")
    ]
    return matches[0] if matches else name


def section(docstring: str, title: str) -> str:
    """Return the text of a section without its indent; empty if there is none."""
    found = re.search(rf"^{title}:\n((?:(?: {{4}}.*)?\n?)*)", inspect.cleandoc(docstring), re.MULTILINE)
    return inspect.cleandoc(found[1]) if found else ""


def entries(docstring: str, title: str) -> list[str]:
    return re.findall(r"^(\w+):", section(docstring, title), re.MULTILINE)


def python_blocks(page: Path) -> list[str]:
    return re.findall(r"^```python\n(.*?)^```", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)


@pytest.fixture(scope="session")
def upsampled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The first clip of the sandbox, upsampled once for all examples."""
    directory = tmp_path_factory.mktemp("examples")
    with vfx.Sandbox(upsample="lanczos") as sandbox:
        up = vfx.Upsampler(sandbox.base_url, sandbox.token, downloads=directory, journal=False)
        video = up.submit(sandbox.media_ids[0]).result(timeout=120)
        up.close()
    return video.path


@pytest.fixture
def namespace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, upsampled: Path) -> Iterator[dict[str, Any]]:
    """The names that the reference defines for its examples, with a sandbox that returns a prepared result."""
    monkeypatch.chdir(tmp_path)
    # Without this the first poll of each example would wait for the usual duration of a sandbox job.
    monkeypatch.setattr(
        "vfx_widgets.jobs.store.initial_estimate", lambda *kind, sandbox: DurationEstimate(median=0.1, spread=0.4)
    )
    setup, *_ = python_blocks(REFERENCE / "index.md")
    assert "vfx.Sandbox()" in setup
    names: dict[str, Any] = {"copy_result": lambda source, size, output: shutil.copyfile(upsampled, output)}
    run_block(setup.replace("vfx.Sandbox()", "vfx.Sandbox(upsample=copy_result)"), names)
    names |= {name: value for name, value in vars(errors).items() if not name.startswith("_")}
    up, sandbox = names["up"], names["sandbox"]
    shutil.copyfile(sandbox.source_path(sandbox.media_ids[0]), "my_clip.mp4")
    yield names
    up.close()
    sandbox.close()


@pytest.mark.parametrize("docstring", WITH_EXAMPLES, ids=lambda docstring: docstring.name)
def test_an_example_gives_the_documented_output(docstring: Docstring, request: pytest.FixtureRequest) -> None:
    if docstring.name == ISOLATED:
        done = subprocess.run([sys.executable, "-c", IN_A_PROCESS], cwd=ROOT, capture_output=True, text=True)
        assert (done.returncode, done.stderr) == (0, "")
        return
    check(docstring, request.getfixturevalue("namespace"))


IN_A_PROCESS = f"""
import asyncio
import vfx_widgets
from tests.support.docstring_examples import check, docstrings
[docstring] = [docstring for docstring in docstrings() if docstring.name == {ISOLATED!r}]
check(docstring, {{"asyncio": asyncio, "vfx": vfx_widgets}})
"""


def test_all_examples_of_the_package_are_collected() -> None:
    prompts = sum(
        len(re.findall(r"^ *>>> ", path.read_text(encoding="utf-8"), re.MULTILINE)) for path in PACKAGE.rglob("*.py")
    )
    assert prompts == sum(len(docstring.examples) for docstring in WITH_EXAMPLES)


def test_the_reference_has_every_public_name_and_every_error() -> None:
    tree = {error for error in vars(errors).values() if inspect.isclass(error) and issubclass(error, errors.VfxError)}
    shown = list(DOCUMENTED.values())
    assert [name for name in vfx.__all__ if getattr(vfx, name) not in shown] == []
    assert [error.__name__ for error in tree if error not in shown] == []


@pytest.mark.parametrize("name", [name for name, value in DOCUMENTED.items() if not inherits_its_example(value)])
def test_a_documented_name_has_an_example(name: str) -> None:
    home = defining_name(DOCUMENTED[name], name)
    assert any(f"{docstring.name}.".startswith(f"{home}.") for docstring in WITH_EXAMPLES)


@pytest.mark.parametrize("name", CALLABLES)
def test_every_argument_is_documented(name: str) -> None:
    function = CALLABLES[name]
    arguments = [argument for argument in inspect.signature(function).parameters if argument not in ("self", "cls")]
    assert entries(function.__doc__ or "", "Args") == arguments


@pytest.mark.parametrize("name", CALLABLES)
def test_return_values_are_documented(name: str) -> None:
    function = CALLABLES[name]
    returned = function.__annotations__.get("return")
    text = function.__doc__ or ""
    documents_it = any(section(text, title) for title in ("Returns", "Yields")) or text.startswith("Return ")
    assert documents_it is (returned not in (None, "None"))


@pytest.mark.parametrize("name", [*CALLABLES, *CLASSES])
def test_documented_errors_are_exceptions(name: str) -> None:
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
    assert written <= {*fields_of(kind), *vars(kind), *instance_attributes(kind)}


def fields_of(kind: type) -> list[str]:
    if fields := [*getattr(kind, "__dataclass_fields__", ()), *getattr(kind, "__struct_fields__", ())]:
        return fields
    if not inspect.isfunction(vars(kind).get("__init__")) or kind in NOT_CONSTRUCTED_BY_USERS:
        return []
    kinds = inspect.signature(kind).parameters.values()
    return [argument.name for argument in kinds if argument.kind is not argument.VAR_KEYWORD]


NOT_CONSTRUCTED_BY_USERS = {vfx.Job}


def instance_attributes(kind: type) -> set[str]:
    """Return the public names that the methods of a class assign to ``self``."""
    return set(re.findall(r"\bself\.([a-z]\w*)\b(?:,| *:| *=)", inspect.getsource(kind)))


def test_signatures_written_in_the_reference_are_the_real_ones() -> None:
    written = re.findall(r"auto\w+:: ([\w.]+)\((.+)\)", PAGES)
    assert written
    for name, arguments in written:
        keywords = inspect.signature(DOCUMENTED[name].__init__).parameters.values()
        shown = [f"{each.name}={each.default!r}" for each in keywords if each.default is not each.empty]
        assert arguments == ", ".join(["*", *shown]), name


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
