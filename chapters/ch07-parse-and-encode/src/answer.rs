use crate::{Headers, InvalidHeader, Message, PICTURE, ReadError, StartLine, Version, reason};

/// The answer to a request: a picture at `/picture.png` and a greeting at every
/// other address, whatever the method. Chapter 8 tells them apart.
pub fn answer(request: &Message) -> Result<Message, InvalidHeader> {
    match &request.start {
        StartLine::Request { target, .. } if target == "/picture.png" => {
            response(200, "image/png", PICTURE)
        }
        StartLine::Request { .. } => response(200, TEXT, b"Hi there!\n"),
        StartLine::Response { .. } => response(400, TEXT, b"400 Bad Request: not a request\n"),
    }
}

/// The answer with `status` to a request that could not be read.
pub fn error_message(status: u16, error: &ReadError) -> Result<Message, InvalidHeader> {
    let body = format!("{status} {}: {error}\n", reason(status));
    response(status, TEXT, body.as_bytes())
}

const TEXT: &str = "text/plain; charset=utf-8";

fn response(status: u16, content_type: &str, body: &[u8]) -> Result<Message, InvalidHeader> {
    let mut headers = Headers::default();
    headers.add("Server", "OwnHands/0.1")?;
    headers.add("Content-Type", content_type)?;
    headers.add("Content-Length", body.len().to_string())?;
    headers.add("Connection", "close")?;
    let reason = reason(status).to_owned();
    let start = StartLine::Response { version: Version::Http10, status, reason };
    Ok(Message { start, headers, body: body.to_vec() })
}
