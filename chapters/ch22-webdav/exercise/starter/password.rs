use crate::{Request, RequestBody, Response};
use anyhow::Result;
use std::ops::BitXor;

/// Who may come in, by name and password (the scheme `Basic` of RFC 7617).
///
/// The password is in every request, and base64 hides nothing: whoever sees a request can send the
/// next one. So this is for behind TLS, and for `localhost`.
#[derive(Clone)]
pub struct Users {
    // What must be known of each?
}

impl Users {
    /// Nobody yet. `realm` says to people for what a password is wanted: `files`. It is an error if
    /// it has other characters than the printable ones of ASCII.
    pub fn new(realm: &str) -> Result<Self> {
        todo!("which characters may it have?")
    }

    /// Lets one more come in. A name has no `:`, neither of the two has control characters (RFC
    /// 7617 section 2), and no two have the same name: else it is an error. A password can be
    /// empty.
    pub fn add(&mut self, name: &str, password: &str) -> Result<()> {
        todo!("which names and passwords can nobody have?")
    }

    /// Whether a request comes from somebody who may come in.
    ///
    /// It has one field `Authorization`: the word `Basic` in whatever case, spaces, and the base64
    /// of the name, a `:`, and the password, in UTF-8. Whatever else it has is from nobody.
    ///
    /// Each name and each password that is known is [looked at](is_same), whether or not one before
    /// it was the right one: how long that takes does not tell which names there are.
    pub fn know(&self, request: &Request) -> bool {
        todo!("is it one field, of the right scheme? what stands in it? and whose is that?")
    }

    /// The value of `WWW-Authenticate`: `Basic realm="files", charset="UTF-8"`. A `"` and a `\` in
    /// the realm have a `\` before them (RFC 9110 section 5.6.4).
    pub fn challenge(&self) -> String {
        todo!("how is it written, and which two characters would end it too early?")
    }
}

/// Whether `given` is `secret`. What was given are bytes (`u8`), or something else of which nothing
/// can be known but by `^`: in which bits it differs from a byte.
///
/// Each byte of `given` is taken, and compared once, wherever the first difference is, and however
/// long `secret` is. `==` would stop at the first difference, and so tell by its time how much of a
/// guess was right: that is good for a guess of the next byte.
pub fn is_same<T: BitXor<u8, Output = u8>>(
    given: impl IntoIterator<Item = T>,
    secret: &[u8],
) -> bool {
    todo!("how is it compared to the end, whatever comes?")
}

/// A handler that lets those in whom `users` know, and answers what `handler` does. Others are told
/// 401, and with it how to say who they are; nothing of their body is read, and `handler` is not
/// called.
pub fn with_password(
    users: Users,
    handler: impl Fn(&Request, &mut RequestBody<'_>) -> Result<Response>,
) -> impl Fn(&Request, &mut RequestBody<'_>) -> Result<Response> {
    move |request, body| todo!("are they known? if not, what are they told?")
}
