use crate::backend::Backend;
use crate::{Exchange, Handle, HealthRules, System};
use anyhow::{Result, ensure};

/// Asks a backend for `target`, and notes whether it works: whether it has answered within the
/// interval between two checks, with a status below 400.
pub(crate) async fn check<S: System>(
    backend: &Backend<S>,
    target: &str,
    handle: &Handle<S>,
    rules: &HealthRules,
) {
    match handle.clock().timeout(rules.interval, ask(backend, target, handle)).await {
        Some(Ok(())) => backend.checked(rules),
        Some(Err(error)) => backend.failed(error, handle.clock().now(), rules),
        None => backend.failed("no answer to a check", handle.clock().now(), rules),
    }
}

/// On a connection of its own: that there are some which still work tells little about the
/// clients who will come.
async fn ask<S: System>(backend: &Backend<S>, target: &str, handle: &Handle<S>) -> Result<()> {
    let address = backend.address;
    let stream = handle.connect(address).await?;
    let request = format!("GET {target} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut exchange = Exchange::new("GET");
    loop {
        if let Some(head) = exchange.head()? {
            ensure!(head.status < 400, "a check was answered with {}", head.status);
            return Ok(());
        }
        if stream.read(exchange.received()).await? == 0 {
            exchange.receive_end();
        }
    }
}
