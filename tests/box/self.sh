#!/bin/sh
# SPDX-License-Identifier: MIT
# Davit's own file, where its program stays inside: it cannot be changed from there, whatever the sandbox may do.
# shellcheck disable=SC2016 # in single quotes: for the inner shell
set -eu
# shellcheck source=lib/box.sh
. "$(dirname "$0")/lib/box.sh"

cp "$BOX/grab" "$BUSYBOX" "$TREE/bin"
ln -s busybox "$TREE/bin/sh"
ln -s busybox "$TREE/bin/cat"

# A davit of our own, on a file system that can be written to, as packages install it.
cp "$DAVIT" "$TMP/davit-$TAG"
chmod 755 "$TMP/davit-$TAG"
own=$TMP/davit-$TAG

# Content, mode, owner, times, attributes.
look() {
	sha256sum <"$own"
	ls -ln --full-time "$own" 2>/dev/null || ls -lne "$own"
}
before=$(look)

# Where the kernel cannot mount a file read-only, davit runs from a copy.
try limited "$own" run --init --cap-add ALL "$TREE" busybox readlink /proc/1/exe
harmless='cat'
case $said in
/memfd:*) harmless=without_harmless ;;
esac

# unharmed NAME OPTION... IMAGE COMMAND...: nothing could be grabbed, and davit's file is as it was
unharmed() {
	unharmed_name=$1
	shift
	try limited "$own" run "$@"
	if [ "$(echo "$said" | tail -n 1)" != tried ]; then
		fail "$unharmed_name" "exit code $code, $said"
	else
		same "$unharmed_name" "$before" "$(look)$(echo "$said" | grep grabbed | $harmless || :)"
	fi
}

unharmed the-init-of-a-sandbox-without-rights --init "$TREE" grab /proc/1/exe
unharmed the-init-of-a-sandbox-that-may-trace --init --cap-add SYS_PTRACE "$TREE" grab /proc/1/exe
unharmed the-init-of-a-sandbox-that-may-do-everything --init --cap-add ALL "$TREE" grab /proc/1/exe
try limited "$own" run --init --cap-add ALL "$TREE" sh -c 'cat /proc/1/exe | sha256sum'
same what-may-do-everything-may-read-it "$(sha256sum <"$own")" "$said"

# A script whose interpreter is "the program that executes it" would be davit, inside.
for link in /proc/self/exe /proc/thread-self/exe /proc/1/exe; do
	printf '#!%s\n' "$link" >"$TREE/bin/trick"
	chmod 755 "$TREE/bin/trick"
	for option in '' --init; do
		try limited "$own" run ${option:+"$option"} --cap-add ALL "$TREE" trick
		check "no-script-makes-davit-its-interpreter-by-$(echo "$link" | tr / -)$option" test "$code" -ne 0
	done
done
same the-file-is-as-it-was "$before" "$(look)"

# The mark that davit gives to itself is not believed.
DAVIT_SELF=1
export DAVIT_SELF
try limited "$own" run --init "$TREE" probe ids
same a-mark-from-outside-is-refused 125 "$code"
contains the-refusal-says-why "$said" "can still be written"
unset DAVIT_SELF
rm -f "$own"
clean nothing-is-left-of-it
