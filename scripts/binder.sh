# Read by the scripts for Binder, after venv.sh: the two environments that they look at.
# shellcheck shell=bash

# Makes the environment of repo2docker, the program that Binder builds its images with; REPO2DOCKER is its folder.
make_repo2docker() {
    REPO2DOCKER=.venv-binder/repo2docker
    [ -x "$REPO2DOCKER/bin/python" ] || "$(find_python)" -m venv "$REPO2DOCKER"
    "$REPO2DOCKER/bin/python" -m pip install --quiet --disable-pip-version-check --upgrade jupyter-repo2docker >&2
}

# make_base FOLDER: makes an environment with what is on Binder before anything of ours; BASE is its folder.
make_base() {
    local version python
    BASE=$1
    version=$(sed 's/^python-//' binder/runtime.txt)
    python=$(python_of "$version") || fail "Python $version, which binder/runtime.txt asks for, was not found."
    say "Binder's own packages, with $("$python" --version) …"
    "$python" -m venv "$BASE"
    "$BASE/bin/python" -m pip install --quiet --disable-pip-version-check --requirement scripts/binder_base.txt >&2
}
