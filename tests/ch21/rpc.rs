//! Procedures behind a path of a site.

use super::site::{ask, post, site};
use ch18::App;
use ch21::{Fault, Kind, MAX_CALL, Procedure, Procedures, Value, read_response, write_call};
use serde_json::{Value as Json, json};

fn greeter() -> App {
    let mut procedures = Procedures::default();
    let greet = |mut values: Vec<Value>| Ok(vec!["hello".into(), values.remove(0)].into());
    procedures.add("greet", Procedure::new("Greets.", Kind::Array, greet).takes("name", Kind::Any));
    site(procedures)
}

fn in_xml() -> String {
    write_call("greet", &["Ann".into()]).unwrap()
}

fn in_json() -> String {
    json!({"jsonrpc": "2.0", "method": "greet", "params": {"name": "Ann"}, "id": 7}).to_string()
}

#[test]
fn a_call_in_xml_is_answered_in_xml() {
    let hello = Ok(Ok(vec!["hello".into(), "Ann".into()].into()));
    for content_type in
        ["text/xml", "application/xml", "TEXT/XML", "text/xml; charset=utf-8", "text/xml ;x=y"]
    {
        let answer = post(&greeter(), content_type, in_xml());
        assert_eq!(answer.status, 200, "{content_type}");
        assert_eq!(answer.content_type, "text/xml");
        assert_eq!(read_response(answer.body.as_bytes()), hello);
    }
}

#[test]
fn a_call_in_json_is_answered_in_json() {
    for content_type in
        ["application/json", "Application/JSON;charset=utf-8", "application/json-rpc"]
    {
        let answer = post(&greeter(), content_type, in_json());
        assert_eq!(answer.status, 200, "{content_type}");
        assert_eq!(answer.content_type, "application/json");
        let json: Json = serde_json::from_str(&answer.body).unwrap();
        assert_eq!(json, json!({"jsonrpc": "2.0", "result": ["hello", "Ann"], "id": 7}));
    }
}

#[test]
fn a_fault_is_an_answer_like_any_other() {
    for (body, code) in [
        ("", Fault::PARSE),
        ("<methodCall/>", Fault::REQUEST),
        (&*write_call("none", &[]).unwrap(), Fault::METHOD),
        (&*write_call("greet", &[]).unwrap(), Fault::PARAMS),
    ] {
        let answer = post(&greeter(), "text/xml", body);
        assert_eq!((answer.status, answer.content_type), (200, "text/xml"));
        match read_response(answer.body.as_bytes()) {
            Ok(Err(fault)) => assert_eq!(fault.code, code),
            other => panic!("{other:?}"),
        }
        if body.is_empty() {
            let answer = post(&greeter(), "application/json", body);
            assert_eq!(answer.status, 200);
            let json: Json = serde_json::from_str(&answer.body).unwrap();
            assert_eq!((&json["error"]["code"], &json["id"]), (&json!(code), &Json::Null));
        }
    }
}

#[test]
fn notifications_alone_are_answered_with_204_and_nothing() {
    let one = r#"{"jsonrpc": "2.0", "method": "greet", "params": [1]}"#;
    for body in [one.to_owned(), format!("[{one}, {one}]")] {
        let answer = post(&greeter(), "application/json", body);
        assert_eq!((answer.status, &*answer.body), (204, ""));
    }
}

#[test]
fn another_type_or_none_is_415() {
    for fields in [
        "",
        "Content-Type:\r\n",
        "Content-Type: text/plain\r\n",
        "Content-Type: application/x-www-form-urlencoded\r\n",
        "Content-Type: text/xmlx\r\n",
        "Content-Type: text/html; text/xml\r\n",
        "Content-Type: application/json-rpcx\r\n",
    ] {
        for body in [in_xml(), in_json()] {
            assert_eq!(ask(&greeter(), "POST /rpc", fields, body).status, 415, "{fields}");
        }
    }
}

#[test]
fn a_call_may_be_so_long_and_no_longer() {
    assert_eq!(MAX_CALL, 1024 * 1024);
    let padded = |call: String, length: u64| {
        let spaces = " ".repeat(usize::try_from(length).unwrap() - call.len());
        call + &spaces
    };
    for (content_type, call) in [("text/xml", in_xml()), ("application/json", in_json())] {
        let answer = post(&greeter(), content_type, padded(call.clone(), MAX_CALL));
        assert!(answer.status == 200 && answer.body.contains("hello"), "{answer:?}");
        let answer = post(&greeter(), content_type, padded(call, MAX_CALL + 1));
        assert_eq!(answer.status, 413);
    }
}

#[test]
fn other_methods_are_405_and_say_which_are_right() {
    for method in ["PUT", "DELETE", "PATCH"] {
        let answer =
            ask(&greeter(), &format!("{method} /rpc"), "Content-Type: text/xml\r\n", in_xml());
        assert_eq!(answer.status, 405, "{method}");
        let allow = answer.allow.unwrap();
        assert!(allow.contains("GET") && allow.contains("POST") && !allow.contains(method));
    }
}

/// Its browser may send it without asking us, in the name of whoever sits before it.
#[test]
fn a_call_of_a_page_of_another_site_is_refused() {
    let status = |origin: &str| {
        let fields = format!("Content-Type: text/xml\r\n{origin}");
        ask(&greeter(), "POST /rpc", &fields, in_xml()).status
    };
    assert_eq!(status(""), 200);
    assert_eq!(status("Origin: http://localhost:8021\r\n"), 200);
    assert_eq!(status("Origin: http://evil.example\r\n"), 403);
    assert_eq!(status("Origin: null\r\n"), 403);
}

#[test]
fn a_page_says_what_can_be_called() {
    let answer = ask(&greeter(), "GET /rpc?a=<b>", "", "");
    assert_eq!(answer.status, 200);
    assert!(answer.content_type.starts_with("text/html"));
    let greet = "<dt id=\"greet\"><code><b>greet</b>(name: undef) -&gt; array</code></dt>\n\
                 <dd>Greets.</dd>\n";
    assert!(answer.body.contains(greet), "{}", answer.body);
    let help = "<b>system.methodHelp</b>(name: string) -&gt; string";
    assert!(answer.body.contains(help), "{}", answer.body);
    // In the order of their names.
    let place = |name: &str| answer.body.find(&format!("<b>{name}</b>")).unwrap();
    let names = ["greet", "system.listMethods", "system.methodHelp", "system.multicall"];
    assert!(names.map(place).is_sorted());
}

#[test]
fn names_and_help_are_escaped_on_the_page() {
    let mut procedures = Procedures::default();
    let procedure = Procedure::new("1 < 2 & \"so\" <i>on</i>", Kind::Nil, |_| Ok(Value::Nil));
    procedures.add("a\"><script>&", procedure.takes("<p>", Kind::Int));
    let page = ask(&site(procedures), "GET /rpc?\"<script>", "", "").body;
    for text in [
        "<dt id=\"a&quot;&gt;&lt;script&gt;&amp;\">",
        "<b>a&quot;&gt;&lt;script&gt;&amp;</b>(&lt;p&gt;: int)",
        "<dd>1 &lt; 2 &amp; &quot;so&quot; &lt;i&gt;on&lt;/i&gt;</dd>",
    ] {
        assert!(page.replace("&#34;", "&quot;").contains(text), "{text} is not in {page}");
    }
    assert!(!page.contains("<script>") && !page.contains("<i>"), "{page}");
}

#[test]
fn the_page_says_where_to_call() {
    let page = ask(&greeter(), "GET /rpc", "", "").body;
    assert!(page.contains("<code>/rpc</code>"), "{page}");
}
