//! What chapter 16 promises.

use ch16::{Executor, Mio};
use std::time::Duration;

#[test]
fn a_sleep_ends_when_its_time_has_come() {
    let mut executor = Executor::new(Mio::new().unwrap());
    let clock = executor.handle().clock().clone();
    let begin = clock.now();
    let slept = executor.run(async move {
        clock.sleep(Duration::from_millis(5)).await;
        clock.now() - begin
    });
    assert!(slept.unwrap() >= Duration::from_millis(5));
}
