//! Aligned memory that blocks are built in, written from and read from: chunks, handed out front to back and recycled.
//!
//! Always: a [`Space`] is the only way to its bytes until it is frozen; frozen bytes never change; a chunk goes back to
//! its pool when nothing of it is held any more. This is the one module of the crate with unsafe code.
//! Never here: what is in a block, which blocks are kept.

#![allow(unsafe_code)]

use std::alloc::{Layout, alloc_zeroed, dealloc, handle_alloc_error};
use std::ptr::NonNull;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use parking_lot::Mutex;

use crate::limits::PAGE_BYTES;

/// Where chunks come from and go back to.
#[derive(Debug)]
pub struct Pool {
    chunk_bytes: usize,
    kept_bytes_max: usize,
    free: Mutex<Vec<Memory>>,
    /// Bytes of chunks that somebody holds.
    held_bytes: AtomicUsize,
}

impl Pool {
    /// Hands out chunks of `chunk_bytes` (or larger ones when asked) and keeps up to `kept_bytes_max` for use again.
    pub fn new(chunk_bytes: usize, kept_bytes_max: usize) -> Arc<Self> {
        let chunk_bytes = chunk_bytes.next_multiple_of(PAGE_BYTES);
        Arc::new(Self {
            chunk_bytes,
            kept_bytes_max,
            free: Mutex::new(Vec::new()),
            held_bytes: AtomicUsize::new(0),
        })
    }

    /// Space for at least `bytes`: a whole chunk, not yet shared with anyone.
    pub fn space(self: &Arc<Self>, bytes: usize) -> Space {
        let wanted = bytes.max(self.chunk_bytes).next_multiple_of(PAGE_BYTES);
        let mut free = self.free.lock();
        let fitting = free.iter().rposition(|memory| memory.bytes >= wanted);
        let memory = fitting.map(|index| free.swap_remove(index));
        drop(free);
        let memory = memory.unwrap_or_else(|| Memory::new(wanted));
        self.held_bytes.fetch_add(memory.bytes, Ordering::Relaxed);
        let len = memory.bytes;
        Space { chunk: Arc::new(Chunk { memory: Some(memory), pool: Arc::clone(self) }), at: 0, len }
    }

    /// Bytes of chunks that somebody holds: the ring, what is being written, what readers still send.
    pub fn held_bytes(&self) -> usize {
        self.held_bytes.load(Ordering::Relaxed)
    }

    /// The size of an ordinary chunk.
    pub const fn chunk_bytes(&self) -> usize {
        self.chunk_bytes
    }

    fn give_back(&self, memory: Memory) {
        self.held_bytes.fetch_sub(memory.bytes, Ordering::Relaxed);
        let mut free = self.free.lock();
        let kept: usize = free.iter().map(|memory| memory.bytes).sum();
        if kept + memory.bytes <= self.kept_bytes_max {
            free.push(memory);
        }
    }
}

/// Zeroed when it is new, aligned to a page, freed when dropped.
#[derive(Debug)]
struct Memory {
    start: NonNull<u8>,
    bytes: usize,
}

// SAFETY: it owns the allocation; `start` is used only through `Space`, which hands out disjoint ranges.
unsafe impl Send for Memory {}
// SAFETY: shared access reads only ranges that were frozen or belong to the one `Space` that is borrowed.
unsafe impl Sync for Memory {}

impl Memory {
    fn layout(bytes: usize) -> Layout {
        Layout::from_size_align(bytes, PAGE_BYTES)
            .expect("a chunk is far smaller than isize::MAX and a page is a power of two")
    }

    fn new(bytes: usize) -> Self {
        assert!(bytes > 0, "a chunk holds something");
        let layout = Self::layout(bytes);
        // SAFETY: the layout has a size above zero.
        let start = unsafe { alloc_zeroed(layout) };
        let Some(start) = NonNull::new(start) else { handle_alloc_error(layout) };
        Self { start, bytes }
    }
}

impl Drop for Memory {
    fn drop(&mut self) {
        // SAFETY: allocated in `new` with this very layout, and nothing refers to it any more.
        unsafe { dealloc(self.start.as_ptr(), Self::layout(self.bytes)) }
    }
}

/// Memory with the pool that it goes back to; `memory` is there until it is dropped.
#[derive(Debug)]
struct Chunk {
    memory: Option<Memory>,
    pool: Arc<Pool>,
}

impl Drop for Chunk {
    fn drop(&mut self) {
        if let Some(memory) = self.memory.take() {
            self.pool.give_back(memory);
        }
    }
}

/// A range of a chunk that nobody else can reach.
#[derive(Debug)]
pub struct Space {
    chunk: Arc<Chunk>,
    at: usize,
    len: usize,
}

impl Space {
    /// Bytes in it.
    pub const fn len(&self) -> usize {
        self.len
    }

    fn start(&self) -> *mut u8 {
        let memory = self.chunk.memory.as_ref().expect("taken only when the chunk is dropped");
        debug_assert!(self.at + self.len <= memory.bytes, "a space lies within its chunk");
        // SAFETY: `at` is within the allocation: `pool.space` starts with all of it and `split_to` only narrows.
        unsafe { memory.start.as_ptr().add(self.at) }
    }

    /// The bytes, to read.
    pub fn bytes(&self) -> &[u8] {
        // SAFETY: initialised (zeroed when allocated), in bounds as in `start`, and no other space overlaps this one, so
        // nobody writes while it is borrowed.
        unsafe { std::slice::from_raw_parts(self.start(), self.len) }
    }

    /// The bytes, to write.
    pub fn bytes_mut(&mut self) -> &mut [u8] {
        // SAFETY: as in `bytes`; the exclusive borrow of the only space over this range makes it the only access.
        unsafe { std::slice::from_raw_parts_mut(self.start(), self.len) }
    }

    /// Takes the first `len` bytes off as a space of their own.
    pub fn split_to(&mut self, len: usize) -> Self {
        assert!(len <= self.len, "a split lies within the space");
        let front = Self { chunk: Arc::clone(&self.chunk), at: self.at, len };
        self.at += len;
        self.len -= len;
        front
    }

    /// Makes it immutable and shared; the chunk lives as long as any clone or slice of the result.
    pub fn freeze(self) -> Bytes {
        Bytes::from_owner(Frozen(self))
    }
}

struct Frozen(Space);

impl AsRef<[u8]> for Frozen {
    fn as_ref(&self) -> &[u8] {
        self.0.bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chunk_returns_to_its_pool_when_the_last_slice_is_gone_and_is_used_again() {
        let pool = Pool::new(PAGE_BYTES, 4 * PAGE_BYTES);
        let mut space = pool.space(1);
        space.bytes_mut().fill(7);
        let (front, address) = (space.split_to(100), space.bytes().as_ptr() as usize - 100);
        assert_eq!(address % PAGE_BYTES, 0);
        let slice = front.freeze().slice(10..20);
        drop(space);
        assert_eq!(pool.held_bytes(), PAGE_BYTES);
        assert_eq!(&slice[..], &[7; 10]);
        drop(slice);
        assert_eq!(pool.held_bytes(), 0);
        assert_eq!(pool.space(1).bytes().as_ptr() as usize, address);
    }

    #[test]
    fn spaces_of_one_chunk_are_written_apart() {
        let pool = Pool::new(PAGE_BYTES, 0);
        let mut rest = pool.space(1);
        let mut front = rest.split_to(8);
        front.bytes_mut().fill(1);
        rest.bytes_mut().fill(2);
        let frozen = front.freeze();
        rest.bytes_mut().fill(3);
        assert_eq!(&frozen[..], &[1; 8]);
        assert_eq!(rest.len(), PAGE_BYTES - 8);
    }

    #[test]
    fn what_is_frozen_is_read_on_other_threads_while_the_rest_is_written_and_used_again() {
        const PART_BYTES: usize = PAGE_BYTES / 4;
        let pool = Pool::new(PAGE_BYTES, PAGE_BYTES);
        for round in 0..4 {
            let mut rest = pool.space(1);
            std::thread::scope(|scope| {
                for part in 0..4 {
                    let mut front = rest.split_to(PART_BYTES);
                    front.bytes_mut().fill(round + part);
                    let frozen = front.freeze();
                    scope.spawn(move || assert_eq!(&frozen[..], &[round + part; PART_BYTES]));
                }
            });
        }
        assert_eq!(pool.held_bytes(), 0);
    }
}
