# Sourced by the other scripts: changes to the root of the checkout and defines the functions that set up its tools.
# shellcheck shell=bash

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

log() { printf -- '-- %s\n' "$*" >&2; }
fail() { printf 'scripts: %s\n' "$*" >&2; exit 1; }

# as_root COMMAND ...: runs a command as root if that needs no password; otherwise returns 1.
as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
        sudo -n "$@"
    else
        return 1
    fi
}

# apt_install PACKAGE ...: installs Debian packages; returns 1 without apt or root, or if the installation fails.
apt_install() {
    local output
    command -v apt-get >/dev/null || return 1
    as_root true || return 1
    log "Installing $* with apt …"
    output=$(mktemp)
    if as_root apt-get update -qq >"$output" 2>&1 &&
        as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >>"$output" 2>&1
    then
        rm "$output"
    else
        cat "$output" >&2
        rm "$output"
        return 1
    fi
}

# find_python: prints the path of the first Python 3.11 or newer. Each candidate is run, because a pyenv shim exists for
# versions that are not active and fails when called.
find_python() {
    local name names=(python3 python3.14 python3.13 python3.12 python3.11 python)
    if [ -n "${VFX_PYTHON:-}" ]; then names=("$VFX_PYTHON"); fi
    for name in "${names[@]}"; do
        if "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            command -v "$name"
            return
        fi
    done
    return 1
}

# python_of VERSION: prints the path of exactly this version, such as 3.13, from the PATH or from pyenv.
python_of() {
    local candidate
    for candidate in "python$1" "$HOME"/.pyenv/versions/"$1".*/bin/python; do
        if "$candidate" -c "import sys; sys.exit('%d.%d' % sys.version_info[:2] != '$1')" 2>/dev/null; then
            command -v "$candidate"
            return
        fi
    done
    return 1
}

# make_venv EXTRA: creates .venv if needed, installs this checkout in it with the extra, and puts it first on the PATH.
make_venv() {
    local extra=$1 python
    if ! .venv/bin/python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
        python=$(find_python) || fail "Python 3.11 or newer is required, and none was found. Install one (Debian and \
Ubuntu: apt install python3 python3-venv), or set VFX_PYTHON to the path of one."
        if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
            # Debian packages these two modules separately.
            local version
            version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
            apt_install "python$version-venv" || fail "$python cannot create a virtual environment. Install \
python$version-venv (as root: apt install python$version-venv) and run this again."
        fi
        log "Creating .venv with $("$python" --version) …"
        rm -rf .venv
        "$python" -m venv .venv
    fi

    # The stamp names the checkout and the requirements. [test] includes [docs], and [docs] includes [demo].
    local wanted stamp=.venv/installed-$extra
    wanted=$(pwd; .venv/bin/python -c 'import hashlib, pathlib
print(hashlib.sha256(pathlib.Path("pyproject.toml").read_bytes()).hexdigest())')
    if [ "$(cat "$stamp" 2>/dev/null)" != "$wanted" ]; then
        log "Installing vfx_widgets[$extra] in .venv (takes a minute or two the first time) …"
        .venv/bin/python -m pip install --quiet --disable-pip-version-check --editable ".[$extra]" >&2
        printf '%s\n' "$wanted" >"$stamp"
        if [ "$extra" = test ]; then printf '%s\n' "$wanted" >.venv/installed-docs; fi
        if [ "$extra" != demo ]; then printf '%s\n' "$wanted" >.venv/installed-demo; fi
    fi
    export PATH="$PWD/.venv/bin:$PATH"
}

# make_node_modules: installs the JavaScript tools of package-lock.json if needed and puts them on the PATH. Call
# make_venv test first: it installs node and npm, which come from PyPI.
make_node_modules() {
    local stamp=node_modules/installed-lock.json
    if ! cmp -s package-lock.json "$stamp"; then
        log "Installing the JavaScript tools in node_modules …"
        npm ci --loglevel=error --no-progress >/dev/null || fail "npm could not install the JavaScript tools; its \
message is above. Check the connection to the npm registry and run this again."
        cp package-lock.json "$stamp"
    fi
    export PATH="$PWD/node_modules/.bin:$PATH"
}

# isolate_environment: keeps the user's token out of what runs next, and its jobs out of the user's journal.
isolate_environment() {
    unset VFX_TOKEN
    VFX_WIDGETS_HOME=$(mktemp -d)
    export VFX_WIDGETS_HOME
    trap 'rm -rf "$VFX_WIDGETS_HOME"' EXIT
}
