#!/bin/sh
# SPDX-License-Identifier: MIT
# All processes of an update are killed at their Nth change of a file, for every N: the app runs with its state, by itself or after davit start.
# shellcheck disable=SC2016 # what the shell inside expands
set -eu
# shellcheck source=lib/update.sh
. "$(dirname "$0")/lib/update.sh"
if ! command -v strace >/dev/null; then
	skip an-update-is-killed-at-every-change 'no strace'
	exit 0
fi

version 1
version 2 'HEALTHCHECK CMD true'
version bad 'CMD ["/bin/sh", "-c", "rm -rf /data; exit 1"]'
"$DAVIT" run -d --name web app:1 >/dev/null
"$DAVIT" exec web sh -c 'mkdir /data; echo x >/data/1; echo y >/data/2'
calls=fsync,renameat,unlinkat,syncfs,mkdirat

# killed_at N TAG: sets kills
killed_at() {
	rm -f trace
	strace -f -o trace -e trace=$calls -e "inject=$calls:signal=KILL:when=$1" \
		"$DAVIT" update --force --no-pull --state snapshot web "app:$2" >update.out 2>&1 &
	tracer=$!
	# What was launched in the background goes on, and strace with it.
	i=0
	while [ $i -lt 250 ] && ! [ -s trace ] && ! pgrep -P $tracer -f ' update --force' >/dev/null; do
		sleep 0.02
		i=$((i + 1))
	done
	i=0
	while [ $i -lt 120 ] && pgrep -P $tracer -f ' update --force' >/dev/null; do
		sleep 0.1
		i=$((i + 1))
	done
	kill -KILL $tracer 2>/dev/null || :
	wait $tracer 2>/dev/null || :
	kills=$(grep -c 'killed by SIGKILL' trace || :)
}

n=0 points=0 wrong=0
while [ $n -lt 40 ]; do
	n=$((n + 1))
	for tag in bad 2; do
		killed_at $n $tag
		[ "$kills" -eq 0 ] || points=$((points + 1))
		"$DAVIT" start web >/dev/null 2>start.err || wrong=$((wrong + 1))
		now=$(runs web)
		seen="$now $("$DAVIT" exec web sh -c 'cat /data/*' 2>&1 | tr '\n' ' ')$("$DAVIT" ps -aq | wc -l)"
		case $seen in
		'1 x y 1') ;;
		'2 x y 1')
			[ "$tag" = 2 ] || fail "at-$n-$tag" "$seen"
			"$DAVIT" rollback -q --force --healthy-after 0 web >/dev/null 2>&1 ||
				"$DAVIT" update -q --force --no-pull --healthy-after 0 web app:1 >/dev/null
			;;
		*) fail "at-$n-$tag" "$seen, $(cat start.err)"; break 2 ;;
		esac
	done
done
same killed-at-any-change-the-app-is-started 0 $wrong
if [ $points -ge 40 ]; then
	pass "killed-at-$points-points-the-app-runs-with-its-state"
else
	fail killed-at-many-points "only $points"
fi
"$DAVIT" prune -f -a >/dev/null
same nothing-is-left-behind '' "$(find root/snapshots root/new -name '.new*' -o -name '.replaced' 2>/dev/null)"
