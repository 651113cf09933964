//! What the extensions of chapter 20 promise.

mod proxy_protocol {
    use ch20::{Addresses, MAX_PROXY_HEADER, ProxyHeader};
    use mock::Seed;
    use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};

    const SIGNATURE: &[u8] = b"\r\n\r\n\0\r\nQUIT\n";

    /// What follows a header: in the eyes of some, more of it.
    const BEHIND: &[u8] = b"GET / HTTP/1.1\r\nHost: one.test\r\n\r\nPROXY UNKNOWN\r\n";

    /// Asserts that `header` is found at every split, as soon as it is there and not before, and
    /// has these addresses, whatever follows it.
    #[track_caller]
    fn is_found(header: impl AsRef<[u8]>, addresses: Option<Addresses>) {
        let header = header.as_ref();
        let all = [header, BEHIND].concat();
        let right = ProxyHeader { length: header.len(), addresses };
        for count in (0..=header.len() + 3).chain([all.len()]) {
            let expected = (count >= header.len()).then_some(right);
            let found = ProxyHeader::parse(&all[..count]);
            let shown = all[..count].escape_ascii();
            assert_eq!(found, Ok(expected), "of \"{shown}\"");
        }
    }

    /// Asserts that these bytes are refused when so many of them are there, and stay so; before,
    /// they may be.
    #[track_caller]
    fn is_refused(bytes: impl AsRef<[u8]>, when: usize) {
        let bytes = bytes.as_ref();
        assert!(when <= bytes.len(), "the test says when");
        for count in 0..=bytes.len() {
            let found = ProxyHeader::parse(&bytes[..count]);
            let shown = bytes[..count].escape_ascii();
            assert!(!matches!(found, Ok(Some(_))), "this is no header: \"{shown}\"");
            assert!(count < when || found.is_err(), "this cannot become one: \"{shown}\"");
        }
    }

    /// The same for a line, which is refused with its end.
    #[track_caller]
    fn line_is_refused(line: &str) {
        is_refused([line.as_bytes(), b"\r\n"].concat(), line.len() + 2);
    }

    fn ipv4(seed: &mut Seed) -> Ipv4Addr {
        seed.bytes(4).first_chunk::<4>().copied().unwrap().into()
    }

    fn ipv6(seed: &mut Seed) -> Ipv6Addr {
        seed.bytes(16).first_chunk::<16>().copied().unwrap().into()
    }

    fn port(seed: &mut Seed) -> u16 {
        seed.number(0..=65_535) as u16
    }

    /// Two different ends, of IPv4 and of IPv6.
    fn ends(seed: &mut Seed) -> [Addresses; 2] {
        let mut end4 = || SocketAddr::from((ipv4(seed), port(seed)));
        let v4 = Addresses { source: end4(), destination: end4() };
        let mut end6 = || SocketAddr::from((ipv6(seed), port(seed)));
        [v4, Addresses { source: end6(), destination: end6() }]
    }

    fn line(Addresses { source, destination }: Addresses) -> String {
        let name = if source.is_ipv4() { "TCP4" } else { "TCP6" };
        let (ip, its_ip) = (source.ip(), destination.ip());
        format!("PROXY {name} {ip} {its_ip} {} {}\r\n", source.port(), destination.port())
    }

    /// Version 2: the two bytes behind the signature, and what has a length.
    fn binary(command: u8, family: u8, block: impl AsRef<[u8]>) -> Vec<u8> {
        let block = block.as_ref();
        let length = u16::try_from(block.len()).unwrap().to_be_bytes();
        [SIGNATURE, &[command, family], &length, block].concat()
    }

    fn packed(Addresses { source, destination }: Addresses) -> Vec<u8> {
        let mut block = Vec::new();
        for end in [source, destination] {
            match end.ip() {
                std::net::IpAddr::V4(ip) => block.extend(ip.octets()),
                std::net::IpAddr::V6(ip) => block.extend(ip.octets()),
            }
        }
        block.extend(source.port().to_be_bytes());
        block.extend(destination.port().to_be_bytes());
        block
    }

    #[test]
    fn a_line_tells_two_addresses_and_two_ports_at_every_split() {
        let mut seed = Seed::new();
        for _ in 0..20 {
            for ends in ends(&mut seed) {
                is_found(line(ends), Some(ends));
            }
        }
    }

    #[test]
    fn an_address_of_ipv6_is_read_however_it_is_written() {
        for (text, address) in [
            ("::", Ipv6Addr::UNSPECIFIED),
            ("::1", Ipv6Addr::LOCALHOST),
            ("2001:DB8::a", "2001:db8::a".parse().unwrap()),
            ("2001:0db8:0000:0000:0000:0000:0000:000A", "2001:db8::a".parse().unwrap()),
        ] {
            let source = SocketAddr::from((address, 0));
            let destination = SocketAddr::from((Ipv6Addr::LOCALHOST, 65_535));
            let addresses = Some(Addresses { source, destination });
            is_found(format!("PROXY TCP6 {text} ::1 0 65535\r\n"), addresses);
        }
    }

    #[test]
    fn an_unknown_line_is_for_nobody_else_whatever_stands_in_it() {
        let mut seed = Seed::new();
        is_found("PROXY UNKNOWN\r\n", None);
        is_found("PROXY UNKNOWN \r\n", None);
        is_found("PROXY UNKNOWN 192.0.2.1 192.0.2.9 50000 80\r\n", None);
        is_found("PROXY UNKNOWN \n \r PROXY TCP4\r\n", None);
        is_found(b"PROXY UNKNOWN \xff\xfe\0\r\r\n", None);
        // 107 bytes at most.
        for count in [0, seed.number(1..=90), 91] {
            let mut any = seed.bytes(count);
            any.iter_mut().filter(|byte| **byte == b'\n').for_each(|byte| *byte = 0);
            is_found([b"PROXY UNKNOWN ", &any[..], b"\r\n"].concat(), None);
        }
    }

    #[test]
    fn a_line_that_does_not_end_within_107_bytes_is_refused() {
        let longest = format!("PROXY UNKNOWN {}\r\n", "x".repeat(91));
        assert_eq!(longest.len(), 107);
        is_found(&longest, None);
        let longer = longest.replace("\r\n", "x\r\n");
        is_refused(&longer, 107);
        is_refused(["PROXY TCP4 192.0.2.1 192.0.2.9 50000 80", &" ".repeat(100)].concat(), 107);
        is_refused(["PROXY UNKNOWN ", &"\n".repeat(100)].concat(), 107);
    }

    #[test]
    fn a_line_has_its_words_and_one_space_between_two_of_them() {
        for line in [
            "PROXY ",
            "PROXY  UNKNOWN",
            "PROXY UNKNOWNS",
            "PROXY unknown",
            "PROXY TCP4",
            "PROXY TCP4 ",
            "PROXY TCP4 192.0.2.1 192.0.2.9 50000",
            "PROXY TCP4 192.0.2.1 192.0.2.9 50000 ",
            "PROXY TCP4 192.0.2.1 192.0.2.9 50000 80 ",
            "PROXY TCP4 192.0.2.1 192.0.2.9 50000 80 90",
            "PROXY TCP4  192.0.2.1 192.0.2.9 50000 80",
            "PROXY TCP4 192.0.2.1  192.0.2.9 50000 80",
            "PROXY TCP4 192.0.2.1 192.0.2.9 50000  80",
            "PROXY TCP4\t192.0.2.1 192.0.2.9 50000 80",
            "PROXY TCP4 192.0.2.1 192.0.2.9 50000 80\r",
            "PROXY TCP4 192.0.2.1 192.0.2.9 50000\n80",
            "PROXY TCP4 192.0.2.1 192.0.2.9 50000 80\n",
            "PROXY tcp4 192.0.2.1 192.0.2.9 50000 80",
            "PROXY UDP4 192.0.2.1 192.0.2.9 50000 80",
            "PROXY TCP 192.0.2.1 192.0.2.9 50000 80",
        ] {
            line_is_refused(line);
        }
    }

    #[test]
    fn addresses_are_those_of_the_family_and_numbers_are_plain() {
        for (source, destination) in [
            ("192.0.2.256", "192.0.2.9"),
            ("192.0.2", "192.0.2.9"),
            ("192.0.2.1", "192.0.2.09"),
            ("192.0.2.1", "one.test"),
            ("::1", "192.0.2.9"),
            ("192.0.2.1", "::1"),
            ("192.0.2.1:80", "192.0.2.9"),
            ("\u{661}.0.2.1", "192.0.2.9"),
        ] {
            line_is_refused(&format!("PROXY TCP4 {source} {destination} 50000 80"));
        }
        for (source, destination) in [
            ("192.0.2.1", "::1"),
            ("::1", "192.0.2.1"),
            ("[::1]", "::1"),
            ("::1", "1::2::3"),
            ("::1", "fe80::1%1"),
            ("::12345", "::1"),
        ] {
            line_is_refused(&format!("PROXY TCP6 {source} {destination} 50000 80"));
        }
        for port in ["+80", "-0", "080", "00", "65536", "99999999999999999999", "0x50", "8O", ""] {
            line_is_refused(&format!("PROXY TCP4 192.0.2.1 192.0.2.9 {port} 80"));
            line_is_refused(&format!("PROXY TCP6 ::1 ::1 50000 {port}"));
        }
    }

    #[test]
    fn what_begins_no_header_is_refused_at_once() {
        is_refused(b"GET / HTTP/1.1\r\n\r\n", 1);
        is_refused(b"\x16\x03\x01\x02\0", 1);
        is_refused(b"proxy UNKNOWN\r\n", 1);
        is_refused(b" PROXY UNKNOWN\r\n", 1);
        is_refused(b"\nPROXY UNKNOWN\r\n", 1);
        is_refused(b"PUT / HTTP/1.1\r\n\r\n", 2);
        is_refused(b"PROPFIND / HTTP/1.1\r\n\r\n", 4);
        is_refused(b"PROXY\r\n", 6);
        is_refused(b"PROXY\tUNKNOWN\r\n", 6);
        is_refused(b"\r\nPROXY UNKNOWN\r\n", 3);
        is_refused(b"\r\n\r\nGET / HTTP/1.1\r\n\r\n", 5);
        for place in 0..SIGNATURE.len() {
            let mut other = binary(0x21, 0x11, [0; 12]);
            other[place] ^= 0x20;
            is_refused(&other, place + 1);
        }
    }

    #[test]
    fn bytes_tell_two_addresses_and_two_ports_at_every_split() {
        let mut seed = Seed::new();
        for _ in 0..20 {
            let [v4, v6] = ends(&mut seed);
            is_found(binary(0x21, 0x11, packed(v4)), Some(v4));
            is_found(binary(0x21, 0x21, packed(v6)), Some(v6));
        }
    }

    #[test]
    fn what_stands_behind_the_addresses_is_passed_over_whatever_it_is() {
        let mut seed = Seed::new();
        for _ in 0..10 {
            let [v4, v6] = ends(&mut seed);
            // 256 bytes and more: the length has two bytes.
            let count = seed.number(1..=600);
            let more = seed.bytes(count);
            is_found(binary(0x21, 0x11, [packed(v4), more.clone()].concat()), Some(v4));
            is_found(binary(0x21, 0x21, [packed(v6), more].concat()), Some(v6));
        }
    }

    #[test]
    fn a_connection_of_the_proxy_itself_is_for_nobody_else_whatever_its_family() {
        let mut seed = Seed::new();
        let [v4, _] = ends(&mut seed);
        let any = seed.number(0..=255) as u8;
        for family in [0, 0x11, 0x21, 0x12, 0x31, 0xf3, any] {
            is_found(binary(0x20, family, b""), None);
            is_found(binary(0x20, family, packed(v4)), None);
            let count = seed.number(1..=300);
            is_found(binary(0x20, family, seed.bytes(count)), None);
        }
    }

    #[test]
    fn what_does_not_speak_tcp_has_no_addresses_for_us() {
        let mut seed = Seed::new();
        for family in [0, 0x01, 0x02, 0x10, 0x12, 0x20, 0x22, 0x30, 0x31, 0x32] {
            for count in [0, 12, 36, 216, seed.number(1..=300)] {
                is_found(binary(0x21, family, seed.bytes(count)), None);
            }
        }
    }

    #[test]
    fn another_version_command_family_or_protocol_is_refused_with_its_byte() {
        for command in (0..=255).filter(|command| !matches!(command, 0x20 | 0x21)) {
            is_refused(binary(command, 0x11, [0; 12]), 13);
        }
        for family in (0..=255).filter(|family| family >> 4 > 3 || family & 0xf > 2) {
            is_refused(binary(0x21, family, [0; 36]), 14);
        }
    }

    #[test]
    fn a_length_that_is_too_short_for_the_addresses_is_refused_with_its_bytes() {
        for count in 0..36 {
            if count < 12 {
                is_refused(binary(0x21, 0x11, vec![0; count]), 16);
            }
            is_refused(binary(0x21, 0x21, vec![0; count]), 16);
        }
        // Also if what follows would do.
        is_refused([binary(0x21, 0x11, [1; 11]), vec![1; 100]].concat(), 16);
    }

    #[test]
    fn a_header_has_a_size_and_none_beyond_it_is_waited_for() {
        assert_eq!(MAX_PROXY_HEADER, 4096);
        let [v4, _] = ends(&mut Seed::new());
        let mut block = packed(v4);
        block.resize(MAX_PROXY_HEADER - 16, 0);
        let longest = binary(0x21, 0x11, &block);
        let found = |count: usize| ProxyHeader::parse(&longest[..count]);
        assert_eq!(found(16), Ok(None));
        assert_eq!(found(4095), Ok(None));
        let right = ProxyHeader { length: 4096, addresses: Some(v4) };
        assert_eq!(found(4096), Ok(Some(right)));
        block.push(0);
        for command in [0x20, 0x21] {
            is_refused(&binary(command, 0x11, &block)[..40], 16);
            is_refused([SIGNATURE, &[command, 0, 0xff, 0xff]].concat(), 16);
        }
    }

    #[test]
    fn hostile_bytes_are_judged_once_and_for_all() {
        let mut seed = Seed::new();
        for _ in 0..300 {
            let [v4, v6] = ends(&mut seed);
            let mut bytes = match seed.number(0..=3) {
                0 => line(v4).into_bytes(),
                1 => line(v6).into_bytes(),
                2 => binary(0x21, 0x11, packed(v4)),
                _ => binary(0x21, 0x21, packed(v6)),
            };
            for _ in 0..seed.number(0..=3) {
                let place = seed.number(0..=bytes.len() - 1);
                bytes[place] = seed.number(0..=255) as u8;
            }
            bytes.extend(BEHIND);
            let mut before = Ok(None);
            for count in 0..=bytes.len() {
                let found = ProxyHeader::parse(&bytes[..count]);
                let shown = bytes[..count].escape_ascii();
                match &before {
                    Ok(None) => {}
                    Ok(Some(_)) => assert_eq!(found, before, "at first, of \"{shown}\""),
                    Err(_) => assert!(found.is_err(), "a moment ago it was none: \"{shown}\""),
                }
                if let Ok(Some(header)) = &found {
                    assert!(header.length <= count, "it has more than there is: \"{shown}\"");
                }
                before = found;
            }
        }
    }
}

mod retry_budget {
    use ch20::{RetryBudget, RetryRules};
    use mock::Seed;
    use std::time::{Duration, Instant};

    /// A budget, and a clock that begins with it.
    struct Scene {
        budget: RetryBudget,
        begin: Instant,
    }

    impl Scene {
        fn new(percent: u32, per_second: u32) -> Self {
            let begin = Instant::now();
            let budget = RetryBudget::new(RetryRules { percent, per_second }, begin);
            Self { budget, begin }
        }

        /// A fifth, and 3 in each second.
        fn usual() -> Self {
            let RetryRules { percent, per_second } = RetryRules::default();
            Self::new(percent, per_second)
        }

        fn at(&self, milliseconds: u64) -> Instant {
            self.begin + Duration::from_millis(milliseconds)
        }

        fn sends(&mut self, milliseconds: u64, count: usize) {
            let now = self.at(milliseconds);
            (0..count).for_each(|_| self.budget.sent(now));
        }

        /// How many of so many may be sent again.
        fn resends(&mut self, milliseconds: u64, count: usize) -> usize {
            let now = self.at(milliseconds);
            (0..count).filter(|_| self.budget.may_resend(now)).count()
        }

        /// All that may be sent again now.
        fn exhausts(&mut self, milliseconds: u64) -> usize {
            self.resends(milliseconds, 2000)
        }
    }

    #[test]
    fn a_fifth_of_the_requests_may_be_sent_again() {
        let mut scene = Scene::usual();
        let fifths = Seed::new().number(31..=300);
        scene.sends(0, 5 * fifths);
        assert_eq!(scene.exhausts(999), fifths);
    }

    #[test]
    fn a_part_of_one_is_none() {
        let mut scene = Scene::usual();
        scene.sends(0, 159);
        assert_eq!(scene.exhausts(0), 31);
        scene.sends(0, 1);
        assert_eq!(scene.exhausts(0), 1);
    }

    #[test]
    fn thirty_in_ten_seconds_may_always_be_and_are_not_added() {
        assert_eq!(Scene::usual().exhausts(0), 30);
        for (requests, granted) in [(1, 30), (100, 30), (150, 30), (155, 31), (500, 100)] {
            let mut scene = Scene::usual();
            scene.sends(0, requests);
            assert_eq!(scene.exhausts(0), granted, "of {requests} requests");
        }
    }

    #[test]
    fn what_was_granted_is_granted_once() {
        let mut scene = Scene::usual();
        scene.sends(0, 500);
        assert_eq!(scene.resends(100, 40), 40);
        assert_eq!(scene.resends(200, 60), 60);
        assert_eq!(scene.resends(300, 60), 0);
        // New requests bring new ones.
        scene.sends(400, 50);
        assert_eq!(scene.exhausts(500), 10);
    }

    #[test]
    fn a_refusal_costs_nothing_and_a_repetition_buys_nothing() {
        let mut scene = Scene::usual();
        scene.sends(0, 1000);
        assert_eq!(scene.exhausts(0), 200);
        assert_eq!(scene.exhausts(0), 0);
        scene.sends(0, 50);
        assert_eq!(scene.exhausts(0), 10);
    }

    #[test]
    fn after_ten_seconds_a_request_buys_nothing_any_more() {
        // In its own second and the nine that follow it, whenever in that second it was.
        for sent in [0, 500, 999] {
            let mut scene = Scene::usual();
            scene.sends(sent, 1000);
            assert_eq!(scene.resends(9_999, 100), 100, "sent at {sent}");
            // Of these 100 all are still counted, and the minimum is 30.
            assert_eq!(scene.exhausts(10_000), 0, "sent at {sent}");
        }
    }

    #[test]
    fn after_ten_seconds_a_repetition_is_forgotten() {
        for granted in [0, 500, 999] {
            let mut scene = Scene::usual();
            assert_eq!(scene.exhausts(granted), 30);
            assert_eq!(scene.exhausts(9_999), 0, "granted at {granted}");
            assert_eq!(scene.exhausts(10_000), 30, "granted at {granted}");
            assert_eq!(scene.exhausts(19_999), 0);
            assert_eq!(scene.exhausts(20_000), 30);
        }
    }

    #[test]
    fn each_second_is_forgotten_for_itself() {
        let mut seed = Seed::new();
        let mut scene = Scene::new(100, 0);
        let counts: Vec<_> = (0..10).map(|_| seed.number(1..=50)).collect();
        for (second, count) in counts.iter().enumerate() {
            scene.sends(second as u64 * 1000, *count);
        }
        let total: usize = counts.iter().sum();
        for second in 0..10 {
            let mut scene = Scene { budget: scene.budget.clone(), ..scene };
            let gone: usize = counts[..=second].iter().sum();
            let now = 10_000 + second as u64 * 1000;
            assert_eq!(scene.exhausts(now), total - gone, "at {now}");
        }
    }

    #[test]
    fn the_first_second_begins_when_the_budget_is_made() {
        let begin = Instant::now();
        let made = begin + Duration::from_millis(Seed::new().number(1..=999) as u64);
        let mut budget = RetryBudget::new(RetryRules { percent: 100, per_second: 0 }, made);
        budget.sent(made);
        let mut early = budget.clone();
        assert!(early.may_resend(made + Duration::from_millis(9_999)));
        assert!(!budget.may_resend(made + Duration::from_secs(10)));
    }

    #[test]
    fn a_pause_of_any_length_ends_with_nothing_but_the_minimum() {
        // The last one is three thousand years: who counts through them does not come to an end.
        for seconds in [10, 11, 19, 20, 25, 3_600, 100_000_000_000] {
            let mut scene = Scene::usual();
            for second in 0..10 {
                scene.sends(second * 1000, 100);
            }
            assert_eq!(scene.exhausts(9_000), 200);
            assert_eq!(scene.exhausts(9_000 + seconds * 1000), 30, "after {seconds} s");
        }
    }

    #[test]
    fn time_does_not_run_back() {
        let mut scene = Scene::new(100, 0);
        scene.sends(15_000, 10);
        // As if it were now.
        scene.sends(2_000, 10);
        assert_eq!(scene.resends(0, 5), 5);
        assert_eq!(scene.exhausts(24_999), 15);
        scene.sends(24_999, 7);
        assert_eq!(scene.exhausts(25_000), 0, "15 were granted at 24 s, for 7 that are left");
        assert_eq!(scene.exhausts(34_000), 7 - 7);
    }

    #[test]
    fn the_rules_may_be_others() {
        let mut seed = Seed::new();
        for _ in 0..20 {
            let (percent, per_second) = (seed.number(0..=120), seed.number(0..=9));
            let requests = seed.number(0..=1000);
            let mut scene = Scene::new(percent as u32, per_second as u32);
            scene.sends(0, requests);
            let granted = (requests * percent / 100).max(10 * per_second);
            let rules = format!("{percent} percent and {per_second} a second of {requests}");
            assert_eq!(scene.exhausts(0), granted, "{rules}");
        }
        let mut none = Scene::new(0, 0);
        none.sends(0, 1000);
        assert_eq!(none.exhausts(0), 0);
        let mut all = Scene::new(u32::MAX, u32::MAX);
        all.sends(0, 1000);
        assert_eq!(all.exhausts(0), 2000);
    }

    #[test]
    fn a_storm_is_a_fifth_more_and_not_three_times_as_much() {
        let mut seed = Seed::new();
        let mut scene = Scene::usual();
        let (mut requests, mut again) = (0, 0);
        // Each request fails, and would be sent three times.
        for second in 0..60 {
            let count = seed.number(200..=400);
            for place in 0..count {
                let now = second * 1000 + (place * 999 / count) as u64;
                scene.sends(now, 1);
                again += scene.resends(now, 2);
            }
            requests += count;
        }
        assert!(again * 5 <= requests + 5 * 30, "{again} repetitions of {requests} requests");
        assert!(again * 6 >= requests, "{again} repetitions of {requests} requests are too few");
    }

    /// Two lists, and a look at each of their entries: slow, and easily seen to be right.
    #[test]
    fn it_grants_what_a_list_of_all_that_happened_would() {
        let mut seed = Seed::new();
        for _ in 0..20 {
            let (percent, per_second) = (seed.number(0..=60) as u32, seed.number(0..=2) as u32);
            let mut scene = Scene::new(percent, per_second);
            let (mut sent, mut granted) = (Vec::new(), Vec::new());
            let mut now = 0;
            for _ in 0..300 {
                now += seed.pick(&[0, 0, 1, 50, 400, 1000, 3500]) * seed.number(0..=2) as u64;
                if seed.number(0..=3) > 0 {
                    let count = seed.number(1..=8);
                    scene.sends(now, count);
                    sent.extend(vec![now / 1000; count]);
                    continue;
                }
                let recent =
                    |all: &[u64]| all.iter().filter(|second| *second + 10 > now / 1000).count();
                let share = recent(&sent) * percent as usize / 100;
                let may = recent(&granted) < share.max(10 * per_second as usize);
                assert_eq!(scene.resends(now, 1) == 1, may, "at {now} ms");
                if may {
                    granted.push(now / 1000);
                }
            }
        }
    }
}
