#!/bin/sh
# Copies into a folder what the image of one service may hold: `pick.sh SERVICE FOLDER`.
set -eu
service=$1
folder=$2

if [ ! -f "services/$service/__init__.py" ]; then
    echo "pick: there is no service '$service'" >&2
    exit 2
fi
mkdir -p "$folder"
if [ "$service" = cli ]; then
    # Its commands read the migrations and the reactions of every deputy; the door has neither.
    cp -R services "$folder/services"
    rm -r "$folder/services/gateway"
else
    mkdir "$folder/services"
    cp services/__init__.py "$folder/services/"
    for each in chassis documents handover messages process "$service"; do
        cp -R "services/$each" "$folder/services/"
    done
fi
