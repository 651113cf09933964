use crate::{Arguments, Fault, Value};
use std::collections::{HashMap, VecDeque};
use std::time::{Duration, Instant};

/// The longest key, in bytes.
pub const MAX_IDEMPOTENCY_KEY: usize = 64;

/// The code of the fault when a call with this key is still being made.
pub const STILL_RUNNING: i32 = -32001;

/// The code of the fault when the key belongs to another call.
pub const ANOTHER_CALL: i32 = -32002;

/// The code of the fault when there are too many calls with keys at once.
pub const NO_ROOM: i32 = -32003;

/// Remembers what came of calls that have a key, so that each is made once.
///
/// A client that has no answer does not know whether its call was made: the call may have been lost
/// on the way there, or the answer on the way back. So it gives the call a key that it uses for no
/// other one (an idempotency key), and sends the same again, as often as it likes, until there is
/// an answer.
///
/// | what is known of the key | what becomes of the call |
/// |---|---|
/// | nothing | it is made |
/// | the same call is still being made | fault [`STILL_RUNNING`]: the client may ask again later |
/// | the same call was made | the outcome of then, be it a value or a fault |
/// | another call has it: another name, or other arguments | fault [`ANOTHER_CALL`] |
///
/// A key has 1 to [`MAX_IDEMPOTENCY_KEY`] bytes; others are fault -32602. (JSON-RPC 2.0 leaves the
/// codes from -32099 to -32000 to the servers, section 5.1.)
///
/// An outcome is remembered for a time from the moment at which it was there: when that time has
/// passed, to the nanosecond, it is forgotten. To ask for it does not make that longer. And there
/// is room for so many keys: for one more, the outcome is forgotten that was there first. A call
/// that is still being made is never forgotten, however long it takes, or it would be made twice.
/// If all of the room is taken by such calls, a new one is not made, and fault [`NO_ROOM`].
///
/// Nothing here looks at a clock, or waits. Who shares it between threads has it in a `Mutex`, and
/// does not hold that while the call is made: those who send it again meanwhile are told so, and do
/// not wait.
#[derive(Debug)]
pub struct Idempotency {
    lifetime: Duration,
    room: usize,
    calls: HashMap<String, Known>,
    /// The keys of those that were made, and when; what was made first stands first.
    made: VecDeque<(Instant, String)>,
}

/// A call, and what came of it, unless it is still being made.
#[derive(Debug)]
struct Known {
    name: String,
    arguments: Arguments,
    outcome: Option<Result<Value, Fault>>,
}

impl Idempotency {
    /// A memory of `room` keys, for each outcome as long as `lifetime`.
    pub fn new(lifetime: Duration, room: usize) -> Self {
        Self { lifetime, room, calls: HashMap::new(), made: VecDeque::new() }
    }

    /// What is answered at `now` to a call with this key. With `None` it is the caller who makes
    /// it, and who then says to [`finish`](Self::finish) what came of it, whatever that is.
    pub fn begin(
        &mut self,
        key: &str,
        name: &str,
        arguments: &Arguments,
        now: Instant,
    ) -> Option<Result<Value, Fault>> {
        self.forget(now);
        if key.is_empty() || key.len() > MAX_IDEMPOTENCY_KEY {
            let wanted = format_args!("a key has 1 to {MAX_IDEMPOTENCY_KEY} bytes");
            return Some(Err(Fault::params(wanted)));
        }
        let fault = |code, text| Some(Err(Fault::new(code, text)));
        if let Some(known) = self.calls.get(key) {
            return match &known.outcome {
                _ if known.name != name || known.arguments != *arguments => {
                    fault(ANOTHER_CALL, "the key belongs to another call")
                }
                None => fault(STILL_RUNNING, "the call is still being made"),
                Some(outcome) => Some(outcome.clone()),
            };
        }
        if self.calls.len() >= self.room {
            match self.made.pop_front() {
                Some((_, first)) => self.calls.remove(&first),
                None => return fault(NO_ROOM, "too many calls with keys at once"),
            };
        }
        let call = Known { name: name.to_owned(), arguments: arguments.clone(), outcome: None };
        self.calls.insert(key.to_owned(), call);
        None
    }

    /// The call with this key was made, and had this outcome at `now`. If it is none that is being
    /// made, nothing happens: of two outcomes the first one counts.
    ///
    /// Time does not run back: a moment before one at which another outcome was there, is taken for
    /// that one.
    pub fn finish(&mut self, key: &str, outcome: Result<Value, Fault>, now: Instant) {
        if let Some(Known { outcome: place @ None, .. }) = self.calls.get_mut(key) {
            *place = Some(outcome);
            let now = self.made.back().map_or(now, |(last, _)| now.max(*last));
            self.made.push_back((now, key.to_owned()));
        }
    }

    /// Forgets what was there too long ago.
    fn forget(&mut self, now: Instant) {
        let is_over = |made: Instant| now.saturating_duration_since(made) >= self.lifetime;
        while let Some((_, key)) = self.made.pop_front_if(|(made, _)| is_over(*made)) {
            self.calls.remove(&key);
        }
    }
}
