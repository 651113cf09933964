use crate::guard::{Shown, Touch};
use crate::key::parent;
use crate::read_xml::read_text;
use crate::refusal::{XML, XML_TYPE};
use crate::{
    Change, Dav, Depth, HttpError, Lock, LockInfo, PropertyName, Refusal, Request, RequestBody,
    Resource, Response, conditions_hold, lock_timeout,
};
use anyhow::Result;
use chrono::{DateTime, Utc};
use uuid::Uuid;

/// How many locks there may be.
pub const MAX_LOCKS: usize = 10_000;

/// How many may share what they have locked.
pub const MAX_SHARED: usize = 64;

impl Dav {
    /// LOCK: gives a lock, or without a body gives one for longer (RFC 4918 section 9.10).
    ///
    /// What is not there is made, as an empty file: a name can be taken before there is something
    /// to be written. 423 if another lock is against it, and 507 if there are [so many](MAX_LOCKS),
    /// or on this, or something below for which it holds, [so many](MAX_SHARED).
    pub(crate) fn lock(&self, request: &Request, body: &mut RequestBody<'_>) -> Result<Response> {
        let text = read_text(body)?;
        if text.is_empty() {
            return self.lock_longer(request);
        }
        let LockInfo { scope, owner } = LockInfo::parse(&text)?;
        let depth = match Depth::of(request)? {
            Depth::One => return Err(HttpError(400).into()),
            depth => depth,
        };
        let seconds = lock_timeout(request);

        let mut writer = self.store.writer()?;
        let (place, there) = self.writable(self.rest(request)?)?;
        let now = (self.clock)();
        let token = Uuid::new_v4().urn().to_string();
        let ends = now.timestamp() + i64::from(seconds);
        let lock = Lock { token, key: place.key.clone(), depth, scope, owner, seconds, ends };
        let is_new = matches!(there, Resource::Missing);
        self.store.forget_ended_locks(now);
        conditions_hold(&request.headers, &there, now)?;
        {
            let state = self.store.state();
            let shown = Shown::judge(self, request, &place, &state, now)?;
            if let Some(known) = state.locks.against(&lock, now) {
                let href = Some(self.address_of(&known.key));
                return Err(Refusal { status: 423, condition: "no-conflicting-lock", href }.into());
            }
            let is_full = |key: &str| state.locks.on(key, now).count() >= MAX_SHARED;
            let mut below = state.locks.below(&place.key, now);
            if state.locks.iter().count() >= MAX_LOCKS
                || is_full(&place.key)
                || (depth == Depth::Infinity && below.any(|known| is_full(&known.key)))
            {
                return Err(HttpError(507).into());
            }
            if is_new {
                if request.path.ends_with('/') {
                    return Err(HttpError(409).into()); // a file has no slash, and folders MKCOL makes
                }
                let folder = parent(&place.key).unwrap_or_default();
                shown.allows(self, &state, folder, Touch::Content, now)?;
            }
        }
        if is_new {
            writer.put_file(self.store.write_spare(|_| Ok(()))?, &place)?;
        }
        writer.make(Change::Lock(lock.clone()))?;
        let status = if is_new { 201 } else { 200 };
        let token = format!("<{}>", lock.token);
        Ok(self.discovery(&lock, now).status(status).header("Lock-Token", token)?)
    }

    /// Gives the lock for longer whose token is in the field `If`; 412 if there is none.
    fn lock_longer(&self, request: &Request) -> Result<Response> {
        let mut writer = self.store.writer()?;
        let (place, there) = self.existing(request)?;
        let now = (self.clock)();
        conditions_hold(&request.headers, &there, now)?;
        let mut lock = {
            let state = self.store.state();
            let shown = Shown::judge(self, request, &place, &state, now)?;
            let mut locks = state.locks.on(&place.key, now);
            let lock = locks.find(|lock| shown.0.contains(&lock.token));
            lock.ok_or(HttpError(412))?.clone()
        };
        lock.seconds = match request.headers.contains("Timeout") {
            true => lock_timeout(request),
            false => lock.seconds,
        };
        lock.ends = now.timestamp() + i64::from(lock.seconds);
        writer.make(Change::Lock(lock.clone()))?;
        Ok(self.discovery(&lock, now))
    }

    /// UNLOCK: ends the lock that `Lock-Token` names. 409 if none of that name holds for the path.
    pub(crate) fn unlock(&self, request: &Request) -> Result<Response> {
        let token = request.headers.get_text("Lock-Token").unwrap_or_default().trim();
        let token = token.strip_prefix('<').and_then(|token| token.strip_suffix('>'));
        let token = token.ok_or(HttpError(400))?;
        let mut writer = self.store.writer()?;
        let (place, _) = self.existing(request)?;
        let now = (self.clock)();
        let key = {
            let state = self.store.state();
            Shown::judge(self, request, &place, &state, now)?;
            let mut locks = state.locks.on(&place.key, now);
            locks.find(|lock| lock.token == token).map(|lock| lock.key.clone())
        };
        let condition = "lock-token-matches-request-uri";
        let key = key.ok_or(Refusal { status: 409, condition, href: None })?;
        writer.make(Change::Unlock { key, token: token.to_owned() })?;
        Ok(Response::new(204))
    }

    fn discovery(&self, lock: &Lock, now: DateTime<Utc>) -> Response {
        let lock = lock.describe(&self.address_of(&lock.key), now);
        let locks = PropertyName::dav("lockdiscovery").element(&lock);
        let text = format!("{XML}<D:prop xmlns:D=\"DAV:\">{locks}</D:prop>\n");
        Response::text(text).content_type(XML_TYPE)
    }
}
