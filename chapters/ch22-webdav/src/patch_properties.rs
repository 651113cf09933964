use crate::guard::Touch;
use crate::read_xml::read_text;
use crate::refusal::XML_TYPE;
use crate::{
    Change, Dav, MultiStatus, PropertyName, PropertyUpdate, Request, RequestBody, Response,
    escape_html,
};
use anyhow::Result;

impl Dav {
    /// PROPPATCH: sets and removes properties, all that it says or nothing (RFC 4918 section 9.2).
    ///
    /// Each gets a status in a 207: 200; or 403 if it is one that nobody can set, or 507 if
    /// there is [no room](crate::Properties::has_room) for all together, and then 424 for the
    /// others.
    pub(crate) fn prop_patch(
        &self,
        request: &Request,
        body: &mut RequestBody<'_>,
    ) -> Result<Response> {
        let PropertyUpdate(update) = PropertyUpdate::parse(&read_text(body)?)?;
        let mut writer = self.store.writer()?;
        let (place, there) = self.existing(request)?;
        self.may_touch(request, &place, &there, Touch::Content)?;
        let (live, dead): (Vec<_>, Vec<_>) =
            update.iter().map(|(name, _)| name).partition(|name| self.is_live(name));
        let elements = |names: &[&PropertyName]| -> String {
            names.iter().map(|name| name.element("")).collect()
        };
        let outcomes = if !live.is_empty() {
            [(403, elements(&live)), (424, elements(&dead))]
        } else if !self.store.state().properties.has_room(&place.key, &update) {
            [(507, elements(&dead)), (424, String::new())]
        } else {
            [(200, elements(&dead)), (424, String::new())]
        };
        if outcomes[0].0 == 200 {
            writer.make(Change::Patch { key: place.key, update })?;
        }
        let mut answer = MultiStatus::begin();
        answer.add(&escape_html(&request.path), &outcomes);
        answer.end();
        Ok(Response::new(207).content_type(XML_TYPE).body(answer.take()))
    }
}
