//! Right, and written differently: applications are told of a request backwards, each variable has
//! a record of its own, and text is compressed as well as can be.

pub use chapter::*;

use anyhow::Result;
use flate2::{Compress, Compression, Crc, FlushCompress};
use std::io::{self, Read};
use std::iter;
use std::net::SocketAddr;

pub fn gateway(
    address: SocketAddr,
    application: impl Application,
) -> impl Fn(&Request, &mut dyn Read) -> Result<Response> + Send + Sync {
    move |request, input| {
        let forwards = Environ::of(request, address)?;
        let variables: Vec<_> = forwards.iter().collect();
        let mut environ = Environ::default();
        variables.into_iter().rev().for_each(|(name, value)| environ.set(name, value));
        application.answer(&environ, input)
    }
}

pub fn append_params<'a>(
    out: &mut Vec<u8>,
    request: u16,
    variables: impl IntoIterator<Item = (&'a str, &'a [u8])>,
) -> Result<()> {
    for (name, value) in variables {
        let mut pair = Vec::new();
        for length in [name.len(), value.len()] {
            if length < 128 {
                pair.push(length as u8);
            } else {
                pair.extend((length as u32 | 1 << 31).to_be_bytes());
            }
        }
        pair.extend([name.as_bytes(), value].concat());
        anyhow::ensure!(pair.len() <= MAX_CONTENT, "the variable {name} is too long");
        append_records(out, Kind::Params, request, &pair);
    }
    append_records(out, Kind::Params, request, &[]);
    Ok(())
}

/// It asks what the chapter's own would do with such an answer, and does the compressing itself.
pub fn compressed(application: impl Application) -> impl Application {
    move |environ: &Environ, input: &mut dyn Read| {
        let response = application.answer(environ, input)?;
        let Response { status, content_type, headers, body } = response;
        let head = Response { status, content_type, headers, body: Body::default() };
        // An application answers once, and this one may be asked again.
        let head = std::sync::Mutex::new(Some(head));
        let asked = chapter::compressed(move |_: &Environ, _: &mut dyn Read| {
            let head = head.lock().ok().and_then(|mut head| head.take());
            head.ok_or(HttpError(500).into())
        });
        let mut response = asked.answer(environ, &mut io::empty())?;
        let is_compressed = response.headers.get_text("Content-Encoding") == Some("gzip")
            && response.body.length().is_none();
        response.body = if is_compressed { gzip(body) } else { body };
        Ok(response)
    }
}

/// What RFC 1952 says: a head of ten bytes, what is compressed, a checksum and a length.
fn gzip(body: Body) -> Body {
    let (mut compress, mut crc) = (Compress::new(Compression::best(), false), Crc::new());
    let mut pieces = pieces_of(body);
    let mut out = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 2, 255];
    let mut at_end = false;
    Body::Pieces(Box::new(iter::from_fn(move || {
        if at_end {
            return None;
        }
        let (piece, flush) = match pieces.next() {
            Some(Ok(piece)) => (piece, FlushCompress::Sync),
            Some(Err(error)) => return Some(Err(error)),
            None => (Vec::new(), FlushCompress::Finish),
        };
        crc.update(&piece);
        let before = compress.total_in();
        // There is always enough room, so that one call does all.
        out.reserve(piece.len() + piece.len() / 100 + 100);
        if let Err(error) = compress.compress_vec(&piece, &mut out, flush) {
            return Some(Err(io::Error::other(error)));
        }
        assert_eq!(compress.total_in() - before, piece.len() as u64, "all of it was taken");
        if let FlushCompress::Finish = flush {
            at_end = true;
            out.extend(crc.sum().to_le_bytes());
            out.extend(crc.amount().to_le_bytes());
        }
        Some(Ok(std::mem::take(&mut out)))
    })))
}
