use crate::Application;
use anyhow::Result;
use std::io::{Read, Write};

/// The most that the variables of a request may have, in bytes of their records.
pub const MAX_PARAMS: usize = 64 * 1024;

/// Lets `application` answer the requests that a web server has on `conn`: the other side of
/// [`FastCgi`](crate::FastCgi), in the role of a responder (FastCGI 1.0 section 6.2).
///
/// They come one after the other, until the web server closes the connection between two of them,
/// or one does not have the first bit of `flags`, `FCGI_KEEP_CONN`: then it is the last.
///
/// | record | what it holds |
/// |---|---|
/// | `BeginRequest` | the role in two bytes, the higher one first: 0 and 1 are a responder; `flags`; five that are reserved |
/// | `EndRequest` | four bytes of a status that is 0 here; one that says what became of the request; three zeros |
///
/// A read that was interrupted is repeated.
///
/// The application is asked as soon as there are all variables, and reads the body while it comes.
/// A body that ends before it has as many bytes as `CONTENT_LENGTH` says is `UnexpectedEof` for
/// whoever reads it. What the application leaves is read before the answer is sent, since some web
/// servers send all of the body before they read. [`answered`](crate::answered::answered) makes an
/// answer of an error.
///
/// [`write_reply`](crate::write_reply) writes the answer, and each of its writes is sent at once,
/// in a `Stdout` record of its own, or as many as it needs. Then follow an empty one, and an
/// `EndRequest` with 0 (`FCGI_REQUEST_COMPLETE`). If the body of the answer fails, that is an
/// error, and no `EndRequest` says that this was all.
///
/// | what comes besides | what becomes of it |
/// |---|---|
/// | another request while one is answered | an `EndRequest` of its number with 1 (`FCGI_CANT_MPX_CONN`) |
/// | a request in another role | an `EndRequest` with 3 (`FCGI_UNKNOWN_ROLE`) |
/// | `AbortRequest` for the one that is answered | whoever reads the body has `ConnectionAborted`; there is no answer but the `EndRequest` with 0 |
/// | a record of request 0, which is the connection | a record of type 11 (`FCGI_UNKNOWN_TYPE`) and request 0, that holds the type, and seven zeros |
/// | a record of another type, or of any other request | nothing |
///
/// An error, behind which nothing more is said, is what is no FastCGI; what breaks off within a
/// request; anything else of a request before its variables are complete; and variables that are
/// none, or have more than [`MAX_PARAMS`] bytes.
pub fn respond(application: &impl Application, conn: impl Read + Write) -> Result<()> {
    todo!("record by record: which request is it of, and what does it say?")
}
