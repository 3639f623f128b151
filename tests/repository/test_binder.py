"""What Binder is told in binder/. That it builds and runs the notebooks is for ``scripts/binder-check`` to say."""

from __future__ import annotations

import importlib.metadata
import os
import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name as normal

CHECKOUT = Path(__file__).parents[2]
BINDER = CHECKOUT / "binder"
PROJECT = tomllib.loads((CHECKOUT / "pyproject.toml").read_text("utf-8"))["project"]
DIRECT = [Requirement(line) for line in PROJECT["dependencies"] + PROJECT["optional-dependencies"]["sandbox"]]
OF_JUPYTER = {"jupyterlab", "notebook", "ipykernel", "ipywidgets"}
PIN = re.compile(r"(?P<name>[a-z0-9]+(?:-[a-z0-9]+)*)==(?P<version>[0-9][0-9a-z.]*)")


def pins(file: Path) -> dict[str, str]:
    """Read a list of pins; anything but ``name==version`` and comments is refused."""
    found = {}
    for line in file.read_text("utf-8").splitlines():
        if not line.startswith("#"):
            pin = PIN.fullmatch(line)
            assert pin, f"{file.name}: {line!r} is not name==version"
            found[pin["name"]] = pin["version"]
    return found


def needs(name: str, version: str) -> list[Requirement]:
    """What a package needs, where it is installed here in this version: another one may need other things."""
    try:
        installed = importlib.metadata.distribution(name)
    except importlib.metadata.PackageNotFoundError:
        return []
    return [Requirement(line) for line in installed.requires or ()] if installed.version == version else []


BASE, OURS = pins(CHECKOUT / "scripts" / "binder_base.txt"), pins(BINDER / "requirements.txt")


def test_binder_takes_python_3_13() -> None:
    assert (BINDER / "runtime.txt").read_text("utf-8") == "python-3.13\n"
    assert "Programming Language :: Python :: 3.13" in PROJECT["classifiers"]


def test_the_base_says_which_jupyter_the_notebooks_are_tried_on() -> None:
    assert BASE.keys() >= OF_JUPYTER


def test_nothing_is_pinned_that_binder_brings_along() -> None:
    assert OURS
    assert not OURS.keys() & (BASE.keys() | OF_JUPYTER)


@pytest.mark.parametrize("requirement", DIRECT, ids=lambda requirement: requirement.name)
def test_what_binder_gets_is_as_new_as_the_package_asks(requirement: Requirement) -> None:
    version = (BASE | OURS).get(normal(requirement.name))
    assert version, "scripts/binder-pins was not run since this was added"
    assert requirement.specifier.contains(version)


def test_what_the_pinned_packages_need_is_there_too() -> None:
    on_binder = {"python_version": "3.13", "python_full_version": "3.13.8", "extra": ""}
    missing = set()
    for name, version in OURS.items():
        for requirement in needs(name, version):
            if requirement.marker is None or requirement.marker.evaluate({**on_binder}):
                found = (BASE | OURS).get(normal(requirement.name))
                if found is None or not requirement.specifier.contains(found):
                    missing.add(f"{requirement} for {name}, not {found}")
    assert not missing


def test_no_file_names_a_package_host() -> None:
    for path in BINDER.iterdir():
        text = path.read_text("utf-8")
        assert "://" not in text, path.name
        assert "index" not in text, path.name


def test_post_build_is_a_program_that_stops_at_the_first_failure() -> None:
    script = BINDER / "postBuild"
    lines = [line for line in script.read_text("utf-8").splitlines() if line and not line.startswith("# ")]
    assert os.access(script, os.X_OK)
    assert lines[:2] == ["#!/usr/bin/env bash", "set -e"]


def test_post_build_installs_the_package_and_leaves_the_rest_to_the_pins() -> None:
    installs = [line for line in (BINDER / "postBuild").read_text("utf-8").splitlines() if "pip install" in line]
    assert len(installs) == 1
    assert {"--no-deps", "."} <= set(installs[0].split())
