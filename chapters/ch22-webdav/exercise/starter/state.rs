use crate::{Change, Entry, Locks, Properties};

/// What is known of files besides what is in them.
#[derive(Debug, Default)]
pub struct State {
    /// Who has locked what.
    pub locks: Locks,
    /// What clients have attached to them.
    pub properties: Properties,
}

impl State {
    /// What a journal comes to, and the change that was begun last if nothing says what became of
    /// it.
    pub fn of(entries: Vec<Entry>) -> (Self, Option<Change>) {
        let (mut state, mut begun) = (Self::default(), None);
        for entry in entries {
            match entry {
                Entry::Changed(change) => todo!("is it made already?"),
                Entry::Begun(change) => todo!("and this one?"),
                Entry::Done => todo!("what was done?"),
                Entry::GivenUp => todo!("and what was not?"),
            }
        }
        (state, begun)
    }

    /// Makes a change.
    pub fn apply(&mut self, change: Change) {
        match change {
            Change::Patch { key, update } => todo!("of what, and which?"),
            Change::Lock(lock) => todo!("is it new, or given for longer?"),
            Change::Unlock { key, token } => todo!("which one ends?"),
            Change::Remove { key, .. } => {
                todo!("what is gone with it, and with all that was below?")
            }
            // Locks stay behind, and are gone with what they were on (RFC 4918 section 7.6). That
            // of the place where it comes to stays: whoever has it wants to go on writing there.
            Change::Move { from, to, .. } => todo!("what comes along, and what has no place now?"),
            Change::Copy { from, to, deep, .. } => todo!("the same, but is anything gone?"),
        }
    }

    /// How many entries the shortest journal has that comes to this.
    pub fn len(&self) -> usize {
        self.properties.iter().count() + self.locks.iter().count()
    }

    /// Whether nothing is known.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The shortest journal that comes to this.
    pub fn entries(&self) -> impl Iterator<Item = Entry> {
        let properties = self.properties.iter().map(|(key, properties)| {
            let update = properties.iter().map(|(name, value)| (name.clone(), Some(value.clone())));
            Change::Patch { key: key.clone(), update: update.collect() }
        });
        properties.chain(self.locks.iter().cloned().map(Change::Lock)).map(Entry::Changed)
    }
}
