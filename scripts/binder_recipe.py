"""Validate the recipe (a Dockerfile) that repo2docker generates for this checkout. Run by scripts/binder-check."""

from __future__ import annotations

import re
import sys
from pathlib import Path

from binder_pins import BASE, base, python_version

# In the order in which Binder runs them.
STEPS = {
    "the Python version of runtime.txt": rf"^Building conda environment for python={re.escape(python_version())}$",
    "the base image's packages": rf"environment-2epy-2d{python_version().replace('.', '-2e')}-2dlinux-2d64-2elock",
    "binder/requirements.txt": r'^RUN \S*/bin/pip install --no-cache-dir -r "binder/requirements\.txt"$',
    "copying the checkout": r"^COPY .*src/ \$\{REPO_DIR\}/$",
    "postBuild": r"^RUN \./binder/postBuild$",
}
# Without the binder/ directory repo2docker would install pyproject.toml with the newest version of everything.
UNPINNED_INSTALL = r"pip install --no-cache-dir \.$"


def pins(text: str) -> list[str]:
    """Return the lines that are not comments, because the header contains the version of repo2docker."""
    return [line for line in text.splitlines() if not line.startswith("#")]


def problems(recipe: str) -> list[str]:
    """Return one sentence per problem."""
    found, position = [], 0
    for step, pattern in STEPS.items():
        match = re.compile(pattern, re.MULTILINE).search(recipe, position)
        if match is None:
            found.append(f"The recipe lacks this step, or has it out of order: {step}.")
        else:
            position = match.end()
    if re.search(UNPINNED_INSTALL, recipe, re.MULTILINE):
        found.append("The recipe installs the checkout without the pinned versions.")
    if pins(base()) != pins(BASE.read_text("utf-8")):
        found.append("Binder's base image has changed. Run scripts/binder-pins --base.")
    return found


if __name__ == "__main__":
    recipe = Path(sys.argv[1]).read_text("utf-8")
    if found := problems(recipe):
        print(recipe, *found, sep="\n", file=sys.stderr)
    sys.exit(bool(found))
