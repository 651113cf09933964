//! Values that are different in each run, and can be had again.

use std::env;
use std::ops::RangeInclusive;
use std::thread;

/// Where tests get values that nobody can have written into the code under test.
///
/// The values of a run follow from one number. It is `MOCK_SEED` of the environment, or
/// else made up anew; if the test panics, a line on standard error tells it.
///
/// ```
/// use mock::Seed;
///
/// let mut seed = Seed::of(7);
/// let (word, number) = (seed.word(), seed.number(1..=6));
/// let mut again = Seed::of(7);
/// assert_eq!((word, number), (again.word(), again.number(1..=6)));
/// ```
#[derive(Debug)]
pub struct Seed {
    number: u64,
    random: fastrand::Rng,
}

impl Seed {
    /// The values of this run.
    ///
    /// # Panics
    ///
    /// If `MOCK_SEED` is no number.
    #[expect(clippy::new_without_default, reason = "a default would not be the same each time")]
    pub fn new() -> Seed {
        Seed::of(match env::var("MOCK_SEED") {
            Ok(text) => text.parse().expect("MOCK_SEED is a number, as in MOCK_SEED=7"),
            // A few digits, since somebody may have to type them.
            Err(_) => fastrand::u64(..1_000_000),
        })
    }

    /// The values that follow from `number`.
    pub fn of(number: u64) -> Seed {
        Seed { number, random: fastrand::Rng::with_seed(number) }
    }

    /// A number in `range`.
    pub fn number(&mut self, range: RangeInclusive<usize>) -> usize {
        self.random.usize(range)
    }

    /// So many bytes, of any value.
    pub fn bytes(&mut self, count: usize) -> Vec<u8> {
        std::iter::repeat_with(|| self.random.u8(..)).take(count).collect()
    }

    /// A word of 4 to 10 letters from a to z.
    pub fn word(&mut self) -> String {
        let letters = self.number(4..=10);
        std::iter::repeat_with(|| self.random.lowercase()).take(letters).collect()
    }

    /// So many words, no two of them the same.
    pub fn words(&mut self, count: usize) -> Vec<String> {
        let mut words: Vec<String> = Vec::new();
        while words.len() < count {
            let word = self.word();
            if !words.contains(&word) {
                words.push(word);
            }
        }
        words
    }

    /// One of `choices`.
    ///
    /// # Panics
    ///
    /// If there is none.
    pub fn pick<T: Clone>(&mut self, choices: &[T]) -> T {
        choices[self.random.usize(..choices.len())].clone()
    }
}

impl Drop for Seed {
    fn drop(&mut self) {
        if thread::panicking() {
            let number = self.number;
            eprintln!("this was seed {number}: MOCK_SEED={number} in the environment repeats it");
        }
    }
}
