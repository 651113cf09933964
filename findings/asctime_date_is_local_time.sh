#!/usr/bin/env bash
# Guess: email.utils.parsedate_to_datetime, which reads all three forms of an HTTP date, gives
#   for each the same moment. RFC 9110, 5.6.7: "An HTTP-date value represents time as an
#   instance of Coordinated Universal Time (UTC)", also in the form without a zone.
# What happens: of Sun Nov  6 08:49:37 1994 it makes a datetime without a zone, of the two others
#   one with UTC. timestamp() then takes it for local time (nine hours off in Tokyo), and a
#   comparison with the others raises TypeError. mktime_tz(parsedate_tz(...)) of the same
#   module takes the same text for UTC. The manual says that a zone of -0000 gives a naive
#   datetime, and nothing of a missing one. Python's own http.server knows it, and sets UTC by
#   hand for If-Modified-Since. On a machine that runs in UTC no test notices.
# Seen on 2026-11-28 with Python 3.11.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 --version
TZ=Asia/Tokyo timeout 60 python3 - << 'CHECK'
import sys, time
from email.utils import mktime_tz, parsedate_to_datetime, parsedate_tz

assert time.timezone == -9 * 3600
forms = ("Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994")
dates = [parsedate_to_datetime(form) for form in forms]
for form, date in zip(forms, dates):
    print(f"{form}: {date!r}, timestamp {date.timestamp():.0f}, mktime_tz {mktime_tz(parsedate_tz(form))}")
try:
    compared = dates[2] <= dates[0]
except TypeError as error:
    compared = str(error)
print(compared)
seen = [date.timestamp() for date in dates], dates[2].tzinfo, compared
older = mktime_tz(parsedate_tz(forms[2]))
if older != 784111777 or seen != ([784111777, 784111777, 784111777 - 9 * 3600], None, "can't compare offset-naive and offset-aware datetimes"):
    sys.exit(f"no longer so: {seen}")
CHECK
