#!/bin/sh
# SPDX-License-Identifier: MIT
# The power is cut everywhere in davit pull, on a model of the disk: davit starts, the app runs, nothing is lost for good.
#
# CUTS_LONG=1 tries more combinations of what is on the disk, runs the app more often, and cuts the pull after a kill too.
set -eu
# shellcheck source=lib/cuts.sh
. "$(dirname "$0")/lib/cuts.sh"
# shellcheck source=lib/registry.sh
. "$update/lib/registry.sh"

how="${CUTS_LONG:+-l }-e ${CUTS_LONG:-20}"
server=

cleanup() {
	[ -z "$server" ] || kill "$server"
	rm -rf "$WORK"
}

# A registry of its own is what names without a host mean, so that app:1 is what the store has already.
port=$(registry_port)
echo "registry = 127.0.0.1:$port" >"$WORK/etc/davit.conf"
chmod 644 "$WORK/etc/davit.conf"
python3 "$update/image_server.py" --port "$port" --log "$TMP/server.log" "app=$MADE/new" &
server=$!
registry_wait "$port" $server

store old old
for kill in '' ${CUTS_LONG:+-k}; do
	# shellcheck disable=SC2086 # lists of words
	"$CUTS" $how $kill -s 'prune -f' -a app:1 -r 'run app:1' pulling-the-next-version "$WORK/old" \
		-- "$DAVIT" pull -q app:1
done
