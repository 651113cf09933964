//! Why there is no answer.

use super::scripted::url;
use ch19::{FetchError, Origin, ParseError, Stage};
use std::io::{self, ErrorKind};

#[test]
fn each_fault_has_its_sentence_and_its_kind() {
    let refused = || ErrorKind::ConnectionRefused.into();
    let origin = Origin::of(&url("http://test:81/")).unwrap();
    let parse = ParseError { status: 400, offset: 7, reason: "not a length" };
    for (error, sentence, kind) in [
        (
            FetchError::Url { url: "x:".into(), reason: "no".into() },
            "x:: no".to_owned(),
            ErrorKind::InvalidData,
        ),
        (
            FetchError::Request("no".into()),
            "this cannot be asked: no".into(),
            ErrorKind::InvalidData,
        ),
        (
            FetchError::Lookup("test".into(), ErrorKind::NotFound.into()),
            format!("no address of test is known: {}", io::Error::from(ErrorKind::NotFound)),
            ErrorKind::NotFound,
        ),
        (
            FetchError::Connect(origin, refused()),
            format!("cannot connect to test:81: {}", io::Error::from(ErrorKind::ConnectionRefused)),
            ErrorKind::ConnectionRefused,
        ),
        (
            FetchError::Deadline(Stage::Lookup),
            "the time was over when its address was looked up".into(),
            ErrorKind::TimedOut,
        ),
        (
            FetchError::Deadline(Stage::Connect),
            "the time was over before there was a connection".into(),
            ErrorKind::TimedOut,
        ),
        (
            FetchError::Deadline(Stage::Send),
            "the time was over before the request was sent".into(),
            ErrorKind::TimedOut,
        ),
        (
            FetchError::Deadline(Stage::Head),
            "the time was over before the answer began".into(),
            ErrorKind::TimedOut,
        ),
        (
            FetchError::Deadline(Stage::Body(5)),
            "the time was over after 5 bytes of the body".into(),
            ErrorKind::TimedOut,
        ),
        (
            FetchError::NoAnswer,
            "the server closed the connection without an answer".into(),
            ErrorKind::UnexpectedEof,
        ),
        (
            FetchError::Malformed(parse),
            format!("this is no answer: {parse}"),
            ErrorKind::InvalidData,
        ),
        (
            FetchError::CutOff(5),
            "the answer ends in the middle, after 5 bytes of its body".into(),
            ErrorKind::UnexpectedEof,
        ),
        (FetchError::TooLong(5), "the body is longer than 5 bytes".into(), ErrorKind::InvalidData),
        (
            FetchError::Broken(refused()),
            format!("the connection broke: {}", io::Error::from(ErrorKind::ConnectionRefused)),
            ErrorKind::ConnectionRefused,
        ),
        (
            FetchError::Body("no".into()),
            "the body is not what was asked for: no".into(),
            ErrorKind::InvalidData,
        ),
    ] {
        assert_eq!(error.to_string(), sentence);
        let error = io::Error::from(error);
        assert_eq!((error.to_string(), error.kind()), (sentence, kind));
        assert!(error.get_ref().is_some_and(|inner| inner.is::<FetchError>()));
    }
}

#[test]
fn redirects_that_lead_nowhere_are_counted_or_their_circle_is_named() {
    let said = |paths: &[&str]| {
        let urls = paths.iter().map(|path| url(&format!("http://t/{path}"))).collect();
        FetchError::Redirects(urls).to_string()
    };
    assert_eq!(said(&["a", "b", "c"]), "redirected 2 times, and still not there");
    assert_eq!(said(&["a", "a"]), "redirected in a circle: http://t/a http://t/a");
    assert_eq!(
        said(&["start", "a", "b", "c", "a", "b"]),
        "redirected in a circle: http://t/b http://t/c http://t/a http://t/b"
    );
    // The last round of it, and not all.
    assert_eq!(
        said(&["a", "b", "a", "b", "a", "b"]),
        "redirected in a circle: http://t/b http://t/a http://t/b"
    );
}
