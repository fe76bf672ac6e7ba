#!/bin/sh
# SPDX-License-Identifier: MIT
# Inside a board, as the last: its kernel has what davit needs; where parts of it can be taken away, each is missed by name.
set -eu
# shellcheck source=../../box/lib/box.sh
. "$(dirname "$0")/../box/lib/box.sh"

check the-doctor-finds-all-that-is-needed "$DAVIT" doctor

# lacks_option MODULE OPTION: without the module, the launch and the doctor name the option
lacks_option() {
	check "the-module-$1-is-taken-away" rmmod "$1"
	refused "without-$1-the-launch-names-$2" "$2" "$APP" true
	try "$DAVIT" doctor
	same "without-$1-the-doctor-is-not-content" 1 "$code"
	contains "without-$1-the-doctor-names-$2" "$said" "$2"
}

if [ -e /proc/modules ]; then
	lacks_option overlay CONFIG_OVERLAY_FS
	ends without-overlay-a-read-only-root-is-launched 0 --read-only "$APP" true
	lacks_option squashfs CONFIG_SQUASHFS
	lacks_option loop CONFIG_BLK_DEV_LOOP
fi
clean nothing-is-left-of-lacking-options
