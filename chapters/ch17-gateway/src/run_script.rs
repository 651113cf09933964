use crate::{Application, Environ, HttpError, Response, reason};
use anyhow::Result;
use std::io::{self, Read, Write};

/// Lets `application` answer one request as a program that a server has started: the other side of
/// [`Cgi`](crate::Cgi).
///
/// `variables` are the environment of the process, `input` its standard input, `output` its
/// standard output. As many bytes are read as `CONTENT_LENGTH` says (RFC 3875 section 4.2), since
/// behind them there may be no end. An error is the status that it is, or 500, and is returned,
/// too, for the log.
pub fn run_script(
    application: &impl Application,
    variables: impl IntoIterator<Item = (String, Vec<u8>)>,
    input: impl Read,
    mut output: impl Write,
) -> Result<()> {
    let mut environ = Environ::default();
    variables.into_iter().for_each(|(name, value)| environ.set(&name, value));
    let length = environ.text("CONTENT_LENGTH").parse().unwrap_or(0);
    let mut input = input.take(length);
    let outcome = application.answer(&environ, &mut input);
    // Apache's mod_cgid (2.4.71) cuts off the answer of a script that leaves some of the body.
    io::copy(&mut input, &mut io::sink())?;
    let (response, error) = match outcome {
        Ok(response) => (response, None),
        Err(error) => {
            let status = error.downcast_ref().map_or(500, |&HttpError(status)| status);
            (Response::text(format!("{}\n", reason(status))).status(status), Some(error))
        }
    };
    write_reply(response, &mut output)?;
    error.map_or(Ok(()), Err)
}

/// Writes an answer as a script does: the status is a field, and the body goes on as it comes.
pub fn write_reply(response: Response, output: &mut impl Write) -> Result<()> {
    let Response { status, content_type, headers, mut body } = response;
    let mut piece = format!("Status: {status} {}\r\n", reason(status)).into_bytes();
    if !headers.contains("Content-Type") {
        write!(piece, "Content-Type: {content_type}\r\n")?;
    }
    if let Some(length) = body.length() {
        write!(piece, "Content-Length: {length}\r\n")?;
    }
    for (name, value) in
        headers.iter().filter(|(name, _)| !name.eq_ignore_ascii_case("Content-Length"))
    {
        write!(piece, "{name}: ")?;
        piece.extend(value);
        piece.extend(b"\r\n");
    }
    piece.extend(b"\r\n");
    body.next_piece(&mut piece)?;
    while !piece.is_empty() {
        output.write_all(&piece)?;
        output.flush()?;
        piece.clear();
        body.next_piece(&mut piece)?;
    }
    Ok(())
}
