use std::collections::{BTreeMap, HashMap};
use std::time::{Duration, Instant};

/// Timers for those who have very many of them and are not particular: a clock whose hand goes
/// from slot to slot.
///
/// Time is cut into grains. Each has a slot; and when the hand has passed the last slot, it comes
/// to the first one again. A timer lies in the slot of its grain, in whatever turn of the hand that
/// comes. So it is due less than a grain too late, and never too early; and to set one or to cancel
/// it costs the same whether there are ten or a million.
#[derive(Debug)]
pub struct Wheel<T> {
    /// When grain 0 was, and how many nanoseconds a grain has.
    begin: Instant,
    grain: u64,
    slots: Vec<HashMap<WheelId, T>>,
    /// The last grain that the hand has come to.
    hand: u64,
    /// What the hand has found and nobody has taken.
    due: BTreeMap<WheelId, T>,
    count: u64,
}

/// Names a timer of a wheel, so that it can be cancelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct WheelId {
    grain: u64,
    /// How many were set before.
    number: u64,
}

impl<T> Wheel<T> {
    /// A wheel with so many slots, at least one. Its hand is at grain 0, which is `now`; the next
    /// one is a `grain` later, which is not zero.
    pub fn new(now: Instant, grain: Duration, slots: usize) -> Self {
        Self {
            begin: now,
            grain: nanoseconds(grain),
            slots: (0..slots).map(|_| HashMap::new()).collect(),
            hand: 0,
            due: BTreeMap::new(),
            count: 0,
        }
    }

    /// Remembers `what` until the first grain that is not before `at`. If the hand has come there
    /// already, it is due.
    pub fn set(&mut self, at: Instant, what: T) -> WheelId {
        let grain = self.since_begin(at).div_ceil(self.grain);
        let id = WheelId { grain, number: self.count };
        self.count += 1;
        match grain <= self.hand {
            true => self.due.insert(id, what),
            false => self.slot(grain).insert(id, what),
        };
        id
    }

    /// Forgets a timer, at once and wholly. `None` if it was taken or cancelled before.
    pub fn cancel(&mut self, id: WheelId) -> Option<T> {
        match id.grain <= self.hand {
            true => self.due.remove(&id),
            false => self.slot(id.grain).remove(&id),
        }
    }

    /// When to look again: when the hand comes to the next slot that is not empty, be it for a
    /// timer of a later turn. If there is one that the hand has found already, when its grain was.
    ///
    /// This costs as much as there are slots.
    pub fn next(&self) -> Option<Instant> {
        let is_used = |&grain: &u64| !self.slots[self.place(grain)].is_empty();
        let grain = match self.due.first_key_value() {
            Some((id, _)) => id.grain,
            None => (self.hand + 1..).take(self.slots.len()).find(is_used)?,
        };
        Some(self.begin + Duration::from_nanos(grain.saturating_mul(self.grain)))
    }

    /// Moves the hand to the last grain that is not after `now`, and takes out the first of those
    /// that are due, in the order of their grains, and in a grain as they were set.
    pub fn take_due(&mut self, now: Instant) -> Option<T> {
        let reached = self.since_begin(now) / self.grain;
        // In a whole turn it comes to each slot; in two of them too.
        for grain in (self.hand + 1..=reached).take(self.slots.len()) {
            let slot = self.place(grain);
            self.due.extend(self.slots[slot].extract_if(|id, _| id.grain <= reached));
        }
        self.hand = self.hand.max(reached);
        self.due.pop_first().map(|(_, what)| what)
    }

    /// How many are set.
    pub fn len(&self) -> usize {
        self.due.len() + self.slots.iter().map(HashMap::len).sum::<usize>()
    }

    /// Whether none is set.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// In nanoseconds; nothing if it was before.
    fn since_begin(&self, at: Instant) -> u64 {
        nanoseconds(at.saturating_duration_since(self.begin))
    }

    fn place(&self, grain: u64) -> usize {
        (grain % self.slots.len() as u64) as usize
    }

    fn slot(&mut self, grain: u64) -> &mut HashMap<WheelId, T> {
        let place = self.place(grain);
        &mut self.slots[place]
    }
}

/// More than 584 years are as many.
fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}
