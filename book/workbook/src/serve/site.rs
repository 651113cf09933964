//! The book that is being read: its last good build, and news of the next.

use crate::course::checkout::Checkout;
use crate::pages::build::build;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// The book, and who waits for its next build.
#[derive(Debug)]
pub struct Site {
    /// Where the course lies.
    pub checkout: Checkout,
    /// Where its last good build is.
    pub html: PathBuf,
    /// Held by whoever reads the built files, and while they are replaced.
    pub files: RwLock<()>,
    news: Mutex<News>,
    changed: Condvar,
}

/// What is known about the book.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct News {
    /// Counts the news: builds, good and bad, and marks. It starts anew with the program, but
    /// with the time, so that it never comes back to an earlier number.
    pub build: u64,
    /// When the last good build was finished, in milliseconds since 1970; 0 if
    /// there was none.
    pub built: u64,
    /// What is wrong, if the last build failed.
    pub fault: Option<String>,
    /// How far the learner is with the exercises, by page, from the last real run of each.
    pub marks: BTreeMap<String, Mark>,
    /// Whether the program is about to end: nobody waits for news any more.
    pub is_last: bool,
}

/// How far a learner is with the exercise of a chapter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    /// The tasks that pass.
    pub passed: usize,
    /// All tasks.
    pub tasks: usize,
}

impl Site {
    /// A book that was not built yet; it will be at `html`.
    pub fn new(checkout: Checkout, html: PathBuf) -> Self {
        let news = News { build: now(), ..News::default() };
        let (news, changed) = (Mutex::new(news), Condvar::new());
        Self { checkout, html, files: RwLock::new(()), news, changed }
    }

    /// Builds the book. If it fails, the last good one stays, and the fault is
    /// the news. Returns how long it took, and the fault.
    pub fn rebuild(&self) -> (Duration, Option<String>) {
        let start = Instant::now();
        let result = build(&self.checkout, &self.html, |swap| {
            let _files = self.files.write().unwrap_or_else(PoisonError::into_inner);
            swap()
        });
        let fault = result.err().map(|error| format!("{error:#}"));
        let mut news = self.lock();
        news.build += 1;
        if fault.is_none() {
            news.built = now();
        }
        news.fault.clone_from(&fault);
        self.changed.notify_all();
        (start.elapsed(), fault)
    }

    /// Tells how far the learner is with the exercise on a page; `None` if it was not begun.
    pub fn mark(&self, page: &str, mark: Option<Mark>) {
        let mut news = self.lock();
        let before = match mark {
            Some(mark) => news.marks.insert(page.to_owned(), mark),
            None => news.marks.remove(page),
        };
        if before != mark {
            news.build += 1;
            self.changed.notify_all();
        }
    }

    /// Nobody shall wait for news any more.
    pub fn end_news(&self) {
        self.lock().is_last = true;
        self.changed.notify_all();
    }

    /// What is known now.
    pub fn news(&self) -> News {
        self.lock().clone()
    }

    /// What is known as soon as it is not build `seen`, but at the latest after
    /// `patience`, or when the [end](Self::end_news) has come.
    pub fn news_since(&self, seen: u64, patience: Duration) -> News {
        let same = |news: &mut News| news.build == seen && !news.is_last;
        let (news, _late) = self
            .changed
            .wait_timeout_while(self.lock(), patience, same)
            .unwrap_or_else(PoisonError::into_inner);
        news.clone()
    }

    fn lock(&self) -> MutexGuard<'_, News> {
        self.news.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}
