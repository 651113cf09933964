// Proof that a test was run to its end, and that it was the test harness which said so.
//
// `grade` starts each test in a process of its own, between these two, and `cargo workbook check`
// some together.
// The harness runs tests in the order of their names: the first one takes a word from the
// standard input, which was made up for this run, and the last one fails with it. A program that
// leaves early (`std::process::exit(0)`), or prints `ok` by itself, does not come there. And
// while the test runs that is judged, the word is in no file, no variable and no input any more,
// but in a private `static` alone. Run by hand, without such a word, both pass.
//
// This file is included at the top of a test program, and not a module of it.

mod a_word {
    use std::sync::OnceLock;

    static WORD: OnceLock<String> = OnceLock::new();

    #[test]
    fn is_taken() {
        if let Some(word) = mock::given_word() {
            let _ = WORD.set(word); // it is given once
        }
    }

    /// The word, for whoever can prove to be at the end.
    pub fn at_the_end(_: &super::the_end::Proof) -> Option<&'static str> {
        WORD.get().map(String::as_str)
    }
}

mod the_end {
    /// Nobody else can make one.
    pub struct Proof(());

    #[test]
    fn is_reached() {
        if let Some(word) = super::a_word::at_the_end(&Proof(())) {
            panic!("the last word is {word}");
        }
    }
}
