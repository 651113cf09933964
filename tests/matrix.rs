//! Every raw request of the wire corpus on every HTTP chapter, and those who judge
//! them.

use course_tests::chapters::CHAPTERS;
use course_tests::wire::{
    Case, Corpus, Cuts, End, FOLDER, LAST, Matrix, Outcome, Results, Transport, from_notation,
    judge, to_notation,
};
use mock::{Incoming, Live, MockConnection, PATIENCE, assert_bytes};
use std::cell::Cell;
use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::Duration;
use std::{env, fs};

/// Runs the program, with its log unheard: the chapters have much to say.
fn program(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_matrix"));
    command.args(arguments).stderr(Stdio::null()).output().expect("the program can be started")
}

fn corpus() -> Corpus {
    Corpus::load(Path::new(FOLDER)).unwrap_or_else(|error| panic!("{error}"))
}

fn matrix(corpus: &Corpus) -> Matrix {
    let matrix = Matrix::load(&Path::new(FOLDER).join("matrix.toml"), corpus, &CHAPTERS);
    matrix.unwrap_or_else(|errors| panic!("wire/matrix.toml:\n{}", errors.join("\n")))
}

// The chapters

#[test]
fn every_chapter_passes_what_it_should_and_nothing_else() {
    let corpus = corpus();
    let matrix = matrix(&corpus);
    let output = program(&["--results"]);
    let results: Results = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("the program ended with {}: {error}", output.status));
    let played = corpus.cases.iter().filter(|case| case.applies()).count() * CHAPTERS.len();
    assert_eq!(results.0.len(), played);
    let surprises = matrix.surprises(&corpus, &results);
    assert!(surprises.is_empty(), "{} surprises\n\n{}", surprises.len(), surprises.join("\n"));

    // The book shows this table. Elsewhere there are fewer cases.
    if cfg!(unix) {
        let page = Path::new(FOLDER).join("../../book/measured/matrix.md");
        let table = results.markdown(&corpus, &CHAPTERS);
        if env::var_os("BLESS").is_some() {
            fs::write(&page, &table).unwrap();
        }
        let shown = fs::read_to_string(&page).unwrap_or_default();
        assert!(shown == table, "book/measured/matrix.md shows another table: BLESS=1 rewrites it");
    }
}

/// Each chapter keeps what the one before it can, so the next one is expected to.
#[test]
fn what_the_last_chapter_passes_is_expected_of_later_ones_too() {
    let text = fs::read_to_string(Path::new(FOLDER).join("matrix.toml")).unwrap();
    let last = CHAPTERS.last().unwrap();
    let closed = text.lines().find(|line| line.ends_with(&format!("{last}\"")));
    assert_eq!(closed, None, "write {last}+");
}

#[test]
fn the_program_shows_what_was_sent_and_what_came_back() {
    let output = program(&["a", "request", "line", "of", "two"]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.starts_with("case       a request line of two words is refused\n"), "{text}");
    assert!(text.contains("\nwhy        RFC 9112 section 3"), "{text}");
    for &chapter in CHAPTERS.iter() {
        assert!(text.contains(&format!("\n{chapter}\n")), "{text}");
    }
    assert!(text.contains(r"> GET /\r\n"), "{text}");
    assert!(text.contains("but        the server said nothing\n"), "{text}");
    assert!(text.contains(r"< HTTP/1.0 400 Bad Request\r\n"), "{text}");
    assert!(output.status.success());
}

#[test]
fn the_program_says_how_it_is_used() {
    assert_eq!(program(&["--no-such-option"]).status.code(), Some(2));
    assert_eq!(program(&["words", "of", "no", "case"]).status.code(), Some(2));
    let help = program(&["--help"]);
    assert!(help.status.success());
    assert!(String::from_utf8(help.stdout).unwrap().contains("--markdown"));
}

// The corpus

#[test]
fn every_case_is_a_sentence_with_a_reason() {
    let corpus = corpus();
    assert!(corpus.cases.len() >= 250);
    for Case { name, why, .. } in &corpus.cases {
        assert!(name.split(' ').count() >= 3, "{name:?} is no sentence");
        assert!(!name.ends_with('.') && !why.ends_with('.'), "{name:?}");
        assert!(!why.is_empty(), "{name:?}");
    }
}

/// What stands before the cases in the files of the tests below.
const ABOUT: &str = "about = 'Toys.'\nplace = 1\n";

fn toys(cases: &str) -> Result<Corpus, String> {
    let mut corpus = Corpus::default();
    corpus.add("toys", &format!("{ABOUT}{cases}")).map(|()| corpus)
}

/// A case that sends `GET / HTTP/1.0` and has these other lines.
fn toy(lines: &str) -> Case {
    let cases = format!("[[case]]\nname = 'a toy'\nwhy = 'play'\n{lines}\n");
    let send = r"send = 'GET / HTTP/1.0\r\n\r\n'";
    let cases = if lines.contains("send =") { cases } else { cases + send };
    toys(&cases).unwrap_or_else(|error| panic!("{error}")).cases.remove(0)
}

#[test]
fn a_file_that_cannot_be_understood_is_refused_with_its_name_and_the_case() {
    let case = |lines: &str| format!("[[case]]\nname = 'a toy'\nwhy = 'play'\n{lines}\n");
    for (cases, complaint) in [
        (case(""), "nothing is expected"),
        (case("expect = {}"), "has a status, or is silent"),
        (case("expect = []"), "has a status, or is silent"),
        (case("expect = { status = 200, silent = true }"), "has a status, or is silent"),
        (case("expect = { status = 200, boddy = 'x' }"), "boddy"),
        (case("expect = { status = 'fine' }"), "fine"),
        (case("expect = { status = 200 }\nsedn = 'x'"), "sedn"),
        (case("expect = { status = 200 }\nthen = 'leave'"), "`next` client"),
        (case("expect = { status = 200 }\nnext = 'x'"), "`next` client"),
        (case("expect = { status = 200 }\nsend = '\\q'"), "unknown escape \\q"),
        (case("expect = { status = 200 }").repeat(2), "two cases of this name"),
        (case("expect = { status = 200 }").replace("play", ""), "why"),
    ] {
        let error = toys(&cases).expect_err(complaint);
        assert!(error.starts_with("toys.toml: "), "{error}");
        assert!(error.contains(complaint), "{error:?} does not contain {complaint:?}");
    }
}

#[test]
fn what_all_cases_of_a_file_expect_is_written_once() {
    let two = "expect = { status = 404 }\n\
        [[case]]\nname = 'one'\nwhy = 'play'\n\
        [[case]]\nname = 'two'\nwhy = 'play'\nexpect = [{ status = [400, 404] }, { silent = true }]\n";
    let corpus = toys(two).unwrap();
    let expected = |case: &Case| case.expect.iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(expected(&corpus.cases[0]), ["status 404"]);
    assert_eq!(expected(&corpus.cases[1]), ["status 400 or 404", "closed without a byte"]);
}

// The notation

#[test]
fn what_is_written_is_read_again() {
    let all: Vec<u8> = (0..=255).collect();
    assert_eq!(from_notation(&to_notation(&all)).unwrap(), all);
    for byte in 0..=255 {
        for count in [1, 2, 24, 25, 1000] {
            let run = [&b"("[..], &vec![byte; count], b")"].concat();
            assert_eq!(from_notation(&to_notation(&run)).unwrap(), run);
        }
    }
    assert_eq!(to_notation(b"GET /\\ \x80\r\n\0\t"), r"GET /\\ \x80\r\n\0\t");
    assert_eq!(to_notation(&[b'a'; 8192]), r"\*8192(a)");
}

#[test]
fn line_breaks_of_a_file_are_for_the_eye() {
    assert_eq!(from_notation("a \\r\\n\nb\r\n").unwrap(), b"a \r\nb");
    assert_eq!(from_notation(r"\*3(x\r\n)y").unwrap(), b"x\r\nx\r\nx\r\ny");
    assert_eq!(from_notation(r"\*0(x)").unwrap(), b"");
}

#[test]
fn nonsense_is_not_read() {
    for nonsense in [r"\", r"\q", r"\x1", r"\xzz", r"\*3", r"\*3(x", r"\*(x)", "caf\u{e9}", "a\tb"]
    {
        assert!(from_notation(nonsense).is_err(), "{nonsense}");
    }
    assert!(from_notation(r"\*2(\*2(x))").is_err());
}

// The judge

#[track_caller]
fn right(case: &Case, received: &[u8]) {
    assert_eq!(judge(case, received, &End::Closed), [] as [String; 0]);
}

#[track_caller]
fn wrong(case: &Case, received: &[u8], why: &str) {
    let faults = judge(case, received, &End::Closed).join("; ");
    assert!(faults.contains(why), "{faults:?} does not contain {why:?}");
}

const OK: &[u8] = b"HTTP/1.0 200 OK\r\nContent-Length: 3\r\nX-Two: 2\r\n\r\nabc";

#[test]
fn an_answer_is_judged_by_its_status() {
    right(&toy("expect = { status = 200 }"), OK);
    right(&toy("expect = { status = [404, 200] }"), OK);
    wrong(&toy("expect = { status = [404, 201] }"), OK, "the status is 200");
    wrong(&toy("expect = { status = 200 }"), b"", "the server said nothing");
}

#[test]
fn an_answer_is_judged_by_its_body() {
    right(&toy("expect = { status = 200, body = 'abc' }"), OK);
    wrong(&toy("expect = { status = 200, body = 'ab' }"), OK, "the body is `abc`");
    right(&toy("expect = { status = 200, contains = 'bc' }"), OK);
    wrong(&toy("expect = { status = 200, contains = '200' }"), OK, "`200` is not in the body");
    right(&toy("expect = { status = 200, lacks = 'abd' }"), OK);
    wrong(&toy("expect = { status = 200, lacks = 'bc' }"), OK, "`bc` is in the answer");
    wrong(&toy("expect = { status = 200, lacks = 'X-Two' }"), OK, "`X-Two` is in the answer");
}

#[test]
fn an_answer_is_judged_by_its_headers() {
    right(&toy("expect = { status = 200, header = { x-two = '2' } }"), OK);
    wrong(&toy("expect = { status = 200, header = { X-Two = '3' } }"), OK, "X-Two is 2");
    wrong(&toy("expect = { status = 200, header = { Date = 'now' } }"), OK, "no Date");
    right(&toy("expect = { status = 200, header = { X-Two = true, Date = false } }"), OK);
    wrong(&toy("expect = { status = 200, header = { Date = true } }"), OK, "no Date");
    let none = toy("expect = { status = 200, header = { X-Two = false } }");
    wrong(&none, OK, "there is a field X-Two");
    let twice = b"HTTP/1.0 200 OK\r\nX-Two: 2\r\nX-Two: 2\r\n\r\n";
    wrong(&toy("expect = { status = 200, header = { X-Two = '2' } }"), twice, "X-Two is 2 and 2");
}

#[test]
fn an_answer_must_be_well_formed_whatever_is_expected() {
    let any = toy("expect = { status = 200 }");
    for bad in [
        &b"Hi there!"[..],
        b"HTTP/1.0 200 OK\r\n",
        b"HTTP/1.0 200 OK\r\nContent-Length: 4\r\n\r\nabc",
        b"HTTP/1.0 200 OK\nContent-Length: 3\n\nabc",
        &[OK, OK].concat(),
    ] {
        wrong(&any, bad, "not well-formed");
    }
}

#[test]
fn an_answer_to_head_has_no_body() {
    let head = toy(r"expect = { status = 200 }
        send = 'HEAD / HTTP/1.0\r\n\r\n'");
    right(&head, b"HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\n");
    wrong(&head, OK, "not well-formed");
}

#[test]
fn silence_may_be_right() {
    let silent = toy("expect = { silent = true }");
    right(&silent, b"");
    wrong(&silent, OK, "the server said something");
}

#[test]
fn any_answer_that_is_expected_will_do_but_none_that_is_made_of_two() {
    let two = toy("expect = [{ status = 501 }, { status = 200, body = 'abc' }]");
    right(&two, OK);
    right(&two, b"HTTP/1.0 501 Not Implemented\r\nContent-Length: 1\r\n\r\nx");
    wrong(&two, b"HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\nx", "the body is `x`");
}

#[test]
fn a_right_answer_must_end_right() {
    let any = toy("expect = { status = 200 }");
    for end in [End::Reset, End::Open(PATIENCE), End::Broken("a panic".to_owned())] {
        assert_eq!(judge(&any, OK, &end).len(), 1);
    }
}

// Conversations

const CHUNKS: &[u8] =
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n2\r\nyz\r\n0\r\n\r\n";

#[test]
fn answers_are_judged_one_behind_the_other() {
    let two = toy("answers = [{ status = 200, body = 'abc' }, { status = 200, body = 'xyz' }]");
    right(&two, &[OK, CHUNKS].concat());
    wrong(&two, &[CHUNKS, OK].concat(), "answer 1: the body is `xyz`");
    wrong(&two, OK, "answer 2: there is none");
    wrong(&two, &[OK, OK].concat(), "answer 2: the body is `abc`");
    wrong(&two, &[OK, CHUNKS, OK].concat(), "more came than that: `HTTP/1.0 200 OK");
    let cut = [OK, CHUNKS].concat();
    wrong(&two, &cut[..cut.len() - 1], "answer 2: `HTTP/1.1 200 OK");
    wrong(&two, &[OK, &b"abc"[..], CHUNKS].concat(), "answer 2: it is not well-formed");
    let end = judge(&two, &cut, &End::Reset);
    assert_eq!(end, ["the connection was reset, not closed"]);
}

#[test]
fn an_answer_to_head_in_a_conversation_has_no_body() {
    let head = toy("answers = [{ head = true, status = 200 }, { status = 200, body = 'abc' }]");
    let no_body = b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n";
    right(&head, &[no_body, OK].concat());
    wrong(&head, &[OK, OK].concat(), "answer 2: it is not well-formed");
    let of_chunks = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    right(&head, &[&of_chunks[..], OK].concat());
    wrong(&head, &[CHUNKS, OK].concat(), "answer 2: it is not well-formed");
}

#[test]
fn a_100_is_right_only_where_it_is_expected() {
    let go_on: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";
    let told = toy("answers = [{ status = 200 }, { status = 200, told_to_go_on = true }]");
    right(&told, &[OK, go_on, OK].concat());
    wrong(&told, &[go_on, OK, go_on, OK].concat(), "answer 1: a 100 before the answer: true");
    wrong(&told, &[OK, OK].concat(), "answer 2: a 100 before the answer: false");
    wrong(&told, &[OK, go_on, go_on, OK].concat(), "answer 2: the status is 100");
    // An answer of its own beginning, with more in it than a 100 has.
    let adorned = b"HTTP/1.1 100 Continue\r\nServer: x\r\n\r\n";
    wrong(&told, &[OK, adorned, OK].concat(), "answer 2: ");
}

/// What the chapters answer to [`LAST`].
const HI: &[u8] = b"HTTP/1.0 200 OK\r\nContent-Length: 10\r\n\r\nHi there!\n";

#[test]
fn whether_a_connection_is_kept_is_seen_from_another_answer() {
    let kept = toy("answers = [{ status = 200, body = 'abc' }]\nkept = true");
    let closed = toy("answers = [{ status = 200, body = 'abc' }]\nkept = false");
    right(&kept, &[OK, HI].concat());
    wrong(&kept, OK, "answer 2: there is none");
    right(&closed, OK);
    wrong(&closed, &[OK, HI].concat(), "more came than that");

    // Somebody who reads a second request, and somebody who does not.
    let keeps = |conn: MockConnection| {
        let mut conn = answers_and_stays(conn);
        let mut next = Vec::new();
        while !next.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            match conn.read(&mut byte) {
                Ok(1) => next.push(byte[0]),
                _ => return,
            }
        }
        assert_bytes!(next, LAST);
        conn.write_all(HI).unwrap();
    };
    let closes = |conn: MockConnection| drop(answers_and_stays(conn));
    for transport in [Transport::Whole, Transport::Dripping, Transport::CutAt(5)] {
        assert!(kept.over_mock(keeps, transport).passed());
        assert!(!kept.over_mock(closes, transport).passed());
        assert!(!closed.over_mock(keeps, transport).passed());
        assert!(closed.over_mock(closes, transport).passed());
    }
}

/// Reads a head and answers it.
fn answers_and_stays(mut conn: MockConnection) -> MockConnection {
    let mut received = Vec::new();
    while !received.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        conn.read_exact(&mut byte).unwrap();
        received.push(byte[0]);
    }
    conn.write_all(OK).unwrap();
    conn
}

#[test]
fn a_client_that_waits_for_an_answer_sends_nothing_before() {
    let case = toy(r"send = ['one', 1, 'two']
        answers = [{ status = 200 }, { status = 200 }]");
    let one_by_one = |mut conn: MockConnection| {
        for expected in [b"one", b"two"] {
            let mut word = [0; 3];
            conn.read_exact(&mut word).unwrap();
            assert_eq!(&word, expected);
            conn.write_all(OK).unwrap();
        }
    };
    let both_first = |mut conn: MockConnection| {
        if conn.read_exact(&mut [0; 6]).is_ok() {
            conn.write_all(&[OK, OK].concat()).unwrap();
        }
    };
    for transport in [Transport::Whole, Transport::Dripping, Transport::CutAt(4)] {
        let verdict = case.over_mock(one_by_one, transport);
        assert!(verdict.passed(), "{verdict}");
        assert!(!case.over_mock(both_first, transport).passed());
    }
    let over_tcp = |serve: fn(&mut TcpStream)| {
        Live::run(
            move |incoming: Incoming| incoming.for_each(|conn| serve(&mut conn.unwrap())),
            |live| case.over_tcp(live.addr(), PATIENCE),
        )
    };
    let verdict = over_tcp(|conn| {
        for _ in 0..2 {
            conn.read_exact(&mut [0; 3]).unwrap();
            conn.write_all(OK).unwrap();
        }
    });
    assert!(verdict.passed(), "{verdict}");
    let verdict = over_tcp(|conn| {
        conn.read_exact(&mut [0; 3]).unwrap();
        conn.write_all(OK).unwrap();
    });
    assert!(!verdict.passed());
}

#[test]
fn a_case_that_asks_for_what_cannot_be_is_refused() {
    for (nonsense, complaint) in [
        ("expect = { status = 200 }\nkept = true", "only of a conversation"),
        ("answers = [{ silent = true }]", "is not listed"),
        ("answers = [{ body = 'x' }]", "each answer that is expected has a status"),
        ("send = [true]\nexpect = { status = 200 }", "nothing to send or to wait for"),
    ] {
        let case = format!("[[case]]\nname = 'toy'\nwhy = 'play'\n{nonsense}\n");
        let error = toys(&case).unwrap_err();
        assert!(error.contains(complaint), "{error}");
    }
}

// How a case is played

/// A server that reads until `until` has come, and then answers.
fn answers(until: &'static [u8]) -> impl Fn(MockConnection) {
    move |mut conn| {
        let mut received = Vec::new();
        let mut byte = [0];
        while !received.ends_with(until) {
            match conn.read(&mut byte) {
                Ok(1) => received.push(byte[0]),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                _ => return,
            }
        }
        conn.write_all(OK).unwrap();
    }
}

#[test]
fn who_answers_right_passes_over_every_transport() {
    let case = toy("every_split = true\nexpect = { status = 200 }");
    let transports = case.mock_transports(Cuts::All);
    // Whole, in the smallest reads, cut at 17 places, interrupted.
    assert_eq!(transports.len(), 20);
    for transport in transports {
        let verdict = case.over_mock(answers(b"\r\n\r\n"), transport);
        assert!(verdict.passed(), "{verdict}");
    }
}

#[test]
fn inside_a_word_one_cut_stands_for_all() {
    let case = toy(r"send = 'GET /ab:c\r\n'
        every_split = true
        expect = { status = 200 }");
    let cuts =
        case.mock_transports(Cuts::Unlike).into_iter().filter_map(|transport| match transport {
            Transport::CutAt(offset) => Some(offset),
            _ => None,
        });
    // G|ET| |/|a|b|:|c|CR|LF
    assert_eq!(cuts.collect::<Vec<_>>(), [1, 3, 4, 5, 6, 7, 8, 9, 10]);
}

#[test]
fn who_takes_one_read_for_the_request_passes_whole_and_fails_in_pieces() {
    let case = toy("every_split = true\nexpect = { status = 200 }");
    let one_read = |mut conn: MockConnection| {
        let mut buffer = [0; 100];
        let count = conn.read(&mut buffer).unwrap();
        if buffer[..count].ends_with(b"\r\n\r\n") {
            conn.write_all(OK).unwrap();
        }
    };
    for transport in case.mock_transports(Cuts::All) {
        let passed = case.over_mock(one_read, transport).passed();
        assert_eq!(passed, transport == Transport::Whole, "{transport}");
    }
}

#[test]
fn who_waits_for_the_client_to_go_fails_unless_they_do() {
    let until_the_end = |mut conn: MockConnection| {
        if conn.read_to_end(&mut Vec::new()).is_ok() {
            conn.write_all(OK).unwrap();
        }
    };
    let stays = toy("expect = { status = 200 }");
    assert!(!stays.over_mock(until_the_end, Transport::Whole).passed());
    let goes = toy("then = 'half-close'\nexpect = { status = 200 }");
    assert!(goes.over_mock(until_the_end, Transport::Whole).passed());
}

#[test]
fn a_panic_is_a_failure() {
    let case = toy("expect = { silent = true }");
    let verdict = case.over_mock(|_| panic!("no soup today"), Transport::Whole);
    assert_eq!(verdict.faults, ["a panic: no soup today"]);
}

#[test]
fn a_tag_that_nobody_knows_is_asked_for_before() {
    let case = || {
        toy(r"send = ['If-None-Match: {tag}\r\n', '{tag}']
            tag_of = '/a.txt'
            expect = { status = 200 }")
    };
    let with = |answer: &[u8]| {
        let mut asked = String::new();
        let case = case().with_tag(|request| {
            asked = request.to_owned();
            answer.to_vec()
        });
        assert_eq!(asked, "HEAD /a.txt HTTP/1.1\r\nHost: localhost\r\n\r\n");
        case.pieces.concat()
    };
    let known = with(b"HTTP/1.0 200 OK\r\nETag: \"1-2\"\r\n\r\n");
    assert_bytes!(known, b"If-None-Match: \"1-2\"\r\n\"1-2\"");
    // A chapter that has no tags is asked about one that it never gave.
    for unknown in [&b""[..], b"nonsense", b"HTTP/1.0 404 Not Found\r\n\r\n"] {
        assert_bytes!(with(unknown), b"If-None-Match: \"none\"\r\n\"none\"");
    }
    let without = toy("expect = { status = 200 }").with_tag(|_| panic!("nobody needs it"));
    assert_bytes!(without.pieces.concat(), b"GET / HTTP/1.0\r\n\r\n");
}

#[test]
fn the_next_client_is_the_one_who_is_judged() {
    let case = toy(r"send = 'x'
        then = 'reset'
        next = 'GET / HTTP/1.0\r\n\r\n'
        expect = { status = 200 }");
    let visits = Cell::new(0);
    let count = |conn: MockConnection| {
        visits.set(visits.get() + 1);
        answers(b"\r\n\r\n")(conn);
    };
    assert!(case.over_mock(count, Transport::Whole).passed());
    assert_eq!(visits.get(), 2);
}

/// Lets everybody in, and does this with each of them.
fn each(visit: impl Fn(&mut TcpStream)) -> impl Fn(Incoming) {
    move |incoming| {
        // They are kept, so that nobody is sent away.
        let mut kept = Vec::new();
        for conn in incoming {
            let mut conn = conn.unwrap();
            visit(&mut conn);
            kept.push(conn);
        }
    }
}

#[test]
fn over_tcp_an_answer_without_an_end_is_a_failure() {
    let case = toy("expect = { status = 200 }");
    let verdict = Live::run(each(|conn| conn.write_all(OK).unwrap()), |live| {
        case.over_tcp(live.addr(), Duration::from_millis(100))
    });
    assert_eq!(verdict.faults, ["the connection was still open after 100ms"]);
}

#[test]
fn over_tcp_a_reset_is_a_failure() {
    let case = toy("expect = { status = 200 }");
    let rude = |incoming: Incoming| {
        for conn in incoming {
            let mut conn = conn.unwrap();
            conn.read_exact(&mut [0]).unwrap(); // and what else came is not read
            conn.write_all(OK).unwrap();
        }
    };
    let verdict = Live::run(rude, |live| case.over_tcp(live.addr(), PATIENCE));
    assert!(verdict.faults.contains(&"the connection was reset, not closed".to_owned()));
}

#[test]
fn a_verdict_shows_what_happened_line_by_line() {
    let case = toy("expect = [{ status = 404 }, { silent = true }]");
    let verdict = case.over_mock(answers(b"\r\n\r\n"), Transport::Whole);
    let lines = [
        "over       a MockConnection, as it was written",
        r"     1     > GET / HTTP/1.0\r\n",
        r"     2     > \r\n",
        "     3     - the client has said all, and stays",
        r"     4     < HTTP/1.0 200 OK\r\n",
        r"     5     < Content-Length: 3\r\n",
        r"     6     < X-Two: 2\r\n",
        r"     7     < \r\n",
        "     8     < abc",
        "     9     - the server closes",
        "expected   status 404",
        "or         closed without a byte",
        "but        the server said something",
        "",
    ];
    assert_eq!(verdict.to_string(), lines.join("\n"));
}

// The matrix

const TWO_TOYS: &str = "\
    [[case]]\nname = 'one'\nwhy = 'play'\nexpect = { status = 200 }\n\
    [[case]]\nname = 'two'\nwhy = 'play'\nexpect = { status = 200 }\n";

#[test]
fn the_matrix_names_chapters_by_list_range_and_beginning() {
    let corpus = toys(TWO_TOYS).unwrap();
    for (list, expected) in [
        ("none", [0, 0, 0, 0]),
        ("ch05", [1, 0, 0, 0]),
        ("ch06 ch08", [0, 1, 0, 1]),
        ("ch06-ch07", [0, 1, 1, 0]),
        ("ch05 ch07+", [1, 0, 1, 1]),
        ("ch05+", [1, 1, 1, 1]),
    ] {
        let text = format!("[toys]\none = '{list}'\ntwo = 'none'\n");
        let chapters = ["ch05", "ch06", "ch07", "ch08"];
        let matrix = Matrix::parse(&text, &corpus, &chapters).unwrap();
        let passes = chapters.map(|chapter| i32::from(matrix.expects("one", chapter)));
        assert_eq!(passes, expected, "{list}");
        assert!(!matrix.expects("two", "ch05"));
    }
}

#[test]
fn a_matrix_that_says_too_little_too_much_or_nonsense_is_refused() {
    let corpus = toys(TWO_TOYS).unwrap();
    for (text, complaint) in [
        ("[toys]\none = 'ch05'\n", "nothing is said about \"two\""),
        ("[toys]\none = 'ch05'\n[other]\ntwo = 'ch05'\n", "there is no case \"two\" about other"),
        ("[toys]\none = ''\ntwo = 'ch05'\n", "no list of chapters"),
        ("[toys]\none = 'ch04'\ntwo = 'ch05'\n", "no list of chapters"),
        ("[toys]\none = 'ch05,ch06'\ntwo = 'ch05'\n", "no list of chapters"),
        ("[toys]\none = 'ch06-ch05'\ntwo = 'ch05'\n", "no list of chapters"),
        ("[toys]\none = 'ch05'\none = 'ch06'\n", "duplicate key"),
        ("[toys]\none = 'none'\ntwo = 'none'\nthree = 'none'\n", "no case \"three\""),
    ] {
        let errors = Matrix::parse(text, &corpus, &["ch05", "ch06"]).unwrap_err().join("\n");
        assert!(errors.contains(complaint), "{errors:?} does not contain {complaint:?}");
    }
}

#[test]
fn it_is_a_surprise_to_pass_where_a_failure_is_expected_and_the_other_way_round() {
    let corpus = toys(TWO_TOYS).unwrap();
    let matrix = "[toys]\none = 'ch06'\ntwo = 'ch05'\n";
    let matrix = Matrix::parse(matrix, &corpus, &["ch05", "ch06"]).unwrap();
    let results = |passed: [(&str, &str, bool); 4]| {
        Results(
            passed
                .map(|(case, chapter, passed)| Outcome {
                    case: case.to_owned(),
                    chapter: chapter.to_owned(),
                    passed,
                    report: "what happened".to_owned(),
                })
                .into(),
        )
    };
    let as_expected = results([
        ("one", "ch05", false),
        ("one", "ch06", true),
        ("two", "ch05", true),
        ("two", "ch06", false),
    ]);
    assert_eq!(matrix.surprises(&corpus, &as_expected), [] as [String; 0]);
    let otherwise = results([
        ("one", "ch05", true),
        ("one", "ch06", true),
        ("two", "ch05", false),
        ("two", "ch06", false),
    ]);
    assert_eq!(
        matrix.surprises(&corpus, &otherwise),
        [
            "expected to fail on ch05, but passed: update the matrix\n\
             case       one\nwhy        play\nwhat happened",
            "expected to pass on ch05\ncase       two\nwhy        play\nwhat happened",
        ]
    );
}

#[test]
fn the_tables_have_a_line_for_each_case_and_the_totals() {
    let corpus = toys(&TWO_TOYS.replace("'two'", "'two | <b>'")).unwrap();
    let outcome = |case: &str, chapter: &str, passed| Outcome {
        case: case.to_owned(),
        chapter: chapter.to_owned(),
        passed,
        report: String::new(),
    };
    let results = Results(vec![
        outcome("one", "ch05", true),
        outcome("one", "ch06", true),
        outcome("two | <b>", "ch05", false),
        outcome("two | <b>", "ch06", true),
    ]);
    assert_eq!(
        results.table(&corpus, &["ch05", "ch06"]),
        "toys:              ch05  ch06\n\
         one                  ✓     ✓\n\
         two | <b>            –     ✓\n\
         \n\
         passed, of 2 cases   1     2\n"
    );
    assert_eq!(
        results.markdown(&corpus, &["ch05", "ch06"]),
        "|  | ch05 | ch06 |\n| --- | :-: | :-: |\n| passed, of 2 cases | 1 | 2 |\n\
         \n### toys\n\nToys.\n\n\
         | case | ch05 | ch06 |\n| --- | :-: | :-: |\n| one | ✓ | ✓ |\n\
         | two \\| \\<b\\> | – | ✓ |\n"
    );
}
