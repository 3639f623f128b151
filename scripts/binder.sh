# Sourced by the Binder scripts after venv.sh: creates the two environments that they use.
# shellcheck shell=bash

# make_repo2docker: installs repo2docker, which Binder builds its images with. Sets REPO2DOCKER to the environment.
make_repo2docker() {
    REPO2DOCKER=.venv-binder/repo2docker
    [ -x "$REPO2DOCKER/bin/python" ] || "$(find_python)" -m venv "$REPO2DOCKER"
    "$REPO2DOCKER/bin/python" -m pip install --quiet --disable-pip-version-check --upgrade jupyter-repo2docker >&2
}

# make_base DIRECTORY: installs the packages of Binder's base image. Sets BASE to the environment.
make_base() {
    local version python
    BASE=$1
    version=$(sed 's/^python-//' binder/runtime.txt)
    python=$(python_of "$version") || fail "Python $version, as in binder/runtime.txt, was not found. Install it."
    log "The packages of Binder's base image, with $("$python" --version) …"
    "$python" -m venv "$BASE"
    "$BASE/bin/python" -m pip install --quiet --disable-pip-version-check --requirement scripts/binder_base.txt >&2
}
