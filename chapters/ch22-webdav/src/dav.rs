use crate::destination::rest_of_address;
use crate::{
    Account, HttpError, Listing, Place, Refusal, Request, RequestBody, Resource, Response, Store,
    Unplaced, escape_html, is_known_method, serve_static,
};
use anyhow::Result;
use chrono::{DateTime, Utc};
use std::io::{self, ErrorKind};
use std::sync::Arc;

/// All methods that are answered somewhere.
pub const ALLOW: &str = "OPTIONS, GET, HEAD, PUT, DELETE, PROPFIND, PROPPATCH, MKCOL, COPY, MOVE, \
                         LOCK, UNLOCK";

type Files = Box<dyn Fn(&Request) -> Result<Response> + Send + Sync>;

/// A folder that clients may write to (RFC 4918, classes 1 and 2).
pub struct Dav {
    /// The files, and what is known of them.
    pub store: Store,
    /// What time it is.
    pub clock: Box<dyn Fn() -> DateTime<Utc> + Send + Sync>,
    /// Who says how much room the files may take; nobody, unless it is set.
    pub account: Option<Box<dyn Account>>,
    prefix: String,
    files: Files,
}

/// A pattern and a handler, to be [registered](crate::HttpServer::register_reading), that answer
/// paths below `url_prefix` with the files of a [`Store`], and let clients write there.
///
/// Readers see what [`serve_static`] shows, with listings.
pub fn dav(
    url_prefix: &str,
    store: Store,
) -> (
    impl Fn(&Request) -> bool + use<>,
    impl Fn(&Request, &mut RequestBody<'_>) -> Result<Response> + use<>,
) {
    let (pattern, _) = serve_static(url_prefix, &store.root, Listing::Shown);
    let dav = Arc::new(Dav::new(url_prefix, store));
    (pattern, move |request: &Request, body: &mut RequestBody<'_>| dav.answer(request, body))
}

impl Dav {
    /// The same as a value: for tests, which have a clock of their own.
    pub fn new(url_prefix: &str, store: Store) -> Self {
        let (_, files) = serve_static(url_prefix, &store.root, Listing::Shown);
        Self {
            store,
            clock: Box::new(Utc::now),
            account: None,
            prefix: url_prefix.trim_end_matches('/').to_owned(),
            files: Box::new(files),
        }
    }

    /// Answers a request whose path is below the prefix.
    ///
    /// A method that we know and that is not for what is there is 405, others 501. What the file
    /// system does not do: 403 if it is not allowed, 507 if there is no room.
    pub fn answer(
        self: &Arc<Self>,
        request: &Request,
        body: &mut RequestBody<'_>,
    ) -> Result<Response> {
        let outcome = match request.method.as_str() {
            "GET" | "HEAD" => (self.files)(request),
            "OPTIONS" => self.options(request),
            "PUT" => self.put(request, body),
            "DELETE" => self.delete(request),
            "PROPFIND" => self.prop_find(request, body),
            "PROPPATCH" => self.prop_patch(request, body),
            "MKCOL" => self.make_folder(request, body),
            "COPY" | "MOVE" => self.copy_or_move(request),
            "LOCK" => self.lock(request, body),
            "UNLOCK" => self.unlock(request),
            method if is_known_method(method) => self.not_allowed(request),
            _ => Err(HttpError(501).into()),
        };
        let error = match outcome {
            Err(error) => error,
            outcome => return outcome,
        };
        match (error.downcast_ref::<Refusal>(), error.downcast_ref::<io::Error>()) {
            (Some(refusal), _) => refusal.response(),
            (_, Some(failure)) => Err(match status_of_change(failure) {
                Some(status) => HttpError(status).into(),
                None => error,
            }),
            _ => Err(error),
        }
    }

    fn options(&self, request: &Request) -> Result<Response> {
        let allow = allow_for(
            &self.place(request).map_or(Resource::Missing, |place| place.look(&self.store.root)),
        );
        // The last one is what some programs of Microsoft look for before they write.
        Ok(Response::new(200)
            .header("DAV", "1, 2")?
            .header("Allow", allow)?
            .header("MS-Author-Via", "DAV")?)
    }

    pub(crate) fn not_allowed(&self, request: &Request) -> Result<Response> {
        Ok(self.options(request)?.status(405))
    }

    /// The place that a request is about.
    pub(crate) fn place(&self, request: &Request) -> Result<Place, Unplaced> {
        let rest = request.path.strip_prefix(&self.prefix).ok_or(Unplaced::Name)?;
        Place::of(&self.store.root, rest)
    }

    /// The same for a request to which something has to be there: 404.
    pub(crate) fn existing(&self, request: &Request) -> Result<(Place, Resource)> {
        let place = self.place(request).map_err(|_| HttpError(404))?;
        match place.look(&self.store.root) {
            Resource::Missing | Resource::Hidden => Err(HttpError(404).into()),
            // A file has no slash behind its name.
            Resource::File(_) if request.path.ends_with('/') => Err(HttpError(404).into()),
            there => Ok((place, there)),
        }
    }

    /// The place where something is to be made, and what is there.
    pub(crate) fn writable(&self, rest: &str) -> Result<(Place, Resource)> {
        let place = Place::of(&self.store.root, rest).map_err(|why| match why {
            Unplaced::Name => HttpError(403),
            Unplaced::Folder => HttpError(409),
        })?;
        match place.look(&self.store.root) {
            Resource::Hidden => Err(HttpError(403).into()),
            there => Ok((place, there)),
        }
    }

    /// What follows the prefix in a request's path.
    pub(crate) fn rest<'a>(&self, request: &'a Request) -> Result<&'a str> {
        Ok(request.path.strip_prefix(&self.prefix).ok_or(HttpError(404))?)
    }

    /// What all our paths begin with, without a slash at its end.
    pub(crate) fn prefix(&self) -> &str {
        &self.prefix
    }

    /// The place of an address in the field `If`; `None` if it is not ours.
    pub(crate) fn place_of_address(&self, request: &Request, address: &str) -> Option<Place> {
        let rest = rest_of_address(address, request, &self.prefix).ok()?;
        Place::of(&self.store.root, rest).ok()
    }

    /// The address of what has this key, escaped for XML.
    pub(crate) fn address_of(&self, key: &str) -> String {
        escape_html(&format!("{}/{key}", self.prefix))
    }
}

/// What may be done with what is there.
fn allow_for(there: &Resource) -> String {
    let refused: &[&str] = match there {
        Resource::Missing => return "OPTIONS, PUT, MKCOL, LOCK".to_owned(),
        Resource::Hidden => return "OPTIONS".to_owned(),
        Resource::File(_) => &["MKCOL"],
        Resource::Folder(_) => &["MKCOL", "PUT"],
    };
    let methods = ALLOW.split(", ").filter(|method| !refused.contains(method));
    methods.collect::<Vec<_>>().join(", ")
}

/// What a client may know of an error of the file system when it wants to change something; others
/// are ours.
fn status_of_change(error: &io::Error) -> Option<u16> {
    match error.kind() {
        ErrorKind::PermissionDenied
        | ErrorKind::ReadOnlyFilesystem
        | ErrorKind::InvalidFilename
        | ErrorKind::InvalidInput => Some(403),
        ErrorKind::NotFound | ErrorKind::NotADirectory => Some(409), // somebody was faster
        ErrorKind::AlreadyExists => Some(405),
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge => Some(507),
        _ => None,
    }
}
