"""The lists for Binder, as text. scripts/binder-pins runs this; it installs nothing itself."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import json
import re
import sys
from pathlib import Path

BINDER = Path(__file__).parents[1] / "binder"
BASE = Path(__file__).with_name("binder_base.txt")
BASE_HEADER = """\
# What is on Binder before anything of ours: the Python packages of repo2docker {version}, for python-{python}.
# Binder does not read this; scripts/binder-pins and scripts/binder-check build on it.
# Written by: scripts/binder-pins --base
"""
REQUIREMENTS_HEADER = """\
# What vfx_widgets[sandbox] needs and Binder (scripts/binder_base.txt) does not bring along.
# Written by: scripts/binder-pins
"""
# Some packages are called something else at conda, where Binder takes its base from.
AT_CONDA = {
    "brotli-python": "brotli",
    "jupyterhub-base": "jupyterhub",
    "nbconvert-core": "nbconvert",
    "python-fastjsonschema": "fastjsonschema",
}
NOT_A_PACKAGE = {"cpython", "pip", "python", "setuptools"}


def python_version() -> str:
    """The Python that binder/runtime.txt asks for, like 3.13."""
    return (BINDER / "runtime.txt").read_text("utf-8").strip().removeprefix("python-")


def base() -> str:
    """Return binder_base.txt, from the lock file that Binder makes its base environment of."""
    found = importlib.util.find_spec("repo2docker")
    assert found is not None and found.origin is not None, "repo2docker is not installed here"
    lock = Path(found.origin).parent / f"buildpacks/conda/environment.py-{python_version()}-linux-64.lock"
    pins = {}
    for line in lock.read_text("utf-8").splitlines():
        # .../noarch/ipykernel-7.0.1-pyha191276_0.conda#…: only what is built for Python has "py" in the build.
        parts = re.search(r"/(?P<name>[^/]+)-(?P<version>[^-/]+)-py[^-/]*\.(?:conda|tar\.bz2)#", line)
        if parts and normal(parts["name"]) not in NOT_A_PACKAGE:
            pins[AT_CONDA.get(parts["name"], normal(parts["name"]))] = parts["version"]
    header = BASE_HEADER.format(version=importlib.metadata.version("jupyter-repo2docker"), python=python_version())
    return header + as_lines(pins)


def requirements(report: str) -> str:
    """Return requirements.txt, from what pip reported that it would install."""
    packages = [each["metadata"] for each in json.loads(Path(report).read_text("utf-8"))["install"]]
    pins = {normal(each["name"]): each["version"] for each in packages}
    del pins["vfx-widgets"]  # postBuild installs it
    return REQUIREMENTS_HEADER + as_lines(pins)


def normal(name: str) -> str:
    """Return the one way to write a package's name."""
    return re.sub(r"[-_.]+", "-", name).lower()


def as_lines(pins: dict[str, str]) -> str:
    """Return one line a package, in the order of the alphabet."""
    return "".join(f"{name}=={version}\n" for name, version in sorted(pins.items()))


if __name__ == "__main__":
    print(base() if sys.argv[1] == "base" else requirements(sys.argv[2]), end="")
