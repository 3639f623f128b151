# Read by the other scripts: goes to the top of the checkout and offers make_venv.
# shellcheck shell=bash

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

say() { printf -- '-- %s\n' "$*" >&2; }
fail() { printf 'scripts: %s\n' "$*" >&2; exit 1; }

# Runs a command as root where that needs no password; returns 1 where it cannot.
as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
        sudo -n "$@"
    else
        return 1
    fi
}

# Installs Debian packages; returns 1 where there is no apt, no right to use it, or no success.
apt_install() {
    local log
    command -v apt-get >/dev/null || return 1
    as_root true || return 1
    say "Installing $* with apt …"
    log=$(mktemp)
    if as_root apt-get update -qq >"$log" 2>&1 &&
        as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >>"$log" 2>&1
    then
        rm "$log"
    else
        cat "$log" >&2
        rm "$log"
        return 1
    fi
}

# Prints the first Python that is new enough. One named python3.x may be a stub that refuses to run, so each is tried.
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

# python_of VERSION prints a Python of exactly this version, like 3.13: on the PATH, or one that pyenv has.
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

# make_venv EXTRA: makes .venv where there is none and installs this checkout with the extra, unless that is done.
make_venv() {
    local extra=$1 python
    if ! .venv/bin/python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
        python=$(find_python) || fail "Python 3.11 or newer is needed, and none was found. Install one (on Debian and \
Ubuntu: apt install python3 python3-venv), or name one in VFX_PYTHON."
        if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
            # Debian ships these two apart from Python.
            local version
            version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
            apt_install "python$version-venv" || fail "$python cannot make a virtual environment. Install \
python$version-venv (as root: apt install python$version-venv) and run this again."
        fi
        say "Making .venv with $("$python" --version) …"
        rm -rf .venv
        "$python" -m venv .venv
    fi

    # Done means: installed from this place, with these requirements. The larger set of packages covers the smaller.
    local wanted stamp=.venv/installed-$extra
    wanted=$(pwd; .venv/bin/python -c 'import hashlib, pathlib
print(hashlib.sha256(pathlib.Path("pyproject.toml").read_bytes()).hexdigest())')
    if [ "$(cat "$stamp" 2>/dev/null)" != "$wanted" ]; then
        say "Installing vfx_widgets[$extra] into .venv (a minute or two, the first time) …"
        .venv/bin/python -m pip install --quiet --disable-pip-version-check --editable ".[$extra]" >&2
        printf '%s\n' "$wanted" >"$stamp"
        if [ "$extra" = test ]; then printf '%s\n' "$wanted" >.venv/installed-docs; fi
        if [ "$extra" != demo ]; then printf '%s\n' "$wanted" >.venv/installed-demo; fi
    fi
    export PATH="$PWD/.venv/bin:$PATH"
}

# make_node_modules: installs the JavaScript tools of package-lock.json, unless that is done. Needs make_venv test.
make_node_modules() {
    local stamp=node_modules/installed-lock.json
    if ! cmp -s package-lock.json "$stamp"; then
        say "Installing the JavaScript tools into node_modules …"
        npm ci --loglevel=error --no-progress >/dev/null || fail "npm could not install the JavaScript tools; its message is \
above. Check the connection to the npm registry and run this again."
        cp package-lock.json "$stamp"
    fi
    export PATH="$PWD/node_modules/.bin:$PATH"
}

# Keeps the user's token out of the tests, and the tests out of the user's journal.
isolate_environment() {
    unset VFX_TOKEN
    VFX_WIDGETS_HOME=$(mktemp -d)
    export VFX_WIDGETS_HOME
    trap 'rm -rf "$VFX_WIDGETS_HOME"' EXIT
}
