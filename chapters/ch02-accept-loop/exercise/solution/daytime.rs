use chrono::{DateTime, Utc};
use std::io::{self, Write};

/// Tells the client the date and the time of `moment` in one line, and hangs up: the daytime
/// service of RFC 867.
///
/// The line is `Monday, February 22, 1982 17:37:43-UTC` and CR LF. The day of the month has
/// no zero before it (`February 2`); hours, minutes and seconds have two digits. Parts of a
/// second are left out. An error of a write is returned.
pub fn daytime(mut conn: impl Write, moment: DateTime<Utc>) -> io::Result<()> {
    // `%-d` is the day without the zero that `%d` puts before it.
    let line = moment.format("%A, %B %-d, %Y %H:%M:%S-UTC\r\n").to_string();
    conn.write_all(line.as_bytes())
}
