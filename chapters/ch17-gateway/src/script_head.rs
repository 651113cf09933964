use crate::{Headers, LocalRedirect, Response};
use anyhow::{Context, Result, bail, ensure};

/// The longest head that a script may write, in bytes.
pub const MAX_SCRIPT_HEAD: usize = 16 * 1024;

/// What a script says before the body (RFC 3875 section 6).
#[derive(Debug, PartialEq)]
pub struct ScriptHead {
    /// From `Status`; 302 if there is none but a `Location`, else 200.
    pub status: u16,
    /// What is sent to the client as it is.
    pub headers: Headers,
    /// The length of the body, if the script names it.
    pub length: Option<u64>,
    /// How many bytes the head has, with the empty line behind it.
    pub end: usize,
}

impl ScriptHead {
    /// Reads a head from the start of `bytes`; `None` if it is not all there.
    ///
    /// Its lines end in LF or in CR LF, as it pleases the system that the script is written for.
    /// The status may lack its reason. One of `Content-Type`, `Location` and `Status` must be
    /// there (section 6.2), or whatever a broken script prints would pass for a head.
    ///
    /// `Connection`, `Keep-Alive` and `Transfer-Encoding` are dropped: they are the server's to
    /// say. It is an error if the head is longer than [`MAX_SCRIPT_HEAD`], if a line is no field,
    /// if the status is not three digits or the length no number, or if one of these two is said
    /// twice.
    ///
    /// A `Location` that begins with one slash and stands without a `Status` is the error
    /// [`LocalRedirect`].
    pub fn parse(bytes: &[u8]) -> Result<Option<Self>> {
        let Some(end) = end_of_head(bytes) else {
            ensure!(bytes.len() <= MAX_SCRIPT_HEAD, "its head has no end");
            return Ok(None);
        };
        ensure!(end <= MAX_SCRIPT_HEAD, "its head is too long");
        let (mut headers, mut status, mut length) = (Headers::default(), None, None);
        for line in bytes[..end].split(|&byte| byte == b'\n') {
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            if line.is_empty() {
                continue;
            }
            let colon = line.iter().position(|&byte| byte == b':');
            let colon = colon.with_context(|| format!("not a field: {}", line.escape_ascii()))?;
            let (name, value) = (std::str::from_utf8(&line[..colon])?, &line[colon + 1..]);
            let text = || std::str::from_utf8(value).unwrap_or_default().trim();
            match name.to_ascii_lowercase().as_str() {
                "status" if status.is_none() => status = Some(status_of(text())?),
                "content-length" if length.is_none() => {
                    length = Some(text().parse().context("its Content-Length is no number")?);
                }
                "status" | "content-length" => bail!("it says {name} twice"),
                // What follows is ours to say.
                "connection" | "keep-alive" | "transfer-encoding" => {}
                _ => headers.add(name, value)?,
            }
        }
        let status = match (status, headers.get_text("Location")) {
            (Some(status), _) => status,
            (None, Some(path)) if path.starts_with('/') && !path.starts_with("//") => {
                return Err(LocalRedirect(path.to_owned()).into());
            }
            (None, Some(_)) => 302,
            (None, None) if headers.contains("Content-Type") => 200,
            (None, None) => bail!("it says neither Content-Type nor Location nor Status"),
        };
        Ok(Some(Self { status, headers, length, end }))
    }

    /// The answer that this is the head of, as yet without its body.
    pub fn response(self) -> Response {
        let mut response = Response::new(self.status);
        response.headers = self.headers;
        response
    }
}

/// Where the empty line ends.
fn end_of_head(bytes: &[u8]) -> Option<usize> {
    let mut start = 0;
    loop {
        let length = bytes[start..].iter().position(|&byte| byte == b'\n')?;
        let line = &bytes[start..start + length];
        start += length + 1;
        if line.is_empty() || line == b"\r" {
            return Some(start);
        }
    }
}

/// `404` or `404 Not Found`.
fn status_of(text: &str) -> Result<u16> {
    let digits = text.split(' ').next().unwrap_or_default();
    let is_status = digits.len() == 3 && digits.bytes().all(|byte| byte.is_ascii_digit());
    ensure!(is_status, "its Status is no status: {}", text.escape_debug());
    Ok(digits.parse()?)
}
