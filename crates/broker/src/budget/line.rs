//! The line of those who wait for bytes of a pool: one entry each, served in order of arrival by who gives bytes back.
//!
//! Who waits waits for one of three things, which are kept apart so that giving bytes back costs as much as it serves: for
//! room in the pool, for being the one large request, or for bytes of its own share, which hold up nobody else. Always:
//! the first that waits for room gets it before anybody else takes any, so many small ones never starve a large one; who
//! is served has its charge whether it looks or not, and gives it back when it is gone. Never here: how much fits.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, Waker};

use parking_lot::Mutex;

use super::{Charge, Pool};

/// A number that rises with each arrival.
type Ticket = u64;

/// Who waits.
#[derive(Debug, Default)]
pub struct Line {
    next: Ticket,
    /// Those that their share has room for.
    for_room: BTreeMap<Ticket, Waiter>,
    /// Those that want more than a share, and hold nothing of it.
    for_large: BTreeMap<Ticket, Waiter>,
    /// Those that must give back first, by their share.
    for_share: BTreeMap<(usize, Ticket), Waiter>,
}

#[derive(Debug)]
struct Waiter {
    bytes: u64,
    share_used_bytes: Arc<AtomicU64>,
    served: Arc<Mutex<Served>>,
}

/// Where the charge arrives.
#[derive(Debug, Default)]
struct Served {
    charge: Option<Charge>,
    waker: Option<Waker>,
}

/// A place in the line.
#[derive(Debug)]
pub struct Place {
    ticket: Ticket,
    share: usize,
    served: Arc<Mutex<Served>>,
}

impl Place {
    /// The charge, once there is one.
    pub fn poll(&self, context: &mut Context<'_>) -> Poll<Charge> {
        let mut served = self.served.lock();
        if let Some(charge) = served.charge.take() {
            return Poll::Ready(charge);
        }
        match &mut served.waker {
            Some(known) => known.clone_from(context.waker()),
            unknown => *unknown = Some(context.waker().clone()),
        }
        Poll::Pending
    }
}

impl Line {
    /// Comes last.
    pub fn join(&mut self, pool: &Pool, share_used_bytes: &Arc<AtomicU64>, bytes: u64) -> Place {
        let ticket = self.next;
        self.next += 1;
        let served = Arc::<Mutex<Served>>::default();
        let place = Place { ticket, share: name(share_used_bytes), served: Arc::clone(&served) };
        // Before its share is looked at: who gives bytes back from now on sees that somebody waits.
        pool.waiting.fetch_add(1, Ordering::SeqCst);
        self.put(pool, ticket, Waiter { bytes, share_used_bytes: Arc::clone(share_used_bytes), served });
        place
    }

    /// Leaves before it was served, or with what it was served with.
    pub fn leave(&mut self, pool: &Pool, place: &Place) {
        let ticket = place.ticket;
        let waiter = (self.for_room.remove(&ticket))
            .or_else(|| self.for_large.remove(&ticket))
            .or_else(|| self.for_share.remove(&(place.share, ticket)));
        if waiter.is_some() {
            pool.waiting.fetch_sub(1, Ordering::SeqCst);
        }
    }

    /// A share got bytes back: those that waited for that wait for something else now.
    pub fn share_moved(&mut self, pool: &Pool, share_used_bytes: &Arc<AtomicU64>) {
        let share = name(share_used_bytes);
        while let Some((&key, _)) = self.for_share.range((share, 0)..=(share, Ticket::MAX)).next()
            && let Some(waiter) = self.for_share.remove(&key)
        {
            if !self.put(pool, key.1, waiter) {
                return;
            }
        }
    }

    /// Puts one where it belongs; false when it has to wait for its share.
    fn put(&mut self, pool: &Pool, ticket: Ticket, waiter: Waiter) -> bool {
        // One look: what is given back meanwhile is seen by whoever gives it.
        let used = waiter.share_used_bytes.load(Ordering::SeqCst);
        if pool.fits_share(used, waiter.bytes) {
            self.for_room.insert(ticket, waiter);
        } else if used == 0 {
            self.for_large.insert(ticket, waiter);
        } else {
            self.for_share.insert((name(&waiter.share_used_bytes), ticket), waiter);
            return false;
        }
        true
    }

    /// Serves whom it can, and answers whom to wake.
    pub fn serve(&mut self, pool: &Arc<Pool>) -> Vec<Waker> {
        let mut woken = Vec::new();
        while let Some((waiter, charge)) = self.serve_one(pool) {
            pool.waiting.fetch_sub(1, Ordering::SeqCst);
            let mut served = waiter.served.lock();
            served.charge = Some(charge);
            woken.extend(served.waker.take());
        }
        pool.room_is_wanted.store(!self.for_room.is_empty(), Ordering::SeqCst);
        pool.large_is_wanted.store(!self.for_large.is_empty(), Ordering::SeqCst);
        woken
    }

    fn serve_one(&mut self, pool: &Arc<Pool>) -> Option<(Waiter, Charge)> {
        self.look_again(pool);
        if let Some(first) = self.for_room.first_entry()
            && let Some(charge) = pool.take_fitting(&first.get().share_used_bytes, first.get().bytes)
        {
            return Some((first.remove(), charge));
        }
        // There is no room: the one that came first may be the large one.
        let mut firsts = [self.for_room.first_entry(), self.for_large.first_entry()];
        firsts.sort_by_key(|first| first.as_ref().map(|first| *first.key()));
        firsts.into_iter().flatten().find_map(|first| {
            let charge = pool.take_large(&first.get().share_used_bytes, first.get().bytes)?;
            Some((first.remove(), charge))
        })
    }

    /// The first ones whose share took other bytes since they came wait for it now.
    fn look_again(&mut self, pool: &Pool) {
        while let Some(first) = self.for_room.first_entry()
            && !pool.fits_share(first.get().share_used_bytes.load(Ordering::SeqCst), first.get().bytes)
        {
            let (ticket, waiter) = first.remove_entry();
            self.put(pool, ticket, waiter);
        }
        while let Some(first) = self.for_large.first_entry()
            && first.get().share_used_bytes.load(Ordering::SeqCst) > 0
        {
            let (ticket, waiter) = first.remove_entry();
            self.put(pool, ticket, waiter);
        }
    }
}

/// What a share is called: its address, which no other one has while somebody waits for it.
fn name(share_used_bytes: &Arc<AtomicU64>) -> usize {
    Arc::as_ptr(share_used_bytes).addr()
}
