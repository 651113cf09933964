use crate::reason;
use crate::refusal::XML;

/// The document of a 207: for each address, what became of its properties (RFC 4918 section 13). It
/// is written piece by piece, and need not be in memory at once.
#[derive(Debug)]
pub struct MultiStatus(String);

impl MultiStatus {
    /// Its beginning.
    pub fn begin() -> Self {
        Self(format!("{XML}<D:multistatus xmlns:D=\"DAV:\">\n"))
    }

    /// Adds what is said of an address, which is escaped for XML: for each status the elements of
    /// the properties that have it, which may be none.
    pub fn add(&mut self, href: &str, outcomes: &[(u16, String)]) {
        self.0.extend(["<D:response><D:href>", href, "</D:href>"]);
        let is_first = |place| place == 0;
        for (place, (status, properties)) in outcomes.iter().enumerate() {
            // One there must be, even if it says of nothing that it went well.
            if is_first(place) || !properties.is_empty() {
                self.0.extend(["<D:propstat><D:prop>", properties, "</D:prop>"]);
                let status = format!("{status} {}", reason(*status));
                self.0.extend(["<D:status>HTTP/1.1 ", &status, "</D:status></D:propstat>"]);
            }
        }
        self.0 += "</D:response>\n";
    }

    /// What was written since this was called last.
    pub fn take(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.0).into_bytes()
    }

    /// How many bytes that would be.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds the end.
    pub fn end(&mut self) {
        self.0 += "</D:multistatus>\n";
    }
}
