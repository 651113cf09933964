use crate::{Application, Body, Environ, Headers, Response, pieces_of};
use anyhow::Result;
use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::{self, Read, Write};
use std::{iter, mem};

/// Middleware that compresses text for clients that understand gzip (RFC 9110 section 8.4.1.3).
///
/// Each piece leaves it as soon as it came: what is compressed of it is flushed, which costs some
/// bytes, and is not kept until there is more. What is left alone: a body that is no text, has an
/// encoding already, or is a part; and a `Cache-Control: no-transform`.
pub fn compressed(application: impl Application) -> impl Application {
    move |environ: &Environ, input: &mut dyn Read| {
        let response = application.answer(environ, input)?;
        if !is_compressible(&response) {
            return Ok(response);
        }
        // Caches must know that another client would have got another answer.
        let response = response.header("Vary", "Accept-Encoding")?;
        match accepts_gzip(environ.text("HTTP_ACCEPT_ENCODING")) {
            true => compress(response),
            false => Ok(response),
        }
    }
}

fn is_compressible(response: &Response) -> bool {
    let headers = &response.headers;
    let content_type = headers.get_text("Content-Type").unwrap_or(response.content_type);
    let essence = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let is_text = essence.starts_with("text/")
        || matches!(
            essence.as_str(),
            "application/json" | "application/javascript" | "image/svg+xml"
        );
    let may_be_changed =
        !headers.get_text("Cache-Control").is_some_and(|value| value.contains("no-transform"));
    let is_whole = !matches!(response.status, 204 | 206 | 304);
    is_text && may_be_changed && is_whole && !headers.contains("Content-Encoding")
}

/// Whether `gzip` is among the codings of an `Accept-Encoding`, or all are welcome, and not with a
/// weight of 0 (RFC 9110 section 12.5.3).
fn accepts_gzip(accepted: &str) -> bool {
    let weight = |coding: &str| {
        accepted.split(',').find_map(|one| {
            let (name, parameter) = one.split_once(';').unwrap_or((one, ""));
            let weight = parameter.trim().strip_prefix("q=").map_or(Ok(1.0), str::parse::<f32>);
            name.trim().eq_ignore_ascii_case(coding).then(|| weight.unwrap_or(0.0))
        })
    };
    weight("gzip").or_else(|| weight("*")).is_some_and(|weight| weight > 0.0)
}

fn compress(response: Response) -> Result<Response> {
    let mut response = response.header("Content-Encoding", "gzip")?;
    let mut headers = Headers::default();
    for (name, value) in response.headers.iter() {
        // Other bytes than those that a strong ETag promises (RFC 9110 section 8.8.3).
        let is_strong = name.eq_ignore_ascii_case("ETag") && !value.starts_with(b"W/");
        headers.add(name, if is_strong { [b"W/", value].concat() } else { value.to_vec() })?;
    }
    response.headers = headers;
    let mut pieces = pieces_of(response.body);
    let mut encoder = Some(GzEncoder::new(Vec::new(), Compression::fast()));
    response.body = Body::Pieces(Box::new(iter::from_fn(move || {
        let piece = pieces.next();
        next_compressed(&mut encoder, piece).transpose()
    })));
    Ok(response)
}

/// What leaves the encoder for `piece`, and for the end behind the last one; then nothing.
fn next_compressed(
    encoder: &mut Option<GzEncoder<Vec<u8>>>,
    piece: Option<io::Result<Vec<u8>>>,
) -> io::Result<Option<Vec<u8>>> {
    match (piece, encoder.as_mut()) {
        (Some(piece), Some(encoder)) => {
            encoder.write_all(&piece?)?;
            encoder.flush()?;
            Ok(Some(mem::take(encoder.get_mut())))
        }
        (None, Some(_)) => encoder.take().map(GzEncoder::finish).transpose(),
        (_, None) => Ok(None),
    }
}
