use crate::{HttpError, Request};
use serde::{Deserialize, Serialize};

/// How far below a folder something reaches (RFC 4918 section 10.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Depth {
    /// The folder itself.
    Zero,
    /// And what is in it.
    One,
    /// And all that is below.
    Infinity,
}

impl Depth {
    /// What a request says; `Infinity` if it says nothing, and 400 if it is something else.
    pub fn of(request: &Request) -> Result<Self, HttpError> {
        match request.headers.get("Depth") {
            None => Ok(Self::Infinity),
            Some(b"0") => Ok(Self::Zero),
            Some(b"1") => Ok(Self::One),
            Some(value) if value.eq_ignore_ascii_case(b"infinity") => Ok(Self::Infinity),
            Some(_) => Err(HttpError(400)),
        }
    }
}
