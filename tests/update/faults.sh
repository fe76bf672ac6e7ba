#!/bin/sh
# SPDX-License-Identifier: MIT
# Every system call of what davit does to its store fails, or is where it is killed: a clear line or success, and a whole store.
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
