#!/bin/sh
# SPDX-License-Identifier: MIT
# What a command starts with: environment, identity, working directory, arguments.
# shellcheck disable=SC2016 # in single quotes: for the inner shell
set -eu
# shellcheck source=lib/box.sh
. "$(dirname "$0")/lib/box.sh"

path=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin

# --- environment -------------------------------------------------------------------------------------

SECRET_OF_THE_HOST=1 PASSED=on
export SECRET_OF_THE_HOST PASSED
shows the-environment-is-only-what-it-should "HOME=/root
HOSTNAME=$TAG-env
PATH=$path" --name "$TAG-env" "$APP" sh -c "env | sort | grep -vE '^(PWD|SHLVL|_)='"
shows process-1-shows-no-more-of-it "HOME=/root HOSTNAME=$TAG-env PATH=$path" --name "$TAG-env" "$APP" \
	sh -c "echo \$(tr '\\0' '\\n' </proc/1/environ | sort)"
shows a-variable-is-set 'a b' -e 'V=a b' "$APP" sh -c 'echo "${V-unset}"'
shows a-variable-is-passed-on 'on' -e PASSED "$APP" sh -c 'echo "${PASSED-unset}"'
shows a-variable-that-is-not-set-is-left-out unset -e NO_SUCH_VARIABLE "$APP" sh -c 'echo "${NO_SUCH_VARIABLE-unset}"'
shows the-last-value-counts '2' -e V=1 --env=V=2 "$APP" sh -c 'echo "${V-unset}"'
shows a-default-is-replaced '/bin' -e PATH=/bin "$APP" sh -c 'echo "${PATH-unset}"'
shows home-is-replaced '/elsewhere' -e HOME=/elsewhere "$APP" sh -c 'echo "${HOME-unset}"'
cat >"$TMP/env" <<-END
	# a comment

	FIRST=1
	  SECOND=two words
	QUOTED="x"
	PASSED
END
shows a-file-of-variables-is-read '1|two words|"x"|on' --env-file "$TMP/env" "$APP" \
	sh -c 'echo "$FIRST|$SECOND|$QUOTED|$PASSED"'
shows the-command-line-beats-the-file '3' -e FIRST=3 --env-file "$TMP/env" "$APP" sh -c 'echo "${FIRST-unset}"'
echo '=x' >>"$TMP/env"
refused a-bad-line-is-named 'env:7:' --env-file "$TMP/env" "$APP" true
refused a-missing-file-of-variables-is-refused 'no-such-file' --env-file "$TMP/no-such-file" "$APP" true
refused a-variable-without-a-name-is-refused 'expected NAME=VALUE' -e =x "$APP" true

# --- identity ----------------------------------------------------------------------------------------

shows root-is-the-default 'uid=0(root) gid=0(root)' "$APP" id
shows a-user-by-name-has-its-groups 'uid=1000(app) gid=1000(app) groups=2000(crew)' --user app "$APP" id
shows a-user-by-number-has-its-groups 'uid=1000(app) gid=1000(app) groups=2000(crew)' --user 1000 "$APP" id
shows a-group-replaces-the-others 'uid=1000(app) gid=2000(crew)' --user app:crew "$APP" id
shows numbers-need-no-entry 'uid=4321 gid=8765' --user 4321:8765 "$APP" id
shows a-number-without-entry-has-group-0 'uid=4321 gid=0(root)' --user 4321 "$APP" id
shows the-users-home-is-known '/home/app' --user app "$APP" sh -c 'echo "${HOME-unset}"'
shows a-number-without-entry-lives-in-the-root '/' --user 4321 "$APP" sh -c 'echo "${HOME-unset}"'
refused an-unknown-user-is-refused 'no such user' --user nosuch "$APP" true
refused an-unknown-group-is-refused 'no such user or group' --user app:nosuch "$APP" true
for number in 4294967295 4294967296 99999999999999999999 -1 0x10 '' :; do
	refused "the-user-${number:-nobody}-is-refused" 'user' --user "$number" "$APP" true
done
ends a-user-cannot-write-what-is-roots 1 --user app "$APP" sh -c 'echo x >/etc/motd'
ends a-user-can-write-to-tmp 0 --user app "$APP" sh -c 'echo x >/tmp/x'

mkdir "$TREE/etc"
mkfifo "$TREE/etc/passwd"
refused a-fifo-as-passwd-is-refused-at-once 'user' --user app "$TREE" probe ids
rm "$TREE/etc/passwd"
echo 'app:x:1234:1234::/:/bin/sh' >"$TMP/passwd"
ln -s "$TMP/passwd" "$TREE/etc/passwd"
refused a-passwd-that-links-to-the-host-is-not-read 'no such user' --user app "$TREE" probe ids
rm "$TREE/etc/passwd"
mkdir "$TREE/etc/passwd"
refused a-folder-as-passwd-is-refused 'user' --user app "$TREE" probe ids
rmdir "$TREE/etc/passwd"
dd if=/dev/zero of="$TREE/etc/passwd" bs=1024 count=20 2>/dev/null
refused a-huge-passwd-is-refused '16 KiB' --user app "$TREE" probe ids
printf 'app:x:-1:1::/:/bin/sh\n' >"$TREE/etc/passwd"
refused a-passwd-with-a-number-out-of-range-is-refused 'user' --user app "$TREE" probe ids

# --- working directory, arguments --------------------------------------------------------------------

shows the-working-directory-is-the-root '/' "$APP" pwd
shows a-working-directory-is-entered '/etc' --workdir /etc "$APP" pwd
shows a-working-directory-is-made '/new/deep' -w /new/deep "$APP" pwd
shows a-made-working-directory-is-roots 'root 755' -w /new/deep "$APP" stat -c '%U %a' /new
refused a-relative-working-directory-is-refused 'absolute' -w etc "$APP" true
refused a-working-directory-cannot-be-made-read-only 'no such directory' --read-only -w /new "$APP" true
refused a-file-is-no-working-directory 'motd' -w /etc/motd "$APP" true

shows arguments-arrive-as-they-are '<a b><><*><-x>' "$APP" sh -c 'printf "<%s>" "$@"' sh 'a b' '' '*' -x
shows an-entrypoint-comes-before-the-command 'echoed' --entrypoint echo "$APP" echoed
umask 077
shows the-mask-for-files-is-the-usual-one '0022' "$APP" sh -c umask
clean nothing-is-left-of-environments
