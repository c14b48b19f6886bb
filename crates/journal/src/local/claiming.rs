//! How the store comes by space: the log's next segment, and what is taken behind it.
//!
//! Always: what is owed is looked at and space is taken under the lock under which room is told (`space` says what for).
//! Never here: which files there are (`segments`), when more is wanted (`keeping`, `rolling`).

use std::io;

use super::log_end::Writer;
use super::segments::{Claim, Claimant, Entered, is_full, is_short};
use super::space::{Owed, Wanted};
use super::store::{Store, Taking};
use crate::Room;
use crate::format::segment::{self, Kind};
use crate::limits::{PAGE_BYTES, ROOM_MARGIN_BYTES};

impl Store {
    /// How much may be submitted.
    pub fn room(&self) -> Room {
        let mut taking = self.taking.lock();
        taking.promised = self.room_of(&taking);
        taking.promised
    }

    /// The room that there is.
    pub fn room_of(&self, taking: &Taking) -> Room {
        let commit_bytes_max = self.options.commit_bytes_max();
        let room = |relief| {
            let pending = taking.pending_bytes() + self.margin_bytes(relief);
            self.segments.room_bytes(taking.here_bytes, pending, commit_bytes_max as u64, relief)
        };
        Room { commit_bytes_max, normal_bytes: room(false), relief_bytes: room(true) }
    }

    /// Room that is not promised: headers and padding of what was promised, and blocks that replace rows.
    fn margin_bytes(&self, relief: bool) -> u64 {
        self.replacing_bytes() + if relief { 0 } else { ROOM_MARGIN_BYTES }
    }

    /// Bytes of the log that one step of the roller may take when space is short, and as many again.
    pub fn replacing_bytes(&self) -> u64 {
        self.options.reserve_bytes() / 8
    }

    /// What must find a place beyond the segment being written, of which `here_bytes` are left.
    fn owed(&self, taking: &Taking, here_bytes: u64) -> Owed {
        let pending = taking.pending_bytes();
        let of = |promised: u64, relief| {
            let next = promised.min(self.options.commit_bytes_max() as u64);
            let bytes = pending + next;
            // Half of the margin: the other half may be used up.
            let bytes = if bytes == 0 { 0 } else { bytes + self.margin_bytes(relief) / 2 };
            if bytes <= here_bytes { 0 } else { bytes }
        };
        Owed {
            normal_bytes: of(taking.promised.normal_bytes, false),
            relief_bytes: of(taking.promised.relief_bytes, true),
        }
    }

    /// What must find a place beyond the segment being written when `replacing` more bytes are written there.
    pub fn owed_after(&self, replacing: u64) -> Owed {
        let taking = self.taking.lock();
        self.owed(&taking, taking.here_bytes.saturating_sub(replacing))
    }

    fn claim(&self, who: Claimant, least: u64, wanted: u64) -> io::Result<Claim> {
        self.segments.look_at_space();
        let taking = self.taking.lock();
        // The log leaves the segment being written.
        let here_bytes = if who == Claimant::Log { 0 } else { taking.here_bytes };
        self.segments.claim(who, least, wanted, &self.owed(&taking, here_bytes))
    }

    /// Goes on in another segment: one that is ready, else one made now, else a piece of the reserve.
    pub fn next_segment(&self, writer: &mut Writer, length: u64) -> io::Result<()> {
        let least = segment::HEADER_BYTES + length;
        let sequence = match self.segments.take_ready(least) {
            Some(sequence) => sequence,
            None => match self.make(Claimant::Log, Kind::Log, least, false) {
                Err(error) if is_full(&error) => self.segments.take_reserve(Kind::Log, least)?,
                made => made?,
            },
        };
        let entered = self.segments.enter(sequence)?;
        writer.chain.enter(entered.sequence);
        writer.file = entered.file;
        writer.segment_bytes = entered.bytes;
        self.taking.lock().here_bytes = entered.bytes - segment::HEADER_BYTES;
        self.bell.ring();
        Ok(())
    }

    fn make(&self, who: Claimant, kind: Kind, least: u64, fills: bool) -> io::Result<u64> {
        loop {
            let claim = self.claim(who, least, self.wanted_bytes())?;
            let was_spare = matches!(claim, Claim::File { .. });
            match self.segments.make(kind, claim, fills) {
                // A spare file that cannot be written is none any more: the next one may be well.
                Err(error) if was_spare && !is_short(&error) => {}
                made => return made,
            }
        }
    }

    /// A new segment for moved entries, from the reserve when nothing else may be taken.
    pub fn enter_moved(&self, least: u64) -> io::Result<Entered> {
        let sequence = match self.make(Claimant::Behind, Kind::Moved, least, false) {
            Err(error) if is_full(&error) => self.segments.take_reserve(Kind::Moved, least)?,
            made => made?,
        };
        self.segments.entered(sequence)
    }

    /// Makes a segment ready if none is. `false`: nothing to do.
    pub fn make_ready(&self) -> io::Result<bool> {
        if self.segments.is_ready() {
            return Ok(false);
        }
        let sequence =
            self.make(Claimant::Behind, Kind::Log, 4 * PAGE_BYTES as u64, self.segments.fills())?;
        self.segments.ready(sequence);
        Ok(true)
    }

    /// Puts a file aside if the reserve lacks one. `false`: nothing to do.
    pub fn fill_reserve(&self) -> io::Result<bool> {
        self.segments.look_at_space();
        let claimed = {
            let taking = self.taking.lock();
            // The log worst off has no piece and little left of its segment.
            let log_first =
                self.segments.reserve_bytes() == 0 && taking.here_bytes < 2 * self.replacing_bytes();
            self.segments.want(Wanted { log_first, ..Wanted::of(&self.options, self.wanted_bytes()) });
            self.segments.claim_for_reserve(&self.owed(&taking, taking.here_bytes))
        };
        let Some((part, claim)) = claimed else { return Ok(false) };
        self.segments.add_to_reserve(part, claim)?;
        Ok(true)
    }
}
