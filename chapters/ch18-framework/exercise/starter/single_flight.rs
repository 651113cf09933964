use crate::Cache;
use std::hash::Hash;

/// The same function, but that it is not asked again for what `cache` has, and not twice at once
/// for the same key.
///
/// Whoever asks looks into the cache, each time. If there is nothing, and nobody makes it, they
/// call `function`, and keep what it returns. Whoever else finds nothing meanwhile waits for
/// them, and gets the same: a value, whether the cache keeps it or not, or an error, which is not
/// kept. Who asks later has it made anew.
///
/// If `function` panics, or the cache while it keeps a value, that panic is for the one who has
/// called it. Those who waited ask once more, as if they had just come: one of them makes it, and
/// the others wait for that one.
///
/// Nobody waits for what is made for another key, and while `function` works, the cache can be
/// asked. So a function may ask for other keys itself. One that asks for its own would wait for
/// itself, for ever.
pub fn single_flight<K, V, E>(
    cache: impl Cache<K, V>,
    function: impl Fn(&K) -> Result<V, E>,
) -> impl Fn(&K) -> Result<V, E>
where
    K: Clone + Eq + Hash,
    V: Clone,
    E: Clone,
{
    move |key| todo!("is it kept? does somebody make it? and if you make it, whom do you tell?")
}
