#!/bin/sh
# SPDX-License-Identifier: MIT
# davit diff: what an app added, changed and deleted, of a squashfs, a directory, layers, and where it is kept.
set -eu
# shellcheck source=lib/box.sh
. "$(dirname "$0")/lib/box.sh"
DAVIT_ROOT=$TMP/root
DAVIT_CONFIG=$TMP/conf
export DAVIT_ROOT DAVIT_CONFIG
mkdir -m 755 "$DAVIT_CONFIG"
: >"$DAVIT_CONFIG/davit.conf"
chmod 644 "$DAVIT_CONFIG/davit.conf"
ZIP=$TMP/$TAG.zip
cp "$BOX/app.zip" "$ZIP"

# changes OPTION... IMAGE SCRIPT: what davit diff says, in one line, once the script has made /zz.
changes() {
	"$DAVIT" run -d --name "$TAG-diff" "$@" >/dev/null
	until_true sh -c "'$DAVIT' diff $TAG-diff 2>/dev/null | grep -q 'A /zz'" || :
	"$DAVIT" diff "$TAG-diff" 2>&1 | grep -v ' /zz$' | tr '\n' ' '
}

gone() {
	"$DAVIT" stop -t 0 "$TAG-diff" >/dev/null 2>&1
	"$DAVIT" rm -f "$TAG-diff" >/dev/null 2>&1 || :
}

writes='mkdir -p /a/b; echo x >/a/b/c; chmod 700 /srv; >/zz; sleep 60'
listed=$(changes --entrypoint sh -u 0 "$ZIP" -c "rm /etc/passwd; echo x >>/etc/motd; rm -r /data/*; $writes")
gone
same what-an-app-added-changed-and-deleted-is-listed \
	'A /a A /a/b A /a/b/c C /etc C /etc/motd D /etc/passwd C /srv ' "$listed"
same an-app-that-changes-nothing-has-no-differences '' \
	"$(changes --entrypoint sh -u 0 "$ZIP" -c 'cat /etc/motd; : >/zz; sleep 60')"
"$DAVIT" stop -t 0 "$TAG-diff" >/dev/null
same what-is-kept-of-an-app-is-listed-after-its-end 'A /zz' "$("$DAVIT" diff "$TAG-diff" | grep zz)"
gone
same the-files-of-a-squashfs-are-compared 'A /new ' "$(changes "$APP" sh -c ': >/new; : >/zz; sleep 60')"
"$DAVIT" stop -t 0 "$TAG-diff" >/dev/null
try "$DAVIT" diff "$TAG-diff"
contains what-was-in-memory-is-gone-with-the-app "$code $said" '1 *in memory only'
gone
mkdir -p "$TREE/etc"
echo x >"$TREE/etc/old"
cp "$BUSYBOX" "$TREE/bin/sh"
same the-files-of-a-directory-are-compared 'C /etc D /etc/old ' \
	"$(changes "$TREE" sh -c '/bin/sh -c "exec rm /etc/old" || unlink /etc/old; : >/zz; sleep 60')"
gone
try "$DAVIT" diff nobody
contains a-sandbox-that-is-not-there-has-no-differences "$code $said" '1 *nobody: no such sandbox*'
