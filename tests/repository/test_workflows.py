"""The workflows only run scripts of this repository, with the Python versions that the package supports."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]

CHECKOUT = Path(__file__).parents[2]
PROJECT = tomllib.loads((CHECKOUT / "pyproject.toml").read_text("utf-8"))["project"]
WORKFLOWS = sorted((CHECKOUT / ".github" / "workflows").glob("*.yml"))
pytestmark = pytest.mark.skipif(not WORKFLOWS, reason="an sdist has no workflows")


def jobs(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(path.read_text("utf-8"))["jobs"]
    return found


def steps(path: Path) -> Iterator[dict[str, Any]]:
    for job in jobs(path).values():
        yield from job["steps"]


def kernels_in_the_script() -> set[str]:
    pairs = re.search(r"^PAIRS=\((.*?)\)", (CHECKOUT / "scripts/matrix").read_text("utf-8"), re.M | re.S)
    assert pairs
    return {kernel for _, kernel in re.findall(r'"(\S+) (\S+)"', pairs[1])}


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_commands_are_scripts_of_the_repository(path: Path) -> None:
    commands = [step["run"] for step in steps(path) if "run" in step]
    assert commands
    for command in commands:
        script = CHECKOUT / command.split()[0]
        assert script.is_relative_to(CHECKOUT), command
        assert script.is_file(), command
        assert os.access(script, os.X_OK), command


def test_ci_runs_the_tests() -> None:
    commands = [step.get("run") for step in steps(CHECKOUT / ".github/workflows/ci.yml")]
    assert ".ci/run" in commands


def test_the_matrix_has_every_supported_python_and_every_kernel_of_its_script() -> None:
    matrix = jobs(CHECKOUT / ".github/workflows/matrix.yml")["matrix"]["strategy"]["matrix"]
    classifiers = re.findall(r":: (3\.\d+)$", "\n".join(PROJECT["classifiers"]), re.M)
    assert matrix["python"] == classifiers
    assert set(matrix["ipykernel"]) == kernels_in_the_script()


def test_paths_in_scripts_exist() -> None:
    for script in (path for path in (CHECKOUT / "scripts").iterdir() if path.is_file()):
        for path in re.findall(r"(?<![\w/])tests/[\w/]+\.py", script.read_text("utf-8")):
            assert (CHECKOUT / path).is_file(), f"{script.name}: {path}"


def test_the_binder_workflow_uses_the_python_of_binder() -> None:
    versions = [
        step["with"]["python-version"]
        for step in steps(CHECKOUT / ".github/workflows/binder.yml")
        if "with" in step and "python-version" in step["with"]
    ]
    assert [f"python-{version}\n" for version in versions] == [(CHECKOUT / "binder/runtime.txt").read_text("utf-8")]
