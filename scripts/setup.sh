#!/usr/bin/env bash
# Everything the project needs to run: the system's libraries, and .venv with what requirements.txt pins.
#
#     make setup                               or  bash scripts/setup.sh
#     make setup PYTHON=/path/to/python3.12    or  PYTHON=/path/to/python3.12 bash scripts/setup.sh
#
# Call it as often as you like: it looks first, and does only what is missing. Apart from the system's
# packages and uv's cache of downloads it writes nothing outside of this folder. Plain enough for the bash 3.2
# of macOS.
set -euo pipefail
cd "$(dirname "$0")/.."

# What must load, or be there to call | its Debian package, the newer name first | what it is for
needs='
ensurepip             | pythonX.Y-venv               | .venv (Debian keeps it apart from Python)
Xvfb                  | xvfb                         | the windows of tests, and of machines without a display
libGL.so.1            | libgl1                       | windows
libGLU.so.1           | libglu1-mesa                 | windows
libfontconfig.so.1    | libfontconfig1               | text
libjack.so.0          | libjack-jackd2-0             | exact key times (PsychoPy falls back without a word)
libasound.so.2        | libasound2t64 libasound2     | exact key times
libEGL.so.1           | libegl1                      | dialogs, as all below
libglib-2.0.so.0      | libglib2.0-0t64 libglib2.0-0 |
libdbus-1.so.3        | libdbus-1-3                  |
libxkbcommon-x11.so.0 | libxkbcommon-x11-0           |
libxcb-cursor.so.0    | libxcb-cursor0               |
libxcb-icccm.so.4     | libxcb-icccm4                |
libxcb-keysyms.so.1   | libxcb-keysyms1              |
libxcb-shape.so.0     | libxcb-shape0                |
'

say() { printf 'setup: %s\n' "$*" >&2; }
stop() {
    say "$@"
    exit 1
}
first_words() { cut -d' ' -f1 <<<"$1" | paste -sd' ' -; } # of each line
has() { command -v "$1" >/dev/null 2>&1; }
quietly() { # shows what a command printed only if it failed
    local printed
    printed=$("$@" 2>&1) || {
        printf '%s\n' "$printed" >&2
        return 1
    }
}

# ---- Python ------------------------------------------------------------------------------------------------

# Version, processor, and the Python itself: of a virtual environment's the one beneath it, because an
# activated .venv is first on the PATH and must not be asked to make itself.
about_python() {
    "$1" -I -c 'import platform, sys
print("%d.%d" % sys.version_info[:2], platform.machine(), sys._base_executable)' 2>/dev/null
}

fits() {
    case "$1" in
    "3.11 "* | "3.12 "*) ;;
    *) return 1 ;;
    esac
}

# Sound, if its Python is still there, fits, and is the one asked for, and if it was made in this very folder:
# one that was moved looks whole, but its commands call the old place.
venv_is_sound() {
    local asked
    about=$(about_python .venv/bin/python) && fits "$about" || return 1
    if [ -n "${PYTHON:-}" ]; then
        asked=$(about_python "$PYTHON") && [ "${about#* * }" -ef "${asked#* * }" ] || return 1
    fi
    grep -qF "$PWD/.venv" .venv/bin/activate && .venv/bin/uv --version >/dev/null 2>&1
}

find_python() { # sets about
    local names=(python3.11 python3.12 python3) name path others=""
    [ -z "${PYTHON:-}" ] || names=("$PYTHON")
    for name in "${names[@]}"; do
        # All that the PATH has of a name, not only the first: version managers put stand-ins there that just
        # complain.
        while IFS= read -r path; do
            about=$(about_python "$path") || continue
            ! fits "$about" || return 0
            case "$others" in *" ${about%% *} "*) ;; *) others="$others ${about%% *} ($path)" ;; esac
        done < <(type -aP "$name")
    done
    [ -z "${PYTHON:-}" ] || stop "PYTHON=$PYTHON is not a Python 3.11 or 3.12.${others:+ Found:$others.}"
    say "PsychoPy runs on Python 3.11 and 3.12 only. Found:${others:- none}."
    say "Install Python 3.11 or 3.12 next to what is there (from the distribution, pyenv or conda;"
    say "nothing has to be removed), and call this again. If it lies in a place of its own, name it:"
    stop "    make setup PYTHON=/path/to/python3.11"
}

# ---- The system's libraries (Linux) ------------------------------------------------------------------------

# The lines of $needs that are not met. To load a library is the question itself: whatever the distribution,
# this Python either finds it or does not.
unmet() {
    "$python" -I -c '
import ctypes, importlib.util, shutil, sys

def met(name):
    if name == "ensurepip":
        return importlib.util.find_spec(name)
    if name == "Xvfb":
        return shutil.which(name)
    try:
        return ctypes.CDLL(name)
    except OSError:
        return None

for line in sys.argv[1].strip().splitlines():
    if not met(line.split()[0]):
        print(line)
' "${needs//X.Y/$version}"
}

# For each unmet need, the package as this release calls it: names have changed (t64, in 2024).
debian_packages() {
    local candidates name known
    while IFS='|' read -r _ candidates _; do
        known=""
        for name in $candidates; do
            if LC_ALL=C apt-cache policy "$name" 2>/dev/null | grep -q 'Candidate: [^(]'; then
                known=${known:-$name}
            fi
        done
        echo "${known:-$name}"
    done <<<"$lacking" | paste -sd' ' -
}

# RPM knows a package by any library or file in it.
rpm_packages() {
    local name
    while read -r name _; do
        case "$name" in
        lib*) echo "'$name()(64bit)'" ;;
        Xvfb) echo "/usr/bin/Xvfb" ;;
        esac
    done <<<"$lacking" | paste -sd' ' -
}

install_with_apt() {
    local as_root=(env DEBIAN_FRONTEND=noninteractive)
    [ "$(id -u)" = 0 ] || as_root=(sudo -n "${as_root[@]}") # -n: it must not ask, with nobody there
    "${as_root[@]}" true 2>/dev/null || return 0
    say "installing with apt-get what this system lacks: $(first_words "$lacking")"
    # A foreign source that is out of order must not keep us from the distribution's own.
    quietly "${as_root[@]}" apt-get update || say "apt-get update complained (above); going on all the same"
    # shellcheck disable=SC2046 # one word per package
    quietly "${as_root[@]}" apt-get -o DPkg::Lock::Timeout=300 install -y --no-install-recommends \
        $(debian_packages) || say "apt-get install failed (above)"
}

meet_needs() { # leaves in lacking what could not be met, and in to_type how a person can
    lacking=$(unmet)
    [ -n "$lacking" ] || return 0
    if has apt-get; then
        install_with_apt
        lacking=$(unmet)
        [ -n "$lacking" ] || return 0
        to_type="sudo apt-get update && sudo apt-get install $(debian_packages)"
    elif has dnf; then
        to_type="sudo dnf install $(rpm_packages)"
    elif has zypper; then
        to_type="sudo zypper install $(rpm_packages)"
    else
        to_type="(what installs packages here) $(debian_packages)    (Debian's names; yours may differ)"
    fi
}

# ---- .venv -------------------------------------------------------------------------------------------------

make_venv() {
    say "making .venv with Python $version ($python)"
    rm -rf .venv
    quietly "$python" -m venv .venv || stop "this Python could not make it (the reason is above)."
    # uv installs the rest, in seconds. It comes from its own entry in requirements.txt, hashes and all.
    quietly .venv/bin/python -m pip install --require-hashes -r <(awk '/^uv==/, !/\\$/' requirements.txt) ||
        stop "uv could not be installed (the reason is above). Once that is cured, call this again."
}

# Wheels only: without one for this system it should say so now, not fail in the middle of a compilation.
sync() {
    .venv/bin/uv pip sync --python .venv/bin/python --require-hashes --no-build "$@" requirements.txt
}

install_pinned() {
    # When all is there this takes a tenth of a second and no network: an MRI suite may have none.
    if cmp -s requirements.txt .venv/requirements.txt && sync --offline --quiet 2>/dev/null; then
        return
    fi
    say "installing what requirements.txt pins (the first time, about 550 MB to download)"
    # Compiled now, so that no first run stutters while it imports.
    if [ -t 2 ]; then sync --compile-bytecode; else sync --compile-bytecode --quiet; fi ||
        stop "this did not work (the reason is above). Once that is cured, call this again."
    cp requirements.txt .venv/requirements.txt
}

# ---- All of it ---------------------------------------------------------------------------------------------

case "$(uname -s)" in
MINGW* | MSYS* | CYGWIN*)
    say "on Windows, in this folder, type instead (with 3.11: one of PsychoPy's parts has no 3.12 there):"
    say "    py -3.11 -m venv .venv"
    stop "    .venv\\Scripts\\python -m pip install --require-hashes -r requirements.txt"
    ;;
esac

about="" lacking="" to_type=""
venv_is_sound || find_python
version=${about%% *}
python=${about#* * }
case "$(uname -s) $about" in
"Linux 3.1"?" x86_64 "* | Darwin*) ;;
*) stop "PsychoPy's keyboard (psychtoolbox) is made for x86_64 only on Linux; this is $(uname -sm)." ;;
esac

[ "$(uname -s)" != Linux ] || meet_needs
case "$lacking" in
ensurepip*) ;; # no .venv without it
*)
    venv_is_sound || make_venv
    install_pinned
    ;;
esac
if [ -n "$lacking" ]; then
    say "this system lacks: $(first_words "$lacking")"
    say "It takes an administrator to install them. Type this line, then call this again:"
    printf '\n    %s\n\n' "$to_type" >&2
    exit 1
fi
say "everything is in place (.venv, Python $version)"
