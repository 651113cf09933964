use crate::HttpError;

/// The field `If` of a request (RFC 4918 section 10.4): lists of conditions, of which one has to
/// hold.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct IfHeader {
    /// Each with the address that it is about; `None` for that of the request. In a list all
    /// conditions hold, or it does not.
    pub lists: Vec<(Option<String>, Vec<Condition>)>,
}

/// What may hold for a file or folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Condition {
    /// A lock with this token holds for it; or if the first is true, none does.
    Token(bool, String),
    /// Its tag, with the quotes, is this one; or if the first is true, it is not.
    Tag(bool, String),
}

impl IfHeader {
    /// Reads the value of the field, as in `</a> (<urn:uuid:1> ["tag"]) (Not <DAV:no-lock>)`. What
    /// is no such value is 400: a condition that was not understood must not count as one that
    /// holds.
    pub fn parse(value: &str) -> Result<Self, HttpError> {
        // An address stands before one list, or before several, which all are about it. Either all
        // lists have an address or none has.
        todo!("what is the next list about? what stands in it? and is anything else there?")
    }

    /// All tokens that it names. Who names one shows that he has it (RFC 4918 section 7.5),
    /// whatever else becomes of the list.
    pub fn tokens(&self) -> impl Iterator<Item = &str> {
        let conditions = self.lists.iter().flat_map(|(_, list)| list);
        conditions.filter_map(|condition| match condition {
            Condition::Token(..) => todo!("does it matter what is said of it?"),
            Condition::Tag(..) => None,
        })
    }
}

/// The address up to the `>`, and what is behind it; `None` if it is none. A token is one, too.
fn parse_address(text: &str) -> Option<(&str, &str)> {
    let (address, behind) = text.split_once('>')?;
    let is_one = !address.is_empty() && !address.contains(|c: char| c == '<' || c.is_whitespace());
    is_one.then_some((address, behind))
}

/// The conditions up to the `)`, and what is behind it; `None` if it is something else.
fn parse_list(list: &str) -> Option<(Vec<Condition>, &str)> {
    // There is one at least. `Not` may be in whatever case. A token is behind `<`, a tag behind
    // `[`; a tag may have a bracket in it, and no quote but its own.
    todo!("is it negated? a token, or a tag? what follows it? and was there any?")
}
