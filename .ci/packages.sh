#!/bin/sh
# The real servers of the tests, from Debian's packages where that is possible; what is missing is said, never an error.
set -eu
cd "$(dirname "$0")/.."
. .ci/steps.sh

export DEBIAN_FRONTEND=noninteractive

there() {
    case $1 in
    dovecot-imapd) [ -x /usr/lib/dovecot/imap ] ;;
    postfix) [ -x /usr/sbin/postfix ] ;;
    postgresql) ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || command -v initdb >/dev/null ;;
    chromium) command -v chromium >/dev/null || command -v chromium-browser >/dev/null ;;
    esac
}

# as_root COMMAND...: with sudo only where it asks for no password.
as_root() {
    if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo -n --preserve-env=DEBIAN_FRONTEND "$@"; fi
}

apt() { as_root apt-get -qq -o Acquire::Retries=1 -o Acquire::http::Timeout=20 -o DPkg::Lock::Timeout=60 "$@"; }

# Package lists are fetched only when the ones at hand were not enough.
install() { apt install -y --no-install-recommends "$1" || { apt update && apt install -y --no-install-recommends "$1"; }; }

may_install() { command -v apt-get >/dev/null && as_root true 2>/dev/null; }

for package in dovecot-imapd postfix postgresql chromium; do
    if there "$package"; then continue; fi
    if may_install; then
        step "test servers: installing $package" install "$package" || say "test servers: going on without $package"
    else
        say "test servers: $package is missing; its tests need it (apt-get install $package)"
    fi
done
