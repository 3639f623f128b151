"""The notebooks as committed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

DIRECTORY = Path(__file__).parents[2] / "notebooks"
NOTEBOOKS = sorted(DIRECTORY.glob("*.ipynb"))


def read(path: Path) -> dict[str, Any]:
    notebook: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return notebook


def test_the_first_notebook_exists() -> None:
    assert DIRECTORY / "01_first_upsample.ipynb" in NOTEBOOKS


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
class TestNotebook:
    def test_is_committed_without_outputs(self, path: Path) -> None:
        for cell in read(path)["cells"]:
            assert not cell.get("outputs"), cell["id"]
            assert cell.get("execution_count") is None, cell["id"]

    def test_is_committed_without_widget_state(self, path: Path) -> None:
        assert "widgets" not in read(path)["metadata"]

    def test_names_no_python_version(self, path: Path) -> None:
        metadata = read(path)["metadata"]
        assert metadata["kernelspec"]["name"] == "python3"
        assert "version" not in metadata["language_info"]

    def test_has_named_cells_for_readable_diffs(self, path: Path) -> None:
        names = [cell["id"] for cell in read(path)["cells"]]
        assert len(set(names)) == len(names)
        assert all(name.replace("-", "").isalpha() for name in names), names
