//! Calls and answers in XML, as others write them.

use super::values::{code, nested};
use ch21::{Fault, MAX_DEPTH, Value, read_call, read_response};
use chrono::NaiveDate;

fn call_with(value: &str) -> String {
    format!(
        "<?xml version=\"1.0\"?>\n<methodCall>\n <methodName>soup.cook</methodName>\n <params>\n  \
         <param>{value}</param>\n </params>\n</methodCall>\n"
    )
}

/// What a call is given with this in the place of its `value`.
fn argument(value: &str) -> Result<Value, Fault> {
    let call = read_call(call_with(value).as_bytes())?;
    assert_eq!((&*call.name, call.arguments.len()), ("soup.cook", 1));
    Ok(call.arguments.into_iter().next().unwrap())
}

/// The same with this in it.
fn typed(inner: &str) -> Result<Value, Fault> {
    argument(&format!("<value>{inner}</value>"))
}

#[track_caller]
fn reads(inner: &str, expected: impl Into<Value>) {
    assert_eq!(typed(inner), Ok(expected.into()), "{inner}");
}

#[track_caller]
fn refuses(inner: &str) {
    let outcome = typed(inner);
    assert!(outcome.is_err(), "{inner} is {outcome:?}");
    assert_eq!(code(outcome), Fault::REQUEST, "{inner}");
}

#[track_caller]
fn is_no_call(document: &str, wanted: i32) {
    let outcome = read_call(document.as_bytes());
    assert!(outcome.is_err(), "{document} is {outcome:?}");
    assert_eq!(code(outcome), wanted, "{document}");
}

fn time(hour: u32, minute: u32, second: u32) -> Value {
    let date = NaiveDate::from_ymd_opt(1998, 7, 17).unwrap();
    Value::Time(date.and_hms_opt(hour, minute, second).unwrap())
}

// Values

#[test]
fn a_value_without_a_type_is_text_with_its_spaces() {
    reads("soup", "soup");
    reads("", "");
    reads(" a  b\n\tc ", " a  b\n\tc ");
    reads("   ", "   ");
    reads("7", "7");
    assert_eq!(argument("<value/>"), Ok("".into()));
}

#[test]
fn text_keeps_its_spaces() {
    reads("<string> a\n b </string>", " a\n b ");
    reads("<string></string>", "");
    reads("<string/>", "");
    // Between a value and its type they mean nothing.
    reads("\n <string>a</string>\n ", "a");
}

#[test]
fn text_goes_on_behind_comments_entities_and_cdata() {
    reads("<string>a<!-- no -->b</string>", "ab");
    reads("a<!-- no -->b<?no no?>c", "abc");
    reads("<string><![CDATA[<a>&amp;]]>b</string>", "<a>&amp;b");
    reads("&lt;&gt;&amp;&quot;&apos;&#65;&#x1F35E;&#13;", "<>&\"'A\u{1f35e}\r");
    // XML makes one line feed of each line end that stands there as it is.
    reads("a\r\nb\rc", "a\nb\nc");
    reads("<!-- before --><int>7</int><!-- behind -->", 7);
}

#[test]
fn whole_numbers_have_many_names() {
    for name in ["int", "i1", "i2", "i4", "i8"] {
        reads(&format!("<{name}>-12</{name}>"), -12);
    }
    reads("<i8>9223372036854775807</i8>", i64::MAX);
    reads("<i8>-9223372036854775808</i8>", i64::MIN);
    // More than the specification has for it; some send it all the same.
    reads("<int>2147483648</int>", 2_147_483_648);
}

#[test]
fn numbers_may_have_zeros_a_plus_and_spaces_before_them() {
    reads("<int>007</int>", 7);
    reads("<int>+7</int>", 7);
    reads("<i4>-007</i4>", -7);
    reads("<int>\n 7 \n</int>", 7);
    reads("<double> +01.50 </double>", Value::Double(1.5));
}

#[test]
fn what_is_no_whole_number_is_refused() {
    for text in
        ["", " ", "7a", "0x7", "1.0", "1e2", "+-7", "- 7", "1 2", "1_000", "9223372036854775808"]
    {
        refuses(&format!("<int>{text}</int>"));
        refuses(&format!("<i8>{text}</i8>"));
    }
}

#[test]
fn doubles_are_read_in_all_their_forms() {
    for (text, number) in [
        ("-12.53", -12.53),
        ("7", 7.0),
        (".5", 0.5),
        ("5.", 5.0),
        ("1e3", 1000.0),
        ("-1E-3", -0.001),
        ("1.5e+2", 150.0),
    ] {
        reads(&format!("<double>{text}</double>"), Value::Double(number));
    }
}

#[test]
fn what_is_no_finite_double_is_refused() {
    for text in ["NaN", "nan", "inf", "-inf", "Infinity", "-INF", "1e400", "-1e400", "", "a", "1,5"]
    {
        refuses(&format!("<double>{text}</double>"));
    }
}

#[test]
fn a_boolean_is_0_or_1() {
    reads("<boolean>0</boolean>", false);
    reads("<boolean> 1 </boolean>", true);
    for text in ["", "2", "true", "false", "01", "-1"] {
        refuses(&format!("<boolean>{text}</boolean>"));
    }
}

#[test]
fn a_date_may_have_dashes_and_a_z() {
    for text in
        ["19980717T14:08:55", "1998-07-17T14:08:55", "19980717T14:08:55Z", " 1998-07-17T14:08:55Z "]
    {
        reads(&format!("<dateTime.iso8601>{text}</dateTime.iso8601>"), time(14, 8, 55));
    }
}

#[test]
fn what_is_no_date_is_refused() {
    for text in [
        "",
        "19980717",
        "19980717T14:08",
        "19980717T24:08:55",
        "19981317T14:08:55",
        "19980230T14:08:55",
        "19980717 14:08:55",
        "19980717t14:08:55",
        "19980717T140855",
        "19980717T14:08:55+0200",
        "19980717T14:08:55.5",
        "19980717T14:08:55ZZ",
        "980717T14:08:55",
        "119980717T14:08:55",
        "+19980717T14:08:55",
        "+10000-07-17T14:08:55",
        "-0001-07-17T14:08:55",
        "19980717T14: 8:55",
        "1998 717T14:08:55",
        "1998-0717T14:08:55",
        "19980717T-14:08:55",
        "19980717T1:8:5",
    ] {
        refuses(&format!("<dateTime.iso8601>{text}</dateTime.iso8601>"));
    }
}

#[test]
fn base64_may_come_in_lines() {
    let bytes = |bytes: &[u8]| Value::Bytes(bytes.to_vec());
    reads("<base64></base64>", bytes(b""));
    reads("<base64>AP8=</base64>", bytes(b"\0\xff"));
    reads("<base64>\n  c291\r\n\tcA==\n</base64>", bytes(b"soup"));
    for text in ["c291cA", "c291cA=", "c291cA==x", "c29*", "a", "c2-_"] {
        refuses(&format!("<base64>{text}</base64>"));
    }
}

#[test]
fn nothing_is_nil() {
    reads("<nil/>", Value::Nil);
    reads("<nil> </nil>", Value::Nil);
    refuses("<nil>0</nil>");
}

#[test]
fn names_of_an_extension_may_have_a_prefix() {
    let with = |inner: &str| {
        let call = call_with(&format!("<value>{inner}</value>"));
        let call = call.replace("<methodCall>", "<methodCall xmlns:ex=\"http://e.test/\">");
        read_call(call.as_bytes()).map(|call| call.arguments)
    };
    assert_eq!(with("<ex:nil/>"), Ok(vec![Value::Nil]));
    assert_eq!(with("<ex:i8>7</ex:i8>"), Ok(vec![7.into()]));
    // Unless nobody says what it stands for: then it is no XML with namespaces.
    assert_eq!(code(typed("<ex:nil/>")), Fault::PARSE);
}

#[test]
fn lists_are_read_in_their_order() {
    reads("<array><data></data></array>", Value::Array(vec![]));
    reads("<array><data/></array>", Value::Array(vec![]));
    reads(
        "<array>\n<data>\n<value><int>1</int></value>\n<value>a</value>\n\
         <value><array><data><value/></data></array></value>\n</data>\n</array>",
        vec![1.into(), "a".into(), vec!["".into()].into()],
    );
}

#[test]
fn what_is_no_list_is_refused() {
    for inner in [
        "<array/>",
        "<array><data/><data/></array>",
        "<array><value/></array>",
        "<array><data><int>1</int></data></array>",
        "<array><data>1</data></array>",
        "<array>1<data/></array>",
        "<array><data><value/>1</data></array>",
    ] {
        refuses(inner);
    }
}

#[test]
fn structs_are_read_by_their_names() {
    let member = "<member>\n<name>b</name>\n<value><int>1</int></value>\n</member>";
    let other = "<member><name> a </name><value>2</value></member>";
    reads("<struct></struct>", Value::of_fields([]));
    reads(
        &format!("<struct>\n{member}\n{other}\n<member><name/><value/></member></struct>"),
        Value::of_fields([("b", 1.into()), (" a ", "2".into()), ("", "".into())]),
    );
}

#[test]
fn what_is_no_struct_is_refused() {
    for inner in [
        "<struct>1</struct>",
        "<struct><name>a</name><value/></struct>",
        "<struct><member/></struct>",
        "<struct><member><name>a</name></member></struct>",
        "<struct><member><value/></member></struct>",
        "<struct><member><value/><name>a</name></member></struct>",
        "<struct><member><name>a</name><value/><value/></member></struct>",
        "<struct><member><name><b/></name><value/></member></struct>",
        "<struct><member>x<name>a</name><value/></member></struct>",
        "<struct><member><title>a</title><value/></member></struct>",
        "<struct><member><name>a</name><int>1</int></member></struct>",
    ] {
        refuses(inner);
    }
}

/// Of two values for one name, two programs may take different ones.
#[test]
fn two_members_of_one_name_are_refused() {
    let member = |name: &str| format!("<member><name>{name}</name><value/></member>");
    let members = |names: [&str; 2]| format!("<struct>{}</struct>", names.map(member).concat());
    refuses(&members(["a", "a"]));
    refuses(&members(["a", "&#97;"]));
    assert!(typed(&members(["a", "A"])).is_ok());
}

#[test]
fn what_the_specification_does_not_have_is_refused() {
    for inner in [
        "<float>1</float>",
        "<i64>1</i64>",
        "<INT>1</INT>",
        "<value>1</value>",
        "<int><b>1</b></int>",
        "<string>a<b/></string>",
        "<nil><a/></nil>",
        "<int>1</int><int>2</int>",
        "<int>1</int><string/>",
        "x<int>1</int>",
        "<int>1</int>x",
    ] {
        refuses(inner);
    }
    for value in ["", "<int>1</int>", "<value/><value/>", "x", "x<value/>", "<values/>"] {
        assert_eq!(code(argument(value)), Fault::REQUEST, "{value}");
    }
}

// Bounds

fn in_lists(levels: usize) -> String {
    let (open, close) = ("<value><array><data>", "</data></array></value>");
    format!("{}{}", open.repeat(levels), close.repeat(levels))
}

fn in_structs(levels: usize) -> String {
    let (open, close) = ("<value><struct><member><name/>", "</member></struct></value>");
    format!("{}<value/>{}", open.repeat(levels - 1), close.repeat(levels - 1))
}

#[test]
fn values_are_nested_so_deep_and_no_deeper() {
    assert_eq!(argument(&in_lists(MAX_DEPTH)), Ok(nested(MAX_DEPTH)));
    assert_eq!(code(argument(&in_lists(MAX_DEPTH + 1))), Fault::REQUEST);
    assert!(argument(&in_structs(MAX_DEPTH)).is_ok());
    assert_eq!(code(argument(&in_structs(MAX_DEPTH + 1))), Fault::REQUEST);
    // The depth is that of each, and not of all together.
    let two = format!("<value><array><data>{0}{0}</data></array></value>", in_lists(MAX_DEPTH - 1));
    assert!(argument(&two).is_ok());
}

#[test]
fn elements_in_elements_do_not_bring_us_down() {
    for name in ["a", "value"] {
        let (open, close) = (format!("<{name}>"), format!("</{name}>"));
        let document = open.repeat(50_000) + &close.repeat(50_000);
        assert_eq!(code(read_call(document.as_bytes())), Fault::REQUEST);
        assert_eq!(code(argument(&document)), Fault::REQUEST);
        assert_eq!(code(read_call(open.repeat(50_000).as_bytes())), Fault::PARSE);
    }
}

#[test]
fn a_document_declares_so_many_namespaces_and_no_more() {
    // Where they cost most: each in the one before.
    let nested = |count: usize| {
        let open: String = (0..count).map(|n| format!("<a xmlns:p{n}='u{n}'>")).collect();
        read_call(format!("{open}{}", "</a>".repeat(count)).as_bytes())
    };
    assert_eq!(code(nested(250)), Fault::REQUEST); // it is read, and is no call
    assert_eq!(code(nested(251)), Fault::PARSE);
    assert_eq!(code(nested(30_000)), Fault::PARSE);
    // In a text, a comment or a quoted piece it is a word like others.
    let word = " xmlns:a='b'".repeat(300);
    for inner in [word.clone(), format!("<![CDATA[<{word}>]]>"), format!("<!-- <{word} -->")] {
        assert!(argument(&format!("<value><string>{inner}</string></value>")).is_ok(), "{inner}");
    }
}

#[test]
fn a_tag_is_so_long_and_no_longer() {
    let tag = |length: usize| {
        // A `>` in quotes ends no tag.
        let rest = length - "<string a='>'".len();
        argument(&format!("<value><string a='>{}'/></value>", " ".repeat(rest - 1)))
    };
    assert_eq!(tag(8 * 1024), Ok(Value::Text(String::new())));
    assert_eq!(code(tag(8 * 1024 + 1)), Fault::PARSE);
    let many: String = (0..20_000).map(|n| format!(" b{n}=''")).collect();
    assert_eq!(code(argument(&format!("<value{many}/>"))), Fault::PARSE);
    // What does not end is nothing, however long.
    for open in ["<", "<!--", "<![CDATA[", "<?a", "<a b='"] {
        assert_eq!(code(read_call(format!("{open}{}", "x".repeat(9000)).as_bytes())), Fault::PARSE);
    }
}

#[test]
fn a_document_has_so_many_elements_and_texts_and_no_more() {
    let list = |count: usize| {
        let values = "<value/>".repeat(count);
        argument(&format!("<value><array><data>{values}</data></array></value>"))
    };
    match list(199_900) {
        Ok(Value::Array(values)) => assert_eq!(values.len(), 199_900),
        other => panic!("{:?}", other.map(|value| value.kind())),
    }
    assert_eq!(code(list(200_000)), Fault::PARSE);
}

// Documents

#[test]
fn a_call_may_have_no_params_and_a_name_with_spaces() {
    for document in [
        "<methodCall><methodName>a.b</methodName></methodCall>",
        "<methodCall><methodName>a.b</methodName><params/></methodCall>",
        " <methodCall>\n<methodName> a.b\n</methodName><params>\n</params></methodCall>\n",
        "<!-- x --><methodCall><methodName>a<!-- -->.b</methodName></methodCall><!-- x -->",
        "\u{feff}<?xml version=\"1.0\" encoding=\"utf-8\"?><methodCall><methodName>a.b</methodName>\
         </methodCall>",
    ] {
        let call = read_call(document.as_bytes()).unwrap_or_else(|why| panic!("{document}: {why}"));
        assert_eq!((&*call.name, call.arguments), ("a.b", vec![]));
    }
}

#[test]
fn arguments_are_read_in_their_order() {
    let params = "<param><value>a</value></param> <param><value><i4>2</i4></value></param>";
    let document =
        format!("<methodCall><methodName>x</methodName><params>{params}</params></methodCall>");
    assert_eq!(read_call(document.as_bytes()).unwrap().arguments, ["a".into(), 2.into()]);
}

#[test]
fn what_is_no_call_is_refused() {
    let name = "<methodName>x</methodName>";
    for inside in [
        "".to_owned(),
        "<params/>".to_owned(),
        format!("<params/>{name}"),
        "<methodName/>".to_owned(),
        "<methodName> \n</methodName>".to_owned(),
        "<methodName><b>x</b></methodName>".to_owned(),
        format!("{name}{name}"),
        format!("{name}<params/><params/>"),
        format!("{name}<params/><x/>"),
        format!("{name}<param><value/></param>"),
        format!("{name}<params><value/></params>"),
        format!("{name}<params>x</params>"),
        format!("{name}x<params/>"),
    ] {
        is_no_call(&format!("<methodCall>{inside}</methodCall>"), Fault::REQUEST);
    }
    is_no_call("<methodResponse><methodName>x</methodName></methodResponse>", Fault::REQUEST);
    is_no_call("<html/>", Fault::REQUEST);
}

#[test]
fn what_is_not_well_formed_is_refused() {
    let call = call_with("<value/>");
    for document in [
        "",
        " ",
        "soup",
        "<",
        "<methodCall>",
        "<methodCall></methodcall>",
        "<methodCall><methodName>x</methodCall></methodName>",
        "<methodCall><methodName>&soup;</methodName></methodCall>",
        "<methodCall><methodName>&#0;</methodName></methodCall>",
        "<methodCall><methodName>\0</methodName></methodCall>",
        "<methodCall><methodName>\u{1}</methodName></methodCall>",
        "<methodCall a=1><methodName>x</methodName></methodCall>",
        "{\"jsonrpc\": \"2.0\"}",
    ] {
        is_no_call(document, Fault::PARSE);
    }
    is_no_call(&format!("{call}{}", "<b/>"), Fault::PARSE);
    is_no_call(&format!("{call}x"), Fault::PARSE);
    is_no_call(&format!("x{call}"), Fault::PARSE);
    for length in 0..call.trim_end().len() {
        is_no_call(&call[..length], Fault::PARSE);
    }
}

/// A few bytes that would stand for gigabytes, or for a file of ours.
#[test]
fn a_document_type_is_refused() {
    for doctype in [
        "<!DOCTYPE methodCall>",
        "<!DOCTYPE methodCall SYSTEM \"http://e.test/x.dtd\">",
        "<!DOCTYPE x [<!ENTITY a \"soup\">]>",
        "<!DOCTYPE x [<!ENTITY a SYSTEM \"file:///etc/passwd\">]>",
    ] {
        let call = call_with("<value>x</value>");
        is_no_call(&call.replace("?>\n", &format!("?>\n{doctype}")), Fault::PARSE);
    }
}

#[test]
fn latin_1_is_read_if_the_document_says_so() {
    for said in [
        "encoding=\"iso-8859-1\"",
        "encoding=\"ISO-8859-1\"",
        "encoding='ISO-8859-1'",
        "encoding=\"Iso-8859-1\" standalone=\"yes\"",
    ] {
        let call = call_with("<value>?</value>").replace("\"1.0\"?>", &format!("\"1.0\" {said}?>"));
        let mut bytes = call.into_bytes();
        let at = bytes.windows(3).position(|three| three == b">?<").unwrap() + 1;
        bytes[at] = 0xe4;
        assert_eq!(read_call(&bytes).unwrap().arguments, ["ä".into()], "{said}");
    }
}

#[test]
fn all_else_is_utf_8() {
    let call = call_with("<value>ä</value>");
    assert_eq!(read_call(call.as_bytes()).unwrap().arguments, ["ä".into()]);
    for said in ["utf-8", "UTF-8"] {
        let call = call.replace("\"1.0\"?>", &format!("\"1.0\" encoding=\"{said}\"?>"));
        assert_eq!(read_call(call.as_bytes()).unwrap().arguments, ["ä".into()]);
    }
    let bytes: Vec<u8> = call.chars().map(|char| char as u8).collect();
    assert_eq!(code(read_call(&bytes)), Fault::PARSE);
    // It is said in the first line, and nowhere else.
    let said = "<!-- encoding=\"iso-8859-1\" --></methodCall>";
    let call = call.replace("</methodCall>", said);
    assert_eq!(read_call(call.as_bytes()).unwrap().arguments, ["ä".into()]);
    let call = "<?xml version=\"1.0\"?><!-- encoding=\"iso-8859-1\" --><methodCall><methodName>ä\
                </methodName></methodCall>";
    assert_eq!(read_call(call.as_bytes()).unwrap().name, "ä");
}

// Answers

fn answer(inside: &str) -> Result<Result<Value, Fault>, Fault> {
    read_response(format!("<methodResponse>{inside}</methodResponse>").as_bytes())
}

fn fault(code: &str, text: &str) -> String {
    format!(
        "<fault>\n<value><struct><member><name>faultCode</name><value>{code}</value></member>\
         <member><name>faultString</name><value>{text}</value></member></struct></value>\n</fault>"
    )
}

#[test]
fn an_answer_is_a_value_or_a_fault() {
    let params = "\n<params><param><value><i4>7</i4></value></param></params>\n";
    assert_eq!(answer(params), Ok(Ok(7.into())));
    let no_soup = Ok(Err(Fault::new(4, "no soup")));
    assert_eq!(answer(&fault("<int>4</int>", "<string>no soup</string>")), no_soup);
    assert_eq!(answer(&fault("<i4>4</i4>", "no soup")), no_soup);
    let none = "<params><param><value><nil/></value></param></params>";
    assert_eq!(answer(none), Ok(Ok(Value::Nil)));
}

#[test]
fn what_is_neither_is_refused() {
    let value = "<param><value/></param>";
    for inside in [
        "".to_owned(),
        "<params/>".to_owned(),
        format!("<params>{value}{value}</params>"),
        format!("<params>{value}</params><params>{value}</params>"),
        format!("<params>{value}</params>{}", fault("<int>4</int>", "x")),
        format!("{value}x"),
        value.to_owned(),
        "x".to_owned(),
        "<value/>".to_owned(),
    ] {
        assert_eq!(code(answer(&inside)), Fault::REQUEST, "{inside}");
    }
    let call = call_with("<value/>");
    assert_eq!(code(read_response(call.as_bytes())), Fault::REQUEST);
    for document in ["", "Not Found", "<methodResponse>", "<!DOCTYPE html><methodResponse/>"] {
        assert_eq!(code(read_response(document.as_bytes())), Fault::PARSE, "{document}");
    }
}

#[test]
fn a_fault_without_its_number_or_its_text_is_refused() {
    for inside in [
        fault("4", "x"),
        fault("<double>4</double>", "x"),
        fault("<i8>2147483648</i8>", "x"),
        fault("<int>4</int>", "<int>4</int>"),
        fault("<int>4</int>", "x").replace("faultString", "text"),
        fault("<int>4</int>", "x").replace("faultCode", "code"),
        "<fault><value>x</value></fault>".to_owned(),
        "<fault/>".to_owned(),
        "<fault>x</fault>".to_owned(),
    ] {
        assert_eq!(code(answer(&inside)), Fault::REQUEST, "{inside}");
    }
    let largest = fault("<i8>-2147483648</i8>", "x");
    assert_eq!(answer(&largest), Ok(Err(Fault::new(i32::MIN, "x"))));
}
