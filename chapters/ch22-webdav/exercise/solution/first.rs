/// `word`, twice.
pub fn first(word: &str) -> String {
    word.repeat(2)
}
