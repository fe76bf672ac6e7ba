#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What a command costs: price.py COMMAND...

Prints "PEAK CPU": the highest sum of the private memory of all its processes, in KiB, looked at
every few milliseconds, and processor time of all of them in milliseconds. What it prints goes to
standard error.
"""
import os
import resource
import subprocess
import sys
import time


def family(pid):
    pids = [pid]
    try:
        for task in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{task}/children", encoding="ascii") as file:
                for child in file.read().split():
                    pids += family(child)
    except OSError:
        pass
    return pids


def private(pid):
    try:
        with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as file:
            return sum(int(line.split()[1]) for line in file if line.startswith("Private_"))
    except OSError:
        return 0


process = subprocess.Popen(sys.argv[1:], stdout=sys.stderr)
peak = 0
while process.poll() is None:
    peak = max(peak, sum(private(pid) for pid in family(process.pid)))
    time.sleep(0.005)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(peak, round((used.ru_utime + used.ru_stime) * 1000))
sys.exit(process.returncode)
