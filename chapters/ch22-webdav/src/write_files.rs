use crate::account::check_room;
use crate::guard::{Shown, Touch};
use crate::{
    Change, Dav, Depth, HttpError, Place, Request, RequestBody, Resource, Response, Validators,
    conditions_hold,
};
use anyhow::Result;
use std::fs;
use std::io::{self, ErrorKind, Read};

impl Dav {
    /// PUT: a file becomes what was sent, at once and as a whole. 201 if it is new.
    pub(crate) fn put(&self, request: &Request, body: &mut RequestBody<'_>) -> Result<Response> {
        // A part would be taken for the whole (RFC 9110 section 14.5).
        if request.headers.contains("Content-Range") {
            return Err(HttpError(400).into());
        }
        // Asked twice. Before anything is read, as it may be much, and again when it is here: what
        // was so when it began to come need not be so any more.
        let Some((place, _)) = self.may_put(request)? else { return self.not_allowed(request) };
        let room = self.room(self.size_of(&place.path)?);
        self.check_announced(request, room)?;
        let file = self.store.write_spare(|out| {
            let length = io::copy(&mut body.take(room.saturating_add(1)), out)?;
            Ok(check_room(length, room)?)
        })?;
        let mut writer = self.store.writer()?;
        let Some((place, there)) = self.may_put(request)? else {
            return self.not_allowed(request);
        };
        let (old, new) = (self.size_of(&place.path)?, file.as_file().metadata()?.len());
        check_room(new, self.room(old))?;
        writer.put_file(file, &place)?;
        self.exchanged(old, new);
        let status = if matches!(there, Resource::Missing) { 201 } else { 204 };
        let etag = Validators::of(&fs::metadata(&place.path)?, (self.clock)()).etag;
        let response = Response::new(status);
        Ok(match etag {
            Some(etag) => response.header("ETag", format!("\"{etag}\""))?,
            None => response,
        })
    }

    /// Where a file is put and what is there; `None` if no file can be there.
    fn may_put(&self, request: &Request) -> Result<Option<(Place, Resource)>> {
        let (place, there) = self.writable(self.rest(request)?)?;
        if request.path.ends_with('/') || matches!(there, Resource::Folder(_)) {
            return Ok(None);
        }
        let touch = match there {
            Resource::Missing => Touch::Existence,
            _ => Touch::Content,
        };
        self.may_touch(request, &place, &there, touch)?;
        Ok(Some((place, there)))
    }

    /// Whether neither the conditions of a request nor locks are against what it wants to do.
    pub(crate) fn may_touch(
        &self,
        request: &Request,
        place: &Place,
        there: &Resource,
        touch: Touch,
    ) -> Result<()> {
        let (state, now) = (self.store.state(), (self.clock)());
        conditions_hold(&request.headers, there, now)?;
        let shown = Shown::judge(self, request, place, &state, now)?;
        shown.allows(self, &state, &place.key, touch, now)
    }

    /// MKCOL: a folder is made. 405 if something is there, 415 if there is a body: what it would
    /// mean is not defined.
    pub(crate) fn make_folder(
        &self,
        request: &Request,
        body: &mut RequestBody<'_>,
    ) -> Result<Response> {
        if has_body(body)? {
            return Err(HttpError(415).into());
        }
        let mut writer = self.store.writer()?;
        let (place, there) = self.writable(self.rest(request)?)?;
        if !matches!(there, Resource::Missing) {
            return self.not_allowed(request);
        }
        self.may_touch(request, &place, &there, Touch::Existence)?;
        writer.make_folder(&place)?;
        Ok(Response::new(201))
    }

    /// DELETE: a file goes, or a folder with all that is in it: all of it at once, or nothing.
    pub(crate) fn delete(&self, request: &Request) -> Result<Response> {
        if Depth::of(request)? != Depth::Infinity {
            return Err(HttpError(400).into());
        }
        let aside = self.store.spare_name();
        let mut writer = self.store.writer()?;
        let (place, there) = self.existing(request)?;
        if place.key.is_empty() {
            return Err(HttpError(403).into()); // the root
        }
        self.may_touch(request, &place, &there, Touch::Existence)?;
        let old = self.size_of(&place.path)?;
        writer.make(Change::Remove { key: place.key, aside: aside.clone() })?;
        self.exchanged(old, 0);
        drop(writer); // what takes long, others need not wait for
        self.store.remove_spare(&aside);
        Ok(Response::new(204))
    }
}

fn has_body(body: &mut RequestBody<'_>) -> io::Result<bool> {
    loop {
        match body.read(&mut [0]) {
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            outcome => return Ok(outcome? > 0),
        }
    }
}
