use crate::{Environ, Request, Response};
use anyhow::Result;
use std::io::Read;
use std::net::SocketAddr;

/// What answers requests and knows no server.
///
/// It is told of the request by `environ`, and may read the body from `input`. What it returns has
/// a body that is taken piece by piece, each when the client has taken the one before, and sent
/// as it is: a piece that is ready is never held back.
///
/// An [`HttpError`](crate::HttpError) is answered with its status, any other error with 500.
///
/// Every function of that kind is an application:
///
/// ```
/// use ch17::{Application, Environ, Response};
/// use std::io::Read;
///
/// fn hello(environ: &Environ, _: &mut dyn Read) -> anyhow::Result<Response> {
///     Ok(Response::text(format!("You asked for {}.\n", environ.text("PATH_INFO"))))
/// }
///
/// let mut environ = Environ::default();
/// environ.set("PATH_INFO", "/menu");
/// assert_eq!(hello.answer(&environ, &mut std::io::empty())?.status, 200);
/// # Ok::<(), anyhow::Error>(())
/// ```
pub trait Application: Send + Sync {
    /// Answers one request.
    fn answer(&self, environ: &Environ, input: &mut dyn Read) -> Result<Response>;
}

impl<F> Application for F
where
    F: Fn(&Environ, &mut dyn Read) -> Result<Response> + Send + Sync,
{
    fn answer(&self, environ: &Environ, input: &mut dyn Read) -> Result<Response> {
        self(environ, input)
    }
}

/// The server's side of the interface: a handler that asks `application`.
///
/// It is a handler for every server of this course that hands out bodies: chapters 12 to 16 call
/// it from `register_reading`, those with workers from `register_waiting`. `address` is where
/// the server listens.
pub fn gateway(
    address: SocketAddr,
    application: impl Application,
) -> impl Fn(&Request, &mut dyn Read) -> Result<Response> + Send + Sync {
    move |request, input| application.answer(&Environ::of(request, address)?, input)
}
