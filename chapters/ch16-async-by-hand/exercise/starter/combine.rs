use std::future::poll_fn;
use std::pin::pin;

/// Which of two futures ended, and with what.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Either<A, B> {
    /// The first.
    First(A),
    /// The second.
    Second(B),
}

/// Waits for both, in one task.
pub async fn join<A: Future, B: Future>(a: A, b: B) -> (A::Output, B::Output) {
    // They must not move any more once they have been polled: one may hold a reference to a
    // variable of its own.
    let (mut a, mut b) = (pin!(a), pin!(b));
    poll_fn(|context| {
        todo!("who is to be polled, and where does what one has returned wait for the other?")
    })
    .await
}

/// Waits for the one that ends first, and drops the other: what that has not done until then, it
/// will not do. If both can end, the first one does.
pub async fn select<A: Future, B: Future>(a: A, b: B) -> Either<A::Output, B::Output> {
    let (mut a, mut b) = (pin!(a), pin!(b));
    poll_fn(|context| todo!("in which order, and what if the first has ended?")).await
}
