use crate::{Lock, PropertyName};
use serde::{Deserialize, Serialize};

/// A change of what the [journal](crate::Journal) tells of. Keys are those of
/// [`Place`](crate::Place); `aside` and `copy` are names in the store's own folder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Change {
    /// Properties are set, or removed where there is no value.
    Patch {
        /// Of what.
        key: String,
        /// In order.
        update: Vec<(PropertyName, Option<String>)>,
    },
    /// A lock is given, or given for longer.
    Lock(Lock),
    /// A lock ends.
    Unlock {
        /// Of what.
        key: String,
        /// Which.
        token: String,
    },
    /// A file or folder goes.
    Remove {
        /// Which.
        key: String,
        /// What it is called until it is gone.
        aside: String,
    },
    /// A file or folder comes from elsewhere.
    Move {
        /// From where.
        from: String,
        /// To where.
        to: String,
        /// What is called so until it is gone: what was there.
        aside: Option<String>,
    },
    /// A copy, which was made already, is put in its place.
    Copy {
        /// Of what.
        from: String,
        /// What the copy is called until it is there.
        copy: String,
        /// To where.
        to: String,
        /// What is called so until it is gone: what was there.
        aside: Option<String>,
        /// Whether it is a copy of all that is below, too.
        deep: bool,
    },
}

/// A line of the journal.
///
/// The journal and the file system cannot change in one step. So the journal says first what is to
/// be done, and then that it was done. What is begun and not done when the program starts again is
/// done then: that is a *redo log*.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Entry {
    /// A change of locks or properties. With the line it is done.
    Changed(Change),
    /// A change in which files are renamed will be made now.
    Begun(Change),
    /// It was.
    Done,
    /// It could not be made, and nothing has changed.
    GivenUp,
}
