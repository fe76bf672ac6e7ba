#!/bin/sh
# SPDX-License-Identifier: MIT
# What is not understood: exit codes, suggestions, one line each on standard error, and nothing else happens.
set -eu
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"
cd "$TMP"
name=cli-$$
esc=$(printf '\033')
newline='
'

# refused NAME CODE ARGUMENT...: the exit code, exactly one printable line that begins with "davit: ", no output
refused() {
	refused_name=$1 refused_code=$2
	shift 2
	code=0
	"$DAVIT" "$@" >out 2>err </dev/null || code=$?
	if [ $code -ne "$refused_code" ]; then
		fail "$refused_name" "exit code $code instead of $refused_code: $(cat err)"
	elif [ -s out ]; then
		fail "$refused_name" "on standard output: $(cat out)"
	elif [ "$(wc -l <err)" -ne 1 ]; then
		fail "$refused_name" "$(wc -l <err) lines: $(cat err)"
	elif ! grep -q '^davit: .' err; then
		fail "$refused_name" "does not begin with davit: $(cat err)"
	elif tr -d '\n' <err | LC_ALL=C grep -q '[[:cntrl:]]'; then
		fail "$refused_name" "control characters: $(od -c err | head -n 3)"
	else
		pass "$refused_name"
	fi
}

# suggests WORD COMMAND ARGUMENT...: the line asks whether COMMAND was meant
suggests() {
	suggested=$2
	shift 2
	contains "$suggested-is-suggested-for-$1" "$("$DAVIT" "$@" 2>&1 || :)" "did you mean ${suggested}[?]"
}

# --- commands ----------------------------------------------------------------------------------------

code=0
"$DAVIT" >out 2>err || code=$?
same davit-alone-is-wrong-usage 2 $code
refused an-unknown-command-is-wrong-usage 2 xyzzy
refused an-empty-command-is-wrong-usage 2 ''
refused an-unknown-global-option-is-wrong-usage 2 --quiet run
contains which-is-called-an-option "$("$DAVIT" --quiet run 2>&1 || :)" 'unknown option --quiet (before a command: --config, --root, --run-root)'
contains a-global-option-stands-before-the-command "$("$DAVIT" run --root x y 2>&1 || :)" '--root stands before the command: davit --root DIR run'
refused an-unknown-command-has-no-help 2 help xyzzy
refused help-takes-one-command 2 help run plan
refused version-takes-nothing 2 version now
refused doctor-takes-nothing-unknown 2 doctor --all
refused doctor-takes-one-option 2 doctor --facts --facts
refused the-run-root-needs-a-folder 2 --run-root
contains an-unknown-command-points-to-the-help "$("$DAVIT" xyzzy 2>&1 || :)" 'davit help'
lacks an-unlikely-command-is-not-suggested "$("$DAVIT" xyzzy 2>&1 || :)" 'did you mean'
while read -r word verb; do
	suggests "$word" "davit $verb" "$word"
done <<END
rnu run
runn run
pla plan
paln plan
doctro doctor
docter doctor
verison version
hlep help
END

# --- options -----------------------------------------------------------------------------------------

while read -r word option; do
	contains "$option-is-suggested-for-$word" "$("$DAVIT" run "$word" 2>&1 || :)" "did you mean ${option}[?]"
done <<END
--memroy --memory
--readonly --read-only
--volumes --volume
--hostnam --hostname
--cap-ad --cap-add
--capadd --cap-add
--interactiv --interactive
--pid-limit --pids-limit
--entry-point --entrypoint
--envfile --env-file
END

# run says 125, plan 1, or 2 for options that there are not: the app's own codes must not be mistaken for davit's.
for verb in run:125:125 plan:1:2; do
	usage=${verb##*:} value=${verb#*:} verb=${verb%%:*}
	value=${value%:*}
	own="$verb --name $name --run-root $TMP/root"
	# shellcheck disable=SC2086 # several words
	{
		refused "$verb-without-an-image" "$usage" "$verb"
		refused "$verb-with-an-unknown-option" "$usage" $own --xyzzy "$IMAGE" true
		refused "$verb-with-an-unknown-letter" "$usage" $own -x "$IMAGE" true
		refused "$verb-with-a-value-missing" "$usage" $own --memory
		refused "$verb-with-a-bad-flag" "$usage" $own --init=1 "$IMAGE" true
		refused "$verb-with-bad-memory" "$value" $own --memory much "$IMAGE" true
		refused "$verb-with-bad-cpus" "$value" $own --cpus 1.2.3 "$IMAGE" true
		refused "$verb-with-bad-pids" "$value" $own --pids-limit x "$IMAGE" true
		refused "$verb-with-a-bad-ulimit" "$value" $own --ulimit nofile=x "$IMAGE" true
		refused "$verb-with-a-bad-user" "$value" $own --user : "$IMAGE" true
		refused "$verb-with-a-bad-hostname" "$value" $own --hostname a_b "$IMAGE" true
		refused "$verb-with-a-bad-network" "$value" $own --network bridge "$IMAGE" true
		refused "$verb-with-a-bad-volume" "$value" $own --volume x "$IMAGE" true
		refused "$verb-with-a-bad-tmpfs" "$value" $own --tmpfs x "$IMAGE" true
		refused "$verb-with-a-bad-device" "$value" $own --device x "$IMAGE" true
		refused "$verb-with-a-bad-capability" "$value" $own --cap-add x "$IMAGE" true
		refused "$verb-with-a-bad-variable" "$value" $own --env =x "$IMAGE" true
		refused "$verb-with-a-missing-env-file" "$value" $own --env-file missing "$IMAGE" true
		refused "$verb-with-a-bad-working-directory" "$value" $own --workdir x "$IMAGE" true
		refused "$verb-with-a-bad-storage-size" "$value" $own --storage-opt size=x "$IMAGE" true
		refused "$verb-with-a-missing-image" "$value" $own missing.squashfs true
		refused "$verb-with-an-image-that-is-text" "$value" $own "$0" true
		refused "$verb-with-an-offset-too-far" "$value" $own "$IMAGE@1t" true
		refused "$verb-without-a-command" "$value" $own "$IMAGE"
		refused "$verb-with-a-bad-run-root" "$value" "$verb" --run-root x "$IMAGE" true
	}
done
refused run-is-not-for-another-machine 125 run --name $name --run-root "$TMP/root" --host missing.facts "$IMAGE" true
"$DAVIT" doctor --facts >here.facts 2>/dev/null || :
refused run-is-not-for-this-machine-as-it-was 125 run --name $name --run-root "$TMP/other" --host here.facts "$IMAGE" true

# --- hostile text ------------------------------------------------------------------------------------

# What the user wrote is shown, but never so that it ends the line or speaks to the terminal.
while IFS=: read -r what text; do
	text=$(printf 'x%by' "$text")
	refused "a-name-with-$what-is-shown-in-one-line" 1 plan --name "$text" "$IMAGE" true
	refused "an-option-with-$what-is-shown-in-one-line" 2 plan "--$text" "$IMAGE" true
	refused "a-command-with-$what-is-shown-in-one-line" 2 "$text"
	refused "a-path-with-$what-is-shown-in-one-line" 1 plan "/$text" true
	refused "a-value-with-$what-is-shown-in-one-line" 1 plan --memory "$text" "$IMAGE" true
done <<'END'
a-line-break:\n
a-return:\r
an-escape:\033[2J
a-bell:\007
a-delete:\177
END
long=$(head -c 100000 /dev/zero | tr '\0' a)
refused a-very-long-name-is-shown-in-one-line 1 plan --name "$long" "$IMAGE" true
refused a-very-long-option-is-shown-in-one-line 2 plan "--$long" "$IMAGE" true
refused a-very-long-command-is-shown-in-one-line 2 "$long"
refused a-very-long-path-is-shown-in-one-line 1 plan "/$long" true
check errors-are-not-endless [ "$(wc -c <err)" -le 1025 ]

lines_of_plan() {
	"$DAVIT" plan --name $name "$IMAGE" "$@" | wc -l
}
same a-line-break-in-an-argument-is-no-step-of-the-plan "$(lines_of_plan sh -c x)" "$(lines_of_plan sh -c "x${newline}y")"
lacks an-escape-in-an-argument-does-not-reach-the-terminal "$("$DAVIT" plan --name $name "$IMAGE" sh -c "${esc}[2J")" "$esc"

differ() {
	[ "$("$DAVIT" plan --name $name "$IMAGE" "$1" "$2")" != "$("$DAVIT" plan --name $name "$IMAGE" "$1 $2")" ]
}
check two-arguments-are-not-shown-as-one differ sh -c

# --- nothing happened --------------------------------------------------------------------------------

nothing_is_left() {
	[ ! -e "$TMP/root" ] || echo "$TMP/root was made"
	[ ! -e "/run/davit/$name" ] || echo "/run/davit/$name was made"
	! grep "$TMP" /proc/self/mounts || echo "is mounted"
	find /sys/fs/cgroup -maxdepth 4 -name "$name" 2>/dev/null
}
same refusals-leave-nothing '' "$(nothing_is_left)"
