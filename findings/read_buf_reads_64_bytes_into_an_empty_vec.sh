#!/usr/bin/env bash
# Guess: tokio's AsyncReadExt::read_buf reads into a Vec as much as has come, since a Vec grows
#   and so has always room. A request of 4096 bytes that is there as a whole is one read.
# What happens: a Vec without room is grown by 64 bytes, or to twice its size if that is more, and
#   so much is read. 4096 bytes are 7 reads, of 64, 64, 128, 256, 512, 1024 and 2048 bytes, each
#   of them a system call at a socket. BytesMut, which is made for this, does the same.
#   with_capacity(4096) makes it one read.
# Seen on 2026-11-29 with tokio 1.54.1, bytes 1.12.1, Rust 1.95.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
mkdir src
cat > Cargo.toml << 'TOML'
[package]
name = "check"
edition = "2024"

[dependencies]
bytes = "=1.12.1"
tokio = { version = "=1.54.1", features = ["io-util", "rt"] }
TOML
cat > src/main.rs << 'RUST'
use bytes::{BufMut, BytesMut};
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncReadExt, ReadBuf};

/// 4096 bytes that are there, and the sizes in which they were taken.
struct Counted {
    left: usize,
    reads: Vec<usize>,
}

impl AsyncRead for Counted {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<std::io::Result<()>> {
        let count = into.remaining().min(self.left);
        into.put_bytes(b'x', count);
        self.left -= count;
        self.reads.push(count);
        Poll::Ready(Ok(()))
    }
}

async fn reads(mut into: impl BufMut) -> Vec<usize> {
    let mut reader = Counted { left: 4096, reads: Vec::new() };
    while reader.left > 0 {
        reader.read_buf(&mut into).await.unwrap();
    }
    reader.reads
}

fn main() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let slow = vec![64, 64, 128, 256, 512, 1024, 2048];
        for (what, seen, expected) in [
            ("Vec::new()", reads(Vec::new()).await, slow.clone()),
            ("BytesMut::new()", reads(BytesMut::new()).await, slow),
            ("Vec::with_capacity(4096)", reads(Vec::with_capacity(4096)).await, vec![4096]),
        ] {
            println!("{what}: {seen:?}");
            assert_eq!(seen, expected, "no longer so");
        }
    });
}
RUST
cargo run --quiet
