//! Forms: how they are written, read, and bounded.

use super::requests::{post, told};
use ch18::{Call, Environ, Form, HttpError, MAX_FORM, MAX_FORM_FIELDS, Session};
use mock::{MockConnection, Script, Seed, for_every_split};
use std::io::{self, ErrorKind, Read};

fn form(fields: &[(&str, &str)]) -> Form {
    let mut form = Form::default();
    fields.iter().for_each(|(name, value)| form.add(name, value));
    form
}

// How it is read: https://url.spec.whatwg.org/#urlencoded-parsing

#[test]
fn fields_are_read_as_the_url_standard_has_it() {
    // Most of these are web-platform-tests' url/urlencoded-parser.any.js.
    for (text, fields) in [
        ("", &[][..]),
        ("&&", &[]),
        ("test", &[("test", "")]),
        ("test=", &[("test", "")]),
        ("=test", &[("", "test")]),
        ("=", &[("", "")]),
        ("a=b=c&d", &[("a", "b=c"), ("d", "")]),
        ("a=b&a=c", &[("a", "b"), ("a", "c")]),
        ("&a=b&&c=d&", &[("a", "b"), ("c", "d")]),
        ("a+b=c+d%2Be", &[("a b", "c d+e")]),
        ("%41%62=%20", &[("Ab", " ")]),
        ("a%3D=%26", &[("a=", "&")]),
        ("id=0&value=%", &[("id", "0"), ("value", "%")]),
        ("b=%2sf%2a", &[("b", "%2sf*")]),
        ("b=%2%2af%2a", &[("b", "%2*f*")]),
        ("b=%%2a", &[("b", "%*")]),
        ("b=%+1&c=%a%zz", &[("b", "% 1"), ("c", "%a%zz")]),
        ("†=%†%2", &[("†", "%†%2")]),
        ("a=%C3%A4+%e2%82%ac", &[("a", "ä €")]),
        ("%EF%BB%BFtest=%EF%BB%BF", &[("\u{feff}test", "\u{feff}")]),
        ("a=%fe%ff&%c3", &[("a", "\u{fffd}\u{fffd}"), ("\u{fffd}", "")]),
        ("a=%00%0d%0a", &[("a", "\0\r\n")]),
        ("a;b=c", &[("a;b", "c")]),
    ] {
        assert_eq!(Form::parse(text), Ok(form(fields)), "{text}");
    }
}

#[test]
fn fields_are_written_as_the_url_standard_has_it() {
    let plain = "azAZ09-._*";
    assert_eq!(form(&[(plain, plain)]).to_string(), format!("{plain}={plain}"));
    assert_eq!(form(&[("a b", "+&=%")]).to_string(), "a+b=%2B%26%3D%25");
    assert_eq!(form(&[("ä", "\0\n~")]).to_string(), "%C3%A4=%00%0A%7E");
    assert_eq!(form(&[("a", ""), ("", "b"), ("a", "c")]).to_string(), "a=&=b&a=c");
    assert_eq!(Form::default().to_string(), "");
    // Nothing but that stands in it, whatever is in the field.
    for char in '\0'..'\u{800}' {
        let written = form(&[("", &char.to_string())]).to_string();
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._*%+=".contains(&byte);
        assert!(written.bytes().all(is_plain), "{char:?} is {written}");
    }
}

#[test]
fn what_is_written_is_read_again() {
    let mut seed = Seed::new();
    let chars =
        ['a', 'Z', '0', ' ', '+', '%', '&', '=', '2', 'f', ';', '\0', '\n', '~', 'ä', '€', '😀'];
    let mut text = |most| -> String {
        let count = seed.number(0..=most);
        (0..count).map(|_| seed.pick(&chars)).collect()
    };
    for _ in 0..2000 {
        let mut form = Form::default();
        for _ in 0..text(4).len() {
            form.add(&text(4), &text(8));
        }
        assert_eq!(Form::parse(&form.to_string()), Ok(form.clone()), "{form:?}");
    }
}

#[test]
fn any_text_is_a_form() {
    let mut seed = Seed::new();
    for _ in 0..2000 {
        let pieces = ["a", "%", "%4", "%41", "%c3", "%a4", "=", "&", "+", "ä", "%%", "f"];
        let count = seed.number(0..=12);
        let text: String = (0..count).map(|_| seed.pick(&pieces)).collect();
        let form = Form::parse(&text).unwrap();
        // And means the same when it is written properly.
        assert_eq!(Form::parse(&form.to_string()), Ok(form), "{text}");
    }
}

#[test]
fn a_form_has_so_many_fields_and_no_more() {
    let most = "a&".repeat(MAX_FORM_FIELDS);
    assert_eq!(Form::parse(&most).unwrap().iter().count(), MAX_FORM_FIELDS);
    assert_eq!(Form::parse(&format!("{most}&&")).unwrap().iter().count(), MAX_FORM_FIELDS);
    assert_eq!(Form::parse(&format!("{most}a")), Err(HttpError(413)));
    assert_eq!(Form::parse(&"a=b&".repeat(1_000_000)), Err(HttpError(413)));
}

// What is in it

#[test]
fn a_field_is_found_by_its_name() {
    let form = form(&[("a", "1"), ("b", ""), ("a", "2"), ("A", "3")]);
    assert_eq!((form.get("a"), form.get("b"), form.get("c")), (Some("1"), Some(""), None));
    assert_eq!((form.need("a"), form.need("b")), (Ok("1"), Ok("")));
    assert_eq!(form.need("c"), Err(HttpError(400)));
    assert_eq!(form.get_all("a").collect::<Vec<_>>(), ["1", "2"]);
    assert_eq!(form.get_all("c").count(), 0);
    let all = [("a", "1"), ("b", ""), ("a", "2"), ("A", "3")];
    assert_eq!(form.iter().collect::<Vec<_>>(), all);
}

#[test]
fn fields_are_taken_away_by_their_name() {
    let mut fields = form(&[("a", "1"), ("b", "2"), ("a", "3"), ("c", "4")]);
    assert_eq!(fields.take("a"), ["1", "3"]);
    assert_eq!(fields, form(&[("b", "2"), ("c", "4")]));
    assert_eq!(fields.take("a"), [""; 0]);
}

// Behind the address, and in the body

fn call<T>(environ: &Environ, body: &mut dyn Read, with: impl FnOnce(&mut Call<'_>) -> T) -> T {
    with(&mut Call::new(environ, Session::default(), body))
}

/// The form of a request whose body has this type.
fn read(content_type: &str, body: &mut dyn Read) -> anyhow::Result<Form> {
    let environ = told("POST /", &format!("Content-Type: {content_type}\r\n"));
    call(&environ, body, |call| call.form())
}

#[track_caller]
fn status(outcome: anyhow::Result<Form>) -> u16 {
    outcome.unwrap_err().downcast::<HttpError>().expect("a status").0
}

#[test]
fn the_query_is_a_form_too() {
    let query = |target: &str| {
        call(&told(&format!("GET {target}"), ""), &mut io::empty(), |call| call.query())
    };
    assert_eq!(query("/?a=1+2&b=%C3%A4"), Ok(form(&[("a", "1 2"), ("b", "ä")])));
    assert_eq!(query("/"), Ok(Form::default()));
    assert_eq!(query("/?"), Ok(Form::default()));
    assert_eq!(query(&format!("/?{}", "a&".repeat(MAX_FORM_FIELDS + 1))), Err(HttpError(413)));
}

#[test]
fn a_form_is_read_however_it_comes() {
    for_every_split("a=%C3%A4+1&b=%2", |input: Script| {
        let (mut conn, _peer) = MockConnection::pair(input);
        let form = call(&post("/"), &mut conn, |call| call.form()).unwrap();
        assert_eq!(form, self::form(&[("a", "ä 1"), ("b", "%2")]));
    });
}

#[test]
fn a_form_is_read_once() {
    let mut body = &b"a=1"[..];
    call(&post("/"), &mut body, |call| {
        assert_eq!(call.form().unwrap(), form(&[("a", "1")]));
        assert_eq!(call.form().unwrap(), Form::default());
    });
}

#[test]
fn a_body_of_another_type_is_415_and_is_not_read() {
    for content_type in [
        "text/plain",
        "multipart/form-data; boundary=x",
        "application/x-www-form-urlencoded2",
        "application/json;application/x-www-form-urlencoded",
        "",
        "; charset=utf-8",
    ] {
        let mut body = &b"a=1"[..];
        assert_eq!(status(read(content_type, &mut body)), 415, "{content_type}");
        assert_eq!(body.len(), 3);
    }
    let nothing = call(&told("POST /", ""), &mut &b"a=1"[..], |call| call.form());
    assert_eq!(status(nothing), 415);
    for content_type in [
        "application/x-www-form-urlencoded",
        "Application/X-WWW-Form-URLencoded",
        "application/x-www-form-urlencoded;charset=UTF-8",
        "application/x-www-form-urlencoded ; charset=UTF-8",
    ] {
        let form = read(content_type, &mut &b"a=1"[..]).unwrap();
        assert_eq!(form, self::form(&[("a", "1")]), "{content_type}");
    }
}

/// Gives out a form without end, and counts.
struct Endless {
    piece: &'static [u8],
    read: u64,
}

impl Read for Endless {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut fields = self.piece.iter().cycle().skip(self.read as usize % self.piece.len());
        buffer.iter_mut().for_each(|byte| *byte = *fields.next().expect("there is no end"));
        self.read += buffer.len() as u64;
        Ok(buffer.len())
    }
}

#[test]
fn of_a_form_without_end_no_more_is_read_than_it_may_have() {
    for piece in [&b"a"[..], b"a=b&", b"&"] {
        let mut body = Endless { piece, read: 0 };
        let outcome = call(&post("/"), &mut body, |call| call.form());
        assert_eq!(status(outcome), 413);
        assert!(body.read <= MAX_FORM + 1, "{} bytes were read", body.read);
    }
}

#[test]
fn a_form_may_be_so_long_and_no_longer() {
    let mut text = "a=".to_owned();
    text += &"x".repeat(MAX_FORM as usize - 2);
    let outcome = call(&post("/"), &mut text.as_bytes(), |call| call.form()).unwrap();
    assert_eq!(outcome.get("a").map(str::len), Some(MAX_FORM as usize - 2));
    text += "x";
    assert_eq!(status(call(&post("/"), &mut text.as_bytes(), |call| call.form())), 413);
}

#[test]
fn too_many_fields_in_a_body_are_413() {
    let text = "a&".repeat(MAX_FORM_FIELDS + 1);
    assert_eq!(status(call(&post("/"), &mut text.as_bytes(), |call| call.form())), 413);
}

#[test]
fn a_body_that_breaks_off_is_no_form() {
    let (mut conn, _peer) =
        MockConnection::pair(Script::new().bytes("a=1&").fail(ErrorKind::ConnectionReset));
    let error = call(&post("/"), &mut conn, |call| call.form()).unwrap_err();
    assert_eq!(error.downcast::<io::Error>().unwrap().kind(), ErrorKind::ConnectionReset);
}

#[test]
fn bytes_that_are_no_text_become_the_replacement_character() {
    let form = call(&post("/"), &mut &b"a=\xff&\xc3\xa4=%ff"[..], |call| call.form()).unwrap();
    assert_eq!(form, self::form(&[("a", "\u{fffd}"), ("ä", "\u{fffd}")]));
}
