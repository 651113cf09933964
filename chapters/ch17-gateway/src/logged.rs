use crate::{Application, Body, Environ, escape_controls, log, pieces_of};
use std::io::{self, Read};
use std::time::Instant;

/// Middleware that logs a line for each answer: what was asked for, the status, how many bytes the
/// body has, and the milliseconds until then.
///
/// If the application knows the length, that is at once. Else it is when the last piece has been
/// taken, or nobody will take more: the line counts what was taken until then.
pub fn logged(application: impl Application) -> impl Application {
    move |environ: &Environ, input: &mut dyn Read| {
        let what = format!("{} {}", environ.text("REQUEST_METHOD"), environ.text("REQUEST_URI"));
        let since = Instant::now();
        let mut response = application.answer(environ, input)?;
        let mut line = Line { what, since, status: response.status, bytes: 0 };
        match response.body.length() {
            Some(length) => line.bytes = length,
            None => {
                let pieces = pieces_of(response.body);
                response.body =
                    Body::Pieces(Box::new(pieces.inspect(move |piece| line.count(piece))));
            }
        }
        Ok(response)
    }
}

/// A line of the log, written when it is dropped.
struct Line {
    what: String,
    since: Instant,
    status: u16,
    bytes: u64,
}

impl Line {
    fn count(&mut self, piece: &io::Result<Vec<u8>>) {
        self.bytes += piece.as_ref().map_or(0, |bytes| bytes.len() as u64);
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        let Self { what, since, status, bytes } = self;
        let (what, took) = (escape_controls(what), since.elapsed().as_secs_f64() * 1000.0);
        log(format_args!("{what}: {status}, {bytes} bytes, {took:.3} ms"));
    }
}
