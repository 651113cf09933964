//! Routes that show the extensions.

use anyhow::Result;
use ch18::{App, Cache, Call, HttpError, Lru, Multipart, Response, get, post, single_flight};
use std::collections::BTreeMap;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

/// How long somebody who works waits for others to ask meanwhile.
const PATIENCE: Duration = Duration::from_secs(5);

/// Adds the routes to a site.
pub fn add_to(app: &mut App) -> Result<()> {
    app.route("/upload", post(upload))?;
    let shop = Arc::new(Shop::default());
    let cache = Watched { shop: Arc::clone(&shop), values: Lru::new(100) };
    let ask = single_flight(cache, move |key: &String| Ok::<_, HttpError>(shop.make(key)));
    app.route(
        "/once/{key}",
        get(move |call| {
            let key: String = call.capture("key")?;
            Ok(Response::text(ask(&key)?))
        }),
    )
}

/// What came: a line of each part, and its content.
fn upload(call: &mut Call<'_>) -> Result<Response> {
    let content_type = call.environ.text("CONTENT_TYPE");
    let mut form = Multipart::new(content_type, call.input())?;
    let mut said = Vec::new();
    while let Some(part) = form.next_part()? {
        let mut content = Vec::new();
        while let Some(piece) = form.next_piece()? {
            content.extend(piece);
        }
        let file = part.file_name.as_deref().unwrap_or("no file");
        let kind = part.content_type.as_deref().unwrap_or("no type");
        let line = format!("{}, {file}, {kind}, {} bytes\n", part.name, content.len());
        said.extend([line.as_bytes(), &content, b"\n"].concat());
    }
    Ok(Response::new(200).content_type("application/octet-stream").body(said))
}

/// Where things are made that take so long that a second client asks meanwhile.
#[derive(Default)]
struct Shop {
    /// How often somebody has looked for a thing in the cache, and how often it was made.
    counts: Mutex<BTreeMap<String, (usize, usize)>>,
    changed: Condvar,
}

impl Shop {
    fn look(&self, key: &str) {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        counts.entry(key.to_owned()).or_default().0 += 1;
        self.changed.notify_all();
    }

    fn make(&self, key: &str) -> String {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let (_, made) = counts.entry(key.to_owned()).or_default();
        *made += 1;
        let number = *made;
        let is_alone = |counts: &mut BTreeMap<String, (usize, usize)>| {
            counts.get(key).is_none_or(|(looked, _)| *looked < 2)
        };
        drop(self.changed.wait_timeout_while(counts, PATIENCE, is_alone));
        format!("number {number}\n")
    }
}

/// A cache that tells when somebody looks into it.
struct Watched {
    shop: Arc<Shop>,
    values: Lru<String, String>,
}

impl Cache<String, String> for Watched {
    fn look_up(&mut self, key: &String) -> Option<String> {
        self.shop.look(key);
        self.values.look_up(key)
    }

    fn keep(&mut self, key: String, value: String) {
        self.values.keep(key, value);
    }
}
