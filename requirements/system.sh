#!/usr/bin/env bash
# Sees to what Fieldproof needs of the system: Python 3.11 or newer with venv, PostgreSQL 14 or newer with PostGIS.
# Installs what is missing with apt-get (by sudo, unless root) or Homebrew, and prints the path of the Python to use.
# With --for-tests also to Dovecot, which the tests of the mail door start by themselves, and to Chromium, in which
# those of the console look at its pages (FIELDPROOF_TEST_CHROMIUM=/path/to/chromium names another).
# Everything else that it says goes to standard error.
set -eEuo pipefail
trap 'echo "setup: stopped at line $LINENO of requirements/system.sh" >&2' ERR
cd "$(dirname "$0")/.."

say() { echo "setup: $*" >&2; }
give_up() {
    say "$*"
    exit 1
}

is_root() { [ "$(id -u)" -eq 0 ]; }

ask_for_root() { # once, before the first command that needs it, and where sudo's question can be seen
    if is_root || [ -n "${asked_for_root:-}" ]; then return; fi
    if command -v sudo >/dev/null && { sudo -n true 2>/dev/null || sudo -v; }; then
        asked_for_root=yes
    else
        say "packages of the system are missing, and $(id -un) may not install them"
        give_up "let root run this once, then try again: $PWD/requirements/system.sh"
    fi
}

as_root() {
    if is_root; then "$@"; else sudo "$@"; fi
}

apt() { # quiet, unless it fails
    local log status=0
    ask_for_root
    log=$(mktemp)
    as_root env DEBIAN_FRONTEND=noninteractive NEEDRESTART_MODE=l apt-get --yes --quiet=2 \
        -o DPkg::Lock::Timeout=300 -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold \
        --no-install-recommends "$@" </dev/null >"$log" 2>&1 || status=$?
    [ "$status" -eq 0 ] || tail -n 30 "$log" >&2
    rm -f "$log"
    return "$status"
}

apt_knows() { # no pipe: grep -q closes it at the first match, and apt-cache then fails for want of a reader
    grep -q 'Candidate: [0-9]' <<<"$(apt-cache policy "$1" 2>/dev/null)"
}

apt_install() { # refreshes the package lists only where they do not have the package, or what they have is gone
    say "installing $* with apt-get"
    for package in "$@"; do
        apt_knows "$package" || { apt update && break; }
    done
    apt install "$@" || { apt update && apt install "$@"; }
}

find_python() { requirements/python.sh; }

has_postgresql() { # the same search that the private cluster makes
    "$1" -B -c 'from app.ground.private_cluster.postgres_binaries import installed_versions as found; raise SystemExit(not any(v.has_postgis for v in found()))'
}

# The project uses a cluster of its own: the package must not start one on port 5432 when it is first installed.
no_default_cluster() {
    local file=/etc/postgresql-common/createcluster.conf
    if [ "$(dpkg-query --show --showformat='${db:Status-Status}' postgresql-common 2>/dev/null)" != installed ] && [ ! -e "$file" ]; then
        ask_for_root
        say "$file: create_main_cluster = false (so that installing PostgreSQL starts no server)"
        as_root mkdir -p "$(dirname "$file")"
        echo "create_main_cluster = false" | as_root tee "$file" >/dev/null
    fi
}

newest_installed_major() {
    local server
    for server in /usr/lib/postgresql/*/bin/postgres; do
        if [ -x "$server" ]; then basename "${server%/bin/postgres}"; fi
    done | sort -n | tail -n 1
}

install_postgresql() {
    local major
    if command -v apt-get >/dev/null; then
        major=$(newest_installed_major)
        if [ -z "$major" ] || [ "$major" -lt 14 ]; then
            apt_knows postgresql || apt update
            major=$(sed -n '/^ *Depends: postgresql-[0-9]*$/{s/.*-//p;q}' <<<"$(apt-cache depends postgresql)")
            [ -n "$major" ] || give_up "apt-get offers no postgresql package"
        fi
        no_default_cluster
        apt_install "postgresql-$major" "postgresql-$major-postgis-3" "postgresql-$major-postgis-3-scripts"
    elif command -v brew >/dev/null; then
        say "installing PostGIS with Homebrew, which brings its PostgreSQL"
        brew install --quiet postgis </dev/null >&2
    else
        give_up "install PostgreSQL 14 or newer with PostGIS, then run this again"
    fi
}

has_dovecot() { # the same search that the tests make
    PATH="$PATH:/usr/sbin:/usr/local/sbin" command -v dovecot >/dev/null
}

# The tests start a server of their own: the package must not start one on port 143 when it is installed.
install_dovecot() {
    local policy=/usr/sbin/policy-rc.d
    command -v apt-get >/dev/null || give_up "install Dovecot (2.3 or 2.4) with IMAP, then run this again"
    if [ ! -e "$policy" ] && [ ! -L "$policy" ]; then
        ask_for_root
        say "$policy: denies starting services while Dovecot is installed"
        printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
        as_root chmod 755 "$policy"
        trap 'as_root rm -f '"$policy" EXIT
    fi
    apt_install dovecot-imapd
    if command -v systemctl >/dev/null; then # nor at the next boot
        as_root systemctl disable --quiet dovecot.service dovecot.socket 2>/dev/null || say "could not disable dovecot.service"
    fi
}

find_chromium() { # the same search that the tests make; where there is none it says what to install
    "$1" -B -P tests/browsers.py 2>&1
}

# Pages have Greek and Cyrillic names: fonts for them come along. Debian also has it without a window, which works half as
# much for the same pages. Ubuntu's package is a stub for a snap: not that.
install_chromium() {
    command -v apt-get >/dev/null || return 0
    apt_knows chromium || apt update
    if apt_knows chromium-headless-shell; then
        apt_install chromium-headless-shell fonts-dejavu-core
    elif apt_knows chromium && ! grep -q 'Candidate: .*snap' <<<"$(apt-cache policy chromium)"; then
        apt_install chromium fonts-dejavu-core
    fi
}

if ! python=$(find_python); then
    command -v apt-get >/dev/null || give_up "install Python 3.11 or newer, or name one: make PYTHON=/path/to/python"
    apt_knows python3 || apt update
    for version in 3 3.13 3.12 3.11; do
        if apt_knows "python$version-venv" && apt_install "python$version" "python$version-venv" && python=$(find_python); then
            break
        fi
    done
    [ -n "$python" ] || give_up "no Python 3.11 or newer in apt-get's packages: install one, or name it: make PYTHON=/path/to/python"
fi

if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
    command -v apt-get >/dev/null || give_up "$python cannot make virtual environments (ensurepip is missing)"
    apt_install "$("$python" -c 'import sys; print(f"python3.{sys.version_info.minor}-venv")')"
fi

has_postgresql "$python" || install_postgresql
has_postgresql "$python" || give_up "PostgreSQL with PostGIS was installed, but is in none of the places that app/ground/private_cluster/postgres_binaries.py knows"
if [ "${1:-}" = --for-tests ] && ! has_dovecot; then
    install_dovecot
    has_dovecot || give_up "Dovecot was installed, but is not on the PATH"
fi
if [ "${1:-}" = --for-tests ] && ! find_chromium "$python" >/dev/null; then
    [ -n "${FIELDPROOF_TEST_CHROMIUM:-}" ] || install_chromium
    answer=$(find_chromium "$python") || give_up "the tests need a browser: $answer"
fi
echo "$python"
