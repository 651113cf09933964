use crate::Environ;

/// Whether a page of another site made a browser send this request, which may change something.
///
/// With each request but GET and HEAD a browser says in `Origin` whose page it is ([Fetch
/// standard](https://fetch.spec.whatwg.org/#origin-header)); the page is ours if host and port are
/// those of `Host`. A client that says nothing is no browser, and has nobody's cookies but its own.
/// A proxy in front of us must pass `Host` on as it was.
pub fn is_of_another_site(environ: &Environ) -> bool {
    if matches!(environ.text("REQUEST_METHOD"), "GET" | "HEAD" | "OPTIONS") {
        return false;
    }
    let Some(origin) = environ.get("HTTP_ORIGIN") else { return false };
    let host = environ.get("HTTP_HOST").unwrap_or_default();
    // A page that belongs to no site, a file for instance, has the origin `null`.
    let is_ours = |scheme: &[u8]| origin.strip_prefix(scheme) == Some(host);
    !is_ours(b"http://") && !is_ours(b"https://")
}
