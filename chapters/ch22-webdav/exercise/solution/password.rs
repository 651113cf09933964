use crate::{Request, RequestBody, Response};
use anyhow::{Result, ensure};
use data_encoding::BASE64;
use std::ops::BitXor;

/// Who may come in, by name and password (the scheme `Basic` of RFC 7617).
///
/// The password is in every request, and base64 hides nothing: whoever sees a request can send the
/// next one. So this is for behind TLS, and for `localhost`.
#[derive(Clone)]
pub struct Users {
    realm: String,
    known: Vec<(String, String)>,
}

impl Users {
    /// Nobody yet. `realm` says to people for what a password is wanted: `files`. It is an error if
    /// it has other characters than the printable ones of ASCII.
    pub fn new(realm: &str) -> Result<Self> {
        let is_plain = realm.bytes().all(|byte| matches!(byte, b' '..=b'~'));
        ensure!(is_plain, "a realm has characters of ASCII alone");
        Ok(Self { realm: realm.to_owned(), known: Vec::new() })
    }

    /// Lets one more come in. A name has no `:`, neither of the two has control characters (RFC
    /// 7617 section 2), and no two have the same name: else it is an error. A password can be
    /// empty.
    pub fn add(&mut self, name: &str, password: &str) -> Result<()> {
        ensure!(!name.contains(':'), "a name has no colon");
        ensure!(
            ![name, password].iter().any(|text| text.contains(char::is_control)),
            "a control character"
        );
        ensure!(!self.known.iter().any(|(known, _)| known == name), "there is such a name");
        self.known.push((name.to_owned(), password.to_owned()));
        Ok(())
    }

    /// Whether a request comes from somebody who may come in.
    ///
    /// It has one field `Authorization`: the word `Basic` in whatever case, spaces, and the base64
    /// of the name, a `:`, and the password, in UTF-8. Whatever else it has is from nobody.
    ///
    /// Each name and each password that is known is [looked at](is_same), whether or not one before
    /// it was the right one: how long that takes does not tell which names there are.
    pub fn know(&self, request: &Request) -> bool {
        let Some((name, password)) = credentials(request) else { return false };
        let same = |given: &[u8], secret: &str| is_same(given.iter().copied(), secret.as_bytes());
        self.known.iter().fold(false, |found, (known, secret)| {
            found | (same(&name, known) & same(&password, secret))
        })
    }

    /// The value of `WWW-Authenticate`: `Basic realm="files", charset="UTF-8"`. A `"` and a `\` in
    /// the realm have a `\` before them (RFC 9110 section 5.6.4).
    pub fn challenge(&self) -> String {
        let realm = self.realm.replace('\\', "\\\\").replace('"', "\\\"");
        format!("Basic realm=\"{realm}\", charset=\"UTF-8\"")
    }
}

/// The name and the password in a request, if there are some.
fn credentials(request: &Request) -> Option<(Vec<u8>, Vec<u8>)> {
    let mut values = request.headers.get_all("Authorization");
    let (Some(value), None) = (values.next(), values.next()) else { return None };
    let (scheme, rest) = value.split_at_checked("Basic".len())?;
    if !scheme.eq_ignore_ascii_case(b"Basic") || !rest.starts_with(b" ") {
        return None;
    }
    let pair = BASE64.decode(rest.trim_ascii()).ok()?;
    let colon = pair.iter().position(|&byte| byte == b':')?;
    Some((pair[..colon].to_vec(), pair[colon + 1..].to_vec()))
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
    let (mut difference, mut length) = (0, 0);
    for byte in given {
        difference |= byte ^ secret.get(length).copied().unwrap_or(0);
        length += 1;
    }
    (difference == 0) & (length == secret.len())
}

/// A handler that lets those in whom `users` know, and answers what `handler` does. Others are told
/// 401, and with it how to say who they are; nothing of their body is read, and `handler` is not
/// called.
pub fn with_password(
    users: Users,
    handler: impl Fn(&Request, &mut RequestBody<'_>) -> Result<Response>,
) -> impl Fn(&Request, &mut RequestBody<'_>) -> Result<Response> {
    move |request, body| match users.know(request) {
        true => handler(request, body),
        false => {
            let answer = Response::new(401).body("a name and a password, please\n");
            Ok(answer.header("WWW-Authenticate", users.challenge())?)
        }
    }
}
