//! Who may ask: this machine alone, and of all web pages only the book's own.
//!
//! Two headers decide, since the console can send any bytes to this machine.
//! `Host` must be one of our names: a foreign site can let its own name lead to
//! 127.0.0.1 (DNS rebinding), but its name stays in the header. `Origin`, which a
//! browser sends along with what a page posts, must be ours too.

/// The names under which the book is served on one port.
#[derive(Clone, Debug)]
pub struct Guard {
    hosts: [String; 2],
}

impl Guard {
    /// For a book on `port`.
    pub fn new(port: u16) -> Self {
        let name = |host: &str| match port {
            80 => host.to_owned(), // the port of http, which browsers leave out
            port => format!("{host}:{port}"),
        };
        Self { hosts: [name("127.0.0.1"), name("localhost")] }
    }

    /// Whether a request with these header fields may be answered.
    pub fn admits(&self, host: Option<&str>, origin: Option<&str>) -> bool {
        let known = |name: &str| self.hosts.iter().any(|host| host.eq_ignore_ascii_case(name));
        host.is_some_and(known)
            && origin.is_none_or(|origin| origin.strip_prefix("http://").is_some_and(known))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_own_pages_may_ask() {
        let guard = Guard::new(8000);
        assert!(guard.admits(Some("127.0.0.1:8000"), None));
        assert!(guard.admits(Some("localhost:8000"), Some("http://localhost:8000")));
        assert!(guard.admits(Some("LOCALHOST:8000"), Some("http://127.0.0.1:8000")));
        assert!(Guard::new(80).admits(Some("localhost"), None));
    }

    #[test]
    fn nobody_else_may() {
        let guard = Guard::new(8000);
        for host in
            ["example.org", "example.org:8000", "127.0.0.1", "127.0.0.1:8001", "", "[::1]:8000"]
        {
            assert!(!guard.admits(Some(host), None), "{host}");
        }
        assert!(!guard.admits(None, None));
        for origin in
            ["http://example.org", "null", "https://localhost:8000", "http://localhost:80001"]
        {
            assert!(!guard.admits(Some("localhost:8000"), Some(origin)), "{origin}");
        }
    }
}
