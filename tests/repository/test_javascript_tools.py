"""The JavaScript tools: pinned, and independent of where a machine gets its packages from."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

CHECKOUT = Path(__file__).parents[2]
PACKAGE: dict[str, Any] = json.loads((CHECKOUT / "package.json").read_text("utf-8"))
LOCK: dict[str, Any] = json.loads((CHECKOUT / "package-lock.json").read_text("utf-8"))


def test_the_lock_file_pins_each_tool_by_hash_and_names_no_registry() -> None:
    packages = {name: package for name, package in LOCK["packages"].items() if name}
    assert {name.removeprefix("node_modules/") for name in packages} >= PACKAGE["devDependencies"].keys()
    assert [name for name, package in packages.items() if "resolved" in package] == []
    assert [name for name, package in packages.items() if not package["integrity"].startswith("sha512-")] == []


def test_the_lock_file_belongs_to_this_package_json() -> None:
    assert LOCK["packages"][""]["devDependencies"] == PACKAGE["devDependencies"]


def test_the_panel_depends_on_no_javascript_package() -> None:
    assert PACKAGE["private"]
    assert "dependencies" not in PACKAGE
