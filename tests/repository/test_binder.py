"""Binder's configuration in ``binder/``. ``scripts/binder-check`` builds it and runs the notebooks."""

from __future__ import annotations

import importlib.metadata
import os
import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

CHECKOUT = Path(__file__).parents[2]
BINDER = CHECKOUT / "binder"
PROJECT = tomllib.loads((CHECKOUT / "pyproject.toml").read_text("utf-8"))["project"]
DIRECT = [Requirement(line) for line in PROJECT["dependencies"] + PROJECT["optional-dependencies"]["sandbox"]]
JUPYTER = {"jupyterlab", "notebook", "ipykernel", "ipywidgets"}
PIN = re.compile(r"(?P<name>[a-z0-9]+(?:-[a-z0-9]+)*)==(?P<version>[0-9][0-9a-z.]*)")


def pins(file: Path) -> dict[str, str]:
    """Read a list of pins. Each line is ``name==version`` or a comment."""
    found = {}
    for line in file.read_text("utf-8").splitlines():
        if not line.startswith("#"):
            pin = PIN.fullmatch(line)
            assert pin, f"{file.name}: {line!r} is not name==version"
            found[pin["name"]] = pin["version"]
    return found


def requirements_of(name: str, version: str) -> list[Requirement]:
    """Return the requirements of a package; empty unless this version is installed, as others may differ."""
    try:
        installed = importlib.metadata.distribution(name)
    except importlib.metadata.PackageNotFoundError:
        return []
    return [Requirement(line) for line in installed.requires or ()] if installed.version == version else []


BASE, PINNED = pins(CHECKOUT / "scripts" / "binder_base.txt"), pins(BINDER / "requirements.txt")


def test_binder_uses_a_supported_python() -> None:
    assert (BINDER / "runtime.txt").read_text("utf-8") == "python-3.13\n"
    assert "Programming Language :: Python :: 3.13" in PROJECT["classifiers"]


def test_the_base_image_has_jupyter() -> None:
    assert BASE.keys() >= JUPYTER


def test_packages_of_the_base_image_are_not_pinned() -> None:
    assert PINNED
    assert not PINNED.keys() & (BASE.keys() | JUPYTER)


@pytest.mark.parametrize("requirement", DIRECT, ids=lambda requirement: requirement.name)
def test_the_version_on_binder_satisfies_the_requirement(requirement: Requirement) -> None:
    version = (BASE | PINNED).get(canonicalize_name(requirement.name))
    assert version, "run scripts/binder-pins"
    assert requirement.specifier.contains(version)


def test_requirements_of_pinned_packages_are_satisfied() -> None:
    on_binder = {"python_version": "3.13", "python_full_version": "3.13.8", "extra": ""}
    missing = set()
    for name, version in PINNED.items():
        for requirement in requirements_of(name, version):
            if requirement.marker is None or requirement.marker.evaluate({**on_binder}):
                found = (BASE | PINNED).get(canonicalize_name(requirement.name))
                if found is None or not requirement.specifier.contains(found):
                    missing.add(f"{requirement} for {name}, not {found}")
    assert not missing


def test_no_file_names_a_package_host() -> None:
    for path in BINDER.iterdir():
        text = path.read_text("utf-8")
        assert "://" not in text, path.name
        assert "index" not in text, path.name


def test_post_build_is_executable_and_stops_at_the_first_failure() -> None:
    script = BINDER / "postBuild"
    lines = [line for line in script.read_text("utf-8").splitlines() if line and not line.startswith("# ")]
    assert os.access(script, os.X_OK)
    assert lines[:2] == ["#!/usr/bin/env bash", "set -e"]


def test_post_build_installs_only_the_package() -> None:
    installs = [line for line in (BINDER / "postBuild").read_text("utf-8").splitlines() if "pip install" in line]
    assert len(installs) == 1
    assert {"--no-deps", "."} <= set(installs[0].split())
