use crate::{Call, HttpError, Response};
use anyhow::Result;
use std::sync::Arc;

/// Answers one method of a path.
pub type Handler = Arc<dyn Fn(&mut Call<'_>) -> Result<Response> + Send + Sync>;

/// What a path answers to which method.
///
/// HEAD is answered like GET, and OPTIONS by the framework, unless a handler does it.
#[derive(Clone, Default)]
pub struct Methods(Vec<(&'static str, Handler)>);

impl Methods {
    /// The same with a handler for another method.
    #[must_use]
    pub fn on(
        mut self,
        method: &'static str,
        handler: impl Fn(&mut Call<'_>) -> Result<Response> + Send + Sync + 'static,
    ) -> Self {
        self.0.push((method, Arc::new(handler)));
        self
    }

    /// The same with a handler for POST.
    #[must_use]
    pub fn post(
        self,
        handler: impl Fn(&mut Call<'_>) -> Result<Response> + Send + Sync + 'static,
    ) -> Self {
        self.on("POST", handler)
    }

    /// The handler that answers `method`, if there is one. HEAD has that of GET, unless it has
    /// its own.
    pub(crate) fn find(&self, method: &str) -> Option<&Handler> {
        todo!("whose method is it? and if it is HEAD?")
    }

    /// The methods that are answered, as `Allow` names them (RFC 9110 section 10.2.1):
    /// each once, in the order of the alphabet, with `, ` between them.
    pub(crate) fn allowed(&self) -> String {
        todo!("those that have a handler, and which besides?")
    }
}

/// A path that answers GET.
pub fn get(handler: impl Fn(&mut Call<'_>) -> Result<Response> + Send + Sync + 'static) -> Methods {
    Methods::default().on("GET", handler)
}

/// A path that answers POST.
pub fn post(
    handler: impl Fn(&mut Call<'_>) -> Result<Response> + Send + Sync + 'static,
) -> Methods {
    Methods::default().on("POST", handler)
}

/// Something with a function for each method, as classes of other frameworks have them. Those
/// that it does not have answer 405.
pub trait Resource: Send + Sync {
    /// Which of the functions it has.
    const METHODS: &'static [&'static str];

    /// Answers GET, and HEAD.
    fn get(&self, _call: &mut Call<'_>) -> Result<Response> {
        Err(HttpError(405).into())
    }

    /// Answers POST.
    fn post(&self, _call: &mut Call<'_>) -> Result<Response> {
        Err(HttpError(405).into())
    }

    /// Answers PUT.
    fn put(&self, _call: &mut Call<'_>) -> Result<Response> {
        Err(HttpError(405).into())
    }

    /// Answers DELETE.
    fn delete(&self, _call: &mut Call<'_>) -> Result<Response> {
        Err(HttpError(405).into())
    }
}

/// The methods of a path that `resource` answers.
pub fn resource<R: Resource + 'static>(resource: R) -> Methods {
    todo!("a handler for each of METHODS, and all of them have the same object")
}
