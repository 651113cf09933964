//! What the extensions of chapter 19 promise.

#[path = "../chapters/ch19-client/exercise/src/scripted.rs"]
mod scripted;

/// An answer with these fields, each with its line end.
fn answer(status: u16, fields: &str, body: &str) -> String {
    let length = body.len();
    format!("HTTP/1.1 {status} So\r\nContent-Length: {length}\r\n{fields}\r\n{body}")
}

/// Method and target of a request.
fn line(request: &str) -> &str {
    request.split(" HTTP/1.1\r\n").next().unwrap_or_default()
}

mod retry_after {
    use super::scripted::ScriptedServer;
    use super::{answer, line};
    use ch19::{
        Clock, Connector, Deadline, FetchError, Limits, Origin, Request, Session, Wire,
        send_patiently,
    };
    use chrono::{DateTime, TimeDelta, Utc};
    use mock::{Seed, assert_bytes};
    use std::sync::{Arc, Mutex};
    use std::time::{Duration, Instant};

    /// A clock on which time passes when somebody sleeps, and at no other time.
    #[derive(Clone)]
    struct TestClock {
        begin: Instant,
        today: DateTime<Utc>,
        passed: Arc<Mutex<Duration>>,
        waits: Arc<Mutex<Vec<u64>>>,
    }

    impl TestClock {
        fn new() -> Self {
            let today = DateTime::from_timestamp(784_111_777, 0).unwrap();
            Self { begin: Instant::now(), today, passed: Arc::default(), waits: Arc::default() }
        }

        fn pass(&self, time: Duration) {
            *self.passed.lock().unwrap() += time;
        }

        fn passed(&self) -> Duration {
            *self.passed.lock().unwrap()
        }

        /// How long was slept each time, in seconds.
        fn waits(&self) -> Vec<u64> {
            self.waits.lock().unwrap().clone()
        }
    }

    impl Clock for TestClock {
        fn instant(&self) -> Instant {
            self.begin + self.passed()
        }

        fn now(&self) -> DateTime<Utc> {
            self.today + self.passed()
        }

        fn sleep(&self, time: Duration) {
            assert_eq!(time.subsec_nanos(), 0, "{time:?} are no whole seconds");
            assert!(time.as_secs() < 100_000, "nobody waits {time:?}");
            self.waits.lock().unwrap().push(time.as_secs());
            self.pass(time);
        }
    }

    /// To each connection it takes so long.
    struct Slow(ScriptedServer, TestClock, Duration);

    impl Connector for Slow {
        fn connect(&self, origin: &Origin, at: &Deadline) -> Result<Box<dyn Wire>, FetchError> {
            let wire = self.0.connect(origin, at);
            self.1.pass(self.2);
            wire
        }
    }

    fn session(connector: impl Connector + 'static, seconds: u64) -> Session {
        let time = Duration::from_secs(seconds);
        Session::new(Limits { time, ..Limits::default() }).connecting_by(connector)
    }

    fn get() -> Request {
        Request::get("http://one.test/").unwrap()
    }

    fn busy(retry_after: &str) -> String {
        answer(503, &format!("Retry-After: {retry_after}\r\n"), "later")
    }

    /// The status in the end, how long was waited, and what was asked, if an hour may pass.
    fn sent(request: Request, answers: &[String]) -> (u16, Vec<u64>, Vec<String>) {
        let (server, clock) = (ScriptedServer::new(answers.to_vec()), TestClock::new());
        let mut session = session(server.clone(), 3600);
        let response = send_patiently(&mut session, request, &clock).unwrap();
        (response.status, clock.waits(), server.requests())
    }

    /// How long is waited after an answer with these fields; `None` if it is returned.
    fn wait(fields: &str) -> Option<u64> {
        let (status, waits, requests) =
            sent(get(), &[answer(503, fields, ""), answer(200, "", "")]);
        match waits[..] {
            [] => assert_eq!((status, requests.len()), (503, 1), "{fields:?}"),
            _ => assert_eq!((status, requests.len(), waits.len()), (200, 2, 1), "{fields:?}"),
        }
        waits.first().copied()
    }

    #[test]
    fn who_is_busy_is_asked_again_after_so_many_seconds() {
        let mut seed = Seed::new();
        for status in [429, 503] {
            let (seconds, word) = (seed.number(2..=1000), seed.word());
            let fields = format!("Retry-After: {seconds}\r\n");
            let server =
                ScriptedServer::new([answer(status, &fields, "no"), answer(200, "", &word)]);
            let (mut session, clock) = (session(server.clone(), 3600), TestClock::new());
            let response = send_patiently(&mut session, get(), &clock).unwrap();
            assert_eq!(response.status, 200);
            assert_bytes!(response.bytes().unwrap(), word);
            assert_eq!(clock.waits(), [seconds as u64]);
            let requests = server.requests();
            assert_eq!((requests.len(), &requests[0]), (2, &requests[1]));
        }
    }

    #[test]
    fn it_is_asked_as_often_as_it_is_busy() {
        let answers = [busy("5"), busy("70"), busy("600"), answer(200, "", "")];
        let (status, waits, requests) = sent(get(), &answers);
        assert_eq!((status, &waits[..], requests.len()), (200, &[5, 70, 600][..], 4));
    }

    #[test]
    fn a_date_is_waited_for_in_each_of_the_three_ways_to_write_it() {
        // The clock says Sun, 06 Nov 1994 08:49:37 GMT.
        for date in [
            "Sun, 06 Nov 1994 08:50:07 GMT",
            "Sunday, 06-Nov-94 08:50:07 GMT",
            "Sun Nov  6 08:50:07 1994",
        ] {
            assert_eq!(wait(&format!("Retry-After: {date}\r\n")), Some(30), "{date}");
        }
    }

    #[test]
    fn a_date_is_compared_with_the_servers_own_clock() {
        let format = |date: DateTime<Utc>| date.format("%a, %d %b %Y %H:%M:%S GMT").to_string();
        let mut seed = Seed::new();
        for wrong_by in [-86_400, 0, 86_400] {
            let seconds = seed.number(2..=1000) as u64;
            let date = TestClock::new().today + TimeDelta::seconds(wrong_by);
            let then = date + Duration::from_secs(seconds);
            let fields = format!("Date: {}\r\nRetry-After: {}\r\n", format(date), format(then));
            assert_eq!(wait(&fields), Some(seconds), "the clock is wrong by {wrong_by} seconds");
        }
        let fields = "Date: this morning\r\nRetry-After: Sun, 06 Nov 1994 08:50:07 GMT\r\n";
        assert_eq!(wait(fields), Some(30));
        let fields = "Date: Sun, 06 Nov 1994 10:00:00 GMT\r\nRetry-After: 12\r\n";
        assert_eq!(wait(fields), Some(12));
    }

    #[test]
    fn a_second_is_waited_at_least() {
        for field in
            ["0", "000", "1", "Sun, 06 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:36 GMT"]
        {
            assert_eq!(wait(&format!("Retry-After: {field}\r\n")), Some(1), "{field}");
        }
    }

    #[test]
    fn who_does_not_say_when_is_not_asked_again() {
        assert_eq!(wait(""), None);
        for field in ["", "soon", "+5", "-5", "5.0", "5 s", "0x5", "Mon, 06 Nov 1994 08:50:07 GMT"]
        {
            assert_eq!(wait(&format!("Retry-After: {field}\r\n")), None, "{field:?}");
        }
    }

    #[test]
    fn with_another_status_it_is_an_answer_whatever_it_says() {
        for status in [200, 301, 404, 408, 500, 502, 504] {
            let answers = [answer(status, "Retry-After: 5\r\n", ""), answer(200, "", "")];
            let (came, waits, _) = sent(get(), &answers);
            assert_eq!((came, &waits[..]), (status, &[][..]));
        }
    }

    #[test]
    fn what_may_be_done_twice_is_sent_again_with_its_body() {
        let body = Seed::new().word();
        for method in ["GET", "HEAD", "PUT", "DELETE", "OPTIONS"] {
            let request = Request::new(method, "http://one.test/").unwrap().body(body.as_str());
            let answers = [answer(503, "Retry-After: 5\r\n", ""), answer(200, "", "")];
            let (status, waits, requests) = sent(request, &answers);
            assert_eq!((status, &waits[..]), (200, &[5][..]), "{method}");
            assert!(requests[0].ends_with(&format!("\r\n\r\n{body}")), "{}", requests[0]);
            assert_eq!((requests.len(), &requests[0]), (2, &requests[1]));
        }
    }

    #[test]
    fn what_may_not_be_done_twice_is_not_sent_again() {
        for method in ["POST", "PATCH", "BUY"] {
            for status in [429, 503] {
                let request = Request::new(method, "http://one.test/").unwrap();
                let answers = [answer(status, "Retry-After: 5\r\n", ""), answer(200, "", "")];
                let (came, waits, requests) = sent(request, &answers);
                assert_eq!((came, &waits[..], requests.len()), (status, &[][..], 1), "{method}");
            }
        }
    }

    #[test]
    fn a_request_is_sent_again_with_its_redirects() {
        let to = answer(302, "Location: /there\r\n", "");
        let (status, waits, requests) =
            sent(get(), &[to.clone(), busy("5"), to, answer(200, "", "")]);
        assert_eq!((status, &waits[..]), (200, &[5][..]));
        let lines = requests.iter().map(|request| line(request)).collect::<Vec<_>>();
        assert_eq!(lines, ["GET /", "GET /there", "GET /", "GET /there"]);
    }

    #[test]
    fn for_all_requests_and_waits_there_is_one_deadline() {
        let close =
            |seconds| answer(503, &format!("Retry-After: {seconds}\r\nConnection: close\r\n"), "");
        let server = ScriptedServer::new([close(20), close(15), answer(200, "", "")]);
        let clock = TestClock::new();
        // Each connection takes three seconds more.
        let slow = Slow(server.clone(), clock.clone(), Duration::from_secs(3));
        let mut session = session(slow, 60);
        assert_eq!(send_patiently(&mut session, get(), &clock).unwrap().status, 200);
        assert_eq!(clock.waits(), [20, 15]);
        // What was left when it connected, in seconds that had begun.
        let granted = server.granted().into_iter().map(|left| left.as_secs_f64().ceil() as u64);
        assert_eq!(granted.collect::<Vec<_>>(), [60, 37, 19]);
        assert_eq!(session.limits.time, Duration::from_secs(60));
    }

    #[test]
    fn an_answer_after_which_nothing_would_be_left_is_returned_at_once() {
        let far = [
            "10",
            "11",
            "18446744073709551615",
            "18446744073709551616",
            "Fri, 06 Nov 2099 08:49:37 GMT",
        ];
        for (field, is_returned) in far.map(|field| (field, true)).into_iter().chain([("9", false)])
        {
            let (server, clock) =
                (ScriptedServer::new([busy(field), answer(200, "", "")]), TestClock::new());
            let mut session = session(server.clone(), 10);
            let response = send_patiently(&mut session, get(), &clock).unwrap();
            assert_eq!(
                (response.status == 503, clock.waits().is_empty()),
                (is_returned, is_returned),
                "{field}"
            );
            let body = response.bytes().unwrap();
            assert_bytes!(body, if is_returned { "later" } else { "" });
        }
        // And what is left is not what there was.
        let (server, clock) =
            (ScriptedServer::new([busy("6"), busy("4"), answer(200, "", "")]), TestClock::new());
        let response = send_patiently(&mut session(server, 10), get(), &clock).unwrap();
        assert_eq!((response.status, &clock.waits()[..]), (503, &[6][..]));
    }

    #[test]
    fn who_is_busy_for_ever_is_not_asked_for_ever() {
        let (server, clock) = (ScriptedServer::new(vec![busy("0"); 100]), TestClock::new());
        let response = send_patiently(&mut session(server.clone(), 30), get(), &clock).unwrap();
        assert_eq!((response.status, server.requests().len()), (503, 30));
        assert_eq!(clock.passed(), Duration::from_secs(29));
    }

    #[test]
    fn afterwards_the_session_grants_what_it_did() {
        let hour = Duration::from_secs(3600);
        for answers in
            [vec![busy("5"), answer(200, "", "")], vec![busy("5"), busy("5")], vec![busy("5")]]
        {
            let mut session = session(ScriptedServer::new(answers.clone()), 3600);
            let outcome = send_patiently(&mut session, get(), &TestClock::new());
            assert_eq!(outcome.is_err(), answers.len() == 1 || answers[1] == busy("5"));
            assert_eq!(session.limits.time, hour);
        }
    }

    #[test]
    fn the_connection_is_used_again() {
        let body = "x".repeat(1000);
        let answers = [answer(503, "Retry-After: 5\r\n", &body), answer(200, "", "")];
        let server = ScriptedServer::new(answers);
        let mut session = session(server.clone(), 60);
        assert_eq!(send_patiently(&mut session, get(), &TestClock::new()).unwrap().status, 200);
        assert_eq!(server.granted().len(), 1);
    }
}

mod http_cache {
    use super::scripted::ScriptedServer;
    use super::{answer, line};
    use ch19::{Answer, FetchError, HttpCache, Request, Session};
    use mock::{Seed, assert_bytes};
    use std::time::{Duration, Instant};

    const PAGE: &str = "http://one.test/page";

    /// A cache, and a server behind it.
    struct Client {
        server: ScriptedServer,
        session: Session,
        cache: HttpCache,
        begin: Instant,
    }

    impl Client {
        fn new(room: usize, answers: &[String]) -> Self {
            let server = ScriptedServer::new(answers.to_vec());
            let session = Session::default().connecting_by(server.clone());
            Self { server, session, cache: HttpCache::new(room), begin: Instant::now() }
        }

        /// So many seconds after the beginning.
        fn send(&mut self, request: Request, at: u64) -> Result<Answer, FetchError> {
            self.cache.send(&self.session, request, self.begin + Duration::from_secs(at))
        }

        fn get(&mut self, url: &str, at: u64) -> Answer {
            self.send(Request::get(url).unwrap(), at).unwrap()
        }

        /// How often something was asked.
        fn asked(&self) -> usize {
            self.server.requests().len()
        }

        /// The tag in the last request.
        fn tag(&self) -> Option<String> {
            let requests = self.server.requests();
            let mut lines = requests.last()?.lines();
            lines.find_map(|line| line.strip_prefix("If-None-Match: ")).map(str::to_owned)
        }
    }

    fn control(value: &str) -> String {
        format!("Cache-Control: {value}\r\n")
    }

    /// Whether a page with these fields is asked for again after so many seconds.
    fn is_asked_again(fields: &str, after: u64) -> bool {
        let words = Seed::new().words(2);
        let mut client =
            Client::new(9, &[answer(200, fields, &words[0]), answer(200, "", &words[1])]);
        let first = client.get(PAGE, 0);
        assert_bytes!(first.body, words[0]);
        let second = client.get(PAGE, after);
        let is_asked = client.asked() == 2;
        assert_bytes!(second.body, words[usize::from(is_asked)]);
        assert!(is_asked || second == first, "{second:?} is not {first:?}");
        is_asked
    }

    #[test]
    fn what_is_fresh_is_not_asked_for_again() {
        let seconds = Seed::new().number(1..=100_000) as u64;
        let fields = control(&format!("max-age={seconds}"));
        assert!(!is_asked_again(&fields, 0));
        assert!(!is_asked_again(&fields, seconds - 1));
        assert!(is_asked_again(&fields, seconds));
    }

    #[test]
    fn whoever_says_nothing_of_it_is_asked_each_time() {
        for fields in ["", "Cache-Control: public\r\n", "Cache-Control: s-maxage=9\r\n"] {
            assert!(is_asked_again(fields, 0), "{fields}");
        }
    }

    #[test]
    fn how_old_an_answer_was_when_it_came_counts() {
        for (fields, fresh_for) in [
            ("Age: 40\r\nCache-Control: max-age=100\r\n", 60),
            ("Age: 0\r\nCache-Control: max-age=100\r\n", 100),
            ("Age: old\r\nCache-Control: max-age=100\r\n", 100),
        ] {
            assert!(!is_asked_again(fields, fresh_for - 1), "{fields}");
            assert!(is_asked_again(fields, fresh_for), "{fields}");
        }
        assert!(is_asked_again("Age: 101\r\nCache-Control: max-age=100\r\n", 0));
    }

    #[test]
    fn what_is_said_of_it_is_a_list_in_letters_of_either_case() {
        for value in [
            "MAX-AGE=9",
            "public, Max-Age=9",
            "private,max-age=9,must-revalidate",
            ", ,max-age=9 ,",
            "no-stores, max-age=9",
            "no-transform\r\ncache-control: max-age=9",
        ] {
            assert!(!is_asked_again(&control(value), 8), "{value}");
            assert!(is_asked_again(&control(value), 9), "{value}");
        }
        for value in ["x-max-age=9", "max-age 9", "max-ages=9"] {
            assert!(is_asked_again(&control(value), 0), "{value}");
        }
    }

    #[test]
    fn a_number_that_is_none_does_not_count() {
        for value in
            ["max-age", "max-age=", "max-age=+9", "max-age=-9", "max-age=9s", "max-age=0x9"]
        {
            assert!(is_asked_again(&control(value), 0), "{value}");
        }
        assert!(!is_asked_again(&control("max-age=18446744073709551615"), 1_000_000));
        // It is not said what this is; but it is not the end of the program.
        is_asked_again(&control("max-age=99999999999999999999"), 1);
    }

    #[test]
    fn what_says_no_store_or_varies_is_not_kept() {
        for fields in [
            control("max-age=9, no-store"),
            control("No-Store, max-age=9"),
            control("max-age=9\r\nCache-Control: no-store"),
            control("max-age=9") + "Vary: Accept-Language\r\n",
            control("max-age=9") + "Vary: *\r\n",
        ] {
            let fields = fields + "ETag: \"a\"\r\n";
            assert!(is_asked_again(&fields, 0), "{fields}");
            let mut client = Client::new(9, &[answer(200, &fields, "a"), answer(200, "", "b")]);
            client.get(PAGE, 0);
            client.get(PAGE, 0);
            assert_eq!(client.tag(), None, "{fields}");
        }
    }

    #[test]
    fn only_200_is_kept() {
        for status in [203, 301, 302, 404, 410, 500] {
            let fields = control("max-age=9") + "ETag: \"a\"\r\n";
            let mut client = Client::new(9, &[answer(status, &fields, "a"), answer(200, "", "b")]);
            assert_eq!(client.get(PAGE, 0).status, status);
            assert_bytes!(client.get(PAGE, 0).body, "b");
            assert_eq!(client.tag(), None, "{status}");
        }
    }

    #[test]
    fn what_is_not_fresh_is_asked_for_with_its_tag() {
        let word = Seed::new().word();
        for tag in [format!("\"{word}\""), format!("W/\"{word}\"")] {
            for seen in ["max-age=9", "max-age=99, no-cache", "private"] {
                let fields = format!("ETag: {tag}\r\n{}", control(seen));
                let answers = [answer(200, &fields, &word), answer(304, "", "")];
                let mut client = Client::new(9, &answers);
                let first = client.get(PAGE, 0);
                assert_eq!(client.tag(), None);
                let second = client.get(PAGE, 9);
                assert_eq!(client.tag(), Some(tag.clone()), "{seen}");
                assert_eq!((second.status, client.asked()), (200, 2));
                assert_bytes!(second.body, word);
                assert_eq!(second.headers.get_text("ETag"), first.headers.get_text("ETag"));
            }
        }
    }

    #[test]
    fn a_304_brings_new_fields_and_the_answer_is_as_if_it_had_come_now() {
        let (word, fields) =
            (Seed::new().word(), "ETag: \"a\"\r\nX-Old: 1\r\nX-Both: 1\r\nX-Both: 2\r\n");
        let new = "x-both: 3\r\nX-New: 4\r\nCache-Control: max-age=20\r\n";
        let mut client = Client::new(
            9,
            &[
                answer(200, &(control("max-age=9") + fields), &word),
                answer(304, new, ""),
                answer(304, &control("no-store"), ""),
                answer(200, "", "new"),
            ],
        );
        client.get(PAGE, 0);
        let second = client.get(PAGE, 10);
        let values = |name: &str| {
            second
                .headers
                .get_all(name)
                .map(|value| String::from_utf8_lossy(value).into_owned())
                .collect::<Vec<_>>()
        };
        assert_eq!(values("X-Old"), ["1"]);
        assert_eq!(values("X-Both"), ["3"]);
        assert_eq!(values("X-New"), ["4"]);
        assert_eq!(values("Cache-Control"), ["max-age=20"]);
        assert_eq!(values("Content-Length"), [word.len().to_string()]);
        assert_eq!(values("ETag"), ["\"a\""]);
        assert_eq!((client.get(PAGE, 29), client.asked()), (second, 2));
        // Then it says that it must not be kept.
        let third = client.get(PAGE, 30);
        assert_eq!((third.status, client.tag()), (200, Some("\"a\"".to_owned())));
        assert_bytes!(third.body, word);
        assert_bytes!(client.get(PAGE, 30).body, "new");
        assert_eq!((client.tag(), client.asked()), (None, 4));
    }

    #[test]
    fn another_answer_takes_the_place_of_the_kept_one() {
        let tagged = |tag: &str, body: &str| answer(200, &format!("ETag: \"{tag}\"\r\n"), body);
        let mut client = Client::new(
            9,
            &[tagged("a", "1"), tagged("b", "2"), answer(404, "", "3"), answer(200, "", "4")],
        );
        let mut tags = Vec::new();
        for body in ["1", "2", "3", "4"] {
            assert_bytes!(client.get(PAGE, 0).body, body);
            tags.push(client.tag());
        }
        assert_eq!(tags, [None, Some("\"a\"".to_owned()), Some("\"b\"".to_owned()), None]);
    }

    #[test]
    fn a_server_that_is_ill_says_nothing_of_the_page() {
        let first = answer(200, "ETag: \"a\"\r\n", "1");
        let mut client = Client::new(9, &[first, answer(503, "", "ill"), answer(304, "", "")]);
        client.get(PAGE, 0);
        let second = client.get(PAGE, 0);
        assert_eq!(second.status, 503);
        assert_bytes!(second.body, "ill");
        assert_bytes!(client.get(PAGE, 0).body, "1");
        assert_eq!((client.tag(), client.asked()), (Some("\"a\"".to_owned()), 3));
    }

    #[test]
    fn an_error_changes_nothing_of_what_is_kept() {
        let first = answer(200, "ETag: \"a\"\r\n", "1");
        let cut_off = answer(200, "", "1234567").replace("567", "");
        let mut client = Client::new(9, &[first, cut_off, answer(304, "", "")]);
        client.get(PAGE, 0);
        let second = client.send(Request::get(PAGE).unwrap(), 0);
        assert!(matches!(second, Err(FetchError::CutOff(4))), "{second:?}");
        assert_bytes!(client.get(PAGE, 0).body, "1");
        assert_eq!(client.tag(), Some("\"a\"".to_owned()));
    }

    #[test]
    fn a_page_behind_a_redirect_is_not_kept_for_the_one_that_led_there() {
        let to = answer(302, "Location: /there\r\n", "");
        let fields = control("max-age=9") + "ETag: \"a\"\r\n";
        let mut client =
            Client::new(9, &[to.clone(), answer(200, &fields, "1"), to, answer(200, "", "2")]);
        assert_bytes!(client.get(PAGE, 0).body, "1");
        assert_bytes!(client.get(PAGE, 0).body, "2");
        assert_eq!((client.tag(), client.asked()), (None, 4));
    }

    #[test]
    fn a_304_behind_a_redirect_speaks_of_another_page() {
        let to = answer(302, "Location: /there\r\n", "");
        let mut client = Client::new(
            9,
            &[
                answer(200, "ETag: \"a\"\r\n", "here"),
                to.clone(),
                answer(304, "ETag: \"a\"\r\n", ""),
                to,
                answer(200, "ETag: \"a\"\r\n", "there"),
                answer(200, "", "again"),
            ],
        );
        assert_bytes!(client.get(PAGE, 0).body, "here");
        let second = client.get(PAGE, 0);
        assert_eq!((second.status, client.asked(), client.tag()), (200, 5, None));
        assert_bytes!(second.body, "there");
        assert_bytes!(client.get(PAGE, 0).body, "again");
        assert_eq!(client.tag(), None);
    }

    #[test]
    fn a_part_of_a_page_is_no_other_page() {
        let page = |body| answer(200, &control("max-age=9"), body);
        let mut client = Client::new(9, &[page("1"), page("2")]);
        assert_bytes!(client.get(&format!("{PAGE}#top"), 0).body, "1");
        assert_bytes!(client.get(&format!("{PAGE}#end"), 0).body, "1");
        assert_bytes!(client.get(PAGE, 0).body, "1");
        assert_bytes!(client.get(&format!("{PAGE}?end"), 0).body, "2");
        assert_bytes!(client.get("HTTP://One.Test:80/page", 0).body, "1");
    }

    #[test]
    fn other_requests_are_sent_as_they_are_and_not_kept() {
        let get = || Request::get(PAGE).unwrap();
        let fields = control("max-age=9") + "ETag: \"a\"\r\n";
        for request in [
            Request::new("HEAD", PAGE).unwrap(),
            Request::new("OPTIONS", PAGE).unwrap(),
            get().header("Range", "bytes=1-").unwrap(),
            get().header("Authorization", "Basic eA==").unwrap(),
            get().body("which one?"),
        ] {
            let kept = answer(200, &fields, "");
            let other = answer(200, &fields.replace('a', "b"), "");
            let mut client = Client::new(9, &[other, kept.clone(), kept]);
            // It is not kept,
            client.send(request.clone(), 0).unwrap();
            client.get(PAGE, 0);
            assert_eq!((client.tag(), client.asked()), (None, 2), "{request:?}");
            // nor answered by what is kept, and changes nothing of that.
            client.send(request.clone(), 0).unwrap();
            assert_eq!((client.tag(), client.asked()), (None, 3), "{request:?}");
            client.get(PAGE, 0);
            assert_eq!(client.asked(), 3, "{request:?}");
        }
    }

    #[test]
    fn whoever_may_have_changed_the_page_asks_for_it_anew() {
        let fields = control("max-age=9") + "ETag: \"a\"\r\n";
        for (method, status, is_forgotten) in [
            ("POST", 200, true),
            ("PUT", 204, true),
            ("DELETE", 202, true),
            ("PATCH", 301, true),
            ("POST", 400, false),
            ("PUT", 503, false),
            ("TRACE", 200, false),
        ] {
            let page = answer(200, &fields, "");
            let mut client = Client::new(9, &[page.clone(), answer(status, "", ""), page]);
            client.get(PAGE, 0);
            client.send(Request::new(method, &format!("{PAGE}#form")).unwrap(), 0).unwrap();
            client.get(PAGE, 0);
            assert_eq!(client.asked() == 3, is_forgotten, "{method} {status}");
            assert_eq!(client.tag(), None);
        }
    }

    #[test]
    fn so_many_answers_are_held_and_no_more() {
        let page = answer(200, &control("max-age=9"), "");
        let useless = answer(200, "", "");
        let mut client = Client::new(2, &[page.clone(), page.clone(), useless, page.clone(), page]);
        // A page that is of no use takes no place.
        for (name, asked) in [
            ("a", 1),
            ("b", 2),
            ("c", 3),
            ("a", 3),
            ("b", 3),
            ("a", 3),
            ("d", 4),
            ("a", 4),
            ("b", 5),
        ] {
            client.get(&format!("http://one.test/{name}"), 0);
            assert_eq!(
                client.asked(),
                asked,
                "{:?}",
                client.server.requests().last().map(|last| line(last))
            );
        }
        let mut client =
            Client::new(0, &[answer(200, &control("max-age=9"), ""), answer(200, "", "")]);
        client.get(PAGE, 0);
        client.get(PAGE, 0);
        assert_eq!(client.asked(), 2);
    }
}
