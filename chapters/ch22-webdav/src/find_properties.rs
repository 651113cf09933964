use crate::place::{join, key_of};
use crate::read_xml::read_text;
use crate::refusal::XML_TYPE;
use crate::{
    Body, DAV, Dav, Depth, LIVE, MultiStatus, Place, PropFind, PropertyName, Refusal, Request,
    RequestBody, Resource, Response, decode_name, encode_name, escape_html, is_plain,
    live_property,
};
use anyhow::{Context, Result};
use std::fs::{self, Metadata, ReadDir};
use std::io;
use std::sync::Arc;

/// How much of an answer is written at once, in bytes.
const PIECE: usize = 64 * 1024;

/// What is still to be told of a folder.
struct Walk {
    dav: Arc<Dav>,
    wanted: PropFind,
    /// The address of the folder, with its slash.
    href: String,
    /// Its key.
    key: String,
    entries: Option<ReadDir>,
    answer: MultiStatus,
}

impl Dav {
    /// PROPFIND: the properties of a file or folder, and with `Depth: 1` of what is in a folder
    /// (RFC 4918 section 9.1).
    ///
    /// What is in a folder is looked up while the answer is sent: however many files there are, a
    /// piece of it is in memory. All that is below (no `Depth`, or `infinity`) is 403: nobody knows
    /// how much that is.
    pub(crate) fn prop_find(
        self: &Arc<Self>,
        request: &Request,
        body: &mut RequestBody<'_>,
    ) -> Result<Response> {
        let wanted = PropFind::parse(&read_text(body)?)?.each_once();
        let depth = Depth::of(request)?;
        let (place, there) = self.existing(request)?;
        let mut walk = Walk {
            dav: Arc::clone(self),
            wanted,
            href: escape_html(&request.path),
            key: place.key.clone(),
            entries: None,
            answer: MultiStatus::begin(),
        };
        match &there {
            Resource::Folder(metadata) => {
                if depth == Depth::Infinity {
                    let condition = "propfind-finite-depth";
                    return Err(Refusal { status: 403, condition, href: None }.into());
                }
                if !walk.href.ends_with('/') {
                    walk.href.push('/');
                }
                walk.add(&walk.href.clone(), &place, metadata);
                if depth == Depth::One {
                    let folder = place.path.canonicalize()?;
                    walk.key = key_of(&self.store.root, &folder).context("it has moved away")?;
                    walk.entries = Some(fs::read_dir(folder)?);
                }
            }
            Resource::File(metadata) => walk.add(&walk.href.clone(), &place, metadata),
            Resource::Missing | Resource::Hidden => {}
        }
        let response = Response::new(207).content_type(XML_TYPE);
        if walk.entries.is_none() {
            walk.answer.end();
            return Ok(response.body(walk.answer.take()));
        }
        Ok(response.stream(Body::Pieces(Box::new(walk))))
    }
}

impl Iterator for Walk {
    type Item = io::Result<Vec<u8>>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut entries = self.entries.take()?;
        while self.answer.len() < PIECE {
            let Some(entry) = entries.next() else {
                self.answer.end();
                return Some(Ok(self.answer.take()));
            };
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) => return Some(Err(error)),
            };
            // As a request would say it, which on some systems is not possible for every name.
            let Some(name) = decode_name(entry.file_name().into_encoded_bytes()) else { continue };
            if !is_plain(&name.to_string_lossy()) {
                continue;
            }
            let href = format!("{}{}", self.href, encode_name(&name));
            let place = Place { key: join(&self.key, &name), path: entry.path() };
            // Asked of the entry: by its path, the system would look for the folder each time.
            let there = match entry.metadata() {
                Ok(found) => place.resource(&self.dav.store.root, found),
                Err(_) => Resource::Missing,
            };
            match there {
                Resource::File(metadata) => self.add(&href, &place, &metadata),
                Resource::Folder(metadata) => self.add(&format!("{href}/"), &place, &metadata),
                // Gone meanwhile, or never shown.
                Resource::Missing | Resource::Hidden => {}
            }
        }
        self.entries = Some(entries);
        Some(Ok(self.answer.take()))
    }
}

impl Walk {
    /// Adds what is wanted of one file or folder.
    fn add(&mut self, href: &str, place: &Place, metadata: &Metadata) {
        let (state, now) = (self.dav.store.state(), (self.dav.clock)());
        let locks: String = state
            .locks
            .on(&place.key, now)
            .map(|lock| lock.describe(&self.dav.address_of(&lock.key), now))
            .collect();
        let account = self.dav.account.as_ref().filter(|_| metadata.is_dir());
        let live = |name: &str| {
            live_property(name, &place.path, metadata, &locks, now)
                .or_else(|| account.and_then(|account| account.property(name)))
        };
        let dead = state.properties.of(&place.key);
        let (mut found, mut missing) = (String::new(), String::new());
        let mut look_up = |name: &PropertyName| {
            let value = match self.dav.is_live(name) {
                true => live(&name.name).map(|inner| name.element(&inner)),
                false => dead.and_then(|dead| dead.get(name)).cloned(),
            };
            match value {
                Some(element) => found += &element,
                None => missing += &name.element(""),
            }
        };
        let has = |name: &str| live(name).is_some();
        match &self.wanted {
            PropFind::These(names) => names.iter().for_each(look_up),
            PropFind::All(more) => {
                let is_told =
                    |name: &&PropertyName| name.namespace == DAV && LIVE.contains(&&*name.name);
                let more = more.iter().filter(|name| !is_told(name));
                more.filter(|name| !dead.is_some_and(|dead| dead.contains_key(name)))
                    .for_each(&mut look_up);
                for name in LIVE {
                    if let Some(inner) = live(name) {
                        found += &PropertyName::dav(name).element(&inner);
                    }
                }
                found.extend(dead.into_iter().flat_map(|dead| dead.values()).map(String::as_str));
            }
            PropFind::Names => {
                let more = self.dav.names_of_account().iter().copied();
                for name in LIVE.into_iter().chain(more).filter(|name| has(name)) {
                    found += &PropertyName::dav(name).element("");
                }
                found.extend(
                    dead.into_iter().flat_map(|dead| dead.keys()).map(|name| name.element("")),
                );
            }
        }
        self.answer.add(href, &[(200, found), (404, missing)]);
    }
}
