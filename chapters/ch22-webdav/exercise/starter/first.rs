/// `word`, twice.
pub fn first(word: &str) -> String {
    todo!("how does one write it twice?")
}
