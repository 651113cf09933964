/// How many descriptors a program has for itself: its streams, the listener, the poller, and what
/// it inherited.
#[cfg(unix)]
const OWN: u64 = 16;

/// Asks for enough descriptors for as many clients as `wanted`, two for each: its connection, and a
/// file. Else there would be few, for the sake of old programs that cannot count further. Returns
/// for how many clients there are enough, which is one at least, and not more than `wanted`.
///
/// ```
/// assert_eq!([0, 1].map(ch15::room_for_clients), [0, 1]);
/// ```
#[cfg(unix)]
pub fn room_for_clients(wanted: usize) -> usize {
    use rustix::process::{Resource, getrlimit, setrlimit};
    let needed = OWN + 2 * wanted as u64;
    let mut limit = getrlimit(Resource::Nofile);
    let may_have = limit.maximum.map_or(needed, |most| most.min(needed));
    if limit.current.is_some_and(|count| count < may_have) {
        limit.current = Some(may_have);
        // If it fails, there are as many as before.
        let _ = setrlimit(Resource::Nofile, limit);
    }
    let Some(count) = getrlimit(Resource::Nofile).current else { return wanted };
    let clients = usize::try_from(count.saturating_sub(OWN) / 2).unwrap_or(usize::MAX);
    clients.max(1).min(wanted)
}

/// Windows has no such limit.
#[cfg(not(unix))]
pub fn room_for_clients(wanted: usize) -> usize {
    wanted
}
