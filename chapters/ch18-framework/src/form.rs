use crate::{HttpError, percent_decode};

/// The most fields that a form may have.
pub const MAX_FORM_FIELDS: usize = 1000;

/// Fields with names and values, as a form sends them or as they stand behind the `?` of an
/// address: `application/x-www-form-urlencoded`. A name may be repeated.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Form(Vec<(String, String)>);

impl Form {
    /// Reads `name=value&name=value`; `+` is a space.
    ///
    /// What is no UTF-8 becomes U+FFFD, and a `%` without two digits stands for itself, as the
    /// [URL standard](https://url.spec.whatwg.org/#urlencoded-parsing) has it. More than
    /// [`MAX_FORM_FIELDS`] are 413.
    pub fn parse(text: &str) -> Result<Self, HttpError> {
        let mut fields = Vec::new();
        for field in text.split('&').filter(|field| !field.is_empty()) {
            if fields.len() == MAX_FORM_FIELDS {
                return Err(HttpError(413));
            }
            let (name, value) = field.split_once('=').unwrap_or((field, ""));
            fields.push((decode(name), decode(value)));
        }
        Ok(Self(fields))
    }

    /// The first value of a field.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.get_all(name).next()
    }

    /// The first value of a field; 400 if it is not there.
    pub fn need(&self, name: &str) -> Result<&str, HttpError> {
        self.get(name).ok_or(HttpError(400))
    }

    /// All values of a field.
    pub fn get_all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.iter().filter(move |(known, _)| *known == name).map(|(_, value)| value)
    }

    /// All fields, in their order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Adds a field.
    pub fn add(&mut self, name: &str, value: &str) {
        self.0.push((name.to_owned(), value.to_owned()));
    }

    /// Takes all fields of a name away, and returns their values.
    pub fn take(&mut self, name: &str) -> Vec<String> {
        let (taken, left) =
            std::mem::take(&mut self.0).into_iter().partition(|(known, _)| known == name);
        self.0 = left;
        let taken: Vec<(String, String)> = taken;
        taken.into_iter().map(|(_, value)| value).collect()
    }
}

impl std::fmt::Display for Form {
    /// As it is sent: every byte but letters, digits and `-._*` is escaped, and a space is `+`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (number, (name, value)) in self.iter().enumerate() {
            let separator = if number == 0 { "" } else { "&" };
            write!(f, "{separator}{}={}", encode(name), encode(value))?;
        }
        Ok(())
    }
}

fn encode(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        match byte {
            b' ' => encoded.push('+'),
            _ if byte.is_ascii_alphanumeric() || b"-._*".contains(&byte) => {
                encoded.push(byte.into())
            }
            _ => encoded += &format!("%{byte:02X}"),
        }
    }
    encoded
}

fn decode(text: &str) -> String {
    let text = text.replace('+', " ");
    // Escape by escape: one that is none stands for itself, and the others are decoded.
    let mut bytes = Vec::new();
    let mut rest = text.as_str();
    while let Some(place) = rest.find('%') {
        bytes.extend(rest[..place].bytes());
        rest = &rest[place..];
        match rest.get(..3).and_then(percent_decode) {
            Some(decoded) => {
                bytes.extend(decoded);
                rest = &rest[3..];
            }
            None => {
                bytes.push(b'%');
                rest = &rest[1..];
            }
        }
    }
    bytes.extend(rest.bytes());
    String::from_utf8_lossy(&bytes).into_owned()
}
