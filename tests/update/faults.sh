#!/bin/sh
# SPDX-License-Identifier: MIT
# Every system call of what davit does to its store fails, or is where it is killed: a clear line or success, and a whole store.
#
# CUTS_LONG=1: every kind of fault at every call of an update too.
set -eu
# shellcheck source=lib/cuts.sh
. "$(dirname "$0")/lib/cuts.sh"

kinds=ENOSPC,EIO,ENOMEM,EINTR,KILL,LAST
sweep='prune -f'

# try OPTION... NAME FOLDER -- COMMAND...: prints the results itself
try() {
	"$CUTS" -f "$kinds" -s "$sweep" "$@"
}

store empty
store old old
store both old
DAVIT_ROOT=$WORK/both/top/store "$DAVIT" tag app:1 app:kept
DAVIT_ROOT=$WORK/both/top/store "$DAVIT" load --quiet --input "$MADE/new"

try loading-a-first-image "$WORK/empty" -- "$DAVIT" load --input "$MADE/new"
try -a app:1 loading-the-next-version "$WORK/old" -- "$DAVIT" load --input "$MADE/new"
try -a app:1 naming-an-image "$WORK/old" -- "$DAVIT" tag app:1 host.example/team/app:stable
try -a app:kept removing-an-image "$WORK/both" -- "$DAVIT" rmi app:1

# What nobody needs, and a file half written.
store waste old
DAVIT_ROOT=$WORK/waste/top/store "$DAVIT" tag app:1 app:kept
DAVIT_ROOT=$WORK/waste/top/store "$DAVIT" load --quiet --input "$MADE/new"
DAVIT_ROOT=$WORK/waste/top/store "$DAVIT" rmi --no-prune app:1 >/dev/null
echo half >"$WORK/waste/top/store/new/0123456789abcdef"
try -a app:kept pruning "$WORK/waste" -- "$DAVIT" prune -f

store kept old
DAVIT_ROOT=$WORK/kept/top/store DAVIT_RUN_ROOT=$WORK/run "$DAVIT" run --name kept app:1 /bin/app write a b
try -a app:1 removing-what-an-app-wrote "$WORK/kept" -- "$DAVIT" rm kept

# A version that could not be launched is a failed one, so that only force tries it again.
[ -n "${CUTS_LONG-}" ] || kinds=turn,$kinds
live live
try -u live rolling-an-app-back "$WORK/live" -- "$DAVIT" rollback --quiet --healthy-after 0 live app:1
try -u live updating-an-app "$WORK/live" -- "$DAVIT" update --quiet --force --no-pull --healthy-after 0 live app:3
