//! What a process uses: time on a processor, and memory.

use std::time::Duration;
use sysinfo::{Pid, ProcessRefreshKind, ProcessesToUpdate, System};

/// How long the process has run on a processor, in its own code and in the system's, with those
/// of its threads that have ended. `None` if the system does not tell.
#[cfg(target_os = "linux")]
pub fn processor_time(id: u32) -> Option<Duration> {
    use nix::time::{clock_getcpuclockid, clock_gettime};
    use nix::unistd::Pid;
    // In nanoseconds; what sysinfo reads of /proc is in hundredths of a second.
    let clock = clock_getcpuclockid(Pid::from_raw(i32::try_from(id).ok()?)).ok()?;
    clock_gettime(clock).ok().map(Duration::from)
}

/// How long the process has run on a processor, in its own code and in the system's. `None` if
/// the system does not tell.
#[cfg(not(target_os = "linux"))]
pub fn processor_time(id: u32) -> Option<Duration> {
    let looked_at = ProcessRefreshKind::nothing().with_cpu();
    of_process(id, looked_at, |process| Duration::from_millis(process.accumulated_cpu_time()))
}

/// How many bytes of real memory the process has (its resident set). `None` if the system does
/// not tell.
pub fn memory(id: u32) -> Option<u64> {
    of_process(id, ProcessRefreshKind::nothing().with_memory(), sysinfo::Process::memory)
}

fn of_process<T>(
    id: u32,
    looked_at: ProcessRefreshKind,
    figure: impl FnOnce(&sysinfo::Process) -> T,
) -> Option<T> {
    let id = Pid::from_u32(id);
    let mut system = System::new().ok()?;
    let looked_at = looked_at.without_tasks();
    system.refresh_processes_specifics(ProcessesToUpdate::Some(&[id]), true, looked_at);
    system.process(id).map(figure)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::hint::black_box;

    #[test]
    fn who_works_uses_a_processor_and_who_keeps_bytes_uses_memory() {
        let id = std::process::id();
        let before = (processor_time(id).unwrap(), memory(id).unwrap());
        let kept = black_box(vec![1_u8; 64 * 1024 * 1024]);
        assert!(memory(id).unwrap() >= before.1 + 32 * 1024 * 1024, "{} more", kept.len());
        // To write 64 MiB takes longer than the coarsest clock's tick.
        while processor_time(id).unwrap() == before.0 {
            black_box(kept.iter().map(|byte| u64::from(*byte)).sum::<u64>());
        }
    }

    #[test]
    fn nobody_knows_what_a_process_used_that_is_not_there() {
        assert_eq!((processor_time(u32::MAX - 1), memory(u32::MAX - 1)), (None, None));
    }
}
