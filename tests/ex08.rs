//! What the extensions of chapter 8 promise.

use ch08::{
    Headers, HttpServer, Message, MethodTable, NotText, Request, Response, StartLine, Version,
    hello, parameter, prefix,
};
use mock::{Events, MockClient, MockConnection, Reply, Seed, assert_bytes, for_every_split};

/// A request without fields and body.
#[track_caller]
fn request(method: &str, target: &str) -> Request {
    let start = StartLine::Request {
        method: method.to_owned(),
        target: target.to_owned(),
        version: Version::Http11,
    };
    let message = Message { start, headers: Headers::default(), body: Vec::new() };
    Request::from_message(message, None).unwrap()
}

/// Every byte as an escape: `ab` becomes `%61%62`, or the same with capitals.
fn escape(bytes: impl AsRef<[u8]>, seed: &mut Seed) -> String {
    let escaped = bytes.as_ref().iter().map(|byte| match seed.number(0..=1) {
        0 => format!("%{byte:02x}"),
        _ => format!("%{byte:02X}"),
    });
    escaped.collect()
}

fn client_of(server: &HttpServer) -> MockClient<impl Fn(MockConnection)> {
    MockClient::new(|mut conn| server.on_connect(&mut conn, None).unwrap())
}

/// The type of the body, wherever it was set.
fn content_type(response: &Response) -> &str {
    response.headers.get_text("Content-Type").unwrap_or(response.content_type)
}

mod hello {
    use super::*;

    /// Bytes that are no UTF-8: half a letter, a byte that is in no letter, a dot that was
    /// written too long, half of a surrogate pair, a letter of Latin-1.
    const NO_UTF8: [&[u8]; 5] = [b"\xc3", b"\xff", b"\xc0\xae", b"\xed\xa0\x80", b"J\xfcrgen"];

    /// The value of a parameter that is text, if it is there.
    #[track_caller]
    fn value(query: &str, name: &str) -> Option<String> {
        match parameter(query, name) {
            Ok(value) => value,
            Err(NotText) => panic!("{name} in {query:?} is NotText, and should be a text or None"),
        }
    }

    /// The body of the greeting in answer to `/hello` and this query.
    #[track_caller]
    fn greeting(query: &str) -> Vec<u8> {
        let response = hello(&request("GET", &format!("/hello{query}"))).unwrap();
        assert_eq!(response.status, 200, "the status for {query:?}");
        assert_eq!(content_type(&response), "text/html; charset=utf-8");
        response.body
    }

    #[test]
    fn a_parameter_is_found_wherever_it_stands() {
        let mut seed = Seed::new();
        let words = seed.words(6);
        let [a, b, c, one, two, three] = &words[..] else { unreachable!() };
        let query = format!("{a}={one}&{b}={two}&{c}={three}");
        for (name, expected) in [(a, one), (b, two), (c, three)] {
            assert_eq!(value(&query, name).as_deref(), Some(&expected[..]), "{name} in {query}");
        }
    }

    #[test]
    fn a_parameter_that_is_not_there_is_none() {
        let mut seed = Seed::new();
        let words = seed.words(2);
        let [name, other] = &words[..] else { unreachable!() };
        for query in [
            String::new(),
            "&".to_owned(),
            format!("{other}={name}"),
            format!("{other}={name}={other}"),
            // It begins or ends alike, or is written in another case.
            format!("{name}s=1&my{name}=2&{}=3", name.to_uppercase()),
            format!("{name}+=1&{name}%3D=2"),
        ] {
            assert_eq!(value(&query, name), None, "{name} in {query:?}");
        }
    }

    #[test]
    fn a_value_may_be_empty_and_may_lack_its_sign() {
        let mut seed = Seed::new();
        let words = seed.words(2);
        let [name, other] = &words[..] else { unreachable!() };
        for query in [
            format!("{name}="),
            name.clone(),
            format!("{other}=1&{name}&{other}=2"),
            format!("&&{name}=&"),
        ] {
            assert_eq!(value(&query, name).as_deref(), Some(""), "{name} in {query:?}");
        }
    }

    #[test]
    fn what_stands_behind_the_first_equals_sign_is_the_value() {
        let mut seed = Seed::new();
        let words = seed.words(2);
        let [name, word] = &words[..] else { unreachable!() };
        for expected in
            [&format!("{word}=1"), &format!("={word}"), "==", "a?b", &format!("{word};{name}=1")]
        {
            let query = format!("{name}={expected}");
            assert_eq!(value(&query, name).as_deref(), Some(expected), "{name} in {query:?}");
        }
    }

    #[test]
    fn an_escaped_separator_separates_nothing() {
        let mut seed = Seed::new();
        let words = seed.words(3);
        let [name, one, two] = &words[..] else { unreachable!() };
        let query = format!("{name}={one}%26{name}%3d{two}%3D%26&{two}=1");
        let expected = format!("{one}&{name}={two}=&");
        assert_eq!(value(&query, name).as_deref(), Some(&expected[..]), "{name} in {query:?}");

        let query = format!("{one}%26{name}=wrong&{name}%3Dwrong&{name}={two}");
        assert_eq!(value(&query, name).as_deref(), Some(&two[..]), "{name} in {query:?}");
    }

    #[test]
    fn a_name_is_decoded_too() {
        let mut seed = Seed::new();
        let words = seed.words(2);
        let [name, word] = &words[..] else { unreachable!() };
        let name = format!("{name} &=+\u{fc}");
        let query = format!("{}={word}", escape(&name, &mut seed));
        assert_eq!(value(&query, &name).as_deref(), Some(&word[..]), "{name:?} in {query:?}");
        let query = query.replace("%20", "+");
        assert_eq!(value(&query, &name).as_deref(), Some(&word[..]), "{name:?} in {query:?}");
    }

    #[test]
    fn a_plus_sign_is_a_space_and_an_escaped_one_is_a_plus_sign() {
        let mut seed = Seed::new();
        let words = seed.words(2);
        let [one, two] = &words[..] else { unreachable!() };
        let query = format!("name=+{one}+%2B%2b%20{two}%2b+");
        let expected = format!(" {one} ++ {two}+ ");
        assert_eq!(value(&query, "name").as_deref(), Some(&expected[..]), "name in {query:?}");
    }

    #[test]
    fn a_value_is_decoded_once_and_may_be_any_text() {
        let mut seed = Seed::new();
        let word = seed.word();
        for expected in [
            format!("J\u{fc}rgen {word}"),
            format!("\u{1f35c}{word}\u{20ac}"),
            format!("{word}%41%2541"),
            format!("{word}%"),
            format!("\0\r\n{word}\u{7f}"),
            "&name=<b>".to_owned(),
        ] {
            let query = format!("name={}", escape(&expected, &mut seed));
            let actual = value(&query, "name").unwrap_or_default();
            assert_bytes!(actual, expected, "name in {query:?}");
        }
    }

    #[test]
    fn a_value_that_cannot_be_decoded_is_no_text() {
        let mut seed = Seed::new();
        let word = seed.word();
        for wrong in ["%", "%4", "%zz", "%4%41", "%+1", "% 1", "%u0041"] {
            let query = format!("name={word}{wrong}");
            assert_eq!(parameter(&query, "name"), Err(NotText), "name in {query:?}");
        }
        for bytes in NO_UTF8 {
            let query = format!("name={}{word}", escape(bytes, &mut seed));
            assert_eq!(parameter(&query, "name"), Err(NotText), "name in {query:?}");
        }
    }

    #[test]
    fn of_two_the_first_counts_and_others_are_not_looked_at() {
        let mut seed = Seed::new();
        let words = seed.words(2);
        let [one, two] = &words[..] else { unreachable!() };
        for (query, expected) in [
            (format!("name={one}&name={two}"), one.as_str()),
            (format!("n%61me={one}&name={two}"), one),
            (format!("name=&name={two}"), ""),
            (format!("name&name={two}"), ""),
            // What is broken here is not what was asked for.
            (format!("name={one}&name=%zz&%zz=%ff"), one),
            (format!("{two}=%zz&{two}=%ff&%zz={two}&%ff=&name%=x&name={one}"), one),
        ] {
            assert_eq!(value(&query, "name").as_deref(), Some(expected), "name in {query:?}");
        }
        let query = format!("name=%zz&name={two}");
        assert_eq!(parameter(&query, "name"), Err(NotText), "name in {query:?}");
    }

    #[test]
    fn who_is_named_is_greeted() {
        let mut seed = Seed::new();
        let words = seed.words(3);
        let [one, two, three] = &words[..] else { unreachable!() };
        let expected = format!("<h1>Hello, {one} {two} J\u{fc}rgen!</h1>\n");
        let query = format!("?{three}={two}&name={one}+{two}%20J%C3%BCrgen&name={three}");
        assert_bytes!(greeting(&query), expected);
        // A space is not nothing.
        assert_bytes!(greeting("?name=+"), "<h1>Hello,  !</h1>\n");
    }

    #[test]
    fn who_is_not_named_is_a_stranger() {
        let word = Seed::new().word();
        for query in [
            String::new(),
            "?".to_owned(),
            "?name".to_owned(),
            "?name=".to_owned(),
            format!("?{word}=name"),
            format!("?name=&name={word}"),
            format!("?NAME={word}"),
        ] {
            assert_bytes!(greeting(&query), "<h1>Hello, stranger!</h1>\n", "for {query:?}");
        }
    }

    #[test]
    fn a_name_is_text_whatever_it_has_in_it() {
        let mut seed = Seed::new();
        let word = seed.word();
        for (name, expected) in [
            (format!("<b>{word}</b>"), format!("&lt;b&gt;{word}&lt;/b&gt;")),
            (format!("\"{word}' & \""), format!("&quot;{word}&#39; &amp; &quot;")),
            (format!("&lt;{word}&amp;lt;"), format!("&amp;lt;{word}&amp;amp;lt;")),
            ("<script>alert(1)</script>".into(), "&lt;script&gt;alert(1)&lt;/script&gt;".into()),
            (format!("{word}\r\n\0%3Cb%3E"), format!("{word}\r\n\0%3Cb%3E")),
        ] {
            let query = format!("?name={}", escape(&name, &mut seed));
            assert_bytes!(greeting(&query), format!("<h1>Hello, {expected}!</h1>\n"), "{name:?}");
        }
    }

    #[test]
    fn a_name_that_is_no_text_is_a_bad_request() {
        let mut seed = Seed::new();
        let mut names = vec![seed.word() + "%", "%zz".to_owned()];
        names.extend(NO_UTF8.map(|bytes| escape(bytes, &mut seed)));
        for name in names {
            let response = hello(&request("GET", &format!("/hello?name={name}")));
            let response = response.expect("an error would end the connection without an answer");
            assert_eq!(response.status, 400, "the status for {name:?}");
            let content_type = content_type(&response);
            assert!(content_type.starts_with("text/plain"), "{content_type} for {name:?}");
        }
    }

    #[test]
    fn over_a_connection_it_is_a_handler_like_others() {
        let word = Seed::new().word();
        let mut server = HttpServer::default();
        server.register(prefix("/hello"), hello);
        let input = format!("GET /hello?name=%3C{word} HTTP/1.0\r\n\r\n");
        for_every_split(&input, |input| {
            let reply = Reply::parse(client_of(&server).raw_script(input));
            assert_eq!(reply.header("Content-Type"), Some("text/html; charset=utf-8"));
            assert_bytes!(reply.body, format!("<h1>Hello, &lt;{word}!</h1>\n"));
        });
        assert_eq!(client_of(&server).get("/hello?name=%zz").status, 400);
    }
}

mod method_table {
    use super::*;

    /// Methods that are nobody's HEAD.
    const METHODS: [&str; 6] = ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "BREW"];

    /// Registers a handler that logs what it was registered for and answers the same.
    fn register(table: &mut MethodTable, events: &Events, method: &str, path: &str) {
        let (name, called) = (format!("{method} {path}"), events.clone());
        table.register(method, path, move |_| {
            called.log(&name);
            Ok(Response::text(name.clone()))
        });
    }

    /// A table with a handler for each of these methods at `path`.
    fn table_of(events: &Events, methods: &[&str], path: &str) -> MethodTable {
        let mut table = MethodTable::default();
        methods.iter().for_each(|method| register(&mut table, events, method, path));
        table
    }

    /// The answer of the table's handler.
    #[track_caller]
    fn answer(table: MethodTable, method: &str, target: &str) -> Response {
        let (pattern, handler) = table.into_pair();
        let request = request(method, target);
        assert!(pattern(&request), "the pattern does not match {request}");
        handler(&request).unwrap()
    }

    /// What a response says in `Allow`, in the order of the alphabet.
    #[track_caller]
    fn allowed(response: &Response) -> Vec<String> {
        let fields: Vec<_> = response.headers.get_all("Allow").collect();
        assert_eq!(fields.len(), 1, "the number of fields Allow in the answer");
        let list = str::from_utf8(fields[0]).expect("methods are ASCII");
        let mut methods: Vec<_> = list.split(", ").map(str::to_owned).collect();
        methods.sort_unstable();
        methods
    }

    /// Some of `METHODS`, in any order.
    fn some_methods(seed: &mut Seed, count: usize) -> Vec<&'static str> {
        let mut methods = Vec::new();
        while methods.len() < count {
            let method = seed.pick(&METHODS);
            if !methods.contains(&method) {
                methods.push(method);
            }
        }
        methods
    }

    fn sorted<'a>(methods: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
        let mut methods: Vec<_> = methods.into_iter().collect();
        methods.sort_unstable();
        methods
    }

    #[test]
    fn method_and_path_together_say_who_answers() {
        let mut seed = Seed::new();
        let paths = seed.words(2).into_iter().map(|word| format!("/{word}")).collect::<Vec<_>>();
        let methods = some_methods(&mut seed, 2);
        for path in &paths {
            for method in &methods {
                let events = Events::new();
                let mut table = table_of(&events, &methods, &paths[0]);
                methods.iter().for_each(|other| register(&mut table, &events, other, &paths[1]));
                let response = answer(table, method, &format!("{path}?a=b"));
                let expected = format!("{method} {path}");
                assert_eq!(response.status, 200, "the status for {expected}");
                assert_bytes!(response.body, expected);
                assert_eq!(events.list(), [expected], "the handlers that were called");
            }
        }
    }

    #[test]
    fn the_answer_is_what_the_handler_makes_of_the_request() {
        let mut seed = Seed::new();
        let (word, status) = (seed.word(), seed.number(200..=299) as u16);
        let mut table = MethodTable::default();
        table.register("PUT", "/soup", move |request| {
            let response = Response::html(request.query.clone().unwrap_or_default());
            Ok(response.status(status).header("X-Soup", &request.target)?)
        });
        table.register("GET", "/fails", |_| Err(std::fmt::Error.into()));
        let (_, handler) = table.into_pair();
        let target = format!("/soup?{word}");
        let expected =
            Response::html(word).status(status).header("X-Soup", target.clone()).unwrap();
        assert_eq!(handler(&request("PUT", &target)).unwrap(), expected);
        let error = handler(&request("GET", "/fails")).expect_err("an error of the handler's own");
        assert!(error.is::<std::fmt::Error>(), "{error:?}");
    }

    #[test]
    fn of_two_for_the_same_the_first_answers() {
        let mut seed = Seed::new();
        let words = seed.words(2);
        let mut table = MethodTable::default();
        for word in words.clone() {
            table.register("PUT", "/soup", move |_| Ok(Response::text(word.clone())));
        }
        assert_bytes!(answer(table, "PUT", "/soup").body, words[0]);
    }

    #[test]
    fn the_pattern_knows_paths_and_calls_nobody() {
        let mut seed = Seed::new();
        let word = seed.word();
        let events = Events::new();
        let (pattern, _) = table_of(&events, &["GET"], &format!("/{word}")).into_pair();
        for method in ["GET", "HEAD", "BREW"] {
            for query in ["", "?", "?a=b"] {
                let known = request(method, &format!("/{word}{query}"));
                assert!(pattern(&known), "the pattern does not match {known}");
            }
            for other in [
                "/".to_owned(),
                format!("/{word}/"),
                format!("/{word}s"),
                format!("/{}", &word[1..]),
                format!("/s/{word}"),
                format!("//{word}"),
                format!("/?/{word}"),
                format!("/{}", word.to_uppercase()),
                format!("/{}", escape(&word, &mut seed)),
            ] {
                let other = request(method, &other);
                assert!(!pattern(&other), "the pattern matches {other}, not only /{word}");
            }
        }
        let (nothing, _) = MethodTable::default().into_pair();
        assert!(!nothing(&request("GET", "/")), "the pattern of an empty table matches /");
        assert!(events.list().is_empty(), "{:?} was called", events.list());
    }

    #[test]
    fn a_method_that_the_path_does_not_have_is_405_and_calls_nobody() {
        let mut seed = Seed::new();
        let methods = some_methods(&mut seed, 6);
        let (known, others) = methods.split_at(seed.number(1..=4));
        let in_another_case = known[0].to_lowercase();
        for method in others.iter().chain(&["GET", "HEAD", &in_another_case]) {
            let events = Events::new();
            let response = answer(table_of(&events, known, "/soup"), method, "/soup");
            assert_eq!(response.status, 405, "the status for {method}, with {known:?}");
            assert_eq!(allowed(&response), sorted(known.iter().copied()), "for {method}");
            assert!(events.list().is_empty(), "{:?} was called", events.list());
        }
    }

    #[test]
    fn where_get_is_head_is_too() {
        let mut seed = Seed::new();
        let others = some_methods(&mut seed, 3);
        let (asked, known) = others.split_first().expect("three methods");
        // GET first, in the middle, last.
        for place in 0..=known.len() {
            let mut methods = known.to_vec();
            methods.insert(place, "GET");
            let events = Events::new();
            let response = answer(table_of(&events, &methods, "/soup"), asked, "/soup");
            let expected = sorted(methods.iter().copied().chain(["HEAD"]));
            assert_eq!(response.status, 405);
            assert_eq!(allowed(&response), expected, "with {methods:?}");
        }
    }

    #[test]
    fn head_alone_does_not_bring_get() {
        let events = Events::new();
        let response = answer(table_of(&events, &["HEAD"], "/soup"), "GET", "/soup");
        assert_eq!(response.status, 405);
        assert_eq!(allowed(&response), ["HEAD"]);
    }

    #[test]
    fn each_method_is_named_once() {
        let mut seed = Seed::new();
        let method = seed.pick(&METHODS);
        let events = Events::new();
        let methods = [method, "HEAD", "GET", method, "GET", "HEAD"];
        let response = answer(table_of(&events, &methods, "/soup"), "TRACE", "/soup");
        assert_eq!(response.status, 405);
        assert_eq!(allowed(&response), sorted([method, "HEAD", "GET"]), "with {methods:?}");
    }

    #[test]
    fn the_methods_of_other_paths_are_not_allowed() {
        let mut seed = Seed::new();
        let methods = some_methods(&mut seed, 3);
        let words = seed.words(3);
        let events = Events::new();
        let mut table = MethodTable::default();
        for (method, word) in methods.iter().zip(&words) {
            register(&mut table, &events, method, &format!("/{word}"));
        }
        register(&mut table, &events, "GET", &format!("/{}/{}", words[1], words[0]));
        let (_, handler) = table.into_pair();
        for (method, word) in methods.iter().zip(&words) {
            let response = handler(&request("TRACE", &format!("/{word}"))).unwrap();
            assert_eq!(response.status, 405);
            assert_eq!(allowed(&response), [*method], "at /{word}");
        }
    }

    #[test]
    fn a_head_goes_to_get_unless_it_has_a_handler_of_its_own() {
        let mut seed = Seed::new();
        let method = seed.pick(&METHODS);
        for (methods, expected) in [
            (&[method, "GET"][..], "GET /soup"),
            (&["GET", "HEAD", method], "HEAD /soup"),
            (&[method, "HEAD", "GET"], "HEAD /soup"),
        ] {
            let events = Events::new();
            let response = answer(table_of(&events, methods, "/soup"), "HEAD", "/soup");
            assert_eq!(response.status, 200, "the status with {methods:?}");
            assert_eq!(events.list(), [expected], "what was called, with {methods:?}");
        }
    }

    #[test]
    fn a_server_takes_the_pair_like_any_other() {
        let mut seed = Seed::new();
        let words = seed.words(2);
        let [one, two] = &words[..] else { unreachable!() };
        let events = Events::new();
        let mut server = HttpServer::default();
        let (pattern, handler) = table_of(&events, &["GET", "PUT"], &format!("/{one}")).into_pair();
        server.register(pattern, handler);
        server.register(prefix("/"), |_| Ok(Response::text("behind the table")));
        let client = client_of(&server);
        let target = format!("/{one}");

        assert_bytes!(client.request("PUT", &target).body("").send().body, format!("PUT /{one}"));
        let length = format!("GET /{one}").len().to_string();
        assert_eq!(client.head(&target).header("Content-Length"), Some(&length[..]));
        assert_bytes!(client.get(&format!("/{two}")).body, "behind the table");
        let refused = client.post(&target, "soup");
        assert_eq!((refused.status, refused.reason.as_str()), (405, "Method Not Allowed"));
        let mut methods: Vec<_> =
            refused.header("Allow").expect("a field Allow").split(", ").collect();
        methods.sort_unstable();
        assert_eq!(methods, ["GET", "HEAD", "PUT"], "the methods in Allow");
    }
}
