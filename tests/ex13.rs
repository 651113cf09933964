//! What the extensions of chapter 13 promise.

use ch13::{Buckets, Headers, Network, client_address, limited};
use mock::{Seed, patience};
use std::net::IpAddr;
use std::time::{Duration, Instant};

fn address(text: &str) -> IpAddr {
    text.parse().unwrap()
}

fn network(text: &str) -> Network {
    Network::from(address(text))
}

mod limited {
    use super::*;
    use ch13::{HttpServer, Response, path};
    use mock::{MockConnection, Reply};
    use std::net::SocketAddr;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::{Arc, Barrier, Mutex};
    use std::thread;

    const ADA: &str = "192.0.2.1";
    const BOB: &str = "192.0.2.2";

    /// An interval, and how many tokens a full bucket has.
    fn values() -> (Duration, u32) {
        let mut seed = Seed::new();
        (Duration::from_millis(seed.number(100..=9999) as u64), seed.number(2..=20) as u32)
    }

    /// Takes so many tokens, which are there.
    #[track_caller]
    fn take(buckets: &Buckets, who: &str, count: u32, now: Instant) {
        for number in 1..=count {
            let taken = buckets.take(network(who), now);
            assert_eq!(taken, Ok(()), "token {number} of {count}");
        }
    }

    #[test]
    fn a_bucket_is_full_at_first_and_then_empty() {
        let (interval, burst) = values();
        let (buckets, now) = (Buckets::new(interval, burst), Instant::now());
        take(&buckets, ADA, burst, now);
        assert_eq!(buckets.take(network(ADA), now), Err(interval));
    }

    #[test]
    fn in_each_interval_one_token_comes() {
        let (interval, burst) = values();
        let (buckets, begun) = (Buckets::new(interval, burst), Instant::now());
        take(&buckets, ADA, burst, begun);
        let moment = Duration::from_nanos(1);
        for round in 1..=3 {
            let next = begun + interval * round;
            assert_eq!(buckets.take(network(ADA), next - moment), Err(moment));
            take(&buckets, ADA, 1, next);
            assert_eq!(buckets.take(network(ADA), next), Err(interval));
        }
        // It is not full again: there is one less than it holds, and half of the last one.
        let later = begun + interval * (2 + burst) + interval / 2;
        take(&buckets, ADA, burst - 1, later);
        assert_eq!(buckets.take(network(ADA), later), Err(interval - interval / 2));
    }

    #[test]
    fn the_time_runs_from_the_first_token_that_is_missing() {
        let interval = values().0;
        let (buckets, begun) = (Buckets::new(interval, 2), Instant::now());
        take(&buckets, ADA, 1, begun);
        let middle = begun + interval / 2;
        take(&buckets, ADA, 1, middle);
        assert_eq!(buckets.take(network(ADA), middle), Err(interval - interval / 2));
        take(&buckets, ADA, 1, begun + interval);
    }

    #[test]
    fn a_bucket_is_never_more_than_full() {
        let (interval, burst) = values();
        let (buckets, begun) = (Buckets::new(interval, burst), Instant::now());
        take(&buckets, ADA, burst, begun);
        let later = begun + interval * burst * 3;
        take(&buckets, ADA, burst, later);
        assert_eq!(buckets.take(network(ADA), later), Err(interval));
        // It was one token short of being full, and an interval later it is full.
        let (buckets, later) = (Buckets::new(interval, burst), begun + interval * 7 / 2);
        take(&buckets, ADA, 1, begun);
        take(&buckets, ADA, burst, later);
        assert_eq!(buckets.take(network(ADA), later), Err(interval));
    }

    #[test]
    fn who_is_refused_takes_nothing() {
        let (interval, burst) = values();
        let (buckets, begun) = (Buckets::new(interval, burst), Instant::now());
        take(&buckets, ADA, burst, begun);
        for part in 0..10 {
            let now = begun + interval * part / 10;
            let wait = begun + interval - now;
            assert_eq!(buckets.take(network(ADA), now), Err(wait));
        }
        take(&buckets, ADA, 1, begun + interval);
    }

    #[test]
    fn each_network_has_a_bucket_of_its_own() {
        let (interval, burst) = values();
        let (buckets, now) = (Buckets::new(interval, burst), Instant::now());
        take(&buckets, ADA, burst, now);
        take(&buckets, BOB, burst, now);
        take(&buckets, "2001:db8::1", 1, now);
        take(&buckets, "2001:db8::2", burst - 1, now);
        for empty in [ADA, BOB, "2001:db8::3", "::ffff:192.0.2.1"] {
            assert_eq!(buckets.take(network(empty), now), Err(interval), "{empty}");
        }
    }

    #[test]
    fn only_buckets_that_are_not_full_are_remembered() {
        let (interval, burst) = values();
        let (buckets, begun) = (Buckets::new(interval, burst), Instant::now());
        assert_eq!(buckets.remembered(), 0);
        for host in 0..200 {
            take(&buckets, &format!("198.51.100.{host}"), 1, begun);
        }
        take(&buckets, ADA, 2, begun);
        assert_eq!(buckets.remembered(), 201);
        // A moment before they are full, and then.
        take(&buckets, BOB, 1, begun + interval - Duration::from_nanos(1));
        assert_eq!(buckets.remembered(), 202);
        take(&buckets, BOB, 1, begun + interval);
        assert_eq!(buckets.remembered(), 2);
        take(&buckets, "203.0.113.1", 1, begun + interval * burst * 3);
        assert_eq!(buckets.remembered(), 1);
    }

    #[test]
    fn several_threads_take_no_more_than_there_is() {
        const THREADS: u32 = 4;
        const EACH: u32 = 200;
        let burst = THREADS * EACH - 17;
        let (buckets, now) = (Buckets::new(patience(), burst), Instant::now());
        let (start, taken) = (Barrier::new(THREADS as usize), AtomicUsize::new(0));
        thread::scope(|scope| {
            for _ in 0..THREADS {
                scope.spawn(|| {
                    start.wait();
                    for _ in 0..EACH {
                        if buckets.take(network(ADA), now).is_ok() {
                            taken.fetch_add(1, Ordering::SeqCst);
                        }
                    }
                });
            }
        });
        assert_eq!(taken.into_inner(), burst as usize);
    }

    #[test]
    fn a_thread_may_come_with_a_time_that_is_over() {
        let (interval, burst) = values();
        let (buckets, now) = (Buckets::new(interval, burst), Instant::now() + interval);
        let before = now - Duration::from_nanos(1);
        take(&buckets, ADA, burst, now);
        let refused = buckets.take(network(ADA), before);
        assert_eq!(refused, Err(interval + Duration::from_nanos(1)));
    }

    /// A server whose `/` is limited, and what it counts and looks at.
    struct Limited {
        server: HttpServer,
        now: Arc<Mutex<Instant>>,
        calls: Arc<AtomicUsize>,
    }

    impl Limited {
        fn new(interval: Duration, burst: u32) -> Self {
            let now = Arc::new(Mutex::new(Instant::now()));
            let calls = Arc::new(AtomicUsize::new(0));
            let (clock, counter) = (Arc::clone(&now), Arc::clone(&calls));
            let mut server = HttpServer::default();
            let handler = limited(
                Buckets::new(interval, burst),
                move || *clock.lock().unwrap(),
                move |request| {
                    counter.fetch_add(1, Ordering::SeqCst);
                    Ok(Response::text(request.target.clone()).status(203))
                },
            );
            server.register(path("/"), handler);
            Self { server, now, calls }
        }

        /// What a client at this address hears.
        fn get(&self, who: Option<&str>) -> Reply {
            let request = "GET /?soup HTTP/1.1\r\nHost: mock\r\nConnection: close\r\n\r\n";
            let (mut conn, peer) = MockConnection::pair(request);
            let address = who.map(|who| SocketAddr::new(address(who), 50_000));
            self.server.on_connect(&mut conn, address).unwrap();
            Reply::parse(peer.sent())
        }

        fn pass(&self, time: Duration) {
            *self.now.lock().unwrap() += time;
        }
    }

    #[test]
    fn who_has_a_token_hears_the_handler_and_who_has_none_hears_429() {
        let (_, burst) = values();
        let limited = Limited::new(Duration::from_secs(60), burst);
        for _ in 0..burst {
            let reply = limited.get(Some(ADA));
            assert_eq!((reply.status, reply.text()), (203, "/?soup"));
            assert_eq!(reply.header("Retry-After"), None);
        }
        for _ in 0..2 {
            let reply = limited.get(Some(ADA));
            assert_eq!((reply.status, reply.reason.as_str()), (429, "Too Many Requests"));
            assert_eq!(reply.header("Retry-After"), Some("60"));
        }
        assert_eq!(limited.calls.load(Ordering::SeqCst), burst as usize);
        assert_eq!(limited.get(Some(BOB)).status, 203);
    }

    #[test]
    fn retry_after_is_rounded_up_to_whole_seconds() {
        for (interval, passed, seconds) in [
            (60_000, 0, "60"),
            (60_000, 1, "60"),
            (60_000, 999, "60"),
            (60_000, 1000, "59"),
            (60_000, 58_999, "2"),
            (60_000, 59_000, "1"),
            (60_000, 59_999, "1"),
            (1, 0, "1"),
            (1500, 0, "2"),
        ] {
            let limited = Limited::new(Duration::from_millis(interval), 1);
            limited.get(Some(ADA));
            limited.pass(Duration::from_millis(passed));
            let reply = limited.get(Some(ADA));
            assert_eq!(reply.header("Retry-After"), Some(seconds), "{interval} {passed}");
            // What it says is true.
            limited.pass(Duration::from_secs(seconds.parse().unwrap()));
            assert_eq!(limited.get(Some(ADA)).status, 203);
        }
    }

    #[test]
    fn a_request_without_a_peer_takes_no_token() {
        let limited = Limited::new(Duration::from_secs(60), 1);
        for _ in 0..3 {
            assert_eq!(limited.get(None).status, 203);
        }
        assert_eq!(limited.get(Some(ADA)).status, 203);
        assert_eq!(limited.get(Some(ADA)).status, 429);
        assert_eq!(limited.get(None).status, 203);
    }
}

mod forwarded {
    use super::*;

    const NEAR: &str = "192.0.2.1";
    const FAR: &str = "192.0.2.2";

    /// The client of a connection from `peer` with these fields, where both proxies are trusted.
    fn client(peer: &str, fields: &[&str]) -> String {
        let fields: Vec<&[u8]> = fields.iter().map(|field| field.as_bytes()).collect();
        client_of_bytes(peer, &fields)
    }

    fn client_of_bytes(peer: &str, fields: &[&[u8]]) -> String {
        let mut headers = Headers::default();
        headers.add("Host", "mock").unwrap();
        for value in fields {
            headers.add("x-forwarded-FOR", value).unwrap();
            headers.add("Forwarded", "for=203.0.113.99").unwrap();
        }
        client_address(address(peer), &headers, &[network(NEAR), network(FAR)]).to_string()
    }

    /// Somebody who is no proxy.
    fn stranger(seed: &mut Seed) -> String {
        match seed.number(0..=1) {
            0 => format!("198.51.100.{}", seed.number(0..=255)),
            _ => format!("2001:db8::{:x}", seed.number(1..=0xffff)),
        }
    }

    #[test]
    fn who_is_not_trusted_is_the_client_whatever_it_says() {
        let mut seed = Seed::new();
        let (peer, other) = (stranger(&mut seed), stranger(&mut seed));
        for fields in [&[][..], &[other.as_str()], &[&other, NEAR], &[NEAR], &["nonsense"]] {
            assert_eq!(client(&peer, fields), peer, "{fields:?}");
        }
        let nobody = client_address(address(NEAR), &Headers::default(), &[]);
        assert_eq!(nobody, address(NEAR));
    }

    #[test]
    fn who_is_trusted_speaks_for_the_last_one_of_its_list() {
        let mut seed = Seed::new();
        let (ada, bob) = (stranger(&mut seed), stranger(&mut seed));
        assert_eq!(client(NEAR, &[&ada]), ada);
        assert_eq!(client(FAR, &[&ada]), ada);
        // The first one is what Ada has made up.
        assert_eq!(client(NEAR, &[&format!("{bob}, {ada}")]), ada);
        assert_eq!(client(NEAR, &[&format!("{NEAR}, {bob}, {ada}")]), ada);
        assert_eq!(client(NEAR, &[&format!("127.0.0.1, {ada}")]), ada);
    }

    #[test]
    fn a_proxy_behind_a_proxy_speaks_for_the_one_before_it() {
        let mut seed = Seed::new();
        let (ada, bob) = (stranger(&mut seed), stranger(&mut seed));
        assert_eq!(client(NEAR, &[&format!("{bob}, {ada}, {FAR}")]), ada);
        assert_eq!(client(NEAR, &[&format!("{bob},{ada},{FAR},{NEAR},{FAR}")]), ada);
        assert_eq!(client(NEAR, &[&format!("{FAR}, {ada}, {bob}")]), bob);
    }

    #[test]
    fn where_the_list_ends_is_the_client() {
        assert_eq!(client(NEAR, &[]), NEAR);
        assert_eq!(client(NEAR, &[""]), NEAR);
        assert_eq!(client(NEAR, &[FAR]), FAR);
        assert_eq!(client(NEAR, &[&format!("{FAR}, {NEAR}")]), FAR);
    }

    #[test]
    fn what_is_no_address_ends_the_list() {
        let ada = stranger(&mut Seed::new());
        for nonsense in [
            "unknown",
            "_hidden",
            "198.51.100.1:80",
            "[2001:db8::1]",
            "[2001:db8::1]:80",
            "198.51.100",
            "198.51.100.256",
            "198.51.100.01",
            "\"198.51.100.1\"",
            "198.51.100.1 198.51.100.2",
            "caf\u{e9}",
        ] {
            assert_eq!(client(NEAR, &[&format!("{ada}, {nonsense}")]), NEAR, "{nonsense}");
            assert_eq!(client(NEAR, &[&format!("{ada}, {nonsense}, {FAR}")]), FAR, "{nonsense}");
            assert_eq!(client(NEAR, &[&format!("{nonsense}, {ada}")]), ada, "{nonsense}");
        }
        assert_eq!(client_of_bytes(NEAR, &[ada.as_bytes(), b"\xff", FAR.as_bytes()]), FAR);
        assert_eq!(client_of_bytes(NEAR, &[b"\xff", ada.as_bytes()]), ada);
    }

    #[test]
    fn several_fields_are_one_list_in_their_order() {
        let mut seed = Seed::new();
        let (ada, bob) = (stranger(&mut seed), stranger(&mut seed));
        assert_eq!(client(NEAR, &[&bob, &ada]), ada);
        assert_eq!(client(NEAR, &[&bob, &format!("{ada}, {FAR}"), NEAR]), ada);
        assert_eq!(client(NEAR, &[&format!("{bob}, {ada}"), FAR]), ada);
    }

    #[test]
    fn spaces_and_empty_items_are_passed_over() {
        let ada = stranger(&mut Seed::new());
        for list in [
            format!("\t {ada}\t , ,\t,{FAR} ,"),
            format!(",,{ada},,{FAR},,"),
            format!("{ada}\t,\t{FAR}"),
        ] {
            assert_eq!(client(NEAR, &[&list]), ada, "{list:?}");
            assert_eq!(client(NEAR, &[&list, "", " , "]), ada, "{list:?}");
        }
    }

    #[test]
    fn it_is_the_network_that_is_trusted() {
        let ada = stranger(&mut Seed::new());
        assert_eq!(client(&format!("::ffff:{NEAR}"), &[&ada]), ada);
        assert_eq!(client(NEAR, &[&format!("{ada}, ::ffff:{FAR}")]), ada);
        let mut headers = Headers::default();
        headers.add("X-Forwarded-For", &ada).unwrap();
        let trusted = [network("2001:db8:1:2::")];
        let client = |peer: &str| client_address(address(peer), &headers, &trusted).to_string();
        assert_eq!(client("2001:db8:1:2::77"), ada);
        assert_eq!(client("2001:db8:1:3::77"), "2001:db8:1:3::77");
    }
}
