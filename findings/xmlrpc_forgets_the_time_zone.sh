#!/usr/bin/env bash
# Guess: xmlrpc.client converts a datetime with a zone to UTC, or refuses it as it refuses
#   None and long integers: dateTime.iso8601 has no zone ("Don't assume a timezone", says the
#   specification; the server states in its manual what it means).
# What happens: it writes the hours and minutes as they stand and leaves the zone out. The same
#   moment, written in Tokyo and in UTC, is two values nine hours apart, and both come back
#   without a zone. Microseconds are left out too. It reads back only what it writes: a Z or
#   dashes, which other libraries send, raise ValueError with use_builtin_types.
# Seen on 2026-11-28 with Python 3.11.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 --version
timeout 60 python3 - << 'CHECK'
import sys, xmlrpc.client
from datetime import UTC, datetime, timedelta, timezone

utc = datetime(2026, 11, 28, 20, 0, 0, 999999, tzinfo=UTC)
tokyo = utc.astimezone(timezone(timedelta(hours=9)))
assert utc == tokyo
seen = []
for date in (utc, tokyo):
    text = xmlrpc.client.dumps((date,))
    [back], _ = xmlrpc.client.loads(text, use_builtin_types=True)
    value = text.partition("<dateTime.iso8601>")[2].partition("<")[0]
    print(f"{date.isoformat()} is written as {value} and read as {back!r}")
    seen.append((value, back))
    for zone in (value + "Z", value[:4] + "-" + value[4:6] + "-" + value[6:]):
        try:
            xmlrpc.client.loads(text.replace(value, zone), use_builtin_types=True)
            sys.exit(f"no longer so: {zone} is read")
        except ValueError as error:
            print(f"{zone}: {error}")
expected = [("20261128T20:00:00", datetime(2026, 11, 28, 20)), ("20261129T05:00:00", datetime(2026, 11, 29, 5))]
if seen != expected:
    sys.exit(f"no longer so: expected {expected}")
CHECK
