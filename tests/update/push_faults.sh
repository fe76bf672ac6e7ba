#!/bin/sh
# SPDX-License-Identifier: MIT
# Every system call of davit push fails, or is where it is killed: a clear line or success, and the store is what it was.
#
# CUTS_LONG=1: every kind of fault at every call, in place of another one at each.
set -eu
# shellcheck source=lib/cuts.sh
. "$(dirname "$0")/lib/cuts.sh"

port=$(registry_port)
python3 "$update/small_registry.py" "$port" 0 0 "$TMP/server.log" forget 2>/dev/null &
server=$!
registry_wait "$port" $server

store old old
DAVIT_ROOT=$WORK/old/top/store "$DAVIT" tag app:1 "127.0.0.1:$port/web:1"
"$CUTS" -f "$turning" -s 'prune -f' -a app:1 pushing-an-image "$WORK/old" -- "$DAVIT" push -q "127.0.0.1:$port/web:1"
check it-was-pushed-whole grep -q '^PUT /v2/web/manifests/1 [1-9][0-9]* 201' "$TMP/server.log"
