//! What the extensions of chapter 6 promise.

use ch06::{HttpServer, Recorder, Replay, Scripted, Step, answer, next_piece, rehearse};
use mock::{MockConnection, Script, Seed, assert_bytes, for_every_split};
use std::io::{self, BufRead, BufReader, BufWriter, ErrorKind, Read, Write};

/// A request for an address that nobody could have guessed, and its answer.
fn request_and_answer(seed: &mut Seed) -> (Vec<u8>, Vec<u8>) {
    let elsewhere = format!("/{}", seed.word());
    let target = seed.pick(&["/picture.png".to_owned(), elsewhere]);
    let (name, value) = (seed.word(), seed.word());
    let head = format!("GET {target} HTTP/1.1\r\n{name}: {value}");
    let answer = answer(&ch06::Head::parse(head.as_bytes()).unwrap());
    (format!("{head}\r\n\r\n").into_bytes(), answer)
}

/// Pieces of any bytes, each of which is not empty.
fn pieces_of_any_bytes(seed: &mut Seed) -> Vec<Vec<u8>> {
    let count = seed.number(2..=6);
    let mut pieces: Vec<_> = (0..count)
        .map(|_| {
            let length = seed.number(1..=40);
            seed.bytes(length)
        })
        .collect();
    // What looks like a part of something else, at a place where it is none.
    pieces.push(b"\n".to_vec());
    pieces.push(b"3\nabc\n\0\r\n".to_vec());
    pieces
}

mod scripted {
    use super::*;

    fn bytes(piece: impl AsRef<[u8]>) -> Step {
        Step::Bytes(piece.as_ref().to_vec())
    }

    /// What one read delivers into a buffer of `size` bytes.
    #[track_caller]
    fn read(conn: &mut Scripted, size: usize) -> Vec<u8> {
        let mut buffer = vec![b'?'; size];
        let count = conn.read(&mut buffer).expect("a read that delivers bytes, or the end");
        buffer.truncate(count);
        buffer
    }

    #[track_caller]
    fn assert_gone(conn: &mut Scripted, when: &str) {
        let before = (conn.count_read(), conn.written().to_vec());
        for _ in 0..3 {
            // The write first: it must not be the read that finds the reset.
            let (write, read) = (conn.write(b"hello"), conn.read(&mut [0; 100]));
            let [write, read] = [write, read].map(|outcome| outcome.map_err(|e| e.kind()));
            assert_eq!(write, Err(ErrorKind::ConnectionReset), "a write, {when}");
            assert_eq!(read, Err(ErrorKind::ConnectionReset), "a read, {when}");
        }
        assert_eq!(conn.count_read(), before.0, "bytes that were read, {when}");
        assert_bytes!(conn.written(), before.1, "what was written, {when}");
    }

    #[test]
    fn one_read_delivers_one_step_and_at_the_end_nothing() {
        let pieces = pieces_of_any_bytes(&mut Seed::new());
        let mut conn = Scripted::new(pieces.iter().map(bytes));
        assert_eq!(conn.count_read(), 0);
        let mut count = 0;
        for piece in &pieces {
            assert_bytes!(read(&mut conn, 1000), piece);
            count += piece.len();
            assert_eq!(conn.count_read(), count, "bytes that were read");
        }
        for _ in 0..3 {
            assert_bytes!(read(&mut conn, 1000), b"", "after the last step");
        }
        assert_eq!(conn.count_read(), count, "bytes that were read");
    }

    #[test]
    fn what_does_not_fit_into_the_buffer_comes_with_the_next_reads() {
        let mut seed = Seed::new();
        let pieces = [seed.bytes(10), seed.bytes(7), seed.bytes(1)];
        for size in 1..=11 {
            let mut conn = Scripted::new(pieces.iter().map(bytes));
            for piece in &pieces {
                for part in piece.chunks(size) {
                    assert_bytes!(read(&mut conn, size), part, "with a buffer of {size} bytes");
                }
            }
            assert_bytes!(read(&mut conn, size), b"", "after the last step");
            assert_eq!(conn.count_read(), 18);
        }
    }

    #[test]
    fn a_step_without_bytes_is_not_the_end() {
        let word = Seed::new().word();
        let steps = [bytes(""), bytes(&word), bytes(""), bytes(""), bytes("!"), bytes("")];
        let mut conn = Scripted::new(steps);
        assert_bytes!(read(&mut conn, 100), word);
        assert_bytes!(read(&mut conn, 100), "!");
        assert_bytes!(read(&mut conn, 100), "");
    }

    #[test]
    fn what_is_written_is_kept() {
        let mut seed = Seed::new();
        let pieces = pieces_of_any_bytes(&mut seed);
        let mut conn = Scripted::new([bytes(seed.word())]);
        assert_bytes!(conn.written(), b"");
        for piece in &pieces {
            assert_eq!(conn.write(piece).unwrap(), piece.len(), "bytes that a write takes");
        }
        assert_bytes!(conn.written(), pieces.concat());
        assert_eq!(conn.count_read(), 0, "bytes that were read");
    }

    #[test]
    fn a_client_that_resets_at_once_says_and_hears_nothing() {
        assert_gone(&mut Scripted::new([Step::Reset]), "at once");
        assert_gone(&mut Scripted::new([bytes(""), Step::Reset]), "after no bytes");
    }

    #[test]
    fn after_a_reset_every_read_and_every_write_fails() {
        let mut seed = Seed::new();
        let word = seed.word();
        for size in 1..=word.len() + 1 {
            let mut conn = Scripted::new([bytes(&word), Step::Reset, bytes("more")]);
            for part in word.as_bytes().chunks(size) {
                // As long as there is something to be read, there is somebody to hear.
                conn.write_all(b".").unwrap();
                assert_bytes!(read(&mut conn, size), part);
            }
            assert_gone(&mut conn, &format!("after {word:?}, with a buffer of {size} bytes"));
            assert_eq!(conn.count_read(), word.len());
            assert_eq!(conn.written().len(), word.len().div_ceil(size));
        }
        // A step without bytes is passed over, also if nothing is read any more.
        let mut conn = Scripted::new([bytes(&word), bytes(""), Step::Reset]);
        assert_bytes!(read(&mut conn, 100), word);
        assert_gone(&mut conn, &format!("after {word:?} and a step without bytes"));
    }

    #[test]
    fn a_request_in_any_two_pieces_gets_its_answer() {
        let (request, answer) = request_and_answer(&mut Seed::new());
        let server = HttpServer::default();
        for cut in 0..=request.len() {
            let (first, second) = request.split_at(cut);
            let mut client = Scripted::new([bytes(first), bytes(second)]);
            let report = rehearse(&server, &mut client);
            assert_bytes!(client.written(), answer, "cut after {cut} bytes");
            assert_bytes!(report, format!("answered with {} bytes", answer.len()));
            assert_eq!(client.count_read(), request.len());
        }
    }

    #[test]
    fn a_reset_anywhere_in_a_request_gets_no_answer() {
        let (request, _) = request_and_answer(&mut Seed::new());
        let server = HttpServer::default();
        // Also behind its last byte: the answer has nobody to go to.
        for count in 0..=request.len() {
            let steps = [bytes(&request[..count]), Step::Reset];
            let mut client = Scripted::new(steps);
            let report = rehearse(&server, &mut client);
            assert_bytes!(report, format!("reset after {count} bytes"));
            assert_bytes!(client.written(), b"", "after {count} bytes");
        }
    }

    #[test]
    fn a_reset_that_the_server_does_not_come_to_is_no_reset() {
        let mut seed = Seed::new();
        let (request, answer) = request_and_answer(&mut seed);
        let steps = [bytes(&request), bytes(seed.word()), Step::Reset];
        let mut client = Scripted::new(steps);
        let report = rehearse(&HttpServer::default(), &mut client);
        assert_bytes!(report, format!("answered with {} bytes", answer.len()));
        assert_bytes!(client.written(), answer);
    }

    #[test]
    fn whoever_comes_after_a_reset_is_answered_as_if_nothing_had_been() {
        let mut seed = Seed::new();
        let server = HttpServer::default();
        for _ in 0..10 {
            let (request, answer) = request_and_answer(&mut seed);
            let count = seed.number(0..=request.len());
            let mut rude = Scripted::new([bytes(&request[..count]), Step::Reset]);
            assert_bytes!(rehearse(&server, &mut rude), format!("reset after {count} bytes"));
            let mut next = Scripted::new([bytes(&request)]);
            let report = rehearse(&server, &mut next);
            assert_bytes!(report, format!("answered with {} bytes", answer.len()));
            assert_bytes!(next.written(), answer, "who comes after a reset");
        }
    }

    #[test]
    fn who_leaves_without_a_byte_gets_no_answer_and_that_is_no_reset() {
        let mut client = Scripted::new([]);
        assert_bytes!(rehearse(&HttpServer::default(), &mut client), "left without an answer");
        assert_bytes!(client.written(), b"");
    }

    #[test]
    fn any_other_error_says_what_it_is() {
        let mut seed = Seed::new();
        let server = HttpServer::default();
        let cut_off = format!("GET /{} HTTP/1.0\r\n", seed.word());
        let malformed = format!("{}\r\n\r\n", seed.word());
        for request in [cut_off, malformed] {
            let error = server.on_connect(&mut Scripted::new([bytes(&request)]), None);
            let error = error.expect_err("a request that is none").to_string();
            assert_bytes!(rehearse(&server, &mut Scripted::new([bytes(&request)])), error);
        }
    }
}

mod record {
    use super::*;

    /// How a session is recorded.
    fn recorded<P: AsRef<[u8]>>(pieces: &[P]) -> Vec<u8> {
        let mut recording = Vec::new();
        for piece in pieces.iter().map(AsRef::as_ref) {
            recording.extend(format!("{}\n", piece.len()).as_bytes());
            recording.extend([piece, b"\n"].concat());
        }
        recording
    }

    /// What one read delivers into a buffer of `size` bytes.
    fn read(conn: &mut impl Read, size: usize) -> io::Result<Vec<u8>> {
        let mut buffer = vec![b'?'; size];
        let count = conn.read(&mut buffer)?;
        buffer.truncate(count);
        Ok(buffer)
    }

    /// The first piece of `recording` is refused with an error of this kind.
    #[track_caller]
    fn refused(recording: impl AsRef<[u8]>, kind: ErrorKind) {
        let mut rest = recording.as_ref();
        let shown = rest.escape_ascii().to_string();
        match next_piece(&mut rest) {
            Err(error) => assert_eq!(error.kind(), kind, "\"{shown}\""),
            Ok(None) => panic!("\"{shown}\" is not refused: it has no piece"),
            Ok(Some(piece)) => {
                panic!("\"{shown}\" is not refused: its piece is \"{}\"", piece.escape_ascii())
            }
        }
    }

    #[test]
    fn each_read_leaves_a_piece() {
        let pieces = pieces_of_any_bytes(&mut Seed::new());
        let (conn, _peer) = MockConnection::pair(pieces.clone());
        let mut recording = Vec::new();
        let mut recorder = Recorder::new(conn, &mut recording);
        for piece in &pieces {
            assert_bytes!(read(&mut recorder, 1000).unwrap(), piece, "what the reader gets");
        }
        assert_bytes!(recording, recorded(&pieces), "the recording");
    }

    #[test]
    fn a_piece_is_what_fitted_into_the_buffer() {
        let mut seed = Seed::new();
        let (input, size) = (seed.bytes(50), seed.number(1..=20));
        let (conn, _peer) = MockConnection::pair(&input);
        let mut recording = Vec::new();
        let mut recorder = Recorder::new(conn, &mut recording);
        for part in input.chunks(size) {
            assert_bytes!(read(&mut recorder, size).unwrap(), part, "what the reader gets");
        }
        let parts: Vec<_> = input.chunks(size).collect();
        assert_bytes!(recording, recorded(&parts), "the recording");
    }

    #[test]
    fn the_end_and_errors_are_passed_on_and_leave_no_trace() {
        let mut seed = Seed::new();
        let words = seed.words(2);
        let script = Script::new()
            .fail(ErrorKind::Interrupted)
            .bytes(&words[0])
            .fail(ErrorKind::TimedOut)
            .bytes(&words[1]);
        for (script, end) in
            [(script.clone(), None), (script.reset(), Some(ErrorKind::ConnectionReset))]
        {
            let (conn, _peer) = MockConnection::pair(script);
            let mut recording = Vec::new();
            let mut recorder = Recorder::new(conn, &mut recording);
            let mut read = || read(&mut recorder, 100).map_err(|error| error.kind());
            assert_eq!(read(), Err(ErrorKind::Interrupted));
            assert_eq!(read(), Ok(words[0].clone().into_bytes()));
            assert_eq!(read(), Err(ErrorKind::TimedOut));
            assert_eq!(read(), Ok(words[1].clone().into_bytes()));
            for _ in 0..2 {
                assert_eq!(read(), end.map_or(Ok(Vec::new()), Err));
            }
            assert_bytes!(recording, recorded(&words), "the recording");
        }
    }

    #[test]
    fn a_piece_is_in_the_file_when_its_read_returns() {
        let pieces: Vec<_> = Seed::new().words(3).into_iter().map(String::into_bytes).collect();
        let (conn, _peer) = MockConnection::pair(pieces.clone());
        let (file, on_disk) = MockConnection::pair("");
        // A file is often written through a buffer, and what lies in that is lost when the
        // program crashes.
        let mut recorder = Recorder::new(conn, BufWriter::new(file));
        for count in 1..=pieces.len() {
            read(&mut recorder, 100).unwrap();
            assert_bytes!(on_disk.sent(), recorded(&pieces[..count]), "after {count} reads");
        }
    }

    #[test]
    fn a_file_that_takes_little_at_a_time_gets_it_all() {
        let pieces = pieces_of_any_bytes(&mut Seed::new());
        for at_most in [1, 2, 7] {
            let (mut conn, _peer) = MockConnection::pair(pieces.clone());
            let (file, on_disk) = MockConnection::pair("");
            let file = file.short_writes(at_most).interrupt_writes();
            let mut recorder = Recorder::new(&mut conn, file);
            for piece in &pieces {
                assert_bytes!(read(&mut recorder, 1000).unwrap(), piece);
            }
            assert_bytes!(on_disk.sent(), recorded(&pieces), "writes of {at_most} bytes");
        }
    }

    #[test]
    fn an_error_of_the_file_is_returned() {
        let mut seed = Seed::new();
        let pieces: Vec<_> = seed.words(2).into_iter().map(String::into_bytes).collect();
        let room = recorded(&pieces[..1]).len() + seed.number(0..=2);
        let (conn, _peer) = MockConnection::pair(pieces.clone());
        let (file, _on_disk) = MockConnection::pair("");
        let file = file.fail_writes_after(room, ErrorKind::StorageFull);
        let mut recorder = Recorder::new(conn, file);
        assert_bytes!(read(&mut recorder, 100).unwrap(), pieces[0]);
        let outcome = read(&mut recorder, 100).map_err(|error| error.kind());
        assert_eq!(outcome, Err(ErrorKind::StorageFull), "a read when the disk is full");
    }

    #[test]
    fn what_is_written_goes_to_the_client_and_not_into_the_recording() {
        let answer = Seed::new().bytes(100);
        for at_most in [1, 7, 1000] {
            let (conn, peer) = MockConnection::pair("");
            let mut recording = Vec::new();
            let mut recorder = Recorder::new(conn.short_writes(at_most), &mut recording);
            assert_eq!(recorder.write(&answer).unwrap(), answer.len().min(at_most));
            recorder.write_all(&answer[answer.len().min(at_most)..]).unwrap();
            assert_bytes!(peer.sent(), answer, "writes of {at_most} bytes");
            assert_bytes!(recording, b"", "the recording");
        }
    }

    #[test]
    fn pieces_come_back_as_they_were() {
        let pieces = pieces_of_any_bytes(&mut Seed::new());
        let recording = recorded(&pieces);
        let come_back = |input: Script| {
            let (file, _peer) = MockConnection::pair(input);
            // A small buffer, so that a piece and its length are cut by that too.
            let mut file = BufReader::with_capacity(8, file);
            for piece in &pieces {
                let next = next_piece(&mut file).expect("a piece, also if a read is interrupted");
                assert_bytes!(next.expect("there is one more piece"), piece);
            }
            let end = next_piece(&mut file).expect("the end, also if a read is interrupted");
            assert_eq!(end, None, "after the last piece");
        };
        for_every_split(&recording, come_back);
        // Interrupted before every byte and before the end.
        let interrupted = |script: Script| script.fail(ErrorKind::Interrupted);
        let bytes = recording.chunks(1);
        let script = bytes.fold(Script::new(), |script, byte| interrupted(script).bytes(byte));
        come_back(interrupted(script));
    }

    #[test]
    fn a_piece_may_be_long() {
        let mut seed = Seed::new();
        let length = seed.number(100_000..=200_000);
        let (long, short) = (seed.bytes(length), seed.bytes(1));
        let recording = recorded(&[&long, &short]);
        let mut rest = &recording[..];
        assert_bytes!(next_piece(&mut rest).unwrap().unwrap(), long);
        assert_bytes!(next_piece(&mut rest).unwrap().unwrap(), short);
        assert_eq!(next_piece(&mut rest).unwrap(), None);
    }

    #[test]
    fn a_recording_that_ends_in_a_piece_is_cut_off() {
        let mut seed = Seed::new();
        let length = seed.number(10..=20);
        let recording = recorded(&[seed.bytes(length)]);
        for length in 1..recording.len() {
            refused(&recording[..length], ErrorKind::UnexpectedEof);
        }
        // The same behind a piece that is whole.
        let first = recorded(&[seed.bytes(3)]);
        for length in 1..recording.len() {
            let both = [&first[..], &recording[..length]].concat();
            let mut rest = &both[..];
            next_piece(&mut rest).unwrap().expect("the first piece is whole");
            refused(rest, ErrorKind::UnexpectedEof);
        }
    }

    #[test]
    fn what_is_not_a_recording_is_invalid() {
        let word = Seed::new().word();
        let three = &word[..3];
        for not_a_length in [
            "",
            " 3",
            "3 ",
            "3\r",
            "+3",
            "-3",
            "03",
            "0x3",
            "3.0",
            "three",
            "\u{663}",
            "18446744073709551616", // 2 to the 64th
            "99999999999999999999",
        ] {
            refused(format!("{not_a_length}\n{three}\n"), ErrorKind::InvalidData);
        }
        // No read delivers a piece without bytes: that would be the end.
        refused("0\n\n", ErrorKind::InvalidData);
        // The piece is longer or shorter than it says.
        for length in [word.len() - 1, word.len() + 1] {
            refused(format!("{length}\n{word}\n1\nx\n"), ErrorKind::InvalidData);
        }
    }

    #[test]
    fn a_length_is_only_a_promise() {
        let word = Seed::new().word();
        for length in [u64::MAX, u64::MAX - 1, u64::MAX / 2, 1 << 50] {
            refused(format!("{length}\n{word}"), ErrorKind::UnexpectedEof);
        }
    }

    /// Digits without end, and how many of them were taken.
    struct Digits(usize);

    impl Read for Digits {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let count = self.fill_buf()?.len().min(buffer.len());
            buffer[..count].fill(b'1');
            self.consume(count);
            Ok(count)
        }
    }

    impl BufRead for Digits {
        fn fill_buf(&mut self) -> io::Result<&[u8]> {
            assert!(self.0 < 10_000, "{} digits were taken, and there is no end of them", self.0);
            Ok(&[b'1'; 1000])
        }

        fn consume(&mut self, count: usize) {
            self.0 += count;
        }
    }

    #[test]
    fn a_length_without_end_is_not_collected() {
        let mut digits = Digits(0);
        let error = next_piece(&mut digits).expect_err("a length without end");
        assert_eq!(error.kind(), ErrorKind::InvalidData);
        for (count, kind) in [(20, ErrorKind::UnexpectedEof), (21, ErrorKind::InvalidData)] {
            refused("1".repeat(count), kind);
        }
    }

    #[test]
    fn a_replay_delivers_piece_after_piece_and_then_the_end() {
        let pieces = pieces_of_any_bytes(&mut Seed::new());
        let recording = recorded(&pieces);
        let mut replay = Replay::new(&recording[..]);
        for piece in &pieces {
            assert_bytes!(read(&mut replay, 1000).unwrap(), piece);
        }
        for _ in 0..3 {
            assert_bytes!(read(&mut replay, 1000).unwrap(), b"", "after the last piece");
        }
    }

    #[test]
    fn a_piece_that_does_not_fit_into_the_buffer_comes_in_parts() {
        let pieces = pieces_of_any_bytes(&mut Seed::new());
        let recording = recorded(&pieces);
        for size in 1..=41 {
            let mut replay = Replay::new(&recording[..]);
            for part in pieces.iter().flat_map(|piece| piece.chunks(size)) {
                let read = read(&mut replay, size).unwrap();
                assert_bytes!(read, part, "with a buffer of {size} bytes");
            }
            assert_bytes!(read(&mut replay, size).unwrap(), b"", "after the last piece");
        }
    }

    #[test]
    fn what_is_written_to_a_replay_is_kept() {
        let pieces = pieces_of_any_bytes(&mut Seed::new());
        let mut replay = Replay::new(&b"1\nx\n"[..]);
        assert_bytes!(replay.written(), b"");
        for piece in &pieces {
            assert_eq!(replay.write(piece).unwrap(), piece.len(), "bytes that a write takes");
        }
        assert_bytes!(replay.written(), pieces.concat());
    }

    #[test]
    fn a_replay_of_what_is_no_recording_is_an_error() {
        let word = Seed::new().word();
        for (recording, kind) in [
            (format!("2\n{word}\n"), ErrorKind::InvalidData),
            (format!("1000\n{word}\n"), ErrorKind::UnexpectedEof),
        ] {
            let mut replay = Replay::new(recording.as_bytes());
            let error = HttpServer::default().on_connect(&mut replay, None);
            assert_eq!(error.expect_err(&recording).kind(), kind, "{recording:?}");
            assert_bytes!(replay.written(), b"");
        }
    }

    #[test]
    fn a_session_that_was_recorded_gets_the_same_answer_again() {
        let (request, answer) = request_and_answer(&mut Seed::new());
        let server = HttpServer::default();
        for_every_split(&request, |input| {
            let (conn, peer) = MockConnection::pair(input);
            let mut recording = Vec::new();
            server.on_connect(&mut Recorder::new(conn, &mut recording), None).unwrap();
            assert_bytes!(peer.sent(), answer, "when it was recorded");

            let mut replay = Replay::new(&recording[..]);
            server.on_connect(&mut replay, None).unwrap();
            assert_bytes!(replay.written(), answer, "when it was played again");

            let mut pieces = Vec::new();
            let mut rest = &recording[..];
            while let Some(piece) = next_piece(&mut rest).unwrap() {
                pieces.extend(piece);
            }
            assert_bytes!(pieces, request, "all pieces together");
        });
    }
}
