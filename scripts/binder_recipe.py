"""Whether the recipe that repo2docker makes of this checkout is the one that is meant; scripts/binder-check asks."""

from __future__ import annotations

import re
import sys
from pathlib import Path

from binder_pins import BASE, base, python_version

# In the order in which Binder does them.
STEPS = {
    "the Python of runtime.txt": rf"^Building conda environment for python={re.escape(python_version())}$",
    "Binder's base for it": rf"environment-2epy-2d{python_version().replace('.', '-2e')}-2dlinux-2d64-2elock",
    "our requirements": r'^RUN \S*/bin/pip install --no-cache-dir -r "binder/requirements\.txt"$',
    "the checkout": r"^COPY .*src/ \$\{REPO_DIR\}/$",
    "postBuild": r"^RUN \./binder/postBuild$",
}
# A binder/ folder has precedence; if it stopped, Binder would install pyproject.toml with whatever is newest.
NOT_WANTED = r"pip install --no-cache-dir \.$"


def pins(text: str) -> list[str]:
    """Return the lines that are no comments: a release of repo2docker alone changes nothing."""
    return [line for line in text.splitlines() if not line.startswith("#")]


def problems(recipe: str) -> list[str]:
    """Return a sentence for each thing that is not as it should be."""
    found, position = [], 0
    for step, pattern in STEPS.items():
        match = re.compile(pattern, re.MULTILINE).search(recipe, position)
        if match is None:
            found.append(f"The recipe has no step for {step}, or not in its place.")
        else:
            position = match.end()
    if re.search(NOT_WANTED, recipe, re.MULTILINE):
        found.append("The recipe installs the checkout by itself, with versions of its own.")
    if pins(base()) != pins(BASE.read_text("utf-8")):
        found.append("Binder's base is another by now: run scripts/binder-pins --base.")
    return found


if __name__ == "__main__":
    recipe = Path(sys.argv[1]).read_text("utf-8")
    if found := problems(recipe):
        print(recipe, *found, sep="\n", file=sys.stderr)
    sys.exit(bool(found))
