#!/bin/sh
# SPDX-License-Identifier: MIT
# What an app keeps is copied before a new version runs, and comes back when that fails or on rollback.
# shellcheck disable=SC2016 # what the shell inside expands
set -eu
# shellcheck source=lib/update.sh
. "$(dirname "$0")/lib/update.sh"

version 1
version 2
version bad 'CMD ["/bin/sh", "-c", "echo ruined >/state; rm -rf /data; exit 1"]'
update() {
	"$DAVIT" update -q --no-pull --healthy-after 1 "$@"
}
# What the app has kept, in every respect but the time of the last change of its inodes, that of /run and the like.
look() {
	python3 - <<-'END'
		import hashlib, os, stat
		top = 'root/apps/web/upper'
		for where, folders, files in sorted(os.walk(top)):
		    for name in sorted(folders + files) + ['.']:
		        path = os.path.join(where, name)
		        facts = os.lstat(path)
		        if name == 'state' or facts.st_nlink == 0:
		            continue
		        kind = stat.S_IFMT(facts.st_mode)
		        more = os.readlink(path) if kind == stat.S_IFLNK else ''
		        if kind == stat.S_IFREG:
		            more = hashlib.sha256(open(path, 'rb').read()).hexdigest()
		        attributes = [(key, os.getxattr(path, key, follow_symlinks=False))
		                      for key in sorted(os.listxattr(path, follow_symlinks=False))
		                      if key not in ('trusted.overlay.origin', 'trusted.overlay.impure', 'trusted.overlay.uuid')]
		        print(path, oct(facts.st_mode), facts.st_uid, facts.st_gid, facts.st_rdev, more, attributes,
		              facts.st_nlink if kind == stat.S_IFREG else '', facts.st_size if kind != stat.S_IFDIR else '',
		              facts.st_mtime_ns if where != top else '')
	END
}

"$DAVIT" run -d --name web app:1 >/dev/null
"$DAVIT" exec web sh -c 'mkdir -p /data/deep/er && echo secret >/data/file && ln /data/file /data/second &&
	ln -s /nowhere /data/link && chmod 4751 /data/file && chown 7:8 /data/deep && mkfifo /data/fifo &&
	touch -d 2020-01-01 /data/old && mkdir /.davit-links && echo mine >/.davit-links/1 && ln /data/file /third && rm /bin/vi && rm -rf /tmp/x && echo x >/data/deep/er/x && chmod 1777 /data/deep/er &&
	dd if=/dev/zero of=/data/sparse bs=1 count=1 seek=20000000 2>/dev/null'
"$DAVIT" stop web >/dev/null
look >before
"$DAVIT" start web >/dev/null
writes web 2
ends a-version-that-ruins-the-state-fails 1 update --state snapshot web app:bad
same the-old-one-runs 1 "$(runs web)"
writes web 3
same the-state-is-there-again '1 1 1' "$("$DAVIT" exec web cat /state | tr '\n' ' ' | sed 's/ $//')"
"$DAVIT" stop web >/dev/null
look >after
if cmp -s before after; then
	pass with-owners-modes-times-links-whiteouts-and-attributes
else
	fail with-owners-modes-times-links-whiteouts-and-attributes "$(diff before after)"
fi
same holes-stay-holes yes "$([ "$(du -k root/apps/web/upper/data/sparse | cut -f 1)" -lt 1000 ] && echo yes)"
same no-snapshot-is-left 0 "$(find root/snapshots -mindepth 2 | wc -l)"
"$DAVIT" start web >/dev/null

ends a-version-that-is-healthy-keeps-the-state 0 update --state snapshot web app:2
"$DAVIT" exec web sh -c 'echo changed >/data/file'
same a-snapshot-of-the-version-before-stays 1 "$(find root/snapshots/web -mindepth 1 -maxdepth 1 | wc -l)"
check it-goes-back "$DAVIT" rollback -q --healthy-after 1 web
same to-the-state-that-it-had secret "$("$DAVIT" exec web cat /data/file)"
check and-forth "$DAVIT" rollback -q --healthy-after 1 web
same to-the-state-of-that changed "$("$DAVIT" exec web cat /data/file)"
ends without-snapshots-the-state-goes-on 1 update --force --state keep web app:bad
same whatever-became-of-it ruined "$("$DAVIT" exec web head -n 1 /state)"

# --- a rollback that fails ---------------------------------------------------------------------------------------

# The version before fails only when it finds /bad.
"$DAVIT" rm -f web >/dev/null
version picky 'CMD ["/bin/sh", "-c", "[ ! -e /bad ] || exit 1; exec sleep 1000"]'
"$DAVIT" run -d --name web app:picky >/dev/null
"$DAVIT" exec web sh -c 'mkdir /data; echo picky >/data/file'
update --state snapshot web app:2
"$DAVIT" exec web sh -c 'echo two >/data/file'
touch "$(find root/snapshots/web -mindepth 1 -maxdepth 1)/upper/bad"
ends a-rollback-to-what-is-not-healthy-fails 1 "$DAVIT" rollback -q --healthy-after 1 web
same the-newer-version-has-its-state '2 two' "$(runs web) $("$DAVIT" exec web cat /data/file)"
same and-the-version-before-its-own picky "$(cat root/snapshots/web/*/upper/data/file)"
rm root/snapshots/web/*/upper/bad
check so-that-it-can-be-rolled-back-to "$DAVIT" rollback -q --force --healthy-after 1 web
same with-that-state 'picky picky' "$(runs web) $("$DAVIT" exec web cat /data/file)"
"$DAVIT" rollback -q --healthy-after 60 web >/dev/null 2>&1 &
update=$!
i=0
while [ "$(runs web)" != 2 ] && [ $i -lt 50 ]; do
	i=$((i + 1))
	sleep 0.1
done
kill -KILL $update "$(pgrep -P $update)"
wait $update || :
reboot
"$DAVIT" prune -f >/dev/null
"$DAVIT" start web >/dev/null
same cut-off-it-is-the-same 'picky picky two 1' "$(runs web) $("$DAVIT" exec web cat /data/file) $(cat root/snapshots/web/*/upper/data/file) $(find root/snapshots/web -mindepth 1 -maxdepth 1 | wc -l)"
"$DAVIT" rm -f web >/dev/null
"$DAVIT" run -d --name web app:picky >/dev/null
"$DAVIT" exec web sh -c 'echo safe >/data'
update web app:2
"$DAVIT" exec web touch /bad
printf 'state = snapshot\nimage = app:2\nread-only = false\n' >etc/apps/web.conf
version picky 'CMD ["/bin/sh", "-c", "[ ! -e /bad ] || echo ruined >/data; [ ! -e /bad ] || exit 1; exec sleep 1000"]'
"$DAVIT" exec web rm /bad
update --force web app:picky
update --force --state keep web app:2
"$DAVIT" exec web touch /bad
ends to-a-version-without-a-state-of-its-own-too 1 "$DAVIT" rollback -q --healthy-after 1 web
same a-copy-of-what-it-kept-comes-back safe "$("$DAVIT" exec web cat /data)"
"$DAVIT" rm -f web >/dev/null
rm etc/apps/web.conf

# --- what a davit left that was killed ---------------------------------------------------------------------------

"$DAVIT" run -d --name web app:1 >/dev/null
mkdir -p root/snapshots/web
touch root/snapshots/web/.clone-1
ends a-file-that-tried-what-the-file-system-can-is-in-nobodys-way 0 update --state snapshot web app:2
same and-goes 0 "$(find root/snapshots/web -name '.clone*' | wc -l)"
if command -v strace >/dev/null; then
	"$DAVIT" exec web sh -c 'i=0; mkdir /data; while [ $i -lt 40 ]; do i=$((i + 1)); echo $i >/data/$i; done'
	lost=
	for i in 1 2 3 4; do
		strace -f -o trace -P "$TMP/root/apps/web/upper/data" -e trace=getdents64 -e "inject=getdents64:error=EIO:when=$i" \
			sh -c '"$DAVIT" update -q --force --no-pull --state snapshot web app:bad; echo >ended' >/dev/null 2>&1 &
		tracer=$!
		n=0
		while ! [ -e ended ] && [ $n -lt 100 ]; do
			n=$((n + 1))
			sleep 0.1
		done
		# What runs in the background goes on.
		kill -KILL $tracer 2>/dev/null || :
		wait $tracer 2>/dev/null || :
		rm -f ended
		[ "$("$DAVIT" exec web sh -c 'ls /data | wc -l' 2>&1)" = 40 ] || lost="$lost $i"
	done
	same a-list-that-cannot-be-read-makes-no-shorter-copy '' "$lost"
fi
"$DAVIT" rm -f web >/dev/null
"$DAVIT" run -d --name web app:2 >/dev/null

# --- too deep ---------------------------------------------------------------------------------------------------

"$DAVIT" exec web sh -c 'i=0; while [ $i -lt 270 ]; do mkdir d; cd d; i=$((i + 1)); done'
ends directories-that-are-too-deep-are-refused 1 update --force --state snapshot web app:1
contains that-is-told "$said" 'more than 256 levels deep'
same nothing-was-stopped-for-it '1' "$("$DAVIT" ps -q | wc -l)"

# --- too little room -------------------------------------------------------------------------------------------

"$DAVIT" rm -f web >/dev/null
mkdir small
if mount -t tmpfs -o size=24m tmpfs small 2>/dev/null; then
	export DAVIT_ROOT="$TMP/small"
	version 1
	version 2
	"$DAVIT" run -d --name full app:1 >/dev/null
	"$DAVIT" exec full sh -c 'head -c 13000000 /dev/zero >/big'
	ends a-snapshot-without-room-is-refused 1 update --state snapshot full app:2
	contains with-what-is-missing "$said" 'KiB are missing'
	same nothing-was-stopped 1 "$(runs full)"
	same nor-was-anything-tried '' "$(grep trial small/versions/full 2>/dev/null)"
	"$DAVIT" rm -f full >/dev/null
	export DAVIT_ROOT="$TMP/root"
	umount small
else
	skip a-snapshot-without-room-is-refused 'no tmpfs'
fi

# --- cut off at any moment -----------------------------------------------------------------------------------

"$DAVIT" run -d --name web app:1 >/dev/null
"$DAVIT" exec web sh -c 'mkdir /data; i=0; while [ $i -lt 300 ]; do i=$((i + 1)); echo $i >/data/$i; done'
i=0
while [ $i -lt 10 ]; do
	i=$((i + 1))
	"$DAVIT" update --force --state snapshot web app:bad >/dev/null 2>&1 &
	update=$!
	sleep "0.0$((i * 3 % 10))"
	workers=$(pgrep -P $update || :)
	# shellcheck disable=SC2086 # none, or one
	kill -KILL $update $workers 2>/dev/null || :
	wait $update 2>/dev/null || :
	"$DAVIT" start web >/dev/null 2>start.err || fail "after-cut-$i-it-is-started" "$(cat start.err)"
	if [ "$(runs web)" != 1 ] || [ "$("$DAVIT" exec web sh -c 'ls /data | wc -l')" != 300 ]; then
		fail "after-cut-$i-the-state-is-there" "$(runs web) $("$DAVIT" exec web ls /data | wc -l)"
	fi
done
pass cut-off-at-any-moment-the-state-is-there
"$DAVIT" rm -f web >/dev/null
same an-app-that-is-removed-leaves-no-snapshot 0 "$(find root/snapshots -type f | wc -l)"
