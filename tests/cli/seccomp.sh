#!/bin/sh
# SPDX-License-Identifier: MIT
# davit seccomp: what it compiles and shows, how it refuses, and that a refusal writes nothing.
set -eu
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"
policy=$(cd "$(dirname "$0")/../.." && pwd)/launcher/sandbox/seccomp.policy

# Sets code, out and err.
try() {
	code=0
	"$@" >"$TMP/out" 2>"$TMP/err" </dev/null || code=$?
	err=$(cat "$TMP/err")
}

# refused NAME CODE PATTERN ARGUMENT...: one line that says why, and no file
refused() {
	refused_name=$1 refused_code=$2 refused_pattern=$3
	shift 3
	rm -f "$TMP/new"
	try "$DAVIT" seccomp "$@"
	if [ "$code" -ne "$refused_code" ] || [ "$(echo "$err" | wc -l)" -ne 1 ] || [ -e "$TMP/new" ]; then
		fail "$refused_name" "exit code $code, $err $(ls "$TMP")"
	else
		contains "$refused_name" "$err" "$refused_pattern"
	fi
}

try "$DAVIT" seccomp
same without-a-subcommand-it-is-wrong-usage 2 "$code"
contains and-its-usage-is-told "$(cat "$TMP/out")" 'compile POLICY -o FILE'
try "$DAVIT" seccomp --help
same help-is-no-error 0 "$code"
contains help-lists-the-options "$(cat "$TMP/out")" '--arch MACHINE'

printf 'allow little\n\tread write\nenosys new\n\tclone3\ncheck ioctl 1 one-of 0x5401\nallow-with SYS_TIME\n\tsettimeofday\n' >"$TMP/small"
for machine in x86_64 arm armv5 armv7 aarch64 arm64 riscv64; do
	try "$DAVIT" seccomp compile "$policy" --arch $machine --kernel 5.10 -o "$TMP/$machine.bpf"
	same "the-default-policy-is-compiled-for-$machine" 0 "$code$err"
	try "$DAVIT" seccomp show "$TMP/$machine.bpf"
	contains "and-shown-for-$machine" "$(tr '\n\t' '  ' <"$TMP/out")" 'depends on the arguments * clone'
done
check one-machine-of-several-names-has-one-filter cmp "$TMP/arm.bpf" "$TMP/armv5.bpf"
"$DAVIT" seccomp compile "$TMP/small" -o - >"$TMP/piped"
"$DAVIT" seccomp compile -o "$TMP/small.bpf" "$TMP/small"
check a-filter-goes-to-standard-output-too cmp "$TMP/piped" "$TMP/small.bpf"
"$DAVIT" seccomp compile "$TMP/small" -o "$TMP/again.bpf"
check the-same-policy-gives-the-same-bytes cmp "$TMP/again.bpf" "$TMP/small.bpf"
"$DAVIT" seccomp show "$TMP/small" >"$TMP/shown"
"$DAVIT" seccomp show "$TMP/small.bpf" >"$TMP/shown.bpf"
check a-policy-is-shown-as-its-filter cmp "$TMP/shown" "$TMP/shown.bpf"
shown=$(tr '\n\t' '  ' <"$TMP/shown")
contains what-is-allowed-is-shown "$shown" 'allow * read write *EPERM'
contains what-depends-on-arguments-is-shown "$shown" 'depends on the arguments * ioctl'
contains what-wants-a-capability-is-refused-without "$shown" 'EPERM * settimeofday'
shown=$("$DAVIT" seccomp show "$TMP/small" --cap-add SYS_TIME | tr '\n\t' '  ')
contains and-allowed-with-it "$shown" 'allow * settimeofday *EPERM'
contains tracing-wants-a-kernel "$("$DAVIT" seccomp show "$policy" --kernel 4.7 | tr '\n\t' '  ')" 'EPERM * ptrace'
contains and-a-capability-will-do "$("$DAVIT" seccomp show "$policy" --cap-add SYS_PTRACE | tr '\n\t' '  ')" 'allow * ptrace *EPERM'

refused another-subcommand 2 'expected compile or show' build "$TMP/small"
refused no-output 2 'needs -o' compile "$TMP/small"
refused no-policy 2 'expected one FILE' compile -o "$TMP/new"
refused two-policies 2 'expected one FILE' compile "$TMP/small" "$TMP/small" -o "$TMP/new"
refused an-output-to-show 2 'standard output' show "$TMP/small" -o "$TMP/new"
refused an-unknown-option 2 'unknown option' compile "$TMP/small" --outptu "$TMP/new"
refused another-machine 1 'expected x86_64' compile "$TMP/small" --arch vax -o "$TMP/new"
refused another-capability 1 'no such capability' compile "$TMP/small" --cap-add FLY -o "$TMP/new"
refused a-kernel-without-a-version 1 'such as 4.8' compile "$TMP/small" --kernel new -o "$TMP/new"
refused a-missing-policy 1 'No such file' compile "$TMP/none" -o "$TMP/new"
refused a-directory 1 'directory' compile "$TMP" -o "$TMP/new"
printf 'allow all\n\treed\n' >"$TMP/bad"
refused a-mistyped-policy 1 'bad:2: reed: ' compile "$TMP/bad" -o "$TMP/new"
printf '{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["read"], "actoin": "SCMP_ACT_KILL"}]}' >"$TMP/bad.json"
refused a-mistyped-key 1 'bad.json: syscalls\[0\].actoin: ' compile "$TMP/bad.json" -o "$TMP/new"
printf 'allow\000' >"$TMP/nul"
refused a-file-that-is-no-text 1 'NUL' compile "$TMP/nul" -o "$TMP/new"
head -c 70 "$TMP/small.bpf" >"$TMP/cut"
refused a-cut-filter 1 'length' show "$TMP/cut"
refused an-output-that-cannot-be-written 1 'No such file' compile "$TMP/small" -o "$TMP/none/new"
