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
    pub fn pick(&mut self, candidates: &[Candidate], client: Option<IpAddr>) -> Option<usize> {
        match (self.method, client) {
            (Method::LeastConnections, _) => {
                let available = candidates.iter().filter(|one| one.is_available);
                let least = available.min_by(|a, b| by_load(a, b))?;
                // Of those that have the same, the first one would get all while there is little
                // to do.
                self.next(candidates, |one| by_load(one, least).is_eq())
            }
            (Method::ClientAddress, Some(client)) => highest_score(candidates, client),
            (Method::RoundRobin | Method::ClientAddress, _) => self.next(candidates, |_| true),
        }
    }

    /// The next one in turn among those that are available and meant.
    ///
    /// In each round everybody is given its weight, and who has most is chosen and pays for all.
    /// So of weights 5, 1 and 1 come a a b a c a a, and not five times the first at once.
    fn next(
        &mut self,
        candidates: &[Candidate],
        is_meant: impl Fn(&Candidate) -> bool,
    ) -> Option<usize> {
        self.credits.resize(candidates.len(), 0);
        let mut total = 0;
        let mut best: Option<usize> = None;
        for (place, one) in candidates.iter().enumerate() {
            if one.is_available && is_meant(one) {
                self.credits[place] += i64::from(one.weight);
                total += i64::from(one.weight);
                if best.is_none_or(|best| self.credits[place] > self.credits[best]) {
                    best = Some(place);
                }
            }
        }
        self.credits[best?] -= total;
        best
    }
}

/// Compares what two have to do, each for its weight.
fn by_load(a: &Candidate, b: &Candidate) -> Ordering {
    // a / weight of a < b / weight of b, without a division.
    let left = a.active as u64 * u64::from(b.weight);
    let right = b.active as u64 * u64::from(a.weight);
    left.cmp(&right)
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
    let available = candidates.iter().enumerate().filter(|(_, one)| one.is_available);
    let scored = available.map(|(place, one)| (place, score(one)));
    scored.max_by(|(_, a), (_, b)| a.total_cmp(b)).map(|(place, _)| place)
}
