#!/bin/sh
# SPDX-License-Identifier: MIT
# The power is cut everywhere in what davit does to its store, on a model of the disk: davit starts, the app runs, nothing is lost.
#
# CUTS_LONG=1 tries more combinations of what is on the disk, and runs the app more often.
set -eu
# shellcheck source=lib/cuts.sh
. "$(dirname "$0")/lib/cuts.sh"

how="${CUTS_LONG:+-l }-e ${CUTS_LONG:-20}"
sweep='prune -f'
total=0

# cut OPTION... NAME FOLDER -- COMMAND...: prints the results itself
cut() {
	# shellcheck disable=SC2086 # a list of words
	"$CUTS" $how -s "$sweep" "$@" >"$TMP/cuts"
	cat "$TMP/cuts"
	cuts=$(sed -n 's/^cuts //p' "$TMP/cuts")
	total=$((total + ${cuts:-0}))
}

# both OPTION... NAME FOLDER -- COMMAND...: the power is cut in it, and in the next one after it was killed
both() {
	cut "$@"
	cut -k "$@"
}

# deep OPTION... NAME FOLDER -- COMMAND...: where that takes minutes, only with CUTS_LONG
deep() {
	cut "$@"
	[ -z "${CUTS_LONG-}" ] || cut -k "$@"
}

store empty
store old old
store both old
DAVIT_ROOT=$WORK/both/top/store "$DAVIT" tag app:1 app:kept
DAVIT_ROOT=$WORK/both/top/store "$DAVIT" load --quiet --input "$MADE/new"

# What nobody needs, and a file half written.
cp -a "$WORK/both" "$WORK/waste"
DAVIT_ROOT=$WORK/waste/top/store "$DAVIT" rmi --no-prune app:1 >/dev/null
echo half >"$WORK/waste/top/store/new/0123456789abcdef"

cut loading-a-first-image "$WORK/empty" -- "$DAVIT" load --input "$MADE/new"
both -a app:1 -r 'run app:1' loading-the-next-version "$WORK/old" -- "$DAVIT" load --input "$MADE/new"
both -a app:1 -r 'run app:1' naming-an-image "$WORK/old" -- "$DAVIT" tag app:1 host.example/team/app:stable
both -a app:kept -r 'run app:kept' removing-an-image "$WORK/both" -- "$DAVIT" rmi -f app:1

both -a app:kept -r 'run app:kept' pruning "$WORK/waste" -- "$DAVIT" prune -f

# Where only signed images run, a new one needs its signature from its first moment.
store signed signed-old
mkdir "$WORK/etc/keys"
cp "$MADE/key.pub" "$WORK/etc/keys"
echo 'verify = signed' >"$WORK/etc/davit.conf"
deep -a app:1 loading-a-signed-image "$WORK/signed" -- "$DAVIT" load --input "$MADE/signed-new"
# Not after a kill: a launch that finds the floor as it should be needs no fsync.
cut -a app:1 raising-the-version-floor "$WORK/signed" -- "$DAVIT" run app:1
rm "$WORK/etc/davit.conf"

# What an app keeps.
both -a app:1 keeping-what-an-app-writes "$WORK/old" -- "$DAVIT" run --name kept app:1
store kept old
DAVIT_ROOT=$WORK/kept/top/store DAVIT_RUN_ROOT=$WORK/run "$DAVIT" run --name kept app:1 /bin/app write a b
DAVIT_ROOT=$WORK/kept/top/store DAVIT_RUN_ROOT=$WORK/run "$DAVIT" run --name other app:1 /bin/app write c
cut -a app:1 removing-what-an-app-wrote "$WORK/kept" -- "$DAVIT" rm kept

# --- from a registry -----------------------------------------------------------------------------------

if command -v python3 >/dev/null; then
	server_start plain app="$MADE/new"
	SERVER=127.0.0.1:${SERVER#*:} # needs no name server
	store pulled
	mkdir -p "$WORK/pulled/top"
	DAVIT_ROOT=$WORK/pulled/top/store "$DAVIT" load --quiet --input "$MADE/old" --tag "$SERVER/app:1"
	store empty-pulled
	cut pulling-a-first-image "$WORK/empty-pulled" -- "$DAVIT" pull --quiet "$SERVER/app:1"
	deep -a "$SERVER/app:1" -r "run $SERVER/app:1" pulling-the-next-version "$WORK/pulled" -- \
		"$DAVIT" pull --quiet "$SERVER/app:1"
else
	skip pulls-survive-every-power-cut 'no python3'
fi

# --- versions of an app --------------------------------------------------------------------------------

live live
both -u live updating-an-app "$WORK/live" -- "$DAVIT" update --quiet --no-pull --healthy-after 0 live app:3
cut -u live rolling-an-app-back "$WORK/live" -- "$DAVIT" rollback --quiet --healthy-after 0 live app:1
few=12
[ -z "${CUTS_LONG-}" ] || few=1
cut -n $few -u live updating-an-app-with-a-snapshot "$WORK/live" -- \
	"$DAVIT" update --quiet --no-pull --state snapshot --healthy-after 0 live app:3

echo "	$total distinct cuts"
check at-least-2000-distinct-cuts test "$total" -ge 2000
