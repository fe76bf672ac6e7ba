#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Run a command in a terminal of so many columns: terminal.py COLUMNS FILE COMMAND...

FILE gets all that it draws. Fails when the command does, or when a line is as wide as the terminal,
which would put its end into the next one.
"""
import fcntl
import os
import pty
import re
import struct
import sys
import termios

columns = int(sys.argv[1])
pid, terminal = pty.fork()
if pid == 0:
    fcntl.ioctl(1, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    os.environ["TERM"] = "vt100"
    os.execv(sys.argv[3], sys.argv[3:])
drawn = b""
while True:
    try:
        data = os.read(terminal, 65536)
    except OSError:
        break
    if not data:
        break
    drawn += data
with open(sys.argv[2], "wb") as file:
    file.write(drawn)
status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
if status != 0:
    sys.exit(f"exit code {status}: {drawn[-500:]!r}")
if b"\033[" not in drawn:
    sys.exit(f"nothing was drawn again: {drawn[-500:]!r}")
for line in re.split(rb"[\r\n]+", re.sub(rb"\033\[[0-9]*[A-Z]", b"", drawn)):
    # The lines behind the layers are words, which a terminal may break.
    if len(line) >= columns and b": " in line and re.match(rb"[0-9a-f]{12}: ", line):
        sys.exit(f"{len(line)} of {columns} columns: {line!r}")
