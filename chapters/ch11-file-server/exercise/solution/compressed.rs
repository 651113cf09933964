use crate::{
    Found, Headers, Listing, Request, Response, content_type, file_response, open_below, resolve,
    serve_static,
};
use anyhow::Result;
use std::fs::File;
use std::path::{Path, PathBuf};

/// Whether who sends these fields would rather have a file compressed by gzip than as it is
/// (RFC 9110 section 12.5.3).
pub fn prefers_gzip(headers: &Headers) -> bool {
    let any = weight_of(headers, &["*"]).unwrap_or(0);
    let gzip = weight_of(headers, &["gzip", "x-gzip"]).unwrap_or(any);
    let identity = weight_of(headers, &["identity"]).unwrap_or(any);
    gzip > 0 && gzip >= identity
}

/// The weight of the first item that has one of these names, in thousandths.
fn weight_of(headers: &Headers, names: &[&str]) -> Option<u32> {
    let lists = headers.get_all("Accept-Encoding").filter_map(|list| str::from_utf8(list).ok());
    lists.flat_map(|list| list.split(',')).find_map(|item| {
        let (name, weight) = match item.split_once(';') {
            Some((name, weight)) => (name, weight_in(weight)?),
            None => (item, 1000),
        };
        let name = name.trim_matches([' ', '\t']);
        names.iter().any(|known| known.eq_ignore_ascii_case(name)).then_some(weight)
    })
}

/// The weight in `q=0.5`, in thousandths.
fn weight_in(text: &str) -> Option<u32> {
    let text = text.trim_matches([' ', '\t']);
    let number = text.strip_prefix(['q', 'Q'])?.strip_prefix('=')?;
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let is_fraction = fraction.len() <= 3 && fraction.bytes().all(|byte| byte.is_ascii_digit());
    if !matches!(whole, "0" | "1") || !is_fraction {
        return None;
    }
    let thousandths: u32 = format!("{whole}{fraction:0<3}").parse().ok()?;
    (thousandths <= 1000).then_some(thousandths)
}

/// What [`serve_static`] gives, but for files beside which there is one with `.gz` behind its
/// name, such as `style.css` and `style.css.gz`.
pub fn serve_compressed(
    url_prefix: &str,
    root: &Path,
    listing: Listing,
) -> (impl Fn(&Request) -> bool + use<>, impl Fn(&Request) -> Result<Response> + use<>) {
    let (pattern, serve) = serve_static(url_prefix, root, listing);
    let prefix = format!("{}/", url_prefix.trim_end_matches('/'));
    let root = root.to_owned();
    let handler = move |request: &Request| {
        let Some((path, compressed)) = neighbour(request, &prefix, &root) else {
            return serve(request);
        };
        let mut response = match prefers_gzip(&request.headers) {
            true => file_response(request, compressed, content_type(&path))?,
            false => serve(request)?,
        };
        if prefers_gzip(&request.headers) && matches!(response.status, 200 | 206) {
            response = response.header("Content-Encoding", "gzip")?;
        }
        Ok(response.header("Vary", "Accept-Encoding")?)
    };
    (pattern, handler)
}

/// The path of the file that is asked for, and its compressed neighbour, if there are both.
fn neighbour(request: &Request, prefix: &str, root: &Path) -> Option<(PathBuf, File)> {
    let path = request.path.strip_prefix(prefix)?;
    if !matches!(&*request.method, "GET" | "HEAD") || path.is_empty() || path.ends_with('/') {
        return None;
    }
    let path = resolve(path, root).ok()?;
    let mut name = path.clone().into_os_string();
    name.push(".gz");
    let is_file = matches!(open_below(root, &path), Ok(Found::File(_)));
    match open_below(root, Path::new(&name)) {
        Ok(Found::File(compressed)) if is_file => Some((path, compressed)),
        _ => None,
    }
}
