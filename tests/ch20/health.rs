//! When a backend is asked, and when not.

use ch20::{Health, HealthRules};
use std::time::{Duration, Instant};

const SECOND: Duration = Duration::from_secs(1);
const NANO: Duration = Duration::from_nanos(1);

/// Three failures, ten seconds, no checks.
fn rules() -> HealthRules {
    HealthRules::default()
}

fn with_checks() -> HealthRules {
    HealthRules { check: Some("/".into()), ..rules() }
}

/// One that is down since `now`.
fn down(now: Instant, rules: &HealthRules) -> Health {
    let mut health = Health::default();
    for _ in 0..rules.fall {
        assert!(!health.is_down());
        health.failed(now, rules);
    }
    assert!(health.is_down());
    health
}

#[test]
fn the_usual_rules_are_what_they_say() {
    let HealthRules { fall, rest, check, interval, rise } = rules();
    assert_eq!((fall, rest, check, interval, rise), (3, 10 * SECOND, None, 2 * SECOND, 2));
}

#[test]
fn one_of_whom_nothing_is_known_is_asked() {
    for rules in [rules(), with_checks()] {
        let health = Health::default();
        assert!(!health.is_down() && health.is_available(Instant::now(), &rules));
    }
}

#[test]
fn after_so_many_failures_in_a_row_it_is_down_and_that_is_told_once() {
    for rules in [rules(), with_checks(), HealthRules { fall: 1, ..rules() }] {
        let now = Instant::now();
        let mut health = Health::default();
        let told: Vec<_> = (0..5).map(|_| health.failed(now, &rules)).collect();
        let last = rules.fall as usize - 1;
        let expected: Vec<_> = (0..5).map(|number| number == last).collect();
        assert_eq!(told, expected);
        assert!(health.is_down() && !health.is_available(now, &rules));
    }
}

#[test]
fn an_answer_forgives_the_failures_before_it() {
    for rules in [rules(), with_checks()] {
        let now = Instant::now();
        let mut health = Health::default();
        for _ in 0..4 {
            assert!(!health.failed(now, &rules) && !health.failed(now, &rules));
            assert!(health.is_available(now, &rules));
            assert!(!health.answered(&rules), "it was not down");
        }
    }
}

#[test]
fn without_checks_it_rests_and_is_then_tried() {
    let (now, rules) = (Instant::now(), rules());
    let health = down(now, &rules);
    assert!(!health.is_available(now, &rules));
    assert!(!health.is_available(now + 10 * SECOND - NANO, &rules));
    assert!(health.is_available(now + 10 * SECOND, &rules) && health.is_down());
}

#[test]
fn of_those_who_try_it_there_is_one_at_a_time() {
    let (now, rules) = (Instant::now(), rules());
    let mut health = down(now, &rules);
    let later = now + 25 * SECOND;
    health.chosen(later, &rules);
    assert!(!health.is_available(later, &rules));
    assert!(!health.is_available(later + 10 * SECOND - NANO, &rules));
    // Of that one nothing was heard for as long: it may be gone.
    assert!(health.is_available(later + 10 * SECOND, &rules));
}

#[test]
fn who_is_asked_while_it_is_up_may_be_asked_again_at_once() {
    let (now, rules) = (Instant::now(), rules());
    let mut health = Health::default();
    for _ in 0..5 {
        health.chosen(now, &rules);
        assert!(health.is_available(now, &rules));
    }
    assert_eq!(health, Health::default());
}

#[test]
fn a_trial_that_is_answered_raises_it_and_that_is_told() {
    let (now, rules) = (Instant::now(), rules());
    let mut health = down(now, &rules);
    health.chosen(now + 10 * SECOND, &rules);
    assert!(health.answered(&rules));
    assert_eq!(health, Health::default());
    assert!(!health.answered(&rules), "it was up");
    // All failures are forgiven, and so are as many needed as before.
    assert!(!health.failed(now, &rules) && !health.failed(now, &rules));
    assert!(health.failed(now, &rules));
}

#[test]
fn a_trial_that_fails_lets_it_rest_anew_and_once_is_enough() {
    let (now, rules) = (Instant::now(), rules());
    let mut health = down(now, &rules);
    let later = now + 12 * SECOND;
    health.chosen(later, &rules);
    assert!(!health.failed(later + SECOND, &rules), "it was down");
    assert!(health.is_down());
    assert!(!health.is_available(later + 11 * SECOND - NANO, &rules));
    assert!(health.is_available(later + 11 * SECOND, &rules));
}

#[test]
fn with_checks_no_client_tries_it_however_long_it_rests() {
    let (now, rules) = (Instant::now(), with_checks());
    let health = down(now, &rules);
    assert!(!health.is_available(now + 1000 * SECOND, &rules));
}

/// A request that was on its way when it went down.
#[test]
fn with_checks_an_answer_does_not_raise_it() {
    let (now, rules) = (Instant::now(), with_checks());
    let mut health = down(now, &rules);
    assert!(!health.answered(&rules));
    assert!(health.is_down() && !health.is_available(now, &rules));
}

#[test]
fn after_so_many_good_checks_in_a_row_it_is_up_and_that_is_told_once() {
    for rise in 1..4 {
        let (now, rules) = (Instant::now(), HealthRules { rise, ..with_checks() });
        let mut health = down(now, &rules);
        for _ in 1..rise {
            assert!(!health.checked(&rules) && !health.is_available(now, &rules));
        }
        assert!(health.checked(&rules));
        assert_eq!(health, Health::default());
        assert!(!health.checked(&rules) && health.is_available(now, &rules));
    }
}

#[test]
fn a_failure_among_them_and_they_count_from_the_beginning() {
    let (now, rules) = (Instant::now(), with_checks());
    let mut health = down(now, &rules);
    for _ in 0..3 {
        assert!(!health.checked(&rules));
        assert!(!health.failed(now, &rules));
    }
    assert!(!health.checked(&rules) && health.checked(&rules));
}

/// An answer that was late lets it fail from the beginning, but it is down all the same.
#[test]
fn a_late_answer_among_them_changes_nothing() {
    let (now, rules) = (Instant::now(), with_checks());
    let mut health = down(now, &rules);
    assert!(!health.checked(&rules) && !health.answered(&rules));
    assert!(!health.failed(now, &rules) && !health.checked(&rules), "this is the first one");
    assert!(health.checked(&rules));
}

/// A page that is for checks alone may be all that works.
#[test]
fn a_good_check_does_not_forgive_the_failures_of_clients() {
    let (now, rules) = (Instant::now(), with_checks());
    let mut health = Health::default();
    for number in 1..=3 {
        assert!(!health.checked(&rules));
        assert_eq!(health.failed(now, &rules), number == 3);
    }
}

#[test]
fn it_can_fail_as_often_as_it_likes() {
    let (now, rules) = (Instant::now(), HealthRules { fall: u32::MAX, ..rules() });
    let mut health = Health::default();
    for _ in 0..1000 {
        assert!(!health.failed(now, &rules));
    }
    assert!(health.is_available(now, &rules));
}
