//! How far a download has come, for people.

use ch19::Progress;
use std::time::Duration;

fn bar(bytes: u64, resumed_at: u64, total: Option<u64>, millis: u64, width: usize) -> String {
    Progress { bytes, resumed_at, total, time: Duration::from_millis(millis) }.bar(width)
}

#[test]
fn the_bar_grows_with_the_bytes() {
    for (bytes, shown) in [
        (0, "0 % [    ] 0 B of 400 B, 0 B/s"),
        (1, "0 % [    ] 1 B of 400 B, 1 B/s, 399 s left"),
        (99, "24 % [    ] 99 B of 400 B, 99 B/s, 3 s left"),
        (100, "25 % [#   ] 100 B of 400 B, 100 B/s, 3 s left"),
        (200, "50 % [##  ] 200 B of 400 B, 200 B/s, 1 s left"),
        (399, "99 % [### ] 399 B of 400 B, 399 B/s, 0 s left"),
        (400, "100 % [####] 400 B of 400 B, 400 B/s, 0 s left"),
    ] {
        assert_eq!(bar(bytes, 0, Some(400), 1000, 4), shown);
    }
}

#[test]
fn what_was_there_before_counts_for_the_bar_and_not_for_the_speed() {
    assert_eq!(bar(300, 200, Some(400), 1000, 4), "75 % [### ] 300 B of 400 B, 100 B/s, 1 s left");
    // Nothing has come yet: nobody knows how long it will take.
    assert_eq!(bar(200, 200, Some(400), 1000, 4), "50 % [##  ] 200 B of 400 B, 0 B/s");
}

#[test]
fn without_a_total_that_can_be_there_is_no_bar() {
    for total in [None, Some(0), Some(99)] {
        assert_eq!(bar(100, 0, total, 2000, 4), "100 B, 50 B/s");
    }
    assert_eq!(bar(0, 0, None, 0, 4), "0 B, 0 B/s");
    assert_eq!(bar(0, 0, Some(0), 0, 4), "0 B, 0 B/s");
}

#[test]
fn it_may_be_narrow() {
    assert_eq!(bar(50, 0, Some(100), 1000, 0), "50 % [] 50 B of 100 B, 50 B/s, 1 s left");
    assert_eq!(bar(50, 0, Some(100), 1000, 1), "50 % [ ] 50 B of 100 B, 50 B/s, 1 s left");
    assert_eq!(bar(100, 0, Some(100), 1000, 1), "100 % [#] 100 B of 100 B, 100 B/s, 0 s left");
}

#[test]
fn in_no_time_nothing_is_without_end() {
    assert_eq!(bar(100, 0, Some(200), 0, 2), "50 % [# ] 100 B of 200 B, 97.7 KiB/s, 0 s left");
    assert_eq!(bar(0, 0, Some(200), 0, 2), "0 % [  ] 0 B of 200 B, 0 B/s");
}

#[test]
fn sizes_are_for_people() {
    let size = |bytes| bar(bytes, bytes, None, 1000, 0).replace(", 0 B/s", "");
    for (bytes, said) in [
        (1023, "1023 B"),
        (1024, "1.0 KiB"),
        (1536, "1.5 KiB"),
        (1024 * 1024, "1.0 MiB"),
        (3 << 30, "3.0 GiB"),
        (5 << 40, "5.0 TiB"),
        (3000 << 40, "3000.0 TiB"),
    ] {
        assert_eq!(size(bytes), said);
    }
    let largest = u64::MAX;
    assert!(bar(largest, 0, Some(largest), 1000, 3).starts_with("100 % [###] 16777216.0 TiB of "));
}
