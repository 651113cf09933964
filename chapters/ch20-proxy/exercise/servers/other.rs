//! Right too: what goes no further is found in a list that is made for each head, the fields about
//! the client are made before they are written, who is next in turn has the least behind it for its
//! weight, and a backend is in one of two states.

mod backend;
mod check;
mod client;
#[path = "../../ch15-event-loop/src/connections.rs"]
mod connections;
#[path = "../../ch15-event-loop/src/end_of_body.rs"]
mod end_of_body;
mod journey;
#[cfg(unix)]
mod master;
mod output;
mod passed_body;
mod passed_head;
#[path = "../../ch15-event-loop/src/pipe.rs"]
mod pipe;
#[path = "../../ch15-event-loop/src/progress.rs"]
mod progress;
mod relay;
#[path = "../../ch15-event-loop/src/respond.rs"]
mod respond;
#[path = "../../ch16-async-by-hand/src/serve.rs"]
mod serve;
#[path = "../../ch15-event-loop/src/server.rs"]
mod server;
mod site;
mod upstream;
#[cfg(unix)]
mod worker;

pub use balance::Balance;
pub use chapter::*;
pub use chapter::{Candidate, HealthRules, Method};
pub use forwarded::{add_forwarded, tells_origin};
pub use health::Health;
pub use hop_by_hop::end_to_end;
#[cfg(unix)]
pub use master::{Master, Order, Orders};
pub use server::HttpServer;
pub use site::HttpSite;
pub use upstream::{Upstream, UpstreamSettings};
#[cfg(unix)]
pub use worker::Worker;

/// What is for us alone.
mod hop_by_hop {
    use crate::Headers;
    use std::collections::BTreeSet;

    const OURS: &str = "connection,keep-alive,proxy-authenticate,proxy-authorization,\
                        proxy-connection,te,trailer,transfer-encoding,upgrade";

    pub fn end_to_end(headers: &Headers) -> impl Iterator<Item = (&str, &[u8])> {
        let mut ours = BTreeSet::new();
        for value in headers.get_all("connection") {
            ours.extend(
                value.split(|byte| *byte == b',').map(|one| one.trim_ascii().to_ascii_lowercase()),
            );
        }
        ours.remove(&b"host"[..]);
        ours.remove(&b"content-length"[..]);
        ours.extend(OURS.split(',').map(|name| name.as_bytes().to_owned()));
        let mut far = Vec::new();
        for (name, value) in headers.iter() {
            if !ours.contains(name.to_ascii_lowercase().as_bytes()) {
                far.push((name, value));
            }
        }
        far.into_iter()
    }
}

/// For whom a request is.
mod forwarded {
    use crate::Headers;
    use std::net::IpAddr;

    pub fn tells_origin(name: &str) -> bool {
        matches!(
            &*name.to_ascii_lowercase().replace('_', "-"),
            "forwarded"
                | "x-forwarded-for"
                | "x-forwarded-host"
                | "x-forwarded-proto"
                | "x-real-ip"
        )
    }

    pub fn add_forwarded(
        headers: &Headers,
        client: Option<IpAddr>,
        trusted: bool,
        out: &mut Vec<u8>,
    ) {
        let said = |name: &str| -> Vec<Vec<u8>> {
            let all = headers.get_all(name).map(<[u8]>::to_vec);
            if trusted { all.collect() } else { Vec::new() }
        };
        let first = |name: &str| said(name).into_iter().next();
        let host = first("x-forwarded-host").or(headers.get("host").map(<[u8]>::to_vec));
        let host = host.unwrap_or_default();
        let scheme = first("x-forwarded-proto").unwrap_or(b"http".to_vec());
        let (address, node) = match client.map(|ip| ip.to_canonical()) {
            None => ("unknown".to_owned(), "unknown".to_owned()),
            Some(IpAddr::V4(ip)) => (ip.to_string(), ip.to_string()),
            Some(IpAddr::V6(ip)) => (ip.to_string(), format!("\"[{ip}]\"")),
        };
        let mut element = format!("for={node};host=\"").into_bytes();
        let plain = |text: &[u8]| -> Vec<u8> {
            let ends = |byte: &u8| matches!(byte, b'"' | b'\\' | b';' | b',');
            text.iter().copied().filter(|byte| !ends(byte)).collect()
        };
        element.extend(plain(&host));
        element.extend(b"\";proto=");
        element.extend(plain(&scheme));
        let (mut addresses, mut elements) = (said("x-forwarded-for"), said("forwarded"));
        addresses.push(address.into_bytes());
        elements.push(element);
        for (name, value) in [
            ("X-Forwarded-For", addresses.join(&b", "[..])),
            ("X-Forwarded-Host", host),
            ("X-Forwarded-Proto", scheme),
            ("Forwarded", elements.join(&b", "[..])),
        ] {
            out.extend([name.as_bytes(), b": ", &value, b"\r\n"].concat());
        }
    }
}

/// Who is next.
mod balance {
    use crate::{Candidate, Method};
    use std::hash::{DefaultHasher, Hash, Hasher};
    use std::net::IpAddr;

    #[derive(Debug)]
    pub struct Balance {
        method: Method,
        /// By server: how many it was given, for its weight.
        given: Vec<f64>,
    }

    impl Balance {
        pub fn new(method: Method) -> Self {
            Self { method, given: Vec::new() }
        }

        pub fn pick(&mut self, candidates: &[Candidate], client: Option<IpAddr>) -> Option<usize> {
            let mut places: Vec<_> =
                (0..candidates.len()).filter(|place| candidates[*place].is_available).collect();
            let load = |place: usize| {
                candidates[place].active as f64 / f64::from(candidates[place].weight)
            };
            match (self.method, client) {
                (Method::ClientAddress, Some(client)) => {
                    let score = |place: &usize| {
                        let Candidate { address, weight, .. } = candidates[*place];
                        let mut hasher = DefaultHasher::new();
                        (address, client.to_canonical()).hash(&mut hasher);
                        let draw = (hasher.finish() >> 12) as f64 / (1_u64 << 52) as f64;
                        draw.max(f64::MIN_POSITIVE).ln() / f64::from(weight)
                    };
                    return places.into_iter().max_by(|a, b| score(a).total_cmp(&score(b)));
                }
                (Method::LeastConnections, _) => {
                    let least = places.iter().map(|place| load(*place)).min_by(f64::total_cmp)?;
                    places.retain(|place| load(*place) <= least);
                }
                _ => {}
            }
            self.given.resize(candidates.len(), 0.0);
            let share = |place: &usize| 1.0 / f64::from(candidates[*place].weight);
            let ahead = |place: &usize| self.given[*place] + share(place);
            // Of those who have the same, the first.
            let best = places.iter().copied().min_by(|a, b| ahead(a).total_cmp(&ahead(b)))?;
            self.given[best] += share(&best);
            // Who was away has missed its turns: it is not given all of them at once.
            let least = places.iter().map(|place| self.given[*place]).min_by(f64::total_cmp)?;
            let behind = |given: &mut f64| *given = given.max(least - 1.0);
            self.given.iter_mut().for_each(behind);
            Some(best)
        }
    }
}

/// What is known of a backend.
mod health {
    use crate::HealthRules;
    use std::time::Instant;

    #[derive(Clone, Copy, Debug, PartialEq)]
    pub enum Health {
        Up { failures: u32 },
        Down { until: Instant, successes: u32 },
    }

    impl Default for Health {
        fn default() -> Self {
            Self::Up { failures: 0 }
        }
    }

    impl Health {
        pub fn is_down(&self) -> bool {
            matches!(self, Self::Down { .. })
        }

        pub fn is_available(&self, now: Instant, rules: &HealthRules) -> bool {
            match self {
                Self::Up { .. } => true,
                Self::Down { until, .. } => rules.check.is_none() && *until <= now,
            }
        }

        pub fn chosen(&mut self, now: Instant, rules: &HealthRules) {
            if let Self::Down { until, .. } = self {
                *until = now + rules.rest;
            }
        }

        pub fn answered(&mut self, rules: &HealthRules) -> bool {
            match self {
                Self::Down { .. } if rules.check.is_some() => false,
                Self::Down { .. } => {
                    *self = Self::default();
                    true
                }
                Self::Up { failures } => {
                    *failures = 0;
                    false
                }
            }
        }

        pub fn failed(&mut self, now: Instant, rules: &HealthRules) -> bool {
            let down = Self::Down { until: now + rules.rest, successes: 0 };
            match self {
                Self::Up { failures } if *failures + 1 < rules.fall => {
                    *failures += 1;
                    false
                }
                Self::Up { .. } => {
                    *self = down;
                    true
                }
                Self::Down { .. } => {
                    *self = down;
                    false
                }
            }
        }

        pub fn checked(&mut self, rules: &HealthRules) -> bool {
            match self {
                Self::Down { successes, .. } if *successes + 1 >= rules.rise => {
                    *self = Self::default();
                    true
                }
                Self::Down { successes, .. } => {
                    *successes += 1;
                    false
                }
                Self::Up { .. } => false,
            }
        }
    }
}
