//! What chapter 18 promises, but for its program: that is in `guest_book.rs`.

#[path = "ch18/app.rs"]
mod app;
#[path = "ch18/caches.rs"]
mod caches;
#[path = "ch18/form.rs"]
mod form;
#[path = "ch18/guest_book.rs"]
mod guest_book;
#[path = "ch18/journal.rs"]
mod journal;
#[path = "ch18/methods.rs"]
mod methods;
#[path = "ch18/origin.rs"]
mod origin;
#[path = "ch18/quote.rs"]
mod quote;
#[path = "ch18/requests.rs"]
mod requests;
#[path = "ch18/router.rs"]
mod router;
#[path = "ch18/segments.rs"]
mod segments;
#[path = "ch18/session.rs"]
mod session;
#[path = "ch18/static_files.rs"]
mod static_files;
#[path = "ch18/templates.rs"]
mod templates;
