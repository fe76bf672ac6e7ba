# SPDX-License-Identifier: MIT
"""Read "time,value" lines, and print how many there are, the least, the mean and the greatest of each hour."""
import csv
import datetime
import sys

hours = {}
for row in csv.reader(sys.stdin):
    try:
        moment = datetime.datetime.fromisoformat(row[0])
        value = float(row[1])
    except (IndexError, ValueError):
        sys.exit(f"report: expected TIME,VALUE, not {','.join(row)!r}")
    hours.setdefault(moment.strftime("%Y-%m-%d %H"), []).append(value)
for hour, values in sorted(hours.items()):
    print(f"{hour}h {len(values):4} {min(values):8.2f} {sum(values) / len(values):8.2f} {max(values):8.2f}")
