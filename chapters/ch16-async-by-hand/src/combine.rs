use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

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
    let (mut of_a, mut of_b) = (None, None);
    poll_fn(|context| {
        // Both, each time: we do not know for which of them the task was woken. But nobody may be
        // polled who has ended.
        if of_a.is_none()
            && let Poll::Ready(output) = a.as_mut().poll(context)
        {
            of_a = Some(output);
        }
        if of_b.is_none()
            && let Poll::Ready(output) = b.as_mut().poll(context)
        {
            of_b = Some(output);
        }
        match (of_a.take(), of_b.take()) {
            (Some(a), Some(b)) => Poll::Ready((a, b)),
            not_yet => {
                (of_a, of_b) = not_yet;
                Poll::Pending
            }
        }
    })
    .await
}

/// Waits for the one that ends first, and drops the other: what that has not done until then, it
/// will not do. If both can end, the first one does.
pub async fn select<A: Future, B: Future>(a: A, b: B) -> Either<A::Output, B::Output> {
    let (mut a, mut b) = (pin!(a), pin!(b));
    poll_fn(|context| {
        if let Poll::Ready(output) = a.as_mut().poll(context) {
            return Poll::Ready(Either::First(output));
        }
        b.as_mut().poll(context).map(Either::Second)
    })
    .await
}
