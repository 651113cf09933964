//! Paths that show the extensions.

use anyhow::{Context, Result, anyhow};
use ch22::{Dav, HttpServer, Quota, Request, RequestBody, Response, Store, Users, with_password};
use std::io::Read;
use std::path::Path;
use std::sync::{Arc, LazyLock};

/// How much room there is at `/small`, in bytes.
const SMALL: u64 = 1000;

/// Adds the paths to a server whose files are in `folder`.
pub fn add_to(server: &mut HttpServer, folder: &Path) -> Result<()> {
    let mut name = folder.file_name().context("a folder has a name")?.to_owned();
    name.push(".small");
    let folder = folder.with_file_name(name);
    // As late as the other one.
    let small = LazyLock::new(move || make_small(&folder));
    server.register_reading(
        |request| request.path == "/small" || request.path.starts_with("/small/"),
        move |request, body| match &*small {
            Ok(dav) => dav.answer(request, body),
            Err(error) => Err(anyhow!("{error:#}")),
        },
    );
    server.register_reading(|request| request.path.starts_with("/let-in/"), let_in);
    Ok(())
}

fn make_small(folder: &Path) -> Result<Arc<Dav>> {
    let mut dav = Dav::new("/small", Store::open(folder)?);
    dav.account = Some(Box::new(Quota::new(&dav.store.root, SMALL)?));
    Ok(Arc::new(dav))
}

/// Lets in whoever has the name and the password that are in the path, as in
/// `/let-in/NAME/PASSWORD`, and says what they have sent.
fn let_in(request: &Request, body: &mut RequestBody<'_>) -> Result<Response> {
    let mut words = request.path.split('/').skip(2);
    let mut word = || words.next().context("a name and a password");
    let mut users = Users::new("ex22")?;
    users.add("somebody", "else")?;
    users.add(word()?, word()?)?;
    let handler = with_password(users, |_, body| {
        let mut text = "come in\n".to_owned();
        body.read_to_string(&mut text)?;
        Ok(Response::text(text))
    });
    handler(request, body)
}
