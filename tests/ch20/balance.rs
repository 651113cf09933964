//! Who is asked.

use super::simulated::address;
use ch20::{Balance, Candidate, Method};
use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

fn candidates(weights: &[u32]) -> Vec<Candidate> {
    let candidate =
        |(address, &weight)| Candidate { address, weight, active: 0, is_available: true };
    (1..).map(address).zip(weights).map(candidate).collect()
}

/// The servers that are chosen one after the other, as letters; `-` for nobody.
fn letters(balance: &mut Balance, candidates: &[Candidate], count: usize) -> String {
    let letter = |place: Option<usize>| place.map_or('-', |place| char::from(b'a' + place as u8));
    (0..count).map(|_| letter(balance.pick(candidates, None))).collect()
}

fn client(number: u32) -> IpAddr {
    Ipv4Addr::from_bits(0xc000_0200 + number).into()
}

const METHODS: [Method; 3] = [Method::RoundRobin, Method::LeastConnections, Method::ClientAddress];

#[test]
fn with_equal_weights_each_has_its_turn() {
    let mut balance = Balance::new(Method::RoundRobin);
    assert_eq!(letters(&mut balance, &candidates(&[1, 1, 1]), 7), "abcabca");
    let mut balance = Balance::new(Method::RoundRobin);
    assert_eq!(letters(&mut balance, &candidates(&[4, 4]), 4), "abab");
    let mut balance = Balance::new(Method::RoundRobin);
    assert_eq!(letters(&mut balance, &candidates(&[3]), 3), "aaa");
}

#[test]
fn a_heavy_one_comes_often_and_not_all_at_once() {
    let mut balance = Balance::new(Method::RoundRobin);
    assert_eq!(letters(&mut balance, &candidates(&[5, 1, 1]), 14), "aabacaaaabacaa");
}

#[test]
fn in_a_long_run_each_comes_exactly_as_often_as_its_weight_says() {
    let weights = [7, 1, 1000, 3, 20];
    let sum: u32 = weights.iter().sum();
    let mut balance = Balance::new(Method::RoundRobin);
    let candidates = candidates(&weights);
    let mut counts = [0; 5];
    for _ in 0..3 * sum {
        counts[balance.pick(&candidates, None).unwrap()] += 1;
    }
    assert_eq!(counts, weights.map(|weight| 3 * weight));
}

#[test]
fn who_is_not_available_is_passed_over_and_has_its_turns_when_it_is_back() {
    let mut balance = Balance::new(Method::RoundRobin);
    let mut all = candidates(&[1, 1, 1]);
    let before = letters(&mut balance, &all, 1);
    all[1].is_available = false;
    let without = before + &letters(&mut balance, &all, 5);
    assert_eq!(["a", "b", "c"].map(|letter| without.matches(letter).count()), [3, 0, 3]);
    all[1].is_available = true;
    // It was away, and is owed nothing for that: it does not get all that comes now.
    let after = letters(&mut balance, &all, 6);
    for letter in ['a', 'b', 'c'] {
        assert_eq!(after.matches(letter).count(), 2, "{after}");
    }
}

#[test]
fn if_nobody_is_available_nobody_is_chosen_by_any_method() {
    for method in METHODS {
        let mut balance = Balance::new(method);
        let mut all = candidates(&[1, 5]);
        all.iter_mut().for_each(|one| one.is_available = false);
        assert_eq!(balance.pick(&all, Some(client(1))), None);
        assert_eq!(letters(&mut balance, &all, 2), "--");
        assert_eq!(balance.pick(&[], Some(client(1))), None);
        all[1].is_available = true;
        assert_eq!(balance.pick(&all, Some(client(1))), Some(1), "{method:?}");
    }
}

#[test]
fn the_one_with_the_fewest_requests_is_asked() {
    let mut balance = Balance::new(Method::LeastConnections);
    let mut all = candidates(&[1, 1, 1]);
    for (active, expected) in
        [([1, 0, 2], "bbb"), ([3, 9, 2], "ccc"), ([0, 1, 1], "aaa"), ([5, 5, 4], "ccc")]
    {
        for (one, active) in all.iter_mut().zip(active) {
            one.active = active;
        }
        assert_eq!(letters(&mut balance, &all, 3), expected);
    }
}

#[test]
fn who_takes_more_may_have_more_requests() {
    let mut balance = Balance::new(Method::LeastConnections);
    let mut all = candidates(&[4, 1]);
    // Four of weight 4 are as much as one of weight 1, and three are less.
    for (active, expected) in [([3, 1], "aa"), ([5, 1], "bb"), ([7, 2], "aa"), ([0, 0], "aa")] {
        (all[0].active, all[1].active) = (active[0], active[1]);
        assert_eq!(letters(&mut balance, &all, 2), expected, "{active:?}");
    }
    // A request more or less is not lost in a division.
    let mut all = candidates(&[1000, 999]);
    (all[0].active, all[1].active) = (500, 500);
    assert_eq!(letters(&mut balance, &all, 3), "aaa");
    // The numbers may be large.
    let mut all = candidates(&[u32::MAX, u32::MAX]);
    (all[0].active, all[1].active) = (70_000, 69_999);
    assert_eq!(letters(&mut balance, &all, 3), "bbb");
}

#[test]
fn of_those_that_have_equally_few_each_has_its_turn() {
    let mut balance = Balance::new(Method::LeastConnections);
    let mut all = candidates(&[1, 1, 1]);
    all[1].active = 1;
    assert_eq!(letters(&mut balance, &all, 4), "acac");
    let mut balance = Balance::new(Method::LeastConnections);
    assert_eq!(letters(&mut balance, &candidates(&[5, 1, 1]), 7), "aabacaa");
}

#[test]
fn of_the_fewest_only_those_count_who_are_available() {
    let mut balance = Balance::new(Method::LeastConnections);
    let mut all = candidates(&[1, 1, 1]);
    all[0].is_available = false;
    (all[1].active, all[2].active) = (2, 2);
    assert_eq!(letters(&mut balance, &all, 4), "bcbc");
}

#[test]
fn a_client_comes_to_the_same_one_each_time_whoever_else_came() {
    let all = candidates(&[1, 1, 1, 1]);
    let mut first = Balance::new(Method::ClientAddress);
    let chosen: Vec<_> = (0..200).map(|number| first.pick(&all, Some(client(number)))).collect();
    // Another proxy, and in another order, comes to the same.
    let mut second = Balance::new(Method::ClientAddress);
    for number in (0..200).rev() {
        assert_eq!(second.pick(&all, Some(client(number))), chosen[number as usize]);
    }
    // How much they have to do changes nothing.
    let mut busy = all.clone();
    (0..4).for_each(|place| busy[place].active = place);
    for number in 0..200 {
        assert_eq!(second.pick(&busy, Some(client(number))), chosen[number as usize]);
    }
}

#[test]
fn which_one_a_client_comes_to_depends_on_addresses_and_not_on_places() {
    let all = candidates(&[1, 2, 3, 1]);
    let reversed: Vec<_> = all.iter().copied().rev().collect();
    let mut balance = Balance::new(Method::ClientAddress);
    for number in 0..200 {
        let here = balance.pick(&all, Some(client(number))).unwrap();
        let there = balance.pick(&reversed, Some(client(number))).unwrap();
        assert_eq!(all[here].address, reversed[there].address);
    }
}

#[test]
fn if_one_drops_out_its_clients_alone_go_elsewhere_and_not_all_to_the_same() {
    let mut all = candidates(&[1, 1, 1, 1]);
    let mut balance = Balance::new(Method::ClientAddress);
    let mut pick = |all: &[Candidate], number| balance.pick(all, Some(client(number))).unwrap();
    let before: Vec<_> = (0..400).map(|number| pick(&all, number)).collect();
    all[2].is_available = false;
    let mut gone_to = BTreeMap::new();
    for (number, &place) in before.iter().enumerate() {
        let now = pick(&all, number as u32);
        match place {
            2 => *gone_to.entry(now).or_insert(0) += 1,
            _ => assert_eq!(now, place),
        }
    }
    assert!(gone_to.len() == 3 && gone_to.values().all(|&count| count > 10), "{gone_to:?}");
    // And when it is back, they are.
    all[2].is_available = true;
    for (number, &place) in before.iter().enumerate() {
        assert_eq!(pick(&all, number as u32), place);
    }
}

#[test]
fn clients_spread_as_the_weights_say() {
    for weights in [[1, 1, 1, 1], [3, 1, 1, 1], [1, 2, 3, 4], [1, 1, 1, 1000]] {
        let all = candidates(&weights);
        let mut balance = Balance::new(Method::ClientAddress);
        let mut counts = [0; 4];
        for number in 0..4000 {
            counts[balance.pick(&all, Some(client(number))).unwrap()] += 1;
        }
        let sum: u32 = weights.iter().sum();
        for (count, weight) in counts.into_iter().zip(weights) {
            // The draw is the same each time, so this is no matter of luck: 5 standard deviations.
            let expected = 4000.0 * f64::from(weight) / f64::from(sum);
            let off = (f64::from(count) - expected).abs();
            assert!(off <= 5.0 * expected.sqrt() + 1.0, "{weights:?}: {counts:?}");
        }
    }
}

#[test]
fn a_client_has_one_address_in_whichever_form_it_is_written() {
    let all = candidates(&[1; 8]);
    let mut balance = Balance::new(Method::ClientAddress);
    for number in 0..50 {
        let IpAddr::V4(old) = client(number) else { unreachable!() };
        let mapped = Some(old.to_ipv6_mapped().into());
        assert_eq!(balance.pick(&all, mapped), balance.pick(&all, Some(old.into())));
    }
    let new = |last| Some(Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, last).into());
    let chosen: Vec<_> = (0..50).map(|last| balance.pick(&all, new(last)).unwrap()).collect();
    assert!((0..8).all(|place| chosen.contains(&place)), "{chosen:?}");
}

#[test]
fn who_has_no_address_is_served_in_turns() {
    let mut balance = Balance::new(Method::ClientAddress);
    assert_eq!(letters(&mut balance, &candidates(&[5, 1, 1]), 7), "aabacaa");
}

#[test]
fn by_turns_and_by_load_the_address_does_not_matter() {
    for method in [Method::RoundRobin, Method::LeastConnections] {
        let mut balance = Balance::new(method);
        let all = candidates(&[1, 1]);
        let chosen: Vec<_> = (0..4).map(|_| balance.pick(&all, Some(client(1))).unwrap()).collect();
        assert_eq!(chosen, [0, 1, 0, 1]);
    }
}
