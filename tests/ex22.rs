//! What the extensions of chapter 22 promise.

use ch22::{first, second};
use mock::Seed;

mod first {
    use super::*;

    #[test]
    fn what_is_said_comes_back_twice() {
        let word = Seed::new().word();
        assert_eq!(first(&word), format!("{word}{word}"));
    }
}

mod second {
    use super::*;

    #[test]
    fn what_is_said_comes_back_twice() {
        let word = Seed::new().word();
        assert_eq!(second(&word), format!("{word}{word}"));
    }
}
