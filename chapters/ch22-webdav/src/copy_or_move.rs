use crate::account::check_room;
use crate::copy_tree::copy_tree;
use crate::guard::{Shown, Touch};
use crate::key::is_at_or_below;
use crate::{
    Change, Dav, Depth, HttpError, Place, Request, Resource, Response, conditions_hold, destination,
};
use anyhow::Result;

/// What a COPY or MOVE is about, when nothing is against it.
struct Journey {
    from: Place,
    to: Place,
    deep: bool,
    /// What is at the end, and goes.
    replaced: Resource,
    /// Whether it has to go before: a folder takes no other's place, and nothing takes a folder's.
    steps_aside: bool,
}

impl Dav {
    /// COPY and MOVE: something is at another place too, or instead. 201 if nothing was there.
    ///
    /// What was there goes at once, and what comes is there as a whole. A copy is made beside
    /// first, which takes its time, and then put in its place.
    pub(crate) fn copy_or_move(&self, request: &Request) -> Result<Response> {
        let moves = request.method == "MOVE";
        let journey = self.may_go(request, moves)?;
        let (copy, aside) = (self.store.spare_name(), self.store.spare_name());
        let made = match moves {
            true => Ok(0),
            false => copy_tree(&journey.from.path, &self.store.spare_path(&copy), journey.deep),
        };
        let outcome = made.and_then(|new| self.finish(request, moves, &copy, new, &aside));
        for name in [copy, aside] {
            self.store.remove_spare(&name);
        }
        outcome
    }

    /// `new` is the size of a copy that was made.
    fn finish(
        &self,
        request: &Request,
        moves: bool,
        copy: &str,
        new: u64,
        aside: &str,
    ) -> Result<Response> {
        let mut writer = self.store.writer()?;
        // Again: it may have become different while the copy was made.
        let Journey { from, to, deep, replaced, steps_aside } = self.may_go(request, moves)?;
        let old = self.size_of(&to.path)?;
        check_room(new, self.room(old))?;
        let (from, to) = (from.key, to.key);
        let aside = steps_aside.then(|| aside.to_owned());
        writer.make(match moves {
            true => Change::Move { from, to, aside },
            false => Change::Copy { from, copy: copy.to_owned(), to, aside, deep },
        })?;
        self.exchanged(old, new);
        Ok(Response::new(if matches!(replaced, Resource::Missing) { 201 } else { 204 }))
    }

    /// Whether it may be done.
    ///
    /// | | |
    /// |---|---|
    /// | a `Depth` of 1, or for a MOVE of 0; `Overwrite` neither `T` nor `F` | 400 |
    /// | something is there, and `Overwrite: F` | 412 |
    /// | a copy for whose properties there is no room | 507 |
    /// | onto itself, into itself, or in the place of a folder that it is in | 403 |
    fn may_go(&self, request: &Request, moves: bool) -> Result<Journey> {
        let deep = match Depth::of(request)? {
            Depth::Infinity => true,
            Depth::Zero if !moves => false,
            _ => return Err(HttpError(400).into()),
        };
        let overwrites = match request.headers.get("Overwrite") {
            None | Some(b"T" | b"t") => true,
            Some(b"F" | b"f") => false,
            Some(_) => return Err(HttpError(400).into()),
        };
        let (from, what) = self.existing(request)?;
        let (to, replaced) = self.writable(destination(request, self.prefix())?)?;
        if is_at_or_below(&from.key, &to.key) || (deep && is_at_or_below(&to.key, &from.key)) {
            return Err(HttpError(403).into());
        }
        let (state, now) = (self.store.state(), (self.clock)());
        conditions_hold(&request.headers, &what, now)?;
        let shown = Shown::judge(self, request, &from, &state, now)?;
        let is_there = !matches!(replaced, Resource::Missing);
        if is_there && !overwrites {
            return Err(HttpError(412).into());
        }
        if !moves && !state.properties.has_room_for_copy(&from.key) {
            return Err(HttpError(507).into());
        }
        if moves {
            shown.allows(self, &state, &from.key, Touch::Existence, now)?;
        }
        shown.allows(self, &state, &to.key, Touch::Existence, now)?;
        let both_files = matches!((&what, &replaced), (Resource::File(_), Resource::File(_)));
        Ok(Journey { from, to, deep, replaced, steps_aside: is_there && !both_files })
    }
}
