#!/bin/sh
# SPDX-License-Identifier: MIT
# davit update: a new version is kept when it is healthy, else the old one runs again, whatever is killed meanwhile.
# shellcheck disable=SC2016 # what the shell inside expands
set -eu
# shellcheck source=lib/update.sh
. "$(dirname "$0")/lib/update.sh"

version 1
version 2
version 3
version crash 'CMD ["/bin/sh", "-c", "echo boom; sleep 1; exit 3"]'
version never 'CMD ["/no/such/program"]'
version well 'HEALTHCHECK --interval=1s --retries=5 CMD test -e /version'
version sick 'HEALTHCHECK --interval=1s --retries=2 CMD ["false"]'
version hangs 'HEALTHCHECK --interval=1s --timeout=1s --retries=2 CMD sleep 100'
version slow 'HEALTHCHECK --interval=1s --retries=20 CMD test -e /never'

# --- kept ------------------------------------------------------------------------------------------------------

ends an-app-that-nobody-knows-is-not-updated 1 "$DAVIT" update nobody app:2
contains it-is-told "$said" 'nobody'
ends a-name-that-is-none-is-refused 1 "$DAVIT" update ../x app:2
"$DAVIT" run -d --name web -e COLOUR='light blue' app:1 >/dev/null
writes web 1
ends a-new-version-is-brought-up 0 "$DAVIT" update --no-pull --healthy-after 1 web app:2
same it-runs 2 "$(runs web)"
same as-the-old-one-was-launched 'light blue' "$("$DAVIT" exec web sh -c 'echo $COLOUR')"
contains what-is-done-is-told "$said" 'healthy, and kept: app:2'
same it-is-the-current-one 'app:2 app:1' "$(kept web current) $(kept web previous)"
writes web 2
same what-it-wrote-before-is-still-there '1 2' "$("$DAVIT" exec web cat /state | tr '\n' ' ' | sed 's/ $//')"
ends the-same-version-again-is-fine 0 "$DAVIT" update --no-pull web app:2
contains that-is-told "$said" 'already at app:2'
ends the-image-that-it-follows-is-the-default 0 "$DAVIT" update --no-pull web
ends an-image-that-is-not-here-is-refused 1 "$DAVIT" update --no-pull web app:none
contains that-is-told-too "$said" 'app:none'
same nothing-was-done 2 "$(runs web)"
ends a-health-check-that-passes-is-enough 0 "$DAVIT" update -q web app:well
same nothing-is-said-when-asked-for '' "$said"
same it-runs-as-well well "$(runs web)"

# --- taken back -------------------------------------------------------------------------------------------------

# back NAME TAG REASON: the old version runs again, and nothing else does
back() {
	ends "$1-ends-the-update" 1 "$DAVIT" update --healthy-after 2 web "app:$2"
	contains "$1-is-told" "$said" "$3"
	same "$1-brings-the-old-version-back" "well 1" "$(runs web) $("$DAVIT" ps -aq | wc -l)"
}
back a-version-that-crashes crash 'exit code 3'
contains its-last-words-are-shown "$said" 'web | boom'
back a-version-that-cannot-be-launched never 'never'
back a-version-whose-check-fails sick 'health check that passes (exit code 1)'
back a-version-whose-check-hangs hangs 'health check that ends in time'
ends a-version-that-failed-is-not-tried-again 1 "$DAVIT" update web app:crash
contains why-it-failed-is-told "$said" 'exit code 3'
same nothing-was-stopped well "$(runs web)"
contains failures-are-remembered "$(kept web failed)" app:sick
ends force-tries-it-again 1 "$DAVIT" update --force web app:crash
same and-takes-it-back well "$(runs web)"
ends a-time-is-given-for-all-of-it 1 "$DAVIT" update --timeout 2 web app:slow
contains it-is-told-that-it-took-too-long "$said" 'after 2 s'
for bad in '--timeout x' '--healthy-after -1' '--state some'; do
	# shellcheck disable=SC2086 # two words
	ends "'$bad'-is-refused" 1 "$DAVIT" update $bad web app:3
done
ends without-a-name-it-is-wrong-usage 2 "$DAVIT" update

# --- ready ------------------------------------------------------------------------------------------------------

# busybox has no datagram sockets: a small program says it.
cat >ready.c <<-'END'
	#include <stdlib.h>
	#include <string.h>
	#include <sys/socket.h>
	#include <sys/un.h>
	#include <unistd.h>

	int main(int argc, char **argv)
	{
		struct sockaddr_un to = { .sun_family = AF_UNIX };
		const char *path = getenv("NOTIFY_SOCKET");
		int fd = socket(AF_UNIX, SOCK_DGRAM, 0);

		if (!path || argc < 2)
			return 2;
		strncpy(to.sun_path, path, sizeof(to.sun_path) - 1);
		return sendto(fd, argv[1], strlen(argv[1]), 0, (void *)&to, sizeof(to)) < 0;
	}
END
if cc -static -o context/ready ready.c 2>/dev/null; then
	version says 'COPY ready /bin/ready' 'LABEL io.davit.notify=true' 'USER 1000' \
		'CMD ["/bin/sh", "-c", "sleep 1; ready STATUS=x; ready READY=1; exec sleep 1000"]'
	version silent 'LABEL io.davit.notify=true'
	ends an-app-says-that-it-is-ready 0 "$DAVIT" update web app:says
	same it-runs-then says "$(runs web)"
	version talks 'COPY ready /bin/ready' 'LABEL io.davit.notify=true' \
		'HEALTHCHECK --interval=1s --retries=5 CMD test -e /talked' \
		'CMD ["/bin/sh", "-c", "ready READY=1; i=0; while [ $i -lt 2000 ]; do i=$((i + 1)); ready STATUS=$i; done; touch /talked; exec sleep 1000"]'
	ends what-it-says-after-that-is-in-nobodys-way 0 "$DAVIT" update --timeout 20 web app:talks
	ends and-back 0 "$DAVIT" update --force web app:says
	ends an-app-that-never-says-so-is-not-kept 1 "$DAVIT" update --timeout 2 web app:silent
	contains it-is-told-what-it-lacks "$said" 'READY=1'
	same the-one-before-runs says "$(runs web)"
	ends it-can-be-asked-for-by-hand 1 "$DAVIT" update --notify --timeout 1 web app:3
	same no-socket-is-left 0 "$(find run -name '.notify*' | wc -l)"
	ends back-to-one-with-a-check 0 "$DAVIT" update web app:well
else
	skip an-app-says-that-it-is-ready 'no compiler'
fi

# --- killed -----------------------------------------------------------------------------------------------------

# until_true COMMAND...: for five seconds
until_true() {
	for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25; do
		if "$@" >/dev/null 2>&1; then
			return 0
		fi
		sleep 0.2
	done
	return 1
}
is_up() {
	[ "$(runs web)" = "$1" ]
}
settled() {
	! grep -q '^trial' root/versions/web && "$DAVIT" kill -s CONT web
}

"$DAVIT" update --force web app:slow >/dev/null 2>&1 &
update=$!
check a-trial-is-written-down until_true grep -q '^trial .* 1$' root/versions/web
ends a-second-update-of-the-app-is-refused 1 "$DAVIT" update web app:3
contains who-is-at-it-is-told "$said" 'another davit, process'
check the-trial-is-up until_true is_up slow
for verb in stop kill 'rm -f'; do
	# shellcheck disable=SC2086 # two words
	ends "davit-$verb-is-refused-meanwhile" 1 "$DAVIT" $verb web
	same "davit-$verb-is-told-how-to-call-it-off" \
		"davit: web: another davit, process $(pgrep -P $update), is bringing up a version of it (kill -INT $(pgrep -P $update) calls that off)" "$said"
done
same and-does-nothing slow "$(runs web)"
kill -INT "$(pgrep -P $update)"
wait $update || :
same that-calls-it-off 'well app:well ' "$(runs web) $(kept web current) $(kept web trial)"

"$DAVIT" update --force web app:slow >/dev/null 2>&1 &
update=$!
check a-trial-runs-that-is-called-off until_true is_up slow
kill -TERM $update
wait $update || :
same a-signal-calls-it-off well "$(runs web)"
same and-is-no-fault-of-the-version 'app:well ' "$(kept web current) $(kept web trial)"

"$DAVIT" update --force web app:slow >/dev/null 2>&1 &
update=$!
check the-trial-runs until_true is_up slow
worker=$(pgrep -P $update)
kill -KILL "$worker"
wait $update || :
same when-the-half-that-works-is-killed-the-other-goes-back well "$(runs web)"

"$DAVIT" update --force --timeout 5 web app:slow >/dev/null 2>&1 &
update=$!
check the-trial-runs-again until_true is_up slow
kill -KILL $update
check when-the-half-that-waits-is-killed-the-other-goes-on until_true is_up well
check and-comes-to-an-end until_true settled

"$DAVIT" update --force web app:slow >/dev/null 2>&1 &
update=$!
check a-trial-runs-when-all-is-cut-off until_true is_up slow
kill -KILL $update "$(pgrep -P $update)"
wait $update || :
reboot
check after-a-boot-the-app-is-started "$DAVIT" start web
same in-the-version-that-was-good 'well app:well app:slow' "$(runs web) $(kept web current) $(kept web trial)"
pid=$("$DAVIT" inspect --format '{{.State.Pid}}' web)
check what-was-put-right-is-started-once-more "$DAVIT" start web
same and-runs-on-all-the-while "$pid" "$("$DAVIT" inspect --format '{{.State.Pid}}' web)"
ends nor-does-an-update-that-is-refused-stop-it 1 "$DAVIT" update --no-pull web app:none
same but-runs-on-too "$pid" "$("$DAVIT" inspect --format '{{.State.Pid}}' web)"
for _ in 1 2; do
	"$DAVIT" update --force web app:slow >/dev/null 2>&1 &
	update=$!
	until_true is_up slow || fail a-trial-runs-once-more "$(runs web)"
	kill -KILL $update "$(pgrep -P $update)"
	wait $update || :
	reboot
	"$DAVIT" start web >/dev/null
done
same what-takes-the-machine-down-three-times-has-failed 'app:slow' "$(kept web failed | tr ' ' '\n' | grep slow)"
same and-is-no-trial-any-more '' "$(kept web trial)"
same while-the-app-runs well "$(runs web)"

i=0
while [ $i -lt 12 ]; do
	i=$((i + 1))
	"$DAVIT" update --force --healthy-after 1 web "app:$((i % 2 + 2))" >/dev/null 2>&1 &
	update=$!
	sleep "0.$((i * 7 % 10))"
	workers=$(pgrep -P $update || :)
	# shellcheck disable=SC2086 # none, or one
	kill -KILL $update $workers 2>/dev/null || :
	wait $update 2>/dev/null || :
	"$DAVIT" start web >/dev/null 2>start.err || fail "after-kill-$i-the-app-is-started" "$(cat start.err)"
	case $(runs web) in
	well | 2 | 3) ;;
	*) fail "after-kill-$i-the-app-runs" "$(runs web)" ;;
	esac
	if [ "$("$DAVIT" ps -q | wc -l)" -ne 1 ]; then
		fail "after-kill-$i-it-runs-once" "$("$DAVIT" ps)"
	fi
done
pass killed-at-any-moment-the-app-runs-after-a-start
# A registry that never answers.
if command -v python3 >/dev/null; then
	cat >mute.py <<-'END'
		import socket, time
		server = socket.create_server(("127.0.0.1", 0))
		open("port", "w").write(str(server.getsockname()[1]))
		time.sleep(60)
	END
	python3 mute.py &
	mute=$!
	check a-mute-registry-listens until_true test -s port
	before=$(runs web)
	{
		"$DAVIT" update web "127.0.0.1:$(cat port)/app:1" >/dev/null 2>&1 || :
		echo >called-off
	} &
	waits=$!
	sleep 1
	update=$(pgrep -P $waits)
	kill -INT "$(pgrep -P "$update")"
	check an-update-that-waits-for-a-registry-is-called-off until_true test -e called-off
	kill $mute
	wait $waits $mute 2>/dev/null || :
	same while-the-app-runs-on "$before" "$(runs web)"
fi
ends and-an-update-goes-through-then 0 "$DAVIT" update --force --healthy-after 1 web app:1
same to-the-version-that-is-wanted 1 "$(runs web)"
