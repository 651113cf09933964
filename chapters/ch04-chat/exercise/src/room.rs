use crate::Outlet;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The longest name, in bytes.
pub const MAX_NAME: usize = 20;

/// Names one member of a [`Room`], also after they have changed their name.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MemberId(u64);

/// Everybody who is in the room.
///
/// Every method locks the list, so that all members get all lines in the same
/// order.
pub struct Room<O> {
    seats: usize,
    members: Mutex<Members<O>>,
}

struct Members<O> {
    /// In the order in which they joined.
    list: Vec<Member<O>>,
    /// How many have ever joined: no [`MemberId`] is given twice.
    joined: u64,
}

struct Member<O> {
    id: MemberId,
    name: String,
    outlet: O,
}

/// Whom a line concerns.
#[derive(Clone, Copy)]
enum To {
    One(MemberId),
    AllBut(MemberId),
    All,
}

impl<O: Outlet> Room<O> {
    /// An empty room for at most `seats` members, which remembers nothing.
    pub fn new(seats: usize) -> Self {
        Self { seats, members: Mutex::new(Members { list: Vec::new(), joined: 0 }) }
    }

    /// Takes in a new member under the first free name of `guest1`, `guest2` …, and tells
    /// everybody: the others `* guest1 has joined\n`, and then the new member
    /// `* welcome, guest1: /NAME you changes your name, /EXIT leaves\n`.
    ///
    /// If all seats are taken the outlet is given back, and nobody is told anything.
    pub fn join(&self, outlet: O) -> Result<MemberId, O> {
        todo!("lock, look for a seat, and tell; the new member's number is `joined`, plus one")
    }

    /// Lets a member go, drops their outlet, and tells everybody else `* guest1 has left\n`. If
    /// they are gone already, nothing happens.
    pub fn leave(&self, id: MemberId) {
        todo!("take them off the list, and tell those who are left")
    }

    /// Passes on what a member says, as `guest1: text\n` with the name that they have now: to
    /// all others, and not to themselves. Who is gone says nothing.
    pub fn say(&self, id: MemberId, text: &str) {
        todo!("one lock from the name to the last delivery")
    }

    /// Tells one member alone.
    pub fn tell(&self, id: MemberId, line: &str) {
        self.lock().tell(id, line.as_bytes());
    }

    /// Gives a member another name and tells everybody, or tells the member
    /// why not: a name is 1 to [`MAX_NAME`] letters, digits, `-` and `_`, and
    /// nobody else's.
    pub fn rename(&self, id: MemberId, name: &str) {
        let mut members = self.lock();
        if !is_name(name) {
            let rule = format!("* a name is 1 to {MAX_NAME} letters, digits, - and _\n");
            members.tell(id, rule.as_bytes());
        } else if members.list.iter().any(|member| member.name == name) {
            members.tell(id, format!("* {name} is taken\n").as_bytes());
        } else if let Some(member) = members.list.iter_mut().find(|member| member.id == id) {
            let before = std::mem::replace(&mut member.name, name.to_owned());
            // The others first: if the member cannot be told, they are dropped by
            // a name that everybody has heard.
            members.tell_others(id, format!("* {before} is now {name}\n").as_bytes());
            members.tell(id, format!("* you are now {name}\n").as_bytes());
        }
    }

    /// *Extension.* Tells a member who is in the room, themselves included, in the order in
    /// which they joined: `* here: guest1, ada, guest3\n`.
    pub fn who(&self, id: MemberId) {
        todo!("the names, with a comma and a space between them")
    }

    /// *Extension.* Says something to the one member who is called `name`: they hear
    /// `guest1 to you: text\n`, where `guest1` is who says it, and nobody else hears anything.
    /// That one may be themselves. If nobody is called so, who says it is told
    /// `* nobody is called NAME\n`. Who is gone says nothing.
    pub fn message(&self, id: MemberId, name: &str, text: &str) {
        todo!("one lock from the name to the delivery")
    }

    /// *Extension.* An empty room for at most `seats` members, which remembers the last `lines`
    /// lines.
    ///
    /// Who joins it is told these lines first, the oldest one first, each as the others have
    /// heard it (`ada: hello\n`), and then the welcome. A line is what a member has said to all
    /// by [`say`](Self::say), be somebody there to hear it or not; that somebody joins, leaves
    /// or is renamed, and what [`tell`](Self::tell) tells, is not remembered. A line that is
    /// said while somebody joins is told to them once: among the remembered ones, or later when
    /// all hear it. If `lines` is 0 the room is like one of [`new`](Self::new).
    pub fn remembering(seats: usize, lines: usize) -> Self {
        todo!("where are the lines kept, and under which lock?")
    }

    fn lock(&self) -> MutexGuard<'_, Members<O>> {
        // Poisoned means that a thread panicked while it held the lock. The
        // list is whole even then, and the others want to go on talking.
        self.members.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<O: Outlet> Members<O> {
    fn name(&self, id: MemberId) -> Option<String> {
        let member = self.list.iter().find(|member| member.id == id)?;
        Some(member.name.clone())
    }

    /// `guest1`, or the first of its kind that nobody has.
    fn free_name(&self) -> String {
        let mut number = 1;
        loop {
            let name = format!("guest{number}");
            if self.list.iter().all(|member| member.name != name) {
                return name;
            }
            number += 1;
        }
    }

    fn tell(&mut self, id: MemberId, line: &[u8]) {
        self.deliver(line, To::One(id));
    }

    fn tell_others(&mut self, id: MemberId, line: &[u8]) {
        self.deliver(line, To::AllBut(id));
    }

    /// Delivers `line` once to each member whom it concerns.
    ///
    /// Whose outlet fails is taken off the list, and their outlet dropped. When the others have
    /// had the line, everybody who is left is told `* guest1 was dropped\n`, once for each who
    /// is lost, in the order of the list. That may lose somebody else, of whom the same is true.
    fn deliver(&mut self, line: &[u8], to: To) {
        todo!("`Vec::retain_mut` walks along the list, and takes off whom you tell it to")
    }
}

fn is_name(name: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    (1..=MAX_NAME).contains(&name.len()) && name.bytes().all(fits)
}
