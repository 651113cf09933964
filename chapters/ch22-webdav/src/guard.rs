use crate::key::parent;
use crate::{
    Condition, Dav, HttpError, IfHeader, Place, Refusal, Request, Resource, State, Validators,
};
use anyhow::Result;
use chrono::{DateTime, Utc};

/// What a request does with something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Touch {
    /// It changes what is in it, or its properties.
    Content,
    /// It makes it, or removes it with all that is below: that changes the folder that it is in,
    /// too.
    Existence,
}

/// What the field `If` of a request comes to: the tokens that its sender has shown to have.
#[derive(Debug, Default)]
pub(crate) struct Shown(pub Vec<String>);

impl Shown {
    /// Judges the field for a request about `place`. 412 if none of its lists holds.
    pub(crate) fn judge(
        dav: &Dav,
        request: &Request,
        place: &Place,
        state: &State,
        now: DateTime<Utc>,
    ) -> Result<Self> {
        let mut values = request.headers.get_all("If");
        let field = match (values.next(), values.next()) {
            (None, _) => return Ok(Self::default()),
            (Some(value), None) => {
                IfHeader::parse(str::from_utf8(value).map_err(|_| HttpError(400))?)?
            }
            _ => return Err(HttpError(400).into()),
        };
        let holds = field.lists.iter().any(|(address, list)| {
            let there = match address {
                None => Some(place.clone()),
                Some(address) => dav.place_of_address(request, address),
            };
            list.iter().all(|condition| holds(dav, condition, there.as_ref(), state, now))
        });
        match holds {
            true => Ok(Self(field.tokens().map(str::to_owned).collect())),
            false => Err(HttpError(412).into()),
        }
    }

    /// 423 if there is a lock against what is to be done and its token was not shown. Of shared
    /// locks on the same thing one is enough (RFC 4918 section 7).
    pub(crate) fn allows(
        &self,
        dav: &Dav,
        state: &State,
        key: &str,
        touch: Touch,
        now: DateTime<Utc>,
    ) -> Result<()> {
        let mut changed = vec![key];
        if touch == Touch::Existence {
            changed.extend(parent(key));
            changed.extend(state.locks.below(key, now).map(|lock| lock.key.as_str()));
        }
        for key in changed {
            let mut locks = state.locks.on(key, now).peekable();
            let first = locks.peek().map(|lock| lock.key.clone());
            let is_shown = locks.any(|lock| self.0.contains(&lock.token));
            if let (Some(key), false) = (first, is_shown) {
                let href = Some(dav.address_of(&key));
                return Err(Refusal { status: 423, condition: "lock-token-submitted", href }.into());
            }
        }
        Ok(())
    }
}

/// Whether a condition holds; `there` is `None` for an address that is not ours.
fn holds(
    dav: &Dav,
    condition: &Condition,
    there: Option<&Place>,
    state: &State,
    now: DateTime<Utc>,
) -> bool {
    match condition {
        Condition::Token(negated, token) => {
            let key = there.map(|place| &place.key);
            let has =
                key.is_some_and(|key| state.locks.on(key, now).any(|lock| lock.token == *token));
            has != *negated
        }
        Condition::Tag(negated, tag) => {
            let has = there.is_some_and(|place| match place.look(&dav.store.root) {
                Resource::File(metadata) => {
                    let etag = Validators::of(&metadata, now).etag;
                    etag.is_some_and(|etag| *tag == format!("\"{etag}\""))
                }
                _ => false,
            });
            has != *negated
        }
    }
}
