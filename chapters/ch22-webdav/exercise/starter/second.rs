/// `word`, twice.
pub fn second(word: &str) -> String {
    todo!("how does one write it twice?")
}
