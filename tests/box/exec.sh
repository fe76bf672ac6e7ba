#!/bin/sh
# SPDX-License-Identifier: MIT
# A further command in a sandbox that runs: it has what the sandbox has, and a hostile sandbox gets nothing by it.
# shellcheck disable=SC2016 # in single quotes: for the inner shell
set -eu
# shellcheck source=lib/box.sh
. "$(dirname "$0")/lib/box.sh"

# in_box OPTION... NAME COMMAND...: sets code and said
in_box() {
	try limited "$DAVIT" exec "$@"
}

# gives NAME EXPECTED OPTION... NAME COMMAND...: what the command says, and that it ends well
gives() {
	gives_name=$1 gives_expected=$2
	shift 2
	in_box "$@"
	same "$gives_name" "0 $gives_expected" "$code $said"
}

# exits NAME CODE PATTERN OPTION... NAME COMMAND...
exits() {
	exits_name=$1 exits_code=$2 exits_pattern=$3
	shift 3
	in_box "$@"
	contains "$exits_name" "$code $said" "$exits_code *$exits_pattern"
}

# live NAME OPTION...: a sandbox that waits
live() {
	live_name=$1
	shift
	start "$TMP/$live_name" --name "$live_name" "$@" "$APP" sh -c 'echo ready; while :; do sleep 0.1; done'
	has "$TMP/$live_name" ready || :
}

# over NAME: end the sandbox
over() {
	kill -KILL "$(pid_of "$1")" 2>/dev/null || :
	ended "$box"
}

# --- codes and options ---------------------------------------------------------------------------------

one=$TAG-one
live "$one" --env FIRST=1 --env SECOND=2 --memory 8m --pids-limit 30 --ulimit nofile=100:200
gives the-command-runs-inside 'of the image' "$one" cat /etc/motd
gives the-start-of-the-name-will-do 'of the image' "$TAG-o" cat /etc/motd
exits the-commands-code-is-passed-on 7 '' "$one" sh -c 'exit 7'
exits an-end-by-a-signal-is-128-and-more 143 '' "$one" sh -c 'kill -TERM $$'
exits a-missing-command-is-127 127 'no-such-command' "$one" no-such-command
exits a-missing-interpreter-is-127 127 '' "$one" no-interpreter
exits a-file-that-is-not-executable-is-126 126 'not executable' "$one" /bin/not-executable
exits no-program-is-126 126 '' "$one" not-a-program
exits a-sandbox-that-is-not-there-is-125 125 'no such sandbox' "$TAG-none" true
exits no-command-is-125 125 'COMMAND' "$one"
exits more-rights-are-refused 125 'never has more rights' --privileged "$one" true
exits a-terminal-that-nobody-holds-is-refused 125 'nobody would hold' -dt "$one" true
exits a-missing-directory-is-125 125 'No such file' -w /no-such "$one" true
exits an-unknown-user-is-125 125 'no such user' -u nobody-here "$one" true
exits a-user-out-of-range-is-125 125 'no such user' -u 4294967295 "$one" true
exits the-number-behind-the-range-is-no-user-0 125 'no such user' -u 4294967296 "$one" true
gives options-behind-the-name-are-the-commands '-d -t' "$one" printf '%s %s' -d -t
gives a-user-of-the-image '1000 1000' -u app "$one" probe ids
gives groups-of-the-image '1000 2000' -u app "$one" id -G
gives a-working-directory '/tmp' -w /tmp "$one" pwd
gives the-environment-is-the-sandboxs '1 2' "$one" sh -c 'echo $FIRST $SECOND'
gives an-entry-of-the-environment-is-replaced '1 3' -e SECOND=3 "$one" sh -c 'echo $FIRST $SECOND'
printf 'SECOND=4\n' >"$TMP/env"
gives a-file-of-the-environment '1 4' --env-file "$TMP/env" "$one" sh -c 'echo $FIRST $SECOND'
LEAK=leaked
export LEAK
gives nothing-else-of-davits-environment '' "$one" sh -c 'env | grep -i -e leak -e davit || :'
same standard-input-is-empty '' "$(echo text | "$DAVIT" exec "$one" cat)"
same standard-input-is-passed-on 'text' "$(echo text | "$DAVIT" exec -i "$one" cat)"
sum=$(sha256sum <"$BOX/probe")
same much-input-and-output-is-unharmed "$sum" "$("$DAVIT" exec -i "$one" cat <"$BOX/probe" | sha256sum)"

# --- the same as the sandbox's own ---------------------------------------------------------------------

gives all-namespaces-are-the-sandboxs '' "$one" \
	sh -c 'cd /proc/1/ns; for name in *; do [ "$(readlink $name)" = "$(readlink /proc/self/ns/$name)" ] || echo $name; done'
gives all-cgroups-are-the-sandboxs '' "$one" cmp /proc/1/cgroup /proc/self/cgroup
gives rights-are-the-sandboxs '' "$one" sh -c 'for name in Uid Gid Groups Cap NoNewPrivs Seccomp Umask; do
	[ "$(grep ^$name /proc/1/status)" = "$(grep ^$name /proc/self/status)" ] || echo $name; done'
gives limits-are-the-sandboxs '' "$one" cmp /proc/1/limits /proc/self/limits
gives its-root-is-the-sandboxs 'same' "$one" sh -c '[ / -ef /proc/1/root ] && echo same'
gives it-can-be-killed-from-inside '' "$one" sh -c 'sleep 60 & kill $!'
gives its-parent-is-nobody 'PPid: 0' "$one" sh -c 'echo $(grep PPid /proc/$$/status)'
"$DAVIT" exec "$one" sh -c 'echo $$; exec sleep 60' >"$TMP/inner" 2>&1 &
inner=$!
has "$TMP/inner" '[0-9]' || :
host=$(grep -ls "^PPid:[[:space:]]$inner\$" /proc/[0-9]*/status | head -n 1 | cut -d / -f 3)
same the-memory-limit-holds-it "$(grep -e memory -e '^0::' "/proc/$(pid_of "$one")/cgroup")" \
	"$(grep -e memory -e '^0::' "/proc/$host/cgroup")"
kill -TERM $inner
code=0
wait $inner || code=$?
same a-signal-is-passed-on 143 "$code"
in_box "$one" sh -c 'x=x; while :; do x=$x$x; done'
check memory-beyond-the-limit-ends-it test "$code" -ne 0 -a "$code" -ne 125
gives the-sandbox-lives-on 'ready' "$one" echo ready
over "$one"
clean nothing-is-left-of-it

two=$TAG-two
live "$two" --cap-drop ALL --cap-add CHOWN --user app --network host
gives dropped-capabilities-stay-dropped '' -u 0 "$two" sh -c 'grep -q "^CapBnd:.*0000000000000001$" /proc/self/status || grep CapBnd /proc/self/status'
gives capabilities-asked-for-by-name-reach-a-user 'CapAmb: 0000000000000001' "$two" sh -c 'echo $(grep CapAmb /proc/self/status)'
gives the-user-is-the-sandboxs '1000 1000' "$two" probe ids
gives the-network-is-this-machines "$(readlink /proc/self/ns/net)" "$two" readlink /proc/self/ns/net
over "$two"

same_as_launched='for name in Uid Gid Groups Cap NoNewPrivs Seccomp; do
	[ "$(grep ^$name /proc/1/status)" = "$(grep ^$name /proc/self/status)" ] || echo $name; done
	cmp /proc/1/oom_score_adj /proc/self/oom_score_adj'
live "$two" --group-add 77 --oom-score-adj 300 --security-opt seccomp=unconfined --user app
gives groups-added-and-no-filter-are-the-sandboxs '' "$two" sh -c "$same_as_launched"
over "$two"
live "$two" --security-opt no-new-privileges=false
gives new-privileges-are-the-sandboxs '' "$two" sh -c "$same_as_launched"
over "$two"
echo '{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["mkdir","mkdirat"],"action":"SCMP_ACT_ERRNO"}]}' >"$TMP/policy"
if "$DAVIT" seccomp compile "$TMP/policy" -o "$TMP/filter" >"$TMP/said" 2>&1; then
	live "$two" --security-opt "seccomp=$TMP/filter"
	rm "$TMP/filter"
	exits the-filter-of-a-file-is-the-sandboxs 1 'not permitted' "$two" mkdir /tmp/new
	over "$two"
else
	skip the-filter-of-a-file-is-the-sandboxs "$(cat "$TMP/said")"
fi
if "$DAVIT" run --security-opt landlock=ro:/,exec:/bin,rw:/dev "$APP" true >"$TMP/said" 2>&1; then
	live "$two" --security-opt landlock=ro:/,exec:/bin,rw:/tmp,rw:/dev
	exits the-landlock-rules-are-the-sandboxs 1 'denied' "$two" touch /etc/new
	gives what-they-allow-is-allowed '' "$two" touch /tmp/new
	over "$two"
else
	skip the-landlock-rules-are-the-sandboxs "$(shorten <"$TMP/said")"
fi
if "$DAVIT" help pause >/dev/null 2>&1; then
	live "$two"
	"$DAVIT" pause "$two" >/dev/null 2>&1 || :
	exits nobody-enters-a-paused-sandbox 125 'is paused' "$two" true
	"$DAVIT" unpause "$two" >/dev/null 2>&1 || :
	gives everybody-may-behind-the-pause 'in' "$two" echo in
	over "$two"
fi

# --- questions from inside -----------------------------------------------------------------------------

three=$TAG-three
live "$three"
for way in '' '--user app'; do
	prefix=exec$(echo "$way" | tr -d ' -')
	# shellcheck disable=SC2086 # words
	in_box $way "$three" probe ask "$prefix"
	echo "$said" | grep -E "^(pass|fail) $prefix-" || :
	contains "$prefix-every-question-is-asked" "$said" 'asked'
done
try limited "$PTY" 24x80 "$DAVIT" exec -it "$three" probe ask exec-on-a-terminal
echo "$said" | tr -d '\r' | grep -E '^(pass|fail) exec-on-a-terminal-' || :
contains exec-on-a-terminal-every-question-is-asked "$said" 'asked'

# --- terminal, detached, ends --------------------------------------------------------------------------

try limited "$PTY" 24x80 "$DAVIT" exec -it "$three" sh -c 'tty; stty size; ps -o pid,tty >/tmp/ps; grep -c 136,0 /tmp/ps'
same a-terminal-of-the-sandboxs '0 /dev/pts/0 24 80 2' "$code $(echo "$said" | tr -d '\r' | shorten)"
try limited "$PTY" 24x80 "$DAVIT" exec -i "$three" sh -c '[ -t 0 ] || [ -t 1 ] || [ -t 2 ] || echo none; : >/dev/tty'
contains never-the-callers-terminal "$code $(echo "$said" | tr -d '\r' | shorten)" '1 none*/dev/tty: No such device'
in_box -d "$three" sh -c 'echo unheard; touch /tmp/detached; exec sleep 60'
same a-detached-command-says-nothing '0 ' "$code $said"
gives a-detached-command-goes-on '1' "$three" sh -c 'ps -o args | grep -c "^sleep 60"'
exits a-detached-command-that-is-missing-is-127 127 '' -d "$three" no-such-command
"$DAVIT" exec "$three" sh -c 'echo up; exec sleep 61' >"$TMP/killed" 2>&1 &
inner=$!
has "$TMP/killed" up || :
kill -KILL $inner
wait $inner 2>/dev/null || :
gone() {
	[ -z "$("$DAVIT" exec "$three" sh -c 'ps -o args | grep "^sleep 61"')" ]
}
check a-killed-davit-takes-its-command-along until_true gone
"$DAVIT" exec "$three" sh -c 'echo up; exec sleep 62' >"$TMP/box-ends" 2>&1 &
inner=$!
has "$TMP/box-ends" up || :
over "$three"
code=0
wait $inner || code=$?
same the-end-of-the-sandbox-ends-the-command 137 "$code"
exits a-sandbox-that-has-ended-is-125 125 'no such sandbox' "$three" true

# --- a hostile sandbox ---------------------------------------------------------------------------------

four=$TAG-four
start "$TMP/four" --name "$four" --pids-limit 8 "$APP" sh -c 'probe forks 100; exec sleep 60'
has "$TMP/four" '[0-9]' || :
sleep 0.3
exits a-fork-bomb-lets-nobody-in 125 'as many processes' "$four" true
same one-line-says-it 1 "$(echo "$said" | wc -l)"
over "$four"

# Who may trace waits for whoever comes in.
cp "$DAVIT" "$TMP/davit-$TAG"
look() {
	sha256sum <"$TMP/davit-$TAG"
	ls -ln "$TMP/davit-$TAG"
}
before=$(look)
cp "$BOX/grab" "$BUSYBOX" "$TREE/bin"
for name in sh true sleep; do
	ln -s busybox "$TREE/bin/$name"
done
printf '#!/proc/self/exe\n' >"$TREE/bin/trick"
chmod 755 "$TREE/bin/trick"
# Where the kernel cannot mount a file read-only, davit runs from a copy.
harmless='cat'
try limited "$TMP/davit-$TAG" run --init --cap-add ALL "$TREE" busybox readlink /proc/1/exe
case $said in
/memfd:*) harmless=without_harmless ;;
esac
for rights in SYS_PTRACE ALL; do
	five=$TAG-five-$rights
	start "$TMP/five" --name "$five" --cap-add $rights "$TREE" grab --watch "${SLOW:+1}5"
	has "$TMP/five" watching || :
	i=0
	while [ $i -lt ${SLOW:+1}30 ] && ! is_over "$box"; do
		limited "$TMP/davit-$TAG" exec "$five" true >/dev/null 2>&1 || :
		limited "$TMP/davit-$TAG" exec "$five" trick >/dev/null 2>&1 || :
		i=$((i + 1))
	done
	ended "$box"
	same "who-comes-in-is-not-to-be-grabbed-by-$rights" '' "$(grep grabbed "$TMP/five" | $harmless | sort | uniq -c | shorten)"
	contains "who-waits-by-$rights-has-tried-to-its-end" "$(tail -n 1 "$TMP/five")" tried
	same "davits-file-is-as-it-was-by-$rights" "$before" "$(look)"
done
rm -f "$TMP/davit-$TAG"

# Files that davit reads inside.
six=$TAG-six
live "$six" --cap-add SYS_ADMIN
for trap in 'mkfifo /etc/passwd' 'ln -s /proc/kmsg /etc/passwd' 'mkdir /etc/passwd' 'ln -s /dev/zero /etc/passwd' \
	'ln -s passwd /etc/passwd'; do
	in_box "$six" sh -c "rm -rf /etc/passwd; $trap"
	in_box -u app "$six" probe ids
	contains "no-user-is-read-from-$(echo "$trap" | tr -cs 'a-z\n' -)" "$code $said" '125 *davit: user app'
done
for trap in 'mkfifo /tmp/dev/ptmx /tmp/dev/null' 'mknod /tmp/dev/ptmx p' 'ln -s /proc/1/fd/0 /tmp/dev/ptmx' 'true'; do
	in_box "$six" sh -c "umount /dev 2>/tmp/umount; mkdir -p /tmp/dev; rm -f /tmp/dev/*; $trap; mount --bind /tmp/dev /dev"
	try limited "$PTY" 24x80 "$DAVIT" exec -it "$six" true
	contains "no-terminal-is-made-of-$(echo "$trap" | tr -cs 'a-z\n' -)" "$code $said" '125 *davit: terminal'
	exits "input-is-this-machines-after-$(echo "$trap" | tr -cs 'a-z\n' -)" 0 'over' "$six" sh -c 'cat; echo over'
done
over "$six"
clean nothing-is-left-of-hostile-ones
