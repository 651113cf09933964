//! Text as HTML.

/// Text for a page: `<`, `>`, `&` and `"` lose their meaning.
pub fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
