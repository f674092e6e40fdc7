#!/bin/sh
# Installs what the tests need from the system: the servers of PostgreSQL, MariaDB, Redis, RabbitMQ and SSH (the tests start their own), SoftHSM2, GnuPG, a keyring,
# the toolchains of Go and Java, a browser, and npm, which brings the judge of SARIF reports, the AWS SDK for JavaScript, and a validator with GitHub's API description.
# As root on Debian it uses apt-get; elsewhere it says what is missing. `servers.sh venv` installs Python's venv.
set -eu

install() {
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        echo "installing: $*" >&2
        apt-get update -q >/dev/null
        DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$@" >/dev/null
    else
        echo "missing: $* (install with your package manager, then run again)" >&2
        exit 2
    fi
}

if [ "${1:-}" = venv ]; then
    install python3-venv
    exit 0
fi

command -v git >/dev/null || install git
if ! ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 && ! command -v initdb >/dev/null; then
    install postgresql
fi
if ! command -v mariadbd >/dev/null && ! [ -x /usr/sbin/mariadbd ]; then
    install mariadb-server-core mariadb-client-core
fi
command -v gpg >/dev/null || install gnupg
command -v softhsm2-util >/dev/null || install softhsm2
command -v gnome-keyring-daemon >/dev/null || install gnome-keyring dbus
command -v systemd-analyze >/dev/null || install systemd
if ! command -v sshd >/dev/null && ! [ -x /usr/sbin/sshd ]; then
    install openssh-server
fi
ls /usr/lib/rabbitmq/lib/*/sbin/rabbitmq-server >/dev/null 2>&1 || install rabbitmq-server
command -v redis-server >/dev/null || install redis-server
command -v npm >/dev/null || install npm
command -v go >/dev/null || install golang-go
command -v javac >/dev/null || install default-jdk-headless
if ! command -v chromium >/dev/null || ! command -v chromedriver >/dev/null; then
    install chromium chromium-driver fonts-dejavu-core
fi
