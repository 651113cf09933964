use crate::{
    Application, Environ, Failure, HttpError, LocalRedirect, Traceback, catch_panic, error_page,
    escape_controls, log,
};
use std::io::Read;

/// Middleware that makes a page of what goes wrong, where the server has none or shall not see it:
/// an [`HttpError`] is the page of its status, any other error and a panic that of 500.
///
/// The traceback of the latter is logged, and shown if `debug`. What goes wrong when the head has
/// been sent ends the body early; no page could tell of it.
pub fn caught(debug: bool, application: impl Application) -> impl Application {
    move |environ: &Environ, input: &mut dyn Read| {
        let error = match catch_panic(|| application.answer(environ, input)) {
            Ok(Ok(response)) => return Ok(response),
            Ok(Err(error)) if error.is::<LocalRedirect>() => return Err(error),
            Ok(Err(error)) => error,
            Err(panic) => return Ok(internal_error(debug, environ, &Traceback::of_panic(&panic))),
        };
        match error.downcast_ref() {
            Some(&HttpError(status @ 400..=599)) => {
                Ok(error_page(&Failure { status, request: None, detail: "", traceback: None }))
            }
            _ => Ok(internal_error(debug, environ, &Traceback::of_error(&error))),
        }
    }
}

fn internal_error(debug: bool, environ: &Environ, traceback: &Traceback) -> crate::Response {
    let asked = format!("{} {}", environ.text("REQUEST_METHOD"), environ.text("REQUEST_URI"));
    log(format_args!("{}\n{traceback}", escape_controls(&asked)));
    let traceback = debug.then_some(traceback);
    error_page(&Failure { status: 500, request: None, detail: "", traceback })
}
