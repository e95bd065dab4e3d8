#!/bin/sh
# The platform in containers: `infra/docker/run.sh up | down | status`, after `make setup`.
# `observability=1` starts Jaeger and Prometheus, too; `partner=1` a ministry.
set -eu
cd "$(dirname "$0")/../.."
python=.venv/bin/python
folder=.estafet-compose

say() { echo "run: $*" >&2; }

if ! docker compose version >/dev/null 2>&1; then
    say "there is no Docker with its compose plugin here; \`make up\` needs neither"
    exit 2
fi
if ! docker info >/dev/null 2>&1; then
    say "Docker is here, but its engine does not answer; \`make up\` needs none"
    exit 2
fi
if [ ! -x "$python" ]; then
    say "\`make setup\` first: the secrets are made by the tools of this checkout"
    exit 2
fi

# The user as whom the containers run and to whom secrets and data belong: never root.
if [ "$(id -u)" = 0 ]; then
    ESTAFET_UID=10001
    given="--uid $ESTAFET_UID"
else
    ESTAFET_UID=$(id -u)
    given=
fi
export ESTAFET_UID
profiles="--profile core"
if [ -n "${observability:-}" ]; then
    profiles="$profiles --profile observability"
    export ESTAFET_OTLP_ENDPOINT=http://jaeger:4318
fi

if [ -n "${partner:-}" ]; then
    profiles="$profiles --profile partner"
fi

case "${1:-}" in
up)
    # shellcheck disable=SC2086 # words on purpose, here and below
    "$python" -m infra.docker.files "$folder" $given
    docker compose $profiles build
    docker compose $profiles up --detach
    docker compose $profiles ps --all
    say "the page: http://127.0.0.1:18080/ · tokens: http://127.0.0.1:18090/token"
    ;;
down)
    docker compose --profile core --profile observability --profile partner down --remove-orphans
    say "the data stay in $folder"
    ;;
status)
    docker compose $profiles ps --all
    ;;
*)
    say "up, down or status?"
    exit 2
    ;;
esac
