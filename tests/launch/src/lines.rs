use std::io::{self, BufRead, BufReader, Read};
use std::sync::mpsc::{Receiver, channel};
use std::thread;

/// The lines of `reader` as they come, without their line ends.
///
/// They are read in a thread, so that waiting for one can have a bound. After the
/// first `most` bytes the rest is read too, so that nobody has to wait for us, and
/// thrown away.
///
/// # Errors
///
/// If the system has no thread.
pub fn lines(reader: impl Read + Send + 'static, most: u64) -> io::Result<Receiver<String>> {
    lines_as(reader, most, |line| {
        String::from_utf8_lossy(line).trim_end_matches(['\r', '\n']).to_owned()
    })
}

/// The same, with what `form` makes of each line and its end.
pub(crate) fn lines_as<T: Send + 'static>(
    mut reader: impl Read + Send + 'static,
    most: u64,
    form: fn(&[u8]) -> T,
) -> io::Result<Receiver<T>> {
    let (sender, lines) = channel();
    thread::Builder::new().spawn(move || {
        let mut first = BufReader::new((&mut reader).take(most));
        let mut line = Vec::new();
        while let Ok(1..) = first.read_until(b'\n', &mut line) {
            // Nobody listens any more: read on all the same.
            let _ = sender.send(form(&line));
            line.clear();
        }
        drop((first, sender));
        let _ = io::copy(&mut reader, &mut io::sink());
    })?;
    Ok(lines)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_come_without_their_ends_and_the_last_one_may_have_none() {
        let all = lines(&b"one\r\n\ntwo\xff\nthree"[..], 100).unwrap();
        assert_eq!(all.iter().collect::<Vec<_>>(), ["one", "", "two\u{fffd}", "three"]);
    }

    #[test]
    fn what_is_too_much_is_read_and_thrown_away() {
        let (reader, mut writer) = io::pipe().unwrap();
        let all = lines(reader, 6).unwrap();
        // More than a pipe holds: if nobody read it, this would not return.
        io::Write::write_all(&mut writer, &b"one\ntwo\nthree\n".repeat(100_000)).unwrap();
        assert_eq!(all.iter().collect::<Vec<_>>(), ["one", "tw"]);
    }
}
