/// `word`, twice.
pub fn second(word: &str) -> String {
    word.repeat(2)
}
