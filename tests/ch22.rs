//! What chapter 22 promises.

#[path = "ch22/copy_move.rs"]
mod copy_move;
#[path = "ch22/files.rs"]
mod files;
#[path = "ch22/finding.rs"]
mod finding;
#[path = "ch22/headers.rs"]
mod headers;
#[path = "ch22/if_header.rs"]
mod if_header;
#[path = "ch22/journal.rs"]
mod journal;
#[path = "ch22/locking.rs"]
mod locking;
#[path = "ch22/locks.rs"]
mod locks;
#[path = "ch22/multi_status.rs"]
mod multi_status;
#[path = "ch22/places.rs"]
mod places;
#[path = "ch22/properties.rs"]
mod properties;
#[path = "ch22/site.rs"]
mod site;
#[path = "ch22/store.rs"]
mod store;
#[path = "ch22/xml.rs"]
mod xml;
