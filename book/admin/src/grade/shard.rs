//! A class in parts, each graded on a machine of its own.

use anyhow::{Context, ensure};
use std::fmt;
use std::str::FromStr;

/// The most parts of a class.
const MOST: usize = 10_000;

/// A part of a class: `2/4` is the second of four.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    /// Which part, from 1.
    pub number: usize,
    /// How many parts there are.
    pub count: usize,
}

impl Shard {
    /// Those of all names, in their order, that are in this part: every `count`th. It is the
    /// same on every machine, and parts differ by one at most in how many they are.
    pub fn of<T>(self, all: &[T]) -> impl Iterator<Item = &T> {
        all.iter().skip(self.number - 1).step_by(self.count)
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, form: &mut fmt::Formatter) -> fmt::Result {
        write!(form, "{}/{}", self.number, self.count)
    }
}

impl FromStr for Shard {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parts = text.split_once('/');
        let parts = parts.and_then(|(one, all)| Some((one.parse().ok()?, all.parse().ok()?)));
        let (number, count) = parts.with_context(|| format!("{text} is no part such as 2/4"))?;
        ensure!(
            1 <= number && number <= count && count <= MOST,
            "there is no part {text}: the first of four is 1/4, and the last 4/4"
        );
        Ok(Self { number, count })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_a_whole_and_none_is_much_larger() {
        for (people, count) in [(0, 3), (1, 3), (2, 3), (10, 3), (60, 7), (5, 1)] {
            let all: Vec<_> = (0..people).collect();
            let mut seen = Vec::new();
            for number in 1..=count {
                let own: Vec<_> = Shard { number, count }.of(&all).copied().collect();
                assert!(own.len() >= people / count && own.len() <= people.div_ceil(count));
                seen.extend(own);
            }
            seen.sort_unstable();
            assert_eq!(seen, all);
        }
    }

    #[test]
    fn what_is_no_part_is_told() {
        assert_eq!("2/4".parse::<Shard>().unwrap(), Shard { number: 2, count: 4 });
        for text in ["0/4", "5/4", "1/0", "1/100000"] {
            assert!(text.parse::<Shard>().unwrap_err().to_string().contains("the last 4/4"));
        }
        for text in ["", "1", "1/", "/4", "a/b", "-1/4", "1/4/4"] {
            assert!(text.parse::<Shard>().unwrap_err().to_string().contains("is no part such as"));
        }
    }
}
