#!/bin/sh
# SPDX-License-Identifier: MIT
# davit doctor on this machine: complete, of one opinion with its exit code, and its facts serve davit plan.
set -eu
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"
cd "$TMP"

code=0
# shellcheck disable=SC2094 # doctor is a word here
"$DAVIT" doctor >doctor 2>err || code=$?
same doctor-says-nothing-on-standard-error '' "$(cat err)"
same nothing-is-missing-on-this-machine 0 $code
for title in 'needed by this build:' 'not always needed:' 'worth knowing:'; do
	check "doctor-says-what-is-$(echo "$title" | tr ' ' - | tr -d :)" grep -qx "$title" doctor
done
verdict=$(tail -n 1 doctor)
if [ $code -eq 0 ]; then
	contains the-verdict-is-that-of-the-exit-code "$verdict" 'Everything that this build needs is here.'
else
	contains the-verdict-is-that-of-the-exit-code "$verdict" missing
fi

# Every line is a title, empty, a finding in its column, or the verdict.
other=$(sed '$d' doctor | grep -vE '^$|^[a-z][a-z ]*:$|^  [^ ].{18} [^ ]|^  [^ ].{19}[^ ]' || :)
same every-finding-has-its-line '' "$other"

# What is missing is named with a kernel option, a parameter or a command.
useless=$(grep -E '^  .{20}no' doctor | grep -vE 'CONFIG_|mount |modprobe |davit lacks|run davit|boot parameter|older kernel' || :)
same what-is-missing-is-named-with-its-remedy '' "$useless"

# --- the device's policy -------------------------------------------------------------------------------

# policy LINE: what doctor finds of a policy with that line
policy() {
	mkdir -p etc
	chmod 755 etc
	echo "$1" >etc/davit.conf
	chmod 644 etc/davit.conf
	"$DAVIT" --config etc doctor 2>err | grep '^  policy ' || :
}
contains doctor-says-that-there-is-no-policy "$(policy '' >/dev/null; rm etc/davit.conf; "$DAVIT" --config etc doctor | grep '^  policy ')" \
	'yes: none in force'
contains doctor-says-what-a-policy-restricts "$(policy 'networks = none')" 'yes: etc/davit.conf restricts networks'
contains doctor-says-that-a-policy-is-wrong "$(policy 'netwroks = none')" 'no: every launch is refused'
contains doctor-says-what-is-wrong-with-it "$(cat err)" 'etc/davit.conf:1: unknown key netwroks'

# --- facts -------------------------------------------------------------------------------------------

check facts-are-printed "$DAVIT" doctor --facts
"$DAVIT" doctor --facts >here.facts
plan_of() {
	"$DAVIT" plan --name x "$@" "$IMAGE" sh </dev/null
}
same a-plan-from-facts-is-that-of-the-machine "$(plan_of)" "$(plan_of --host here.facts)"
limited() {
	plan_of -m 16m --pids-limit 9 "$@" 2>&1
}
same limits-from-facts-are-those-of-the-machine "$(limited || :)" "$(limited --host here.facts || :)"

# --- a user ------------------------------------------------------------------------------------------

if [ "$(id -u)" -ne 0 ] || ! command -v setpriv >/dev/null; then
	skip doctor-tells-a-user-to-be-root 'needs root and setpriv to become somebody else'
else
	mkdir open
	chmod 755 "$TMP" open
	cp "$DAVIT" open/davit
	cp "$IMAGE" open/app.squashfs
	chmod 644 open/app.squashfs
	as_user="setpriv --reuid 65534 --regid 65534 --clear-groups --inh-caps=-all"
	code=0
	$as_user "$TMP/open/davit" doctor >user 2>&1 || code=$?
	same doctor-is-not-content-with-a-user 1 $code
	check doctor-tells-a-user-to-be-root grep -q 'capabilities *no: run davit as root' user
	code=0
	$as_user "$TMP/open/davit" run "$TMP/open/app.squashfs" true >out 2>err || code=$?
	same a-user-cannot-run 125 $code
	check a-user-is-told-why grep -q '^davit: .*root' err
	same a-user-is-told-in-one-line 1 "$(wc -l <err)"
fi
