//! Eight large numbers, tested for being prime by one worker and by as many as there are cores.

use anyhow::Result;
use ch14::Pool;
use std::thread;
use std::time::Instant;

/// The first one is the product of two primes that are nearly equal.
const NUMBERS: [u64; 8] = [
    999_998_950_017_311,
    1_000_000_000_000_037,
    1_000_000_000_000_091,
    1_000_000_000_000_159,
    1_000_000_000_000_187,
    1_000_000_000_000_201,
    1_000_000_000_000_223,
    1_000_000_000_000_241,
];

fn main() -> Result<()> {
    let cores = thread::available_parallelism()?.get();
    test_all(1)?;
    test_all(cores)
}

/// Tests all numbers, and prints what came out in their order.
fn test_all(workers: usize) -> Result<()> {
    println!("{workers} worker(s):");
    let begun = Instant::now();
    thread::scope(|scope| {
        let pool = Pool::new(scope, workers, NUMBERS.len())?;
        let handles = NUMBERS.map(|number| (number, pool.submit(move || is_prime(number))));
        for (number, handle) in handles {
            println!("  {number} {}", if handle.join()? { "is prime" } else { "is not prime" });
        }
        anyhow::Ok(())
    })?;
    println!("  {:.2} s", begun.elapsed().as_secs_f64());
    Ok(())
}

/// Tries all odd divisors up to the root.
fn is_prime(number: u64) -> bool {
    number == 2
        || (number > 2
            && !number.is_multiple_of(2)
            && (3..=number.isqrt()).step_by(2).all(|divisor| !number.is_multiple_of(divisor)))
}
