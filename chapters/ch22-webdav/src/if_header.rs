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
        let mut rest = value.trim_ascii_start();
        let (mut lists, mut address) = (Vec::new(), None);
        while !rest.is_empty() {
            if let Some(behind) = rest.strip_prefix('<') {
                // Either all lists have an address before them or none has.
                if address.is_none() && !lists.is_empty() {
                    return Err(HttpError(400));
                }
                let (found, behind) = parse_address(behind).ok_or(HttpError(400))?;
                address = Some(found.to_owned());
                rest = behind.trim_ascii_start();
            }
            let behind = rest.strip_prefix('(').ok_or(HttpError(400))?;
            let (conditions, behind) = parse_list(behind).ok_or(HttpError(400))?;
            lists.push((address.clone(), conditions));
            rest = behind.trim_ascii_start();
        }
        match lists.is_empty() {
            true => Err(HttpError(400)),
            false => Ok(Self { lists }),
        }
    }

    /// All tokens that it names. Who names one shows that he has it (RFC 4918 section 7.5),
    /// whatever else becomes of the list.
    pub fn tokens(&self) -> impl Iterator<Item = &str> {
        self.lists.iter().flat_map(|(_, list)| list).filter_map(|condition| match condition {
            Condition::Token(_, token) => Some(token.as_str()),
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
    let (mut rest, mut conditions) = (list.trim_ascii_start(), Vec::new());
    while !rest.starts_with(')') {
        let negated = rest.get(..3).is_some_and(|word| word.eq_ignore_ascii_case("not"));
        if negated {
            rest = rest[3..].trim_ascii_start();
        }
        let condition;
        (condition, rest) = if let Some(behind) = rest.strip_prefix('<') {
            let (token, behind) = parse_address(behind)?;
            (Condition::Token(negated, token.to_owned()), behind)
        } else {
            // A tag may have a bracket in it, and no quote.
            let behind = rest.strip_prefix('[')?;
            let start = behind.find('"')? + 1;
            let end = start + behind[start..].find('"')? + 1;
            if !["\"", "W/\""].contains(&&behind[..start]) {
                return None;
            }
            let tag = behind[..end].to_owned();
            (Condition::Tag(negated, tag), behind[end..].strip_prefix(']')?)
        };
        conditions.push(condition);
        rest = rest.trim_ascii_start();
    }
    (!conditions.is_empty()).then_some((conditions, &rest[1..]))
}
