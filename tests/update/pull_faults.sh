#!/bin/sh
# SPDX-License-Identifier: MIT
# Every system call of davit pull fails, or is where a process of it is killed: a clear line or success, and a whole store.
#
# CUTS_LONG=1: every kind of fault at every call, in place of another one at each.
set -eu
# shellcheck source=lib/cuts.sh
. "$(dirname "$0")/lib/cuts.sh"
# shellcheck source=lib/registry.sh
. "$update/lib/registry.sh"

# A registry of its own is what names without a host mean, so that app:1 is what the store has already.
port=$(registry_port)
echo "registry = 127.0.0.1:$port" >"$WORK/etc/davit.conf"
chmod 644 "$WORK/etc/davit.conf"
python3 "$update/image_server.py" --port "$port" --log "$TMP/server.log" "app=$MADE/new" &
server=$!
registry_wait "$port" $server

store empty
store old old
"$CUTS" -f "$turning" -s 'prune -f' -a app:1 pulling-the-next-version "$WORK/old" -- "$DAVIT" pull -q app:1
"$CUTS" -f "$turning" -s 'prune -f' pulling-a-first-image "$WORK/empty" -- "$DAVIT" pull -q app:1
