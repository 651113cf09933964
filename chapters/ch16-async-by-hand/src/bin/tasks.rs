//! Tasks by the thousand: each sleeps for a second.

use anyhow::{Context, Result};
use ch16::{Clock, Executor, Mio};
use std::time::{Duration, Instant};
use std::{env, mem};

fn main() -> Result<()> {
    let count: u32 = match env::args_os().nth(1) {
        None => 10_000,
        Some(count) => {
            let number = count.to_str().and_then(|count| count.parse().ok());
            let what = || format!("how many tasks? {} is no number of tasks", count.display());
            number.with_context(what)?
        }
    };
    let mut executor = Executor::new(Mio::new()?);
    let handle = executor.handle().clone();
    executor.run(async move {
        let begun = Instant::now();
        println!("a task has {} bytes", mem::size_of_val(&nap(handle.clock().clone())));
        let naps: Vec<_> = (0..count).map(|_| handle.spawn(nap(handle.clock().clone()))).collect();
        println!("{count} tasks are made after {:.2} s", begun.elapsed().as_secs_f64());
        for nap in naps {
            nap.await.context("a task panicked")?;
        }
        println!("all have slept after {:.2} s", begun.elapsed().as_secs_f64());
        Ok(())
    })?
}

async fn nap(clock: Clock) {
    clock.sleep(Duration::from_secs(1)).await;
}
