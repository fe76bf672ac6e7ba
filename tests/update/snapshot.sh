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
