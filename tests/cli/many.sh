#!/bin/sh
# SPDX-License-Identifier: MIT
# Command lines of many or long words take no more memory than a small board has.
set -eu
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"

# frugal COMMAND...: in 16 MiB of address space (ASan wants terabytes), within 10 seconds
limit='prlimit --as=16777216'
[ -z "${SANITIZE-}" ] || limit=
frugal() {
	$limit timeout 10 "$@" >/dev/null
}

# many NAME COUNT WORDS: the words so many times, with & as the number
many() {
	# shellcheck disable=SC2046 # many words on purpose
	check "$1" frugal "$DAVIT" plan $(seq "$2" | sed "s|.*|$3|") "$IMAGE" true
}

# shellcheck disable=SC2046 # many words on purpose
check five-thousand-arguments-are-planned frugal "$DAVIT" plan "$IMAGE" echo $(seq 5000)
many two-thousand-variables-are-planned 2000 '-e V&=x'
many a-thousand-volumes-are-planned 1000 '-v /srv:/v&'
many a-thousand-tmpfs-are-planned 1000 '--tmpfs /t&'
many a-thousand-devices-are-planned 1000 '--device /dev/null:/dev/n&'
many a-thousand-ulimits-are-planned 1000 '--ulimit nofile=&'

long=$(head -c 100000 /dev/zero | tr '\0' a)
deep=$(seq 2000 | sed 's|.*|/a|' | tr -d '\n')
deeper=$(seq 10000 | sed 's|.*|/a|' | tr -d '\n')
check a-long-argument-is-planned frugal "$DAVIT" plan "$IMAGE" echo "$long"
check an-argument-of-quotes-is-planned frugal "$DAVIT" plan "$IMAGE" echo "$(echo "$long" | cut -c 1-5000 | tr a "'")"
check a-deep-target-is-planned frugal "$DAVIT" plan --tmpfs "$deep" "$IMAGE" true

# Longer than any path of the kernel: planned or refused, alike with little memory and with much.
alike() {
	code=0 much=0
	frugal "$@" 2>"$TMP/err" || code=$?
	timeout 10 "$@" >/dev/null 2>&1 || much=$?
	cut -c 1-200 "$TMP/err"
	[ $code -eq $much ]
}
check a-bottomless-target-costs-little alike "$DAVIT" plan --tmpfs "$deeper" "$IMAGE" true
check a-bottomless-volume-costs-little alike "$DAVIT" plan --volume "/srv:$deeper" "$IMAGE" true
