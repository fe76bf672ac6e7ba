#!/bin/sh
# SPDX-License-Identifier: MIT
# Help for davit and for each of its commands: the same however it is asked for, complete, and not too wide.
set -eu
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"
top=$(cd "$(dirname "$0")/../.." && pwd)
verbs='run plan pause unpause stats top doctor version help'

# quiet COMMAND...: standard output of a command that must succeed and say nothing else
quiet() {
	"$@" 2>"$TMP/err" || return
	[ ! -s "$TMP/err" ] || {
		cat "$TMP/err"
		return 1
	}
}

check help-succeeds quiet "$DAVIT" help
"$DAVIT" help >"$TMP/help" 2>&1 || :
for verb in $verbs; do
	check "help-lists-$verb" grep -q "^  davit $verb " "$TMP/help"
done
for ask in --help -h; do
	same "davit-$ask-is-davit-help" "$(cat "$TMP/help")" "$("$DAVIT" $ask 2>&1)"
done
same davit-alone-shows-the-help "$(cat "$TMP/help")" "$("$DAVIT" 2>&1 || :)"
same davit---version-is-davit-version "$("$DAVIT" version)" "$("$DAVIT" --version 2>&1)"

for verb in $verbs; do
	check "help-for-$verb-succeeds" quiet "$DAVIT" help "$verb"
	"$DAVIT" help "$verb" >"$TMP/$verb" 2>&1 || :
	check "help-for-$verb-says-how-it-is-used" grep -q "^davit $verb" "$TMP/$verb"
	same "davit-$verb---help-is-davit-help-$verb" "$(cat "$TMP/$verb")" "$("$DAVIT" "$verb" --help 2>&1)"
done
same davit-version--h-is-davit-help-version "$(cat "$TMP/version")" "$("$DAVIT" version -h 2>&1)"
same davit-images--h-is-davit-help-images "$("$DAVIT" help images)" "$("$DAVIT" images -h 2>&1)"
contains but--h-is-the-host-name-of-a-launch "$("$DAVIT" run -h 2>&1 || :)" '--hostname needs'
same help-may-be-asked-for-behind-other-options "$(cat "$TMP/run")" "$("$DAVIT" run --init -m 1m --help 2>&1)"

"$DAVIT" help | sed -n 's/^  davit \([a-z]*\) .*/\1/p' >"$TMP/verbs"
fits() {
	wide=$({
		"$DAVIT" help
		while read -r verb; do "$DAVIT" help "$verb" </dev/null; done <"$TMP/verbs"
	} | LC_ALL=C.UTF-8 grep -E '.{101}') || return 0
	echo "wider than 100: $wide"
	return 1
}
check help-fits-into-100-columns fits

no_trailing_blanks() {
	! cat "$TMP/help" "$TMP/run" "$TMP/plan" "$TMP/doctor" "$TMP/version" | grep -nE ' +$'
}
check help-has-no-blanks-at-the-ends-of-lines no_trailing_blanks

# The options by the program's own help; plan has those of run, and --host.
list_options() {
	grep -oE '^  (-[a-z],|   ) --[a-z-]+' "$1" | grep -oE -- '--[a-z-]+'
}
list_options "$TMP/run" >"$TMP/options"
check help-for-run-lists-options [ "$(wc -l <"$TMP/options")" -gt 20 ]
same options-are-in-order "$(sort "$TMP/options")" "$(cat "$TMP/options")"

every_option_is_in() {
	missing=''
	while read -r option; do
		sed 's/\\-/-/g' "$1" | grep -q -- "$option" || missing="$missing $option"
	done <"$TMP/options"
	[ -z "$missing" ] || {
		echo "missing:$missing"
		return 1
	}
}
# What the man page says of a command, without its font changes.
sed 's/\\-/-/g; s/\\f.//g' "$top/launcher/davit.1" >"$TMP/man"
sed -n '/^\.SH SYNOPSIS/,/^\.SH DESCRIPTION/p' "$TMP/man" >"$TMP/synopsis"
sed -n '/^\.SH COMMANDS/,/^\.SH OPTIONS/p' "$TMP/man" >"$TMP/commands"
entry() {
	awk -v verb="$1" '
		/^\.TP/ { entry = 0; head = 1; next }
		head { head = 0; gsub(/[,"]/, " "); split($0, word, " "); entry = word[2] == verb || word[3] == verb }
		entry' "$TMP/commands"
}

# Options by their letter or their name. Those of run, plan and seccomp have sections of their own.
man_page_knows() {
	grep -q "^\.B davit $1\( \|\$\)" "$TMP/synopsis" || echo "davit $1 in SYNOPSIS"
	entry "$1" >"$TMP/entry"
	[ -s "$TMP/entry" ] || echo "davit $1 in COMMANDS"
	case $1 in run | plan | seccomp) return ;; esac
	"$DAVIT" help "$1" | sed -nE 's/^  (-[a-zA-Z]|  )[, ] (--[a-z-]+).*/\2 \1/p' | while read -r long short; do
		grep -qE -e "$long([^a-z-]|\$)" ${short:+-e "[ (]$short([^a-zA-Z-]|\$)"} "$TMP/entry" || echo "davit $1 $long"
	done
}
every_command_is_in_the_man_page() {
	while read -r verb; do
		man_page_knows "$verb" </dev/null
	done <"$TMP/verbs"
}
same the-man-page-has-every-command-and-its-options '' "$(every_command_is_in_the_man_page)"
check help-for-plan-has-every-option every_option_is_in "$TMP/plan"
check the-man-page-has-every-option every_option_is_in "$top/launcher/davit.1"

"$DAVIT" version >"$TMP/version" 2>&1 || :
check version-says-which-and-for-what grep -Eq '^davit [0-9]+\.[0-9]+\.[0-9]+ for [a-z0-9_]' "$TMP/version"
check version-says-with-what grep -Eq '^options: [a-z0-9 -]+$' "$TMP/version"
same version-is-two-lines 2 "$(wc -l <"$TMP/version")"
