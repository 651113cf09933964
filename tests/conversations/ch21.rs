use crate::conversations::Conversation;
use crate::wire::{Answer, Bytes, Case, Corpus, Field};
use mock::Seed;

pub(super) fn conversations(task: &str, _: &Corpus, seed: &mut Seed) -> Vec<Conversation> {
    match task {
        "build" => vec![
            added(seed),
            echoed(seed),
            failed(seed),
            refused(seed),
            many(seed),
            ordered(seed),
            batch(seed),
            no_call(seed),
            by_name(seed),
            notified(seed),
        ],
        "idempotency" => vec![once(seed), told(seed), forgotten(seed)],
        "batch" => vec![matched(seed), doubted(seed), all_refused(seed), of_another(seed)],
        _ => Vec::new(),
    }
}

/// This status, and this body of this type.
fn typed(status: u16, content_type: &str, body: impl Into<Vec<u8>>) -> Vec<Answer> {
    let body = Some(Bytes(body.into()));
    let header = match content_type {
        "" => Default::default(),
        content_type => [("Content-Type".to_owned(), Field::Value(content_type.to_owned()))].into(),
    };
    vec![Answer { status: vec![status], body, header, ..Answer::default() }]
}

/// A request after which the client wants nothing more.
fn post(target: &str, content_type: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!(
        "POST {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\
         Content-Type: {content_type}\r\nContent-Length: {length}\r\n\r\n{body}"
    )
    .into_bytes()
}

/// It may come in two pieces.
fn in_pieces(request: Vec<u8>, seed: &mut Seed) -> Vec<Vec<u8>> {
    let (first, second) = request.split_at(seed.number(1..=request.len() - 1));
    vec![first.to_vec(), second.to_vec()]
}

fn call(name: &str, values: &[&str]) -> String {
    let params: String =
        values.iter().map(|value| format!("<param><value>{value}</value></param>")).collect();
    format!(
        "<?xml version='1.0'?>\n<methodCall>\n<methodName>{name}</methodName>\n\
         <params>{params}</params>\n</methodCall>\n"
    )
}

fn xml(name: &str, call: String, result: &str, seed: &mut Seed) -> Conversation {
    let right = format!(
        "<?xml version=\"1.0\"?>\n<methodResponse><params><param>{result}</param></params>\
         </methodResponse>\n"
    );
    let heard = in_pieces(post("/rpc", "text/xml", &call), seed);
    Conversation::of_request(name, &[], heard, typed(200, "text/xml", right))
}

fn added(seed: &mut Seed) -> Conversation {
    let (a, b) = (seed.number(0..=1 << 30), seed.number(0..=1 << 30));
    let call = call("sample.add", &[&format!("<int>+00{a}</int>"), &format!(" <i8>{b}</i8> ")]);
    let sum = a + b;
    let result = format!("<value><int>{sum}</int></value>");
    xml("two numbers are added", call, &result, seed)
}

/// What is untyped is text, and what would be markup is not.
fn echoed(seed: &mut Seed) -> Conversation {
    let words = seed.words(3);
    let [a, b, c] = &words[..] else { unreachable!("three were asked for") };
    let number = seed.number(2..=1000);
    let value = format!(
        "<struct><member><name>{b}</name><value> {a}&#13;&lt;<!-- no --><![CDATA[&{c}]]> </value>\
         </member></struct>"
    );
    let list = format!(
        "<array>\n<data><value>{value}</value> <value><double>-{number}.50</double></value>\n\
         <value><boolean> 1 </boolean></value><value><nil/></value>\
         <value><base64>\nc291\n cA==</base64></value></data></array>"
    );
    let result = format!(
        "<value><array><data><value><struct><member><name>{b}</name>\
         <value><string> {a}&#13;&lt;&amp;{c} </string></value></member></struct></value>\
         <value><double>-{number}.5</double></value><value><boolean>1</boolean></value>\
         <value><nil/></value><value><base64>c291cA==</base64></value></data></array></value>"
    );
    xml("values come back as what they are", call("sample.echo", &[&list]), &result, seed)
}

/// A fault by XML, with this code.
fn fault(name: &str, call: &str, code: i32, seed: &mut Seed) -> Conversation {
    let header = [("Content-Type".to_owned(), Field::Value("text/xml".to_owned()))].into();
    let code =
        format!("<fault><value><struct><member><name>faultCode</name><value><int>{code}</int>");
    let contains = Some(Bytes(code.into_bytes()));
    let right = vec![Answer { status: vec![200], contains, header, ..Answer::default() }];
    let heard = in_pieces(post("/rpc", "text/xml", call), seed);
    Conversation::of_request(name, &[], heard, right)
}

fn failed(seed: &mut Seed) -> Conversation {
    let a = format!("<int>{}</int>", seed.number(0..=1000));
    let (call, code) = seed.pick(&[
        (call("sample.divide", &[&a, "<int>0</int>"]), 1),
        (call("sample.divide", &[&a, "0"]), -32602),
        (call("sample.divide", &[&a]), -32602),
        (call("sample.multiply", &[&a, &a]), -32601),
    ]);
    fault("what cannot be done is a fault", &call, code, seed)
}

fn refused(seed: &mut Seed) -> Conversation {
    let word = seed.word();
    let (call, code) = seed.pick(&[
        (call("sample.echo", &[&format!("<int>{word}</int>")]), -32600),
        (call("sample.echo", &[&format!("<{word}>7</{word}>")]), -32600),
        (call("sample.echo", &["<i4>1</i4><i4>2</i4>"]), -32600),
        (call("sample.echo", &[&word]) + "<a/>", -32700),
        (format!("<!DOCTYPE {word}>") + &call("sample.echo", &[&word]), -32700),
    ]);
    fault("what is no call is a fault", &call, code, seed)
}

/// One that fails does not keep the others from being made.
fn many(seed: &mut Seed) -> Conversation {
    let number = seed.number(1..=1000);
    let one = |name: &str, b: usize| {
        format!(
            "<value><struct><member><name>methodName</name><value>{name}</value></member>\
             <member><name>params</name><value><array><data><value><int>{number}</int></value>\
             <value><int>{b}</int></value></data></array></value></member></struct></value>"
        )
    };
    let calls = [one("sample.add", 1), one("sample.divide", 0), one("sample.add", 2)].concat();
    let call = call("system.multicall", &[&format!("<array><data>{calls}</data></array>")]);
    let sum = |b: usize| {
        let sum = number + b;
        format!("<value><array><data><value><int>{sum}</int></value></data></array></value>")
    };
    let (first, last) = (sum(1), sum(2));
    let fault = "<value><struct><member><name>faultCode</name><value><int>1</int></value></member>\
                 <member><name>faultString</name><value><string>that is not to be divided</string>\
                 </value></member></struct></value>";
    let result = format!("<value><array><data>{first}{fault}{last}</data></array></value>");
    xml("each of several calls has its outcome", call, &result, seed)
}

/// What a program has ordered, people see.
fn ordered(seed: &mut Seed) -> Conversation {
    let dish = seed.word();
    let call = json("\"orders.add\"", &format!("[\"<{dish}>\"]"), "\"a\"");
    let first = post("/rpc", "application/json", &call);
    let first = String::from_utf8_lossy(&first).replace("Connection: close\r\n", "");
    let second = b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".to_vec();
    let contains = Some(Bytes(format!("<li>&lt;{dish}&gt;</li>").into_bytes()));
    let page = vec![Answer { status: vec![200], contains, ..Answer::default() }];
    let order = Answer { status: vec![200], ..Answer::default() };
    let case = Case {
        name: "what a program orders is on the page".to_owned(),
        pieces: vec![first.into_bytes(), second],
        answers: vec![vec![order], page],
        ..Case::default()
    };
    Conversation::of_case(&case, &[])
}

/// A call of JSON-RPC; without an id it is a notification.
fn json(method: &str, params: &str, id: &str) -> String {
    let id = if id.is_empty() { String::new() } else { format!(", \"id\": {id}") };
    format!("{{\"jsonrpc\": \"2.0\", \"method\": {method}, \"params\": {params}{id}}}")
}

/// The answers in an array, as they are written.
fn by_json(name: &str, call: &str, right: Vec<Answer>, seed: &mut Seed) -> Conversation {
    let heard = in_pieces(post("/rpc", "application/json", call), seed);
    Conversation::of_request(name, &[], heard, right)
}

fn result(result: &str, id: &str) -> String {
    format!("{{\"id\":{id},\"jsonrpc\":\"2.0\",\"result\":{result}}}")
}

fn batch(seed: &mut Seed) -> Conversation {
    let word = seed.word();
    let (a, b) = (seed.number(0..=1000), seed.number(0..=1000));
    let params = format!("[{a}, {b}]");
    let calls = [
        json("\"sample.add\"", &params, &format!("\"{word}\"")),
        json("\"sample.add\"", &params, ""),
        json("\"sample.echo\"", "[[null, {}]]", "1.5"),
    ]
    .join(", ");
    let first = result(&(a + b).to_string(), &format!("\"{word}\""));
    let echo = result("[null,{}]", "1.5");
    let right = format!("[{first},{echo}]");
    let right = typed(200, "application/json", right);
    by_json("each call of a batch has its answer", &format!("[{calls}]"), right, seed)
}

/// What is no call has a fault, with its id if it has one.
fn no_call(seed: &mut Seed) -> Conversation {
    let number = seed.number(1..=1000);
    let id = number.to_string();
    let null = "null".to_owned();
    let (call, id) = seed.pick(&[
        (id.clone(), null.clone()),
        (json("\"sample.echo\"", "[7]", &format!("[{id}]")), null.clone()),
        (json("\"sample.echo\"", "7", &id), id.clone()),
        (json("7", "[7]", &id), id.clone()),
        (json("\"sample.echo\"", "[7]", &id).replace("2.0", "1.0"), id.clone()),
    ]);
    let end = format!("}},\"id\":{id},\"jsonrpc\":\"2.0\"}}]");
    let contains = Some(Bytes(end.into_bytes()));
    let lacks = Some(Bytes(b"\"result\"".to_vec()));
    let right = vec![Answer { status: vec![200], contains, lacks, ..Answer::default() }];
    by_json("what is no call of JSON is a fault", &format!("[{call}]"), right, seed)
}

fn by_name(seed: &mut Seed) -> Conversation {
    let (a, b) = (seed.number(1..=1000), seed.number(1001..=2000));
    let call = json("\"sample.divide\"", &format!("{{\"b\": {a}, \"a\": {b}}}"), "null");
    let right = typed(200, "application/json", result(&(b / a).to_string(), "null"));
    by_json("arguments have names", &call, right, seed)
}

fn notified(seed: &mut Seed) -> Conversation {
    let one = json("\"sample.divide\"", &format!("[{}, 0]", seed.number(0..=9)), "");
    let call = seed.pick(&[one.clone(), format!("[{one}, {one}]")]);
    let right = vec![Answer { status: vec![204], ..Answer::default() }];
    by_json("a notification has no answer", &call, right, seed)
}

/// What comes of this body.
fn play(name: &str, target: &str, body: &str, right: &str) -> Conversation {
    let heard = vec![post(target, "text/plain", body)];
    Conversation::of_request(name, &[], heard, typed(200, "", right))
}

fn once(seed: &mut Seed) -> Conversation {
    let words = seed.words(3);
    let [key, dish, made] = &words[..] else { unreachable!("three were asked for") };
    let time = seed.number(0..=10_000);
    let late = time + seed.number(1..=59_999);
    let body = format!(
        "0 begin {key} order {dish}\n{time} finish {key} {made}\n{late} begin {key} order {dish}\n\
         {late} begin {key} cancel {dish}\n{late} begin {key} order x{dish}\n"
    );
    let right = format!("make it\n\"{made}\"\nfault -32002\nfault -32002\n");
    play("a call with a key is made once", "/once", &body, &right)
}

fn told(seed: &mut Seed) -> Conversation {
    let words = seed.words(2);
    let [key, dish] = &words[..] else { unreachable!("two were asked for") };
    let code = seed.number(1..=99);
    let body = format!(
        "0 begin {key} order {dish}\n100000 begin {key} order {dish}\n\
         100000 begin {key}2 order {dish}\n100000 begin {key}3 order {dish}\n\
         100000 finish {key} fault {code}\n100000 begin {key} order {dish}\n"
    );
    let right = format!("make it\nfault -32001\nmake it\nfault -32003\nfault {code}\n");
    play("who asks while it is made is told so", "/once", &body, &right)
}

fn forgotten(seed: &mut Seed) -> Conversation {
    let words = seed.words(2);
    let [key, dish] = &words[..] else { unreachable!("two were asked for") };
    let time = seed.number(0..=10_000);
    let (last, over) = (time + 59_999, time + 60_000);
    let body = format!(
        "0 begin {key} order {dish}\n{time} finish {key} a\n{last} begin {key} order {dish}\n\
         {over} begin {key} order {dish}\n{over} finish {key} b\n{over} begin {key}2 order {dish}\n\
         {over} begin {key}3 order {dish}\n{over} begin {key} order {dish}\n"
    );
    let right = "make it\n\"a\"\nmake it\nmake it\nmake it\nfault -32003\n";
    play("an outcome is remembered for a time", "/once", &body, right)
}

/// Two calls with a notification between them, and what is sent for them.
fn two_calls(seed: &mut Seed) -> (String, String) {
    let word = seed.word();
    let number = seed.number(0..=1000);
    let calls = format!("call {word} [{number}]\nnotify {word} []\ncall {word}2 [null, true]\n");
    let sent = format!(
        "place 0\nplace 1\n1 \"{word}\" [{number}]\nnull \"{word}\" []\n2 \"{word}2\" [null,true]\n"
    );
    (calls, sent)
}

/// What becomes of them when these are the answers.
fn batch_play(name: &str, answer: &str, right: &str, seed: &mut Seed) -> Conversation {
    let (calls, sent) = two_calls(seed);
    play(name, "/batch", &format!("{calls}answer\n{answer}"), &format!("{sent}{right}"))
}

fn matched(seed: &mut Seed) -> Conversation {
    let (word, code) = (seed.word(), seed.number(1..=1000));
    let fault = format!(
        "{{\"jsonrpc\": \"2.0\", \"id\": 1, \"error\": {{\"code\": {code}, \"message\": \"no\"}}}}"
    );
    let answer = format!("[{}, {fault}]", result(&format!("\"{word}\""), "2"));
    let right = format!("fault {code}\n\"{word}\"\n");
    batch_play("each answer finds its call", &answer, &right, seed)
}

fn doubted(seed: &mut Seed) -> Conversation {
    let (a, b) = (result("1", "1"), result("2", "2"));
    let (answer, right) = seed.pick(&[
        (format!("[{a}, {b}, {a}]"), "no answer\n2\n"),
        (format!("[{b}]"), "no answer\n2\n"),
        (format!("[{b}, {{\"id\": 1}}]"), "no answer\n2\n"),
        (format!("[{a}]"), "1\nno answer\n"),
    ]);
    batch_play("a call without one answer has none", &answer, right, seed)
}

fn all_refused(seed: &mut Seed) -> Conversation {
    let code = seed.number(1..=1000);
    let error = format!("{{\"code\": {code}, \"message\": \"no\"}}");
    let answer = format!("{{\"jsonrpc\": \"2.0\", \"id\": null, \"error\": {error}}}");
    batch_play("a fault may be for all", &answer, &format!("all: fault {code}\n"), seed)
}

fn of_another(seed: &mut Seed) -> Conversation {
    let id = seed.number(3..=1000).to_string();
    let id = seed.pick(&[id, "0".to_owned(), "\"1\"".to_owned()]);
    let answer = format!("[{}, {}]", result("1", "1"), result("2", &id));
    batch_play("another's answer is none", &answer, "all: no answer\n", seed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conversations::expected::assert_holds_its_own;
    use ch18::{HttpServer, gateway};
    use std::net::TcpListener;
    use std::thread;
    use std::time::Duration;

    /// What is wrong with a conversation when the chapter's own server holds it.
    fn fault(one: &Conversation, patience: Duration) -> Option<String> {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let answer = gateway(address, ch21::shop().unwrap());
        let mut server = HttpServer::default();
        server.register_reading(|_| true, move |request, body| answer(request, body));
        let stop = server.stop.clone();
        thread::scope(|scope| {
            scope.spawn(|| server.serve(server.stop.accept_from(listener)));
            let fault = one.hold(address, patience).fault;
            stop.request(address);
            fault
        })
    }

    #[test]
    fn chapter_21_holds_its_conversations_and_not_those_of_the_extensions() {
        let short = Duration::from_secs(10);
        assert_holds_its_own("ch21", |_| true, ["idempotency", "batch"], short, fault);
    }
}
