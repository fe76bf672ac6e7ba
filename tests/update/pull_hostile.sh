#!/bin/sh
# SPDX-License-Identifier: MIT
# davit pull from servers that stall, reset, lie or send wrong bytes: each ends in success or in one clear line, and
# the store is as good as before. Run as root.
set -eu
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=lib/registry.sh
. "$(dirname "$0")/lib/registry.sh"
# shellcheck source=lib/images.sh
. "$(dirname "$0")/lib/images.sh"

if ! images_can_be_built; then
	skip bad-servers-are-survived "this davit builds no images"
	exit 0
fi

export DAVIT_CONFIG="$TMP/config" DAVIT_RUN_ROOT="$TMP/run"
mkdir -p "$TMP/config"
image_make "$TMP/old" 'echo old' 100000
image_make "$TMP/new" 'echo new' 900000 100000

# attempt MODE good|bad WORDS [OPTION...]: pull from a server that behaves so, over an image that is there; WORDS are
# in what is said. Results go to a file, since all modes are tried at once.
attempt() {
	mode=$1 expected=$2 words=$3
	shift 3
	folder=$TMP/mode.$mode
	mkdir "$folder"
	port=$(registry_port)
	name=localhost:$port/app:1
	images=$TMP
	# shellcheck disable=SC2030,SC2031 # of this one alone
	(
		TMP=$folder
		# Each name is one server's: the image that is there comes from the same, when it was good.
		python3 "$(dirname "$0")/image_server.py" --port "$port" --log "$folder/log" "app=$images/old" &
		registry_wait "$port" $!
		"$DAVIT" --root "$folder/store" pull -q "$name" >/dev/null 2>&1 || fail "$mode-can-be-tried" "no image"
		kill $!
		wait $! 2>/dev/null || :
		python3 "$(dirname "$0")/image_server.py" --port "$port" --log "$folder/log" --mode "$mode" "$@" \
			"app=$images/new" &
		registry_wait "$port" $!
		status=0
		timeout 120 "$DAVIT" --root "$folder/store" pull --quiet --timeout 2 "$name" \
			>"$folder/out" 2>"$folder/err" || status=$?
		said=$(grep -v '^davit: warning: ' "$folder/err" || :)
		ran=$("$DAVIT" --root "$folder/store" run "$name" 2>&1) || :
		if [ "$expected" = good ]; then
			same "a-server-with-$mode-is-survived" "0 '' new" "$status '$said' $ran"
		else
			same "a-server-with-$mode-ends-in-an-error" 1 "$status"
			same "a-server-with-$mode-is-told-in-one-line" 1 "$(echo "$said" | grep -c '^davit: ')"
			contains "a-server-with-$mode-is-told-clearly" "$said" "$words"
			same "a-server-with-$mode-leaves-the-old-image" old "$ran"
		fi
		check "a-server-with-$mode-leaves-a-sound-store" store_is_sound "$folder/store"
		# It comes to its senses; whatever was kept of what it sent must do no harm.
		kill $!
		wait $! 2>/dev/null || :
		python3 "$(dirname "$0")/image_server.py" --port "$port" --log "$folder/log" "app=$images/new" &
		registry_wait "$port" $!
		"$DAVIT" --root "$folder/store" pull -q "$name" >/dev/null 2>&1 || :
		same "after-a-server-with-$mode-all-is-well" new "$("$DAVIT" --root "$folder/store" run "$name" 2>&1)"
		same "after-a-server-with-$mode-nothing-is-half-there" '' \
			"$(find "$folder/store/partial" "$folder/store/new" -type f)"
		kill $!
		wait $! 2>/dev/null || :
	) >"$folder.results" 2>&1 &
}

attempt norange good ''
attempt no-range good ''
attempt break good '' --limit 200000
attempt busy good ''
attempt reset bad 'the connection broke'
attempt stall bad 'came for too long'
attempt short bad 'before the end'
attempt wrong bad 'does not have this digest'
attempt long bad 'more came than'
attempt lie bad 'were expected in all'
wait
attempt circle bad 'more than 10 redirects'
attempt other-range bad 'not asked for'
attempt busy-always bad '429'
attempt broken bad '500'
attempt manifest bad 'does not have the digest'
attempt nothing bad 'the connection broke'
attempt trickle bad 'came for too long'
wait
# shellcheck disable=SC2031 # it was changed in a subshell on purpose
cat "$TMP"/mode.*.results
