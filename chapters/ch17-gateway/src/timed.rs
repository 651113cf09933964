use crate::{Application, Environ};
use std::io::Read;
use std::time::Instant;

/// Middleware that says in the field `Server-Timing` how long it took until the head of the answer
/// was there, in milliseconds. Browsers show it among their tools for developers.
///
/// To a server it is an application, and to the application it is the server.
pub fn timed(application: impl Application) -> impl Application {
    move |environ: &Environ, input: &mut dyn Read| {
        let since = Instant::now();
        let response = application.answer(environ, input)?;
        let took = since.elapsed().as_secs_f64() * 1000.0;
        Ok(response.header("Server-Timing", format!("app;dur={took:.3}"))?)
    }
}
