use crate::{Stream, System};
use std::io;

/// Sends back what comes, until the client has finished: chapter 1's `echo`, with `.await` where
/// it waits.
pub async fn echo<S: System>(stream: Stream<S>) -> io::Result<()> {
    let mut line = Vec::new();
    while stream.read(&mut line).await? > 0 {
        stream.write_all(&line).await?;
        line.clear();
    }
    stream.close().await;
    Ok(())
}
