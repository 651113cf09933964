use crate::HttpError;

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
        todo!("field by field; and how many are too many?")
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
        todo!("which go, which stay, and in which order?")
    }
}

impl std::fmt::Display for Form {
    /// As it is sent: every byte but letters, digits and `-._*` is escaped, and a space is `+`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        todo!("what stands between two fields, and what in the middle of each?")
    }
}

fn encode(text: &str) -> String {
    todo!("byte by byte: a space, a plain one, any other?")
}

fn decode(text: &str) -> String {
    todo!("what does a plus mean, and what a percent sign without two digits?")
}
