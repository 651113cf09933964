use crate::encode_name;
use crate::{Application, Environ, Headers, Listing, Request, Version, segments, serve_static};
use anyhow::Result;
use std::io::Read;
use std::path::Path;

/// The files below `folder`, as chapter 11 serves them, as an application: mounted at `/static`,
/// it answers `/static/style.css`. There are no listings.
pub fn static_files(folder: &Path) -> impl Application + use<> {
    let folder = folder.to_owned();
    move |environ: &Environ, _: &mut dyn Read| {
        let (_, files) = serve_static(environ.text("SCRIPT_NAME"), &folder, Listing::Hidden);
        files(&request_of(environ)?)
    }
}

/// The request that a server has made `environ` of, without its body; for handlers that are older
/// than this interface.
fn request_of(environ: &Environ) -> Result<Request> {
    let mut headers = Headers::default();
    for (name, value) in environ.iter() {
        if let Some(name) = name.strip_prefix("HTTP_") {
            headers.add(&name.replace('_', "-"), value)?;
        }
    }
    let names = segments(environ)?;
    let names = names.iter().map(|name| encode_name(name.as_ref())).collect::<Vec<_>>();
    let path = match environ.text("PATH_INFO") {
        "" => String::new(), // the folder itself, without its slash
        _ => format!("/{}", names.join("/")),
    };
    let query = environ.text("QUERY_STRING");
    Ok(Request {
        method: environ.text("REQUEST_METHOD").to_owned(),
        target: environ.text("REQUEST_URI").to_owned(),
        path: format!("{}{path}", environ.text("SCRIPT_NAME")),
        query: (!query.is_empty()).then(|| query.to_owned()),
        version: Version::Http11,
        headers,
        body: Vec::new(),
        peer: None,
    })
}
