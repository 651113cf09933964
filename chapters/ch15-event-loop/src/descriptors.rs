/// Asks for as many descriptors as this process may have, up to `wanted`. Else there would be few,
/// for the sake of old programs that cannot count further, and no more clients than that.
#[cfg(unix)]
pub fn ask_for_descriptors(wanted: u64) {
    use rustix::process::{Resource, getrlimit, setrlimit};
    let mut limit = getrlimit(Resource::Nofile);
    let may_have = limit.maximum.map_or(wanted, |most| most.min(wanted));
    if limit.current.is_some_and(|count| count < may_have) {
        limit.current = Some(may_have);
        // If it fails, there are as many as before.
        let _ = setrlimit(Resource::Nofile, limit);
    }
}

/// Windows has no such limit.
#[cfg(not(unix))]
pub fn ask_for_descriptors(_: u64) {}
