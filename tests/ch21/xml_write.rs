//! Calls and answers in XML, byte by byte.

use super::values::{code, nested};
use ch21::{Fault, MAX_DEPTH, Value, write_call, write_response};
use chrono::NaiveDate;
use mock::assert_bytes;

/// What is written for a value, in an answer.
#[track_caller]
fn written(value: impl Into<Value>) -> String {
    let answer = write_response(&Ok(value.into()));
    let start = "<?xml version=\"1.0\"?>\n<methodResponse><params><param><value>";
    let inner = answer.strip_prefix(start).unwrap_or_else(|| panic!("{answer}"));
    let end = "</value></param></params></methodResponse>\n";
    inner.strip_suffix(end).unwrap_or_else(|| panic!("{answer}")).to_owned()
}

/// What cannot be written in a call is a fault there, and the answer if it was one.
#[track_caller]
fn is_not_written(value: impl Into<Value>) {
    let value = value.into();
    assert_eq!(code(write_call("x", std::slice::from_ref(&value))), Fault::PARAMS, "{value:?}");
    let answer = write_response(&Ok(value));
    let start = "<?xml version=\"1.0\"?>\n<methodResponse><fault><value><struct><member>\
                 <name>faultCode</name><value><int>-32603</int></value></member><member>\
                 <name>faultString</name><value><string>";
    assert!(answer.starts_with(start), "{answer}");
    let end = "</string></value></member></struct></value></fault></methodResponse>\n";
    assert!(answer.ends_with(end), "{answer}");
}

#[test]
fn each_kind_is_written_with_its_type() {
    let time = NaiveDate::from_ymd_opt(2026, 7, 4).unwrap().and_hms_milli_opt(8, 5, 9, 7).unwrap();
    for (value, text) in [
        (Value::Nil, "<nil/>"),
        (Value::Bool(true), "<boolean>1</boolean>"),
        (Value::Bool(false), "<boolean>0</boolean>"),
        (Value::Int(0), "<int>0</int>"),
        (Value::Double(0.5), "<double>0.5</double>"),
        (Value::Text("soup".into()), "<string>soup</string>"),
        (Value::Text("".into()), "<string></string>"),
        (Value::Time(time), "<dateTime.iso8601>20260704T08:05:09</dateTime.iso8601>"),
        (Value::Bytes(b"\0\xff".to_vec()), "<base64>AP8=</base64>"),
        (Value::Array(vec![]), "<array><data></data></array>"),
        (
            Value::Array(vec![1.into(), "a".into()]),
            "<array><data><value><int>1</int></value><value><string>a</string></value></data>\
             </array>",
        ),
        (Value::of_fields([]), "<struct></struct>"),
        (
            Value::of_fields([("b", 1.into()), ("<a>", true.into())]),
            "<struct><member><name>&lt;a&gt;</name><value><boolean>1</boolean></value></member>\
             <member><name>b</name><value><int>1</int></value></member></struct>",
        ),
    ] {
        assert_bytes!(written(value), text);
    }
}

#[test]
fn a_whole_number_of_more_than_32_bits_is_an_i8() {
    for (number, text) in [
        (2_147_483_647, "<int>2147483647</int>"),
        (2_147_483_648, "<i8>2147483648</i8>"),
        (-2_147_483_648, "<int>-2147483648</int>"),
        (-2_147_483_649, "<i8>-2147483649</i8>"),
        (i64::MIN, "<i8>-9223372036854775808</i8>"),
    ] {
        assert_bytes!(written(number), text);
    }
}

#[test]
fn a_double_is_written_without_an_exponent() {
    for (number, text) in [
        (1.0, "1"),
        (-12.53, "-12.53"),
        (1e21, "1000000000000000000000"),
        (1e-7, "0.0000001"),
        (0.1 + 0.2, "0.30000000000000004"),
    ] {
        assert_bytes!(written(Value::Double(number)), format!("<double>{text}</double>"));
    }
    let text = written(Value::Double(f64::MAX));
    assert!(text.bytes().all(|byte| byte.is_ascii_digit() || b"<double/>".contains(&byte)));
}

#[test]
fn text_is_escaped() {
    assert_bytes!(written("a<b>&\"'"), "<string>a&lt;b&gt;&amp;\"'</string>");
    assert_bytes!(written("]]>"), "<string>]]&gt;</string>");
    assert_bytes!(written("&amp;"), "<string>&amp;amp;</string>");
    assert_bytes!(written("ä\u{1f35e}\u{7f}\u{fffd}"), "<string>ä\u{1f35e}\u{7f}\u{fffd}</string>");
}

/// A line feed would come of it elsewhere.
#[test]
fn a_carriage_return_is_written_as_a_number() {
    assert_bytes!(written("a\r\nb\rc\td"), "<string>a&#13;\nb&#13;c\td</string>");
}

#[test]
fn what_xml_cannot_hold_is_a_fault() {
    let bad = (0..0x20).filter(|byte| !b"\t\n\r".contains(byte)).map(char::from);
    for char in bad.chain(['\u{fffe}', '\u{ffff}']) {
        let text = format!("a{char}b");
        is_not_written(&*text);
        is_not_written(Value::of_fields([(&*text, Value::Nil)]));
        is_not_written(vec![1.into(), Value::from(&*text)]);
        assert_eq!(code(write_call(&text, &[])), Fault::PARAMS);
        // Nor is it told of: then that is the answer.
        let answer = write_response(&Err(Fault::new(7, text)));
        assert!(answer.contains("<int>-32603</int>") && !answer.contains(char), "{answer}");
    }
}

#[test]
fn what_is_no_finite_number_is_a_fault() {
    for number in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        is_not_written(Value::Double(number));
        is_not_written(vec![Value::Double(number)]);
    }
}

#[test]
fn a_year_of_more_than_four_digits_or_before_0_is_a_fault() {
    for (year, text) in [(9999, Some("9999")), (0, Some("0000")), (10_000, None), (-1, None)] {
        let date = NaiveDate::from_ymd_opt(year, 1, 2).unwrap();
        let value = Value::Time(date.and_hms_opt(3, 4, 5).unwrap());
        match text {
            Some(year) => {
                let text = format!("<dateTime.iso8601>{year}0102T03:04:05</dateTime.iso8601>");
                assert_bytes!(written(value), text);
            }
            None => is_not_written(value),
        }
    }
}

#[test]
fn what_is_nested_too_deeply_is_a_fault() {
    assert!(written(nested(MAX_DEPTH)).starts_with("<array>"));
    is_not_written(nested(MAX_DEPTH + 1));
    let in_structs =
        |levels| (1..levels).fold(Value::Nil, |inner, _| Value::of_fields([("a", inner)]));
    assert!(written(in_structs(MAX_DEPTH)).starts_with("<struct>"));
    is_not_written(in_structs(MAX_DEPTH + 1));
}

#[test]
fn a_call_is_its_name_and_what_it_is_given() {
    assert_bytes!(
        write_call("a&b", &[1.into(), "x".into()]).unwrap(),
        "<?xml version=\"1.0\"?>\n<methodCall><methodName>a&amp;b</methodName><params><param>\
         <value><int>1</int></value></param><param><value><string>x</string></value></param>\
         </params></methodCall>\n"
    );
    assert_bytes!(
        write_call("x", &[]).unwrap(),
        "<?xml version=\"1.0\"?>\n<methodCall><methodName>x</methodName><params></params>\
         </methodCall>\n"
    );
}

#[test]
fn a_fault_is_a_number_and_a_text() {
    assert_bytes!(
        write_response(&Err(Fault::new(-7, "a < b"))),
        "<?xml version=\"1.0\"?>\n<methodResponse><fault><value><struct><member>\
         <name>faultCode</name><value><int>-7</int></value></member><member>\
         <name>faultString</name><value><string>a &lt; b</string></value></member></struct>\
         </value></fault></methodResponse>\n"
    );
}
