#!/bin/sh
# SPDX-License-Identifier: MIT
# Every system call of this machine, made inside, against the policy; the ways round a filter; other filters.
# shellcheck disable=SC2016 # in single quotes: for the inner shell
set -eu
# shellcheck source=lib/box.sh
. "$(dirname "$0")/lib/box.sh"

# --- every number ------------------------------------------------------------------------------------

# Without memory for anything else: what a call with wild arguments takes is gone with the sandbox.
try limited "$DAVIT" run "$APP" calls try
same every-call-is-made 0 "$code"
echo "$said" >"$TMP/filtered"
try limited "$DAVIT" run --security-opt seccomp=unconfined "$APP" calls try
same every-call-is-made-without-a-filter 0 "$code"
echo "$said" >"$TMP/unconfined"
"$BOX/calls" judge "$TMP/filtered" "$TMP/unconfined"
try box "$APP" calls round
same the-ways-round-were-tried 0 "$code"
echo "$said"

# On an ARM machine of 64 bits; the kernel may not know such programs at all.
if [ -e "$BOX/foreign" ]; then
	try box --security-opt seccomp=unconfined "$APP" foreign
	if [ "$code" -eq 0 ]; then
		ends a-32-bit-program-is-ended 159 "$APP" foreign
	else
		skip a-32-bit-program-is-ended "this kernel runs none: $said"
	fi
fi

# --- --security-opt ----------------------------------------------------------------------------------

status='sed -n "s/^\(Seccomp\|NoNewPrivs\):[[:space:]]*/\1 /p" /proc/self/status | sort | tr "\n" " "'
shows a-filter-and-no-new-privileges-are-the-default 'NoNewPrivs 1 Seccomp 2 ' "$APP" sh -c "$status"
shows seccomp-builtin-is-the-default 'NoNewPrivs 1 Seccomp 2 ' --security-opt seccomp=builtin "$APP" sh -c "$status"
# What this script runs under itself is there anyway.
shows seccomp-unconfined-loads-no-filter "NoNewPrivs 1 Seccomp $(sed -n 's/^Seccomp:.//p' /proc/self/status) " --security-opt seccomp=unconfined "$APP" sh -c "$status"
shows no-new-privileges-can-be-said 'NoNewPrivs 1 Seccomp 2 ' --security-opt no-new-privileges:true "$APP" sh -c "$status"
shows no-new-privileges-can-be-given-up 'NoNewPrivs 0 Seccomp 2 ' --security-opt no-new-privileges=false "$APP" sh -c "$status"
shows then-setuid-programs-have-effect '1000 0' --security-opt no-new-privileges=false --user app "$APP" setuid-probe ids
shows with-an-init-too '1000 0' --init --security-opt no-new-privileges=false --user app "$APP" setuid-probe ids
cp "$BOX/probe" "$TREE/bin/setuid-probe"
chmod 4755 "$TREE/bin/setuid-probe"
mkdir -p "$TMP/volume"
cp -p "$TREE/bin/setuid-probe" "$TMP/volume/probe"
shows but-not-those-of-a-volume '1000 1000' --security-opt no-new-privileges=false --user app -v "$TMP/volume:/mnt" "$APP" /mnt/probe ids
shows and-the-filter-stays-with-them 'NoNewPrivs 0 Seccomp 2 ' --security-opt no-new-privileges=false --user app "$APP" sh -c "$status"

# A policy that forbids one call more, and allows one that the default policy does not.
cat >"$TMP/my.policy" <<'END'
allow most
	read write readv writev open openat close fstat fstat64 newfstatat fstatat64 statx stat stat64 lstat lstat64 ioctl
	fcntl fcntl64 mmap mmap2 munmap mprotect brk mremap madvise execve exit exit_group rt_sigaction rt_sigprocmask
	rt_sigreturn sigreturn getpid getppid getuid getuid32 geteuid geteuid32 getgid getgid32 getegid getegid32 setgid setgid32 setuid setuid32
	set_tid_address set_robust_list rseq prlimit64 arch_prctl set_tls uname getcwd sendmsg getrandom clock_gettime
	clock_gettime64 gettimeofday prctl getdents64 lseek _llseek dup dup2 dup3 pipe pipe2 fork vfork clone wait4
	poll ppoll ppoll_time64 kill rt_sigtimedwait riscv_flush_icache cacheflush sync
enosys hosts
	sethostname
END
if "$DAVIT" seccomp compile "$TMP/my.policy" -o "$TMP/my.bpf" >"$TMP/said" 2>&1; then
	pass a-policy-is-compiled
	shows a-compiled-filter-is-loaded 'NoNewPrivs 1 Seccomp 2 ' --security-opt "seccomp=$TMP/my.bpf" "$APP" sh -c "$status"
	try box --security-opt "seccomp=$TMP/my.bpf" "$APP" mkdir /tmp/new
	contains what-it-forbids-fails "$said" 'not permitted'
	try box --security-opt "seccomp=$TMP/my.bpf" "$APP" hostname other
	contains what-it-does-not-know-looks-unknown "$said" 'not implemented'
	shows a-policy-is-loaded-as-it-is 'NoNewPrivs 1 Seccomp 2 ' --security-opt "seccomp=$TMP/my.policy" "$APP" sh -c "$status"
	head -c 200 "$TMP/my.bpf" >"$TMP/cut.bpf"
	refused a-cut-filter-is-refused 'length' --security-opt "seccomp=$TMP/cut.bpf" "$APP" true
	{ head -c 60 "$TMP/my.bpf"; printf 'x'; tail -c +62 "$TMP/my.bpf"; } >"$TMP/changed.bpf"
	refused a-changed-filter-is-refused 'checksum' --security-opt "seccomp=$TMP/changed.bpf" "$APP" true
	for other in x86_64 arm aarch64 riscv64; do
		"$DAVIT" seccomp compile "$TMP/my.policy" --arch $other -o "$TMP/$other.bpf" >/dev/null 2>&1 || :
		cmp -s "$TMP/$other.bpf" "$TMP/my.bpf" || foreign=$other
	done
	refused a-filter-of-another-machine-is-refused "for $foreign" --security-opt "seccomp=$TMP/$foreign.bpf" "$APP" true
	printf 'allow little\n\tread write exit_group sendmsg\n' >"$TMP/little.policy"
	refused a-filter-that-forbids-the-start-is-refused 'forbids execve' --security-opt "seccomp=$TMP/little.policy" "$APP" true
	cat >"$TMP/my.json" <<-'END'
		{ "defaultAction": "SCMP_ACT_ALLOW", "flags": ["SECCOMP_FILTER_FLAG_LOG"], "syscalls": [
		{ "names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO", "errnoRet": 30 } ] }
	END
	try box --security-opt "seccomp=$TMP/my.json" "$APP" mkdir /tmp/new
	contains a-policy-of-OCI-is-loaded-too "$said" 'Read-only file system'
else
	fail a-policy-is-compiled "$(cat "$TMP/said")"
fi
head -c 5000 "$BUSYBOX" >"$TMP/program"
refused a-file-that-is-no-filter-is-refused 'compiled' --security-opt "seccomp=$TMP/program" "$APP" true
refused a-missing-filter-is-refused 'No such file' --security-opt "seccomp=$TMP/none" "$APP" true
refused other-security-options-are-refused-by-name 'apparmor' --security-opt apparmor=x "$APP" true
clean nothing-is-left-of-calls
