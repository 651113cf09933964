//! Work that is done by several threads at once.

use anyhow::{Result, ensure};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::channel;
use std::thread;

/// Does `work` for each number below `count`, some at once, and hands each result to `on`, in
/// this thread. Once `stop` is true, no more is begun.
pub fn in_parallel<T: Send>(
    stop: &AtomicBool,
    threads: usize,
    count: usize,
    work: impl Fn(usize) -> T + Sync,
    mut on: impl FnMut(usize, T) -> Result<()>,
) -> Result<()> {
    let next = AtomicUsize::new(0);
    let (sender, results) = channel();
    let sender = Mutex::new(sender);
    thread::scope(|scope| {
        for _ in 0..threads.clamp(1, count.max(1)) {
            let sender = sender.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clone();
            let (next, work) = (&next, &work);
            scope.spawn(move || {
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    if index >= count || stop.load(Ordering::Relaxed) {
                        return;
                    }
                    if sender.send((index, work(index))).is_err() {
                        return;
                    }
                }
            });
        }
        drop(sender);
        for (index, result) in results {
            ensure!(!stop.load(Ordering::Relaxed), "it was stopped");
            on(index, result)?;
        }
        ensure!(!stop.load(Ordering::Relaxed), "it was stopped");
        Ok(())
    })
}

/// What `work` makes of each of `things`, in their order, on as many processors as there are.
pub fn each<T: Sync, R: Send>(things: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let mut made = Vec::new();
    let work = |index: usize| work(&things[index]);
    in_parallel(&AtomicBool::new(false), threads, things.len(), work, |index, one| {
        made.push((index, one));
        Ok(())
    })
    .expect("nobody stops it");
    made.sort_by_key(|&(index, _)| index);
    made.into_iter().map(|(_, one)| one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::{Duration, Instant};

    #[test]
    fn what_is_made_is_in_order_whatever_is_done_first() {
        let (done, started) = (AtomicUsize::new(0), Instant::now());
        let made = each(&[1, 2, 3], |number| {
            // Where there is one processor, nobody else does anything meanwhile.
            let is_early = || started.elapsed() < Duration::from_millis(200);
            while *number == 1 && done.load(Ordering::SeqCst) < 2 && is_early() {
                thread::yield_now();
            }
            done.fetch_add(1, Ordering::SeqCst);
            number * 10
        });
        assert_eq!(made, [10, 20, 30]);
    }
}
