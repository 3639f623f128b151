"""Contents of the wheel and the sdist; the wheel works outside the checkout, without network.

``scripts/package-check`` tests the wheel with its dependencies in an empty environment.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import tomllib
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[2]
PROJECT = tomllib.loads((CHECKOUT / "pyproject.toml").read_text("utf-8"))["project"]
STEM = f"vfx_widgets-{PROJECT['version']}"
FOLDERS = ("vfx_widgets", "notebooks", "docs", "tests", "scripts", "benchmarks", "binder")
FILES = (
    "README.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
    "LICENSE",
    "pyproject.toml",
    ".gitignore",
    "package.json",
    "package-lock.json",
    ".npmrc",
    "biome.jsonc",
    "tsconfig.json",
)
#: Files that are created by working in the checkout.
LEFT_BEHIND = (
    "vfx_widgets/__pycache__/token.cpython-311.pyc",
    "vfx_widgets/widgets/.ipynb_checkpoints/form-checkpoint.js",
    "notebooks/upsampled/clip_upsampled.mp4",
    "notebooks/demo-output/01_first_upsample.ipynb",
    "tests/.pytest_cache/README.md",
    "docs/.jupyter_cache/global.db",
    "test-output/a_failed_test.png",
    "demo-output/index.html",
    "upsampled/clip_upsampled.mp4.part",
    "build/lib/vfx_widgets/token.py",
    "dist/vfx_widgets-0.0.1.tar.gz",
    ".venv/pyvenv.cfg",
    ".venv-binder/base/pyvenv.cfg",
    "node_modules/esbuild/package.json",
    ".venv-matrix/3.13-newest/pyvenv.cfg",
    ".hypothesis/unicode_data/data",
    ".mypy_cache/CACHEDIR.TAG",
    "my own notes.txt",
)


@dataclass(frozen=True)
class Built:
    """The built archives, and the files they were built from."""

    wheel: Path
    sdist: Path
    sources: frozenset[str]

    def in_wheel(self) -> set[str]:
        with zipfile.ZipFile(self.wheel) as archive:
            return set(archive.namelist())

    def in_sdist(self) -> set[str]:
        with tarfile.open(self.sdist) as archive:
            return {member.name.removeprefix(f"{STEM}/") for member in archive if member.isfile()}


def sources() -> frozenset[str]:
    """Return the files that belong in an sdist: those that git does not ignore."""
    if not (CHECKOUT / ".git").exists():
        pytest.skip("needs a git checkout, which lists the files of an sdist")
    listing = [
        "git",
        "-c",
        "safe.directory=*",
        "ls-files",
        "-z",
        "--cached",
        "--others",
        "--exclude-standard",
        "--",
        *FOLDERS,
        *FILES,
    ]
    names = subprocess.run(listing, cwd=CHECKOUT, capture_output=True, text=True, check=True).stdout.split("\0")
    return frozenset(name for name in names if name and (CHECKOUT / name).is_file())


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """Build both archives from a copy of the checkout with such files added."""
    copy, dist = tmp_path_factory.mktemp("checkout"), tmp_path_factory.mktemp("dist")
    files = sources()
    for file in files:
        (copy / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(CHECKOUT / file, copy / file)
    for name in LEFT_BEHIND:
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        (copy / name).write_text("left behind")
    subprocess.run([sys.executable, "-m", "hatchling", "build", "--directory", dist], cwd=copy, check=True)
    return Built(dist / f"{STEM}-py3-none-any.whl", dist / f"{STEM}.tar.gz", files)


def test_the_sdist_has_the_files_of_the_checkout_and_no_leftovers(built: Built) -> None:
    assert built.in_sdist() == built.sources | {"PKG-INFO"}


@pytest.mark.parametrize("folder", FOLDERS)
def test_the_sdist_has_every_directory(built: Built, folder: str) -> None:
    assert any(name.startswith(f"{folder}/") for name in built.in_sdist())


def is_bundled(name: str) -> bool:
    """Return whether scripts/bundle makes the file a part of static/panel.js or static/panel.css."""
    return name.endswith((".js", ".css")) and not name.startswith("vfx_widgets/widgets/static/")


def test_the_wheel_has_the_package_and_the_notebook_of_the_demo(built: Built) -> None:
    package = {name for name in built.sources if name.startswith("vfx_widgets/") and not is_bundled(name)}
    about = {f"{STEM}.dist-info/{name}" for name in ("METADATA", "WHEEL", "RECORD", "entry_points.txt")}
    about.add(f"{STEM}.dist-info/licenses/LICENSE")
    assert built.in_wheel() == package | about | {"vfx_widgets/notebooks/01_first_upsample.ipynb"}


@pytest.mark.parametrize(
    "ending",
    [".py", "/static/panel.js", "/static/loader.js", "/static/panel.css", ".mp4", ".json", ".ipynb", "/py.typed"],
)
def test_the_wheel_has_every_kind_of_file(built: Built, ending: str) -> None:
    assert any(name.startswith("vfx_widgets/") and name.endswith(ending) for name in built.in_wheel())


#: Runs with the Python of the new environment, outside the checkout.
REPORT = """
import importlib.metadata, importlib.resources, json, pathlib
import vfx_widgets as vfx
panel = vfx.UpsamplePanel()
with vfx.Sandbox() as sandbox:
    clips = [sandbox.source_path(clip) for clip in sandbox.media_ids]
    print(json.dumps({
        "file": vfx.__file__,
        "version": importlib.metadata.version("vfx-widgets"),
        "script": len(panel._esm),
        "clips": [str(clip) for clip in clips if clip.stat().st_size],
        "typed": (importlib.resources.files(vfx) / "py.typed").is_file(),
    }))
"""


@pytest.fixture(scope="module")
def environment(built: Built, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A virtual environment with the wheel; dependencies come from the environment of the tests."""
    directory = tmp_path_factory.mktemp("outside") / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", directory], check=True)
    pip = (sys.executable, "-m", "pip", "--python", str(directory / "bin" / "python"), "--disable-pip-version-check")
    subprocess.run([*pip, "install", "--quiet", "--no-deps", "--no-index", built.wheel], check=True)
    (packages,) = directory.glob("lib/python*/site-packages")
    borrowed = dict.fromkeys([sysconfig.get_path("purelib"), sysconfig.get_path("platlib")])
    # Paths only: the .pth file of an editable install in them is not processed.
    (packages / "borrowed.pth").write_text("\n".join(borrowed))
    return directory


def run(environment: Path, *command: str) -> str:
    """Run a program of the environment, without the variables of this one, and return its output."""
    variables = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VFX_"))}
    program, *arguments = command
    done = subprocess.run(
        [environment / "bin" / program, *arguments],
        cwd=environment.parent,
        env=variables,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_wheel_works_outside_the_checkout(environment: Path) -> None:
    report = json.loads(run(environment, "python", "-c", REPORT))
    assert Path(report["file"]).is_relative_to(environment)
    assert report["version"] == PROJECT["version"]
    assert report["script"] > 10_000
    assert len(report["clips"]) == 3
    assert all(Path(clip).is_relative_to(environment) for clip in report["clips"])
    assert report["typed"]


def test_the_wheel_installs_the_command(environment: Path) -> None:
    assert run(environment, "vfx-widgets", "--version") == f"vfx-widgets {PROJECT['version']}\n"


def test_project_urls_are_below_the_one_of_the_repository() -> None:
    urls = PROJECT["urls"]
    assert urls.keys() >= {"Homepage", "Documentation", "Repository", "Changelog", "Issues"}
    assert [name for name, url in urls.items() if not f"{url}/".startswith(f"{urls['Repository']}/")] == []
