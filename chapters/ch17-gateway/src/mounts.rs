use crate::{Application, Environ, HttpError, LocalRedirect, Response};
use anyhow::Result;
use std::io::{self, Read};

/// How often a request is handed on before it counts as going in a circle.
const MAX_REDIRECTS: usize = 10;

/// Several applications, each below a prefix: an application that is made of others.
#[derive(Default)]
pub struct Mounts(Vec<(String, Box<dyn Application>)>);

impl Mounts {
    /// The same with `application` below `prefix`, unless a prefix that was mounted before leads to
    /// the request too. Below `/` is everything.
    #[must_use]
    pub fn mount(mut self, prefix: &str, application: impl Application + 'static) -> Self {
        self.0.push((prefix.to_owned(), Box::new(application)));
        self
    }

    fn find(&self, environ: &Environ, input: &mut dyn Read) -> Result<Response> {
        for (prefix, application) in &self.0 {
            if let Some(below) = environ.below(prefix) {
                return application.answer(&below, input);
            }
        }
        Err(HttpError(404).into())
    }
}

impl Application for Mounts {
    /// Asks the first application whose prefix leads to the request; 404 if none does.
    ///
    /// If one of them says that the answer is to be had at [another path](LocalRedirect) of the
    /// same server, that is asked for, without telling the client. Where it is itself mounted, it
    /// hands that on to whom it is mounted in.
    fn answer(&self, environ: &Environ, input: &mut dyn Read) -> Result<Response> {
        let mut outcome = self.find(environ, input);
        let is_outermost = environ.get("SCRIPT_NAME").unwrap_or_default().is_empty();
        for _ in 0..if is_outermost { MAX_REDIRECTS } else { 0 } {
            let Err(error) = &outcome else { break };
            let Some(redirect) = error.downcast_ref::<LocalRedirect>() else { break };
            outcome = self.find(&redirect.environ(environ)?, &mut io::empty());
        }
        outcome
    }
}
