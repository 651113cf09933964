use std::cmp::Ordering;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::net::{IpAddr, SocketAddr};

/// How it is decided which of several servers answers a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Each in its turn, as often as its weight says.
    RoundRobin,
    /// The one that has the fewest requests for its weight.
    LeastConnections,
    /// For one client always the same, as long as that one is available.
    ClientAddress,
}

/// A server as it stands for choice.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Candidate {
    /// Where it listens.
    pub address: SocketAddr,
    /// How much it takes beside the others; at least 1.
    pub weight: u32,
    /// How many requests it has now.
    pub active: usize,
    /// Whether it may be asked at all.
    pub is_available: bool,
}

/// Chooses servers, one for each request.
#[derive(Debug)]
pub struct Balance {
    method: Method,
    /// By server: how much it is owed.
    credits: Vec<i64>,
}

impl Balance {
    /// Nobody was chosen yet.
    pub fn new(method: Method) -> Self {
        Self { method, credits: Vec::new() }
    }

    /// The place of one of the `candidates` that are available, for a request of this client;
    /// `None` if there is none. They must be the same ones each time, in the same order.
    ///
    /// Of those that have the same least number for their weight, the next one in turn is chosen. A
    /// client without an address is served in turn, whatever the method.
    pub fn pick(&mut self, candidates: &[Candidate], client: Option<IpAddr>) -> Option<usize> {
        todo!("who is meant, by this method?")
    }

    /// The next one in turn among those that are available and meant.
    ///
    /// In each round everybody is given its weight, and who has most is chosen and pays for all;
    /// the first of those who have the same. So of weights 5, 1 and 1 come a a b a c a a, and not
    /// five times the first at once.
    fn next(
        &mut self,
        candidates: &[Candidate],
        is_meant: impl Fn(&Candidate) -> bool,
    ) -> Option<usize> {
        todo!("who is given how much? who has most? what does it pay?")
    }
}

/// Compares what two have to do, each for its weight.
fn by_load(a: &Candidate, b: &Candidate) -> Ordering {
    todo!("active requests for each unit of weight; can it be said without a division?")
}

/// The one with the highest number in a draw that comes out the same each time (rendezvous
/// hashing). If one drops out, its clients alone go elsewhere; with `hash % count` nearly all
/// would.
fn highest_score(candidates: &[Candidate], client: IpAddr) -> Option<usize> {
    let score = |one: &Candidate| {
        let mut hasher = DefaultHasher::new();
        (client.to_canonical(), one.address).hash(&mut hasher);
        // The upper 53 bits, which a float holds exactly: a number between 0 and 1, and never
        // either of them.
        let draw = ((hasher.finish() >> 11) as f64 + 0.5) / (1_u64 << 53) as f64;
        // With this one twice the weight wins twice as often.
        f64::from(one.weight) / -draw.ln()
    };
    todo!("which of those that are available has the highest?")
}
