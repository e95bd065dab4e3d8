#!/bin/sh
# Makes .venv with the first Python that fits. Said in full, because this is where newcomers stop.
set -eu

for python in "${PYTHON:-python3.11}" python3 python; do
    if "$python" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' 2>/dev/null; then
        if ! "$python" -c 'import venv, ensurepip' 2>/dev/null; then
            echo "setup: $python has no venv module; on Debian or Ubuntu: apt install python3.11-venv" >&2
            exit 1
        fi
        echo "setup: making .venv with $("$python" --version)"
        exec "$python" -m venv .venv
    fi
done
echo "setup: Python 3.11 is needed; PYTHON=/path/to/python3.11 make setup names one." >&2
echo "setup: found $(python3 --version 2>&1 || echo 'no python3')" >&2
exit 1
